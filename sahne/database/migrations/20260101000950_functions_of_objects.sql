-- The functions of objects in Storage as they were first: today's text is in sahne/database/functions/objects.

set local check_function_bodies = off;

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
  select folder from unnest(array['thumbnails/scenes', 'thumbnails/gifts']) folder where (select private.is_admin())
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
  if private.standing(new.owner) in ('suspended', 'leaving', 'gone') then
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
    from unnest(array[old.image_url, old.thumbnail_url, old.medium_url]) as url
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
