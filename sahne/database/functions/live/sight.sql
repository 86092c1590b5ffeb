-- The questions that the stage's policies ask of other tables (ruling R9): each one SELECT, run as the owner so that
-- nothing recurses and hidden columns stay hidden, used as `x in (select private.…_ids())`.

create or replace function private.hosted_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select sessions.id from public.live_sessions sessions where sessions.creator_id = (select auth.uid())
$$;

-- Sessions the caller hosts or moderates.
create or replace function private.moderated_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select sessions.id from public.live_sessions sessions where sessions.creator_id = (select auth.uid())
  union all
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.role = 'moderator'
$$;

-- Sessions the caller is in now.
create or replace function private.active_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.is_active
$$;

-- Sessions the caller was ever in; an invitation alone is not being there (ruling L8).
create or replace function private.attended_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.joined_at is not null
$$;

-- Where the caller may write now, and under which profile: active, not banned, named, the session live.
create or replace function private.open_seats() returns table (session_id uuid, profile_id uuid, role text, chat_enabled boolean)
language sql stable security definer set search_path = '', pg_temp as $$
  select participants.session_id, participants.profile_id, participants.role, sessions.chat_enabled
    from public.live_participants participants
    join public.live_sessions sessions on sessions.id = participants.session_id
   where participants.user_id = (select auth.uid())
     and participants.is_active
     and sessions.status = 'live'
     and (select private.is_named_user())
     and not private.is_banned(participants.session_id, participants.user_id)
$$;

revoke execute on function
  private.hosted_session_ids(), private.moderated_session_ids(), private.active_session_ids(),
  private.attended_session_ids(), private.open_seats()
  from public;
grant execute on function
  private.hosted_session_ids(), private.moderated_session_ids(), private.active_session_ids(),
  private.attended_session_ids(), private.open_seats()
  to anon, authenticated, service_role;
