-- The questions that policies ask of other tables (ruling R9): each one SELECT, run as the owner so that nothing
-- recurses and hidden columns stay hidden, used as `x in (select private.…_ids())`.

create function private.own_profile_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select profiles.id from public.profiles where profiles.user_id = (select auth.uid())
$$;

create function private.hosted_session_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select sessions.id from public.live_sessions sessions where sessions.creator_id = (select auth.uid())
$$;

-- Sessions the caller hosts or moderates.
create function private.moderated_session_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select sessions.id from public.live_sessions sessions where sessions.creator_id = (select auth.uid())
  union all
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.role = 'moderator'
$$;

-- Sessions the caller is in now.
create function private.active_session_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.is_active
$$;

-- Sessions the caller was ever in; an invitation alone is not being there (ruling L8).
create function private.attended_session_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.joined_at is not null
$$;

-- Whether a ban of the user in the session stands. A user seated under one profile is not touched by a ban of another
-- profile of theirs: its effect would tell who is behind the first (ruling L17).
create function private.is_banned(_session uuid, _user uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select
      from public.live_session_bans bans
      left join public.live_participants seats
             on seats.session_id = bans.session_id and seats.user_id = bans.banned_user_id
     where bans.session_id = _session
       and bans.banned_user_id = _user
       and (bans.expires_at is null or bans.expires_at > now())
       and (bans.banned_profile_id is null or seats.id is null or seats.profile_id = bans.banned_profile_id))
$$;

-- Where the caller may write now, and under which profile: active, not banned, named, the session live.
create function private.open_seats() returns table (session_id uuid, profile_id uuid, role text, chat_enabled boolean)
language sql stable security definer set search_path = '' as $$
  select participants.session_id, participants.profile_id, participants.role, sessions.chat_enabled
    from public.live_participants participants
    join public.live_sessions sessions on sessions.id = participants.session_id
   where participants.user_id = (select auth.uid())
     and participants.is_active
     and sessions.status = 'live'
     and (select private.is_named_user())
     and not private.is_banned(participants.session_id, participants.user_id)
$$;

-- Whether the caller's real profile may open a session.
create function private.creator_profile_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select profiles.id
    from public.profiles
   where profiles.user_id = (select auth.uid())
     and profiles.type = 'real'
     and profiles.is_creator
     and (select private.is_named_user())
$$;

create function private.has_sold_tickets(_session uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from private.tickets where tickets.session_id = _session)
$$;

grant usage on schema private to anon, authenticated, service_role;
grant execute on function
  private.own_profile_ids(), private.hosted_session_ids(), private.moderated_session_ids(),
  private.active_session_ids(), private.attended_session_ids(), private.open_seats(), private.creator_profile_ids()
to anon, authenticated, service_role;
