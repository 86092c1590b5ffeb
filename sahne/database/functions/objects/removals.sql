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
