-- Only named people write, and nobody whose account is suspended (ruling R11): the policies, the sentences that go with
-- them, and what happens on the stage at the moment of a suspension.

alter policy "Users can insert own profile" on public.profiles
  with check (user_id = (select auth.uid()) and (select private.is_named_user()));
alter policy "Users can update own profile" on public.profiles
  with check (user_id = (select auth.uid()) and (select private.is_named_user()));
alter policy "Users can update own images" on public.generated_images
  with check (user_id = (select auth.uid()) and (select private.is_named_user()));
alter policy "Users can insert own events" on public.analytics_events
  with check (
    user_id = (select auth.uid())
    and (select private.is_named_user())
    and created_at between now() - interval '7 days' and now() + interval '10 minutes'
  );
alter policy "Creators can manage own sessions" on public.live_sessions
  with check (creator_id = (select auth.uid()) and (select private.is_named_user()));
alter policy "Users can update own calls" on public.calls
  with check ((caller_id = (select auth.uid()) or callee_id = (select auth.uid())) and (select private.is_named_user()));

alter policy "Users can upload into own folders" on storage.objects
  with check ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders())
              and (select private.is_named_user()));
alter policy "Users can replace objects in own folders" on storage.objects
  with check ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders())
              and (select private.is_named_user()));
alter policy "Users can remove objects from own folders" on storage.objects
  using ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders())
         and (select private.is_named_user()));

-- What a policy keeps from an update or a delete is passed over in silence, so that these refuse it aloud. They are
-- named `a_…`: triggers fire in the order of their names, and who is not allowed anything hears that first
create trigger a_named_person before insert or update on public.profiles
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('change a profile');
create trigger a_named_person before update or delete on public.generated_images
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('change pictures');
create trigger a_named_person before insert on public.analytics_events
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('report events');
create trigger a_named_person before update on public.live_sessions
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('change a session');
create trigger a_named_person before update on public.calls
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('take part in a call');

create trigger end_presence_of_suspended after update on auth.users
  for each row when (new.deleted_at is distinct from old.deleted_at or new.banned_until is distinct from old.banned_until)
  execute function private.end_presence();
