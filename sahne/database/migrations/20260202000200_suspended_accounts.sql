-- Suspended accounts: functions as sahne/database/functions tells them from here on.

set local check_function_bodies = off;

-- The user on whose behalf an operation runs: the claims' subject (ruling R8), with an account in good standing (R11).
create or replace function private.actor() returns uuid
language plpgsql stable set search_path = '', pg_temp as $$
declare
  _actor uuid := auth.uid();
begin
  if _actor is null then
    perform private.refuse(401, 'unauthenticated', 'A valid bearer token is needed.');
  elsif private.is_suspended(_actor) then
    perform private.refuse(403, 'user_banned', 'This account is suspended.', 'Ask the people who run the app.');
  end if;
  return _actor;
end $$;

-- Its session ends, its calls end, its seats are left, and its connections with them. The doors are held in the order in
-- which every verb takes them.
create or replace function private.end_presence() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if not private.is_suspended(new.id) then
    return null;
  end if;
  perform from private.session_counters
    where session_id in (select sessions.id from public.live_sessions sessions
                          where sessions.creator_id = new.id and sessions.status = 'live'
                         union
                         select seats.session_id
                           from public.live_participants seats
                           join public.live_sessions sessions on sessions.id = seats.session_id
                          where seats.user_id = new.id and sessions.status = 'live')
    order by session_id
      for no key update;
  perform private.close_session(sessions.id)
     from public.live_sessions sessions
    where sessions.creator_id = new.id and sessions.status = 'live';
  perform private.remove_seat(seats, 'suspended')
     from public.live_participants seats
     join public.live_sessions sessions on sessions.id = seats.session_id
    where seats.user_id = new.id and sessions.status = 'live'
    order by seats.session_id;
  perform private.close_call(calls.id, 'account_suspended')
     from public.calls
    where new.id in (calls.caller_id, calls.callee_id) and calls.status in ('initiated', 'ringing', 'accepted')
    order by calls.id;
  return null;
end $$;

revoke execute on function private.end_presence() from public, anon, authenticated, service_role;

-- What a client that writes is told who may only look (ruling R11): the policies ask the same. The trigger's argument
-- says what it is about.
create or replace function private.forbid_unless_named() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if private.is_anonymous(auth.uid()) then
    perform private.forbid_for('anonymous', 'A user', tg_argv[0]);
  elsif private.is_suspended(auth.uid()) then
    perform private.forbid_for('suspended', 'A user', tg_argv[0]);
  end if;
  return coalesce(new, old);
end $$;

revoke execute on function private.forbid_unless_named() from public, anon, authenticated, service_role;

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
