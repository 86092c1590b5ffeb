-- The functions of photos as they were first: today's text is in sahne/database/functions/studio.

set local check_function_bodies = off;

-- Photos that people put in: whether they consented to their being kept, and how long they are kept.

-- Whether somebody's photos may be kept: they consented to today's text, or none is asked for.
create or replace function private.has_photo_consent(_user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select settings.photo_consent_version is null
      or exists (select from private.photo_consents consents
                  where consents.user_id = _user
                    and consents.text_version = settings.photo_consent_version
                    and consents.withdrawn_at is null)
    from private.settings
$$;

create or replace function private.refuse_without_consent(_user uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not private.has_photo_consent(_user) then
    perform private.refuse(403, 'consent_required', 'Your consent comes before a photo of a face is kept.',
      'Show the text, and send POST studio/consent with its version.',
      jsonb_build_object('text_version', (private.settings()).photo_consent_version));
  end if;
end $$;

-- A photo of somebody who did not consent is not kept, by whichever road it comes; the server's own are nobody's.
create or replace function private.check_photo_consent() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.owner_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    perform private.refuse_without_consent(new.owner_id::uuid);
  end if;
  return new;
end $$;

-- How it stands with the actor: `{"consent": {is_needed, text_version, given}}`; `text_version` is today's, `given`
-- what they consented to last and has not been withdrawn.
create or replace function private.own_consent() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('consent', jsonb_build_object(
           'is_needed', not private.has_photo_consent(private.actor()),
           'text_version', settings.photo_consent_version,
           'given', (select jsonb_build_object('text_version', consents.text_version, 'locale', consents.locale,
                                               'given_at', consents.given_at)
                       from private.photo_consents consents
                      where consents.user_id = private.actor() and consents.withdrawn_at is null)))
    from private.settings
$$;

-- The actor consents to a text, in the language they read it in. The same again is once.
create or replace function private.give_consent(_text_version text, _locale text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _today text := (private.settings()).photo_consent_version;
begin
  if _text_version is distinct from coalesce(_today, _text_version) then
    perform private.refuse(409, 'consent_outdated', 'This is not the text that is asked for today.',
      'Show today''s text, and send its version.', jsonb_build_object('text_version', _today));
  end if;
  perform from public.profiles where id = _actor for no key update;
  update private.photo_consents
     set withdrawn_at = now()
   where user_id = _actor and withdrawn_at is null and text_version <> _text_version;
  insert into private.photo_consents (user_id, text_version, locale) values (_actor, _text_version, _locale)
  on conflict (user_id) where withdrawn_at is null do nothing;
  return private.own_consent();
end $$;

-- The actor takes it back: their photos are removed within a minute. What was made of them stays theirs.
create or replace function private.withdraw_consent() returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
begin
  update private.photo_consents set withdrawn_at = now() where user_id = _actor and withdrawn_at is null;
  insert into private.object_removals (bucket_id, name)
  select objects.bucket_id, objects.name
    from storage.objects
   where objects.bucket_id = 'photos'
     and objects.name collate "C" >= _actor::text || '/'
     and objects.name collate "C" < _actor::text || '0'
  on conflict (bucket_id, name) do nothing;
  return private.own_consent();
end $$;

-- When a photo goes: so many hours after it was put in or used last. Null where it is gone, is being used, or stays.
create or replace function private.photo_kept_until(_name text) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select greatest(objects.created_at, objects.updated_at, used.last) + make_interval(hours => settings.photo_hours_kept)
    from storage.objects
   cross join private.settings
   cross join lateral (
     select max(generations.finished_at) as last,
            count(*) filter (where generations.finished_at is null) as unfinished
       from public.generations
      where generations.photo_path = objects.name
   ) as used
   where objects.bucket_id = 'photos' and objects.name = _name and used.unfinished = 0
$$;

-- Photos whose time is over are noted for the job that removes them with their bytes: how many, `_photos_max` at most.
create or replace function private.expire_photos(_photos_max integer) returns integer
language sql security definer set search_path = '', pg_temp as $$
  with gone as (
    select objects.bucket_id, objects.name
      from storage.objects
     cross join private.settings
     where objects.bucket_id = 'photos'
       and objects.created_at < now() - make_interval(hours => settings.photo_hours_kept)
       and private.photo_kept_until(objects.name) < now()
       and not exists (select from private.object_removals removals
                        where removals.bucket_id = 'photos' and removals.name = objects.name)
     order by objects.created_at
     limit _photos_max
  ), noted as (
    insert into private.object_removals (bucket_id, name) select gone.bucket_id, gone.name from gone
    on conflict (bucket_id, name) do nothing
    returning 1
  )
  select count(*)::integer from noted
$$;

revoke execute on function
  private.has_photo_consent(uuid), private.refuse_without_consent(uuid), private.check_photo_consent(),
  private.own_consent(), private.give_consent(text, text), private.withdraw_consent(), private.photo_kept_until(text),
  private.expire_photos(integer)
  from public;
grant execute on function
  private.has_photo_consent(uuid), private.refuse_without_consent(uuid), private.own_consent(),
  private.give_consent(text, text), private.withdraw_consent(), private.photo_kept_until(text),
  private.expire_photos(integer)
  to service_role;
