-- The functions of what the house says in a chat as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- What the house itself says in a chat: a code and what it is about, which clients put into words of their own language. Such a line
-- is in the host's name, since the seed wants one.

-- Say something in a session that is live: `content` is the code, `details` its values. Elsewhere nobody would read it.
create or replace function private.say_system(_session uuid, _code text, _values jsonb default '{}') returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into public.live_messages (session_id, sender_id, sender_profile_id, message_type, content, details)
  select sessions.id, sessions.creator_id, sessions.creator_profile_id, 'system', _code, coalesce(_values, '{}')
    from public.live_sessions sessions
   where sessions.id = _session and sessions.status = 'live';
end $$;

revoke execute on function private.say_system(uuid, text, jsonb) from public;
grant execute on function private.say_system(uuid, text, jsonb) to service_role;
