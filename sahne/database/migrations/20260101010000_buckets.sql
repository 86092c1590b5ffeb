-- The buckets and who may do what in them. Private ones (photos, images) keep a user's files in a folder named by the
-- user id; public ones (avatars, thumbnails) in a folder named by the profile id, which gives away no shadow (L17).

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values
  ('photos',     'photos',     false, 20971520, array['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'image/avif']),
  ('images',     'images',     false, 20971520, array['image/jpeg', 'image/png', 'image/webp', 'image/avif']),
  ('avatars',    'avatars',    true,   5242880, array['image/jpeg', 'image/png', 'image/webp', 'image/avif']),
  ('thumbnails', 'thumbnails', true,   5242880, array['image/jpeg', 'image/png', 'image/webp', 'image/avif'])
on conflict (id) do nothing;

-- Every `bucket/folder` in which the caller may keep objects.
create function private.own_folders() returns setof text
language sql stable security definer set search_path = '' as $$
  select bucket || '/' || (select auth.uid())::text
    from unnest(array['photos', 'images']) as bucket
   where (select private.is_named_user())
  union all
  select 'avatars/' || profiles.id::text from public.profiles where profiles.user_id = (select auth.uid())
  union all
  select 'thumbnails/' || profiles.id::text
    from public.profiles
   where profiles.user_id = (select auth.uid()) and profiles.is_creator
  union all
  select 'thumbnails/scenes' where (select private.is_admin())
$$;
revoke execute on function private.own_folders() from public;
grant execute on function private.own_folders() to authenticated, service_role;

create policy "Users can view objects in own folders" on storage.objects
  for select to authenticated
  using ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders()));
create policy "Users can upload into own folders" on storage.objects
  for insert to authenticated
  with check ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders()));
create policy "Users can replace objects in own folders" on storage.objects
  for update to authenticated
  using ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders()))
  with check ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders()));
create policy "Users can remove objects from own folders" on storage.objects
  for delete to authenticated
  using ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders()));

-- Objects whose rows in the app are gone: a job removes each with its bytes and then its line here.
create table private.object_removals (
  id         bigint      not null generated always as identity primary key,
  bucket_id  text        not null,
  name       text        not null,
  created_at timestamptz not null default now(),
  constraint object_removals_object_unique unique (bucket_id, name)
);
alter table private.object_removals enable row level security;
grant select, delete on private.object_removals to service_role;

-- A deleted picture takes its objects with it; the photo it was made from may serve others and stays.
create function private.remove_image_objects() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.object_removals (bucket_id, name)
  select 'images', substr(url, length('/storage/v1/object/authenticated/images/') + 1)
    from unnest(array[old.image_url, old.thumbnail_url]) as url
   where starts_with(url, '/storage/v1/object/authenticated/images/' || old.user_id::text || '/')
  on conflict (bucket_id, name) do nothing;
  return null;
end $$;

-- A deleted profile takes its folders with it.
create function private.remove_profile_objects() returns trigger
language plpgsql security definer set search_path = '' as $$
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

create trigger remove_image_objects after delete on public.generated_images
  for each row execute function private.remove_image_objects();
create trigger remove_profile_objects after delete on public.profiles
  for each row execute function private.remove_profile_objects();
