-- The functions of the studio as they were first: today's text is in sahne/database/functions/studio.

set local check_function_bodies = off;

-- What may be kept as a picture: a client's own insert must point at objects of its owner (rulings S4, R8), and no
-- generation gets more pictures than it reserved.

-- What a picture's row inserted by its owner must point at.
create or replace function private.owns_pictures(_image text, _thumbnail text, _photo text) returns boolean
language sql stable set search_path = '', pg_temp as $$
  select private.owns_object('images', _image)
     and (_thumbnail is null or private.owns_object('images', _thumbnail))
     and (_photo is null or private.owns_object('photos', _photo))
$$;

-- Which scene a picture may be said to be of: one that is offered, a premium one to premium only. One that is not there is
-- the foreign key's to refuse.
create or replace function private.may_use_scene(_scene uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(
    (select private.is_offered(scenes) and (not scenes.is_premium or private.is_premium((select auth.uid())))
       from public.scenes where scenes.id = _scene), true)
$$;

-- The sentences of the policy above (ruling R8); what they do not name stays the policy's plain refusal.
create or replace function private.explain_image_refusal() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.forbid_for(private.standing(auth.uid()), 'A user', 'keep pictures');
  if not private.owns_pictures(new.image_url, new.thumbnail_url, new.original_photo_url) then
    perform private.forbid('A picture must point at objects you uploaded',
      'Upload to images/<your user id>/… first; image_url is /storage/v1/object/authenticated/images/<your user id>/<name>.');
  elsif not private.may_use_scene(new.scene_id) then
    perform private.forbid('A picture is of a scene you may use', 'Choose one that is offered; premium ones want premium.');
  end if;
  return new;
end $$;

-- A picture of a generation belongs to its owner, arrives before its end, and no more arrive than were reserved.
create or replace function private.check_image_of_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _generation public.generations;
begin
  -- locked, so that a cancellation comes before the picture or after it, never in between
  select * into _generation from public.generations where id = new.generation_id for no key update;
  if _generation.user_id is distinct from new.user_id then
    raise exception 'The generation is not this user''s.' using errcode = '23514';
  end if;
  if _generation.status in ('done', 'failed', 'moderated', 'canceled', 'expired') then
    raise exception 'The generation has ended as %.', _generation.status using errcode = '55000';
  end if;
  if (select count(*) from public.generated_images where generation_id = new.generation_id) >= _generation.requested_count then
    raise exception 'The generation has all its % pictures.', _generation.requested_count using errcode = '55000';
  end if;
  update private.quota_reservations set arrived = arrived + 1 where generation_id = new.generation_id;
  return new;
end $$;

revoke execute on function
  private.owns_pictures(text, text, text), private.may_use_scene(uuid), private.explain_image_refusal(),
  private.check_image_of_generation()
  from public;
grant execute on function
  private.owns_pictures(text, text, text), private.may_use_scene(uuid)
  to authenticated, service_role;

-- The life of a generation: who may ask for one, and which state follows which.

-- Who may ask, and with which photo: their own object of the bucket photos (ruling R1).
create or replace function private.check_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.forbid_for(private.standing(new.user_id), 'A user', 'make pictures');
  if new.photo_path is not null and not exists (
    select from storage.objects
     where objects.bucket_id = 'photos'
       and objects.name = new.photo_path
       and (storage.foldername(objects.name))[1] = new.user_id::text
  ) then
    raise exception 'The photo is not one you uploaded.'
      using errcode = '42501', hint = 'Upload to photos/<your user id>/… and send that name as photo_path.';
  end if;
  return new;
end $$;

-- The states only move forward; a queue's retry starts over from `queued`, an end is final.
create or replace function private.advance_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _ends constant text[] := array['done', 'failed', 'moderated', 'canceled', 'expired'];
begin
  if old.status = any (_ends) then
    raise exception 'The generation has ended as %.', old.status using errcode = '55000';
  end if;
  if not (
    new.status = any (array['failed', 'moderated', 'canceled', 'expired'])
    or (old.status, new.status) in (
      ('queued', 'submitting'), ('submitting', 'running'), ('submitting', 'storing'), ('running', 'storing'),
      ('storing', 'done'), ('submitting', 'queued'), ('running', 'queued'), ('storing', 'queued')
    )
  ) then
    raise exception 'A generation cannot go from % to %.', old.status, new.status using errcode = '55000';
  end if;
  if new.status = 'submitting' then
    new.started_at := coalesce(new.started_at, now());
  end if;
  if new.status = any (_ends) then
    new.finished_at := now();
    new.progress := case when new.status = 'done' then 100 else new.progress end;
    perform private.settle_quota(
      new.id, (select arrived from private.quota_reservations where generation_id = new.id)
    );
  end if;
  return new;
end $$;

revoke execute on function private.check_generation(), private.advance_generation() from public;

-- How many pictures a user made on a day and may make: one conditional upsert decides, so that exactly the limit passes
-- however many ask at once (rulings S5, S18). What a generation reserved and never got is given back exactly once.

-- The day whose quota is spent now, in the zone of the settings.
create or replace function private.quota_day() returns date
language sql stable security definer set search_path = '', pg_temp as $$
  select (now() at time zone settings.quota_time_zone)::date from private.settings
$$;

-- When the next day's quota begins.
create or replace function private.quota_resets_at() returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select (private.quota_day() + 1)::timestamp at time zone settings.quota_time_zone from private.settings
$$;

-- Images a day: 999999 stands for "no limit" as in the seed's query.
create or replace function private.daily_limit_of(_user_id uuid) returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select case when private.is_premium(_user_id) then 999999 else settings.daily_limit_free end from private.settings
$$;

-- Spend `_count` images of today, or nothing: the day they were booked on, null when they do not fit.
create or replace function private.spend_images(_user_id uuid, _count integer) returns date
language sql volatile security definer set search_path = '', pg_temp as $$
  insert into public.usage_tracking as usage (user_id, date, generation_count, daily_limit)
  select _user_id, private.quota_day(), _count, allowed.daily_limit
    from private.daily_limit_of(_user_id) as allowed (daily_limit)
   where _count between 1 and allowed.daily_limit
  on conflict (user_id, date) do update
    set generation_count = usage.generation_count + excluded.generation_count,
        daily_limit      = excluded.daily_limit
  where usage.generation_count + excluded.generation_count <= excluded.daily_limit
  returning usage.date
$$;

-- Reserve every image the generation asks for, or none: false when the day's quota does not reach.
create or replace function private.reserve_quota(_generation_id uuid) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _asked public.generations;
  _day   date;
begin
  select * into strict _asked from public.generations where id = _generation_id;
  _day := private.spend_images(_asked.user_id, _asked.requested_count);
  if _day is null then
    return false;
  end if;
  insert into private.quota_reservations (generation_id, user_id, date, reserved)
  values (_asked.id, _asked.user_id, _day, _asked.requested_count);
  return true;
end $$;

-- Close a reservation with the images that arrived and give back the rest: how many, 0 when it was closed before.
create or replace function private.settle_quota(_generation_id uuid, _kept integer) returns integer
language sql volatile security definer set search_path = '', pg_temp as $$
  with settled as (
    update private.quota_reservations
       set kept = least(greatest(_kept, 0), reserved), settled_at = now()
     where generation_id = _generation_id and settled_at is null
    returning user_id, date, reserved - kept as unused
  ), returned as (
    update public.usage_tracking as usage
       set generation_count = greatest(usage.generation_count - settled.unused, 0)
      from settled
     where usage.user_id = settled.user_id and usage.date = settled.date and settled.unused > 0
  )
  select coalesce((select unused from settled), 0)
$$;

-- Whether so many pictures were asked for in vain today that no more are tried, premium or not.
create or replace function private.has_failed_too_often(_user_id uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(sum(reservations.reserved - reservations.kept), 0) >= (private.settings()).failed_images_max
    from private.quota_reservations as reservations
   where reservations.user_id = _user_id
     and reservations.date = private.quota_day()
     and reservations.settled_at is not null
$$;

-- The seed's daily count. A generation's pictures were counted when they were reserved; a client's own insert spends
-- quota in the same statement or fails; the server's own insert is counted and never refused (ruling S4).
create or replace function public.track_daily_usage() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_argv[0] is distinct from 'limited' then
    insert into public.usage_tracking as usage (user_id, date, generation_count)
    values (new.user_id, private.quota_day(), 1)
    on conflict (user_id, date) do update set generation_count = usage.generation_count + 1;
  elsif private.spend_images(new.user_id, 1) is null then
    raise exception 'The daily limit of pictures is reached.'
      using errcode = '42501', hint = 'It starts anew at ' || private.quota_resets_at()::text || '.';
  end if;
  return new;
end $$;

-- What `GET studio/quota` answers.
create or replace function private.quota_of(_user_id uuid)
returns table (used integer, "limit" integer, remaining integer, resets_at timestamptz, is_premium boolean)
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(usage.generation_count, 0),
         allowed.daily_limit,
         case
           when premium.yes then 999999
           else greatest(allowed.daily_limit - coalesce(usage.generation_count, 0), 0)
         end,
         private.quota_resets_at(),
         premium.yes
    from private.daily_limit_of(_user_id) as allowed (daily_limit)
   cross join private.is_premium(_user_id) as premium (yes)
    left join public.usage_tracking as usage on usage.user_id = _user_id and usage.date = private.quota_day()
$$;

-- "Check User Daily Limit", and what the app asks next: what is left and until when.
create or replace function private.own_quota()
returns table (used integer, "limit" integer, remaining integer, resets_at timestamptz, is_premium boolean)
language sql stable security definer set search_path = '', pg_temp as $$
  select quota.used, quota."limit", quota.remaining, quota.resets_at, quota.is_premium
    from private.quota_of((select auth.uid())) as quota
   where (select auth.uid()) is not null
$$;

revoke execute on function
  private.quota_day(), private.quota_resets_at(), private.daily_limit_of(uuid), private.spend_images(uuid, integer),
  private.reserve_quota(uuid), private.settle_quota(uuid, integer), private.has_failed_too_often(uuid),
  private.quota_of(uuid), private.own_quota()
  from public;
revoke execute on function public.track_daily_usage() from public, anon, authenticated;
grant execute on function private.own_quota() to authenticated, service_role;
grant execute on function
  private.quota_day(), private.quota_resets_at(), private.daily_limit_of(uuid), private.spend_images(uuid, integer),
  private.reserve_quota(uuid), private.settle_quota(uuid, integer), private.has_failed_too_often(uuid),
  private.quota_of(uuid)
  to service_role;
