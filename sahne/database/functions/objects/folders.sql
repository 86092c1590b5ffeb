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
