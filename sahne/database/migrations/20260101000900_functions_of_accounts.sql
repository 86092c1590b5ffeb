-- The functions of accounts and of their folders as they were first: today's text is in sahne/database/functions/{accounts,objects}.

set local check_function_bodies = off;

-- Who asks, and what they are. The actor of a verb; and what policies and triggers ask about the caller: small stable
-- functions that run as the owner, so that nothing recurses and nobody needs rights on the tables behind them (ruling R9).

-- The user on whose behalf an operation runs: the claims' subject (ruling R8), with an account in good standing (R11).
create or replace function private.actor() returns uuid
language plpgsql stable set search_path = '', pg_temp as $$
declare
  _actor uuid := auth.uid();
begin
  if _actor is null then
    perform private.refuse(401, 'unauthenticated', 'A valid bearer token is needed.');
  end if;
  case private.standing(_actor)
    when 'gone' then
      perform private.refuse(403, 'user_not_found', 'This account is gone.', 'Sign up, or sign in to another one.');
    when 'suspended' then
      perform private.refuse(403, 'user_banned', 'This account is suspended.', 'Ask the people who run the app.');
    else
      null;
  end case;
  return _actor;
end $$;

-- How an account stands, whatever a token says that was given out before: `gone`, `suspended` (or erased in all but the
-- row), `anonymous` (nobody who signed in is, too) or `named`.
create or replace function private.standing(_user uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(
    (select case
              when users.deleted_at is not null or users.banned_until > now() then 'suspended'
              when users.is_anonymous then 'anonymous'
              else 'named'
            end
       from auth.users
      where users.id = _user),
    case when _user is null then 'anonymous' else 'gone' end)
$$;

-- The actor, who must have an e-mail or a phone.
create or replace function private.named_actor() returns uuid
language plpgsql stable set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
begin
  if private.is_anonymous(_actor) then
    perform private.refuse(403, 'anonymous_not_allowed', 'An anonymous sign-in can only watch.',
      'Add an e-mail or a phone to the account first.');
  end if;
  return _actor;
end $$;

-- Who has neither e-mail nor phone looks and watches only (ruling R1); so does who is not there at all.
create or replace function private.is_anonymous(_user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce((select users.is_anonymous from auth.users where users.id = _user), true)
$$;

-- Suspended, or erased in all but the row, whatever a token says that was given out before.
create or replace function private.is_suspended(_user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select from auth.users where users.id = _user and (users.deleted_at is not null or users.banned_until > now()))
$$;

-- What a client that writes is told who may only look (ruling R11): the policies ask the same. The trigger's argument
-- says what it is about.
create or replace function private.forbid_unless_named() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.forbid_for(private.standing(auth.uid()), 'A user', tg_argv[0]);
  return coalesce(new, old);
end $$;

-- Who may do more than look.
create or replace function private.is_named_user() returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select not private.is_anonymous((select auth.uid())) and not private.is_suspended((select auth.uid()))
$$;

create or replace function private.is_admin() returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select from public.profiles
     where profiles.user_id = (select auth.uid()) and profiles.type = 'real' and profiles.role = 'admin'
  )
$$;

-- Lets admins and the server pass and tells everybody else why not.
create or replace function private.require_admin() returns boolean
language plpgsql stable set search_path = '', pg_temp as $$
begin
  if current_user in ('anon', 'authenticated') and not private.is_admin() then
    raise exception 'Only an admin may see this report.' using errcode = '42501';
  end if;
  return true;
end $$;

-- Premium is what is paid for now; a lost expiry notice gives nothing away (ruling S5).
create or replace function private.is_premium(_user_id uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select from public.profiles
     where profiles.id = _user_id
       and profiles.is_premium
       and (profiles.subscription_expires_at is null or profiles.subscription_expires_at > now())
  )
$$;

revoke execute on function
  private.actor(), private.named_actor(), private.standing(uuid), private.is_anonymous(uuid),
  private.is_suspended(uuid),
  private.forbid_unless_named(), private.is_named_user(), private.is_admin(), private.require_admin(),
  private.is_premium(uuid)
  from public;
grant execute on function
  private.is_named_user(), private.is_admin(), private.require_admin()
  to anon, authenticated, service_role;
grant execute on function
  private.actor(), private.named_actor(), private.standing(uuid), private.is_anonymous(uuid),
  private.is_suspended(uuid),
  private.is_premium(uuid)
  to service_role;

-- A person's profiles: what the server fills in, the face that all may see, and which of them the caller may use
-- (rulings R1, R2).

-- `role` says creator exactly when `is_creator` does; an e-mail is the account's; a real profile may name only itself.
create or replace function private.complete_profile() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.type = 'real' then
    new.user_id := coalesce(new.user_id, new.id);
    new.email := (select nullif(users.email, '') from auth.users where users.id = new.user_id);
  end if;
  if new.role <> 'admin' then
    new.role := case when new.is_creator then 'creator' else 'user' end;
  end if;
  return new;
end $$;

create or replace function private.show_public_profile() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into public.public_profiles as face (id, username, display_name, avatar_url, is_creator)
  values (new.id, new.username, new.display_name, new.avatar_url, new.is_creator)
  on conflict (id) do update
    set username     = excluded.username,
        display_name = excluded.display_name,
        avatar_url   = excluded.avatar_url,
        is_creator   = excluded.is_creator
  where (face.username, face.display_name, face.avatar_url, face.is_creator)
    is distinct from (excluded.username, excluded.display_name, excluded.avatar_url, excluded.is_creator);
  return null;
end $$;

create or replace function private.own_profile_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select profiles.id from public.profiles where profiles.user_id = (select auth.uid())
$$;

-- Whether the caller's real profile may open a session.
create or replace function private.creator_profile_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select profiles.id
    from public.profiles
   where profiles.user_id = (select auth.uid())
     and profiles.type = 'real'
     and profiles.is_creator
     and (select private.is_named_user())
$$;

-- Only creators open and start sessions: whether the caller is one.
create or replace function private.is_creator() returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select private.creator_profile_ids())
$$;

create or replace function private.refuse_unless_creator(_what text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not private.is_creator() then
    perform private.refuse(403, 'creator_required', 'Only creators can ' || _what || '.', 'Ask to be made a creator.');
  end if;
end $$;

revoke execute on function
  private.complete_profile(), private.show_public_profile(), private.own_profile_ids(), private.creator_profile_ids(),
  private.is_creator(), private.refuse_unless_creator(text)
  from public;
grant execute on function private.own_profile_ids(), private.creator_profile_ids() to anon, authenticated, service_role;
grant execute on function private.is_creator(), private.refuse_unless_creator(text) to service_role;

-- A user who signs up has a profile in the same transaction; nothing they may type into their metadata can make the
-- sign-up fail (ruling S10), and what else fails says that it was this trigger.

create or replace function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _gender text := new.raw_user_meta_data ->> 'gender';
  _name   text := left(btrim(new.raw_user_meta_data ->> 'display_name'), 80);
begin
  insert into public.profiles (id, user_id, email, gender, display_name)
  values (
    new.id,
    new.id,
    nullif(new.email, ''),
    case when _gender in ('male', 'female') then _gender end,
    case when private.is_visible(_name) then _name end
  );
  return new;
exception
  when others then
    raise exception 'on_auth_user_created: %', sqlerrm
      using errcode = sqlstate, hint = 'The trigger public.handle_new_user() could not make the profile.';
end $$;

-- The profile's e-mail is the account's, always.
create or replace function private.follow_user_email() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.profiles set email = nullif(new.email, '') where user_id = new.id and type = 'real';
  return null;
end $$;

revoke execute on function private.follow_user_email() from public;
revoke execute on function public.handle_new_user() from public, anon, authenticated;

-- Which folders of which buckets are the caller's. Private ones (photos, images) are named by the user id; public ones
-- (avatars, thumbnails) by the profile id, which gives away no shadow (ruling L17).

-- Every `bucket/folder` that is the caller's. Who may only look finds their own there; that they change nothing is said by
-- the policies that let others write.
create or replace function private.own_folders() returns setof text
language sql stable security definer set search_path = '', pg_temp as $$
  select bucket || '/' || (select auth.uid())::text
    from unnest(array['photos', 'images']) as bucket
  union all
  select 'avatars/' || profiles.id::text from public.profiles where profiles.user_id = (select auth.uid())
  union all
  select 'thumbnails/' || profiles.id::text
    from public.profiles
   where profiles.user_id = (select auth.uid()) and profiles.is_creator
  union all
  select 'thumbnails/scenes' where (select private.is_admin())
$$;

-- Whether a URL path is an object the caller uploaded into their own folder of the bucket.
create or replace function private.owns_object(_bucket text, _url text) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select from storage.objects
     where objects.bucket_id = _bucket
       and objects.name = substr(_url, length('/storage/v1/object/authenticated/' || _bucket || '/') + 1)
       and starts_with(_url, '/storage/v1/object/authenticated/' || _bucket || '/' || (select auth.uid())::text || '/')
       and objects.owner_id = (select auth.uid())::text
  )
$$;

-- A link to upload by writes for whoever asked for it, and for nobody who could not write themselves by now (ruling R11).
create or replace function private.check_signed_upload() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if private.is_suspended(new.owner) or not exists (select from auth.users where users.id = new.owner) then
    perform private.forbid('The account this link is from is suspended or gone', 'Ask for another link.');
  end if;
  return new;
end $$;

revoke execute on function
  private.own_folders(), private.owns_object(text, text), private.check_signed_upload()
  from public;
grant execute on function private.own_folders(), private.owns_object(text, text) to authenticated, service_role;

-- Objects whose rows in the app are gone are noted for the job that removes them with their bytes.

-- A deleted picture takes its objects with it; the photo it was made from may serve others and stays.
create or replace function private.remove_image_objects() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.object_removals (bucket_id, name)
  select 'images', substr(url, length('/storage/v1/object/authenticated/images/') + 1)
    from unnest(array[old.image_url, old.thumbnail_url]) as url
   where starts_with(url, '/storage/v1/object/authenticated/images/' || old.user_id::text || '/')
  on conflict (bucket_id, name) do nothing;
  return null;
end $$;

-- A deleted profile takes its folders with it.
create or replace function private.remove_profile_objects() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.object_removals (bucket_id, name)
  select objects.bucket_id, objects.name
    from storage.objects
   where objects.bucket_id in ('photos', 'images', 'avatars', 'thumbnails')
     and objects.name collate "C" >= old.id::text || '/'
     and objects.name collate "C" < old.id::text || '0'
  on conflict (bucket_id, name) do nothing;
  return null;
end $$;

revoke execute on function private.remove_image_objects(), private.remove_profile_objects() from public;

-- How much a person may keep in Storage (ruling R13): objects and bytes are counted by owner in the statement that changes
-- them, and whoever would pass a bound is refused in it, by whichever road: a client's upload, a signed one, a copy, a
-- picture the studio made. What nobody owns (the server's own) is not counted.

-- The bytes an object's row speaks of; before an upload is read that may be unknown.
create or replace function private.object_bytes(_metadata jsonb) returns bigint
language sql immutable set search_path = '', pg_temp as $$
  select case when jsonb_typeof(_metadata -> 'size') = 'number' then (_metadata ->> 'size')::numeric::bigint else 0 end
$$;

-- Add to what an owner keeps. The row is held until the commit, so that two uploads at once cannot pass a bound together.
create or replace function private.add_owned_objects(_owner_id text, _objects bigint, _bytes bigint) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _kept  private.owned_objects;
  _bound private.settings := private.settings();
begin
  insert into private.owned_objects as kept (owner_id, objects, bytes)
  values (_owner_id, _objects, _bytes)
  on conflict (owner_id) do update
    set objects = kept.objects + excluded.objects, bytes = kept.bytes + excluded.bytes
  returning * into _kept;

  -- less is always allowed, also where a bound was lowered below what is there
  if _objects > 0 and _kept.objects > _bound.owned_objects_max or _bytes > 0 and _kept.bytes > _bound.owned_bytes_max then
    perform private.refuse(413, 'QuotaExceeded', 'The storage of this account is full',
      format('An account keeps at most %s objects of %s bytes together: remove some first.',
             _bound.owned_objects_max, _bound.owned_bytes_max));
  end if;
  if _kept.objects = 0 then
    delete from private.owned_objects where owner_id = _owner_id;
  end if;
end $$;

-- One call a statement, however many rows it touched. Owners are taken in order, so that two statements never wait for each
-- other in a circle; what changes neither number (a move, a date) takes nobody.
create or replace function private.count_objects() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _deltas private.owned_objects[] := '{}';
begin
  if tg_op <> 'INSERT' then
    _deltas := array(
      select row(owner_id, -1, -private.object_bytes(metadata))::private.owned_objects from old_objects);
  end if;
  if tg_op <> 'DELETE' then
    _deltas := _deltas || array(
      select row(owner_id, 1, private.object_bytes(metadata))::private.owned_objects from new_objects);
  end if;
  perform private.add_owned_objects(owner_id, objects, bytes)
     from (
       select owner_id, sum(objects)::bigint as objects, sum(bytes)::bigint as bytes
         from unnest(_deltas)
        where owner_id is not null
        group by owner_id
       having sum(objects) <> 0 or sum(bytes) <> 0
        order by owner_id
     ) as changed;
  return null;
end $$;

-- Whether so many more objects, of whatever size, would be too many for an owner.
create or replace function private.is_storage_full(_owner_id text, _objects integer) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select from private.owned_objects as kept
     cross join private.settings() as bound
     where kept.owner_id = _owner_id
       and (kept.objects + _objects > bound.owned_objects_max or kept.bytes >= bound.owned_bytes_max)
  )
$$;

-- Count anew whoever's numbers are not those of their objects (rows written behind the triggers' back, by a restore of one
-- table or a truncate): how many owners that were. Each is held first, so that no upload is counted twice or missed.
create or replace function private.recount_objects() returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _owner_id text;
  _owners   integer := 0;
begin
  for _owner_id in
    select owner_id
      from (
        select owner_id, count(*) as objects, sum(private.object_bytes(metadata)) as bytes
          from storage.objects
         where owner_id is not null
         group by owner_id
      ) as true_ones
      full join private.owned_objects as kept using (owner_id)
     where (true_ones.objects, true_ones.bytes) is distinct from (kept.objects, kept.bytes)
     order by owner_id
  loop
    insert into private.owned_objects (owner_id, objects, bytes) values (_owner_id, 0, 0) on conflict do nothing;
    perform from private.owned_objects where owner_id = _owner_id for update;
    update private.owned_objects as kept
       set (objects, bytes) = (
             select count(*), coalesce(sum(private.object_bytes(metadata)), 0)
               from storage.objects
              where objects.owner_id = _owner_id)
     where kept.owner_id = _owner_id;
    delete from private.owned_objects where owner_id = _owner_id and objects = 0;
    _owners := _owners + 1;
  end loop;
  return _owners;
end $$;

revoke execute on function
  private.object_bytes(jsonb), private.add_owned_objects(text, bigint, bigint), private.count_objects(),
  private.is_storage_full(text, integer), private.recount_objects()
  from public;
grant execute on function private.is_storage_full(text, integer), private.recount_objects() to service_role;
