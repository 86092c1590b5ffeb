-- A suspended account, or one erased in all but its row, is gone from the stage at once (ruling R11), and so is one that its
-- person gives up.

create or replace function private.end_presence() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if private.is_suspended(new.id) then
    perform private.end_presence_of(new.id, new.deleted_at is not null, 'suspended', 'account_suspended');
  end if;
  return null;
end $$;

-- Their session ends, their calls end, their seats are left, and their connections with them. What somebody planned who goes
-- for good is called off, with its tickets; a suspended one may be back in time, or is a host who does not come. The doors are
-- held in the order in which every verb takes them.
create or replace function private.end_presence_of(_user uuid, _for_good boolean, _seat_reason text, _call_reason text)
returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.hold_doors(array(
    select sessions.id
      from public.live_sessions sessions
     where sessions.creator_id = _user
       and (sessions.status = 'live' or sessions.status = 'scheduled' and _for_good)
    union
    select seats.session_id
      from public.live_participants seats
      join public.live_sessions sessions on sessions.id = seats.session_id
     where seats.user_id = _user and sessions.status = 'live'));
  perform private.close_session(sessions.id)
     from public.live_sessions sessions
    where sessions.creator_id = _user and sessions.status = 'live';
  perform private.call_off(sessions.id)
     from public.live_sessions sessions
    where sessions.creator_id = _user and sessions.status = 'scheduled' and _for_good
    order by sessions.id;
  perform private.remove_seat(seats, _seat_reason)
     from public.live_participants seats
     join public.live_sessions sessions on sessions.id = seats.session_id
    where seats.user_id = _user and sessions.status = 'live'
    order by seats.session_id;
  perform private.close_call(calls.id, _call_reason)
     from public.calls
    where _user in (calls.caller_id, calls.callee_id) and calls.status in ('initiated', 'ringing', 'accepted')
    order by calls.id;
end $$;

revoke execute on function private.end_presence(), private.end_presence_of(uuid, boolean, text, text) from public;
