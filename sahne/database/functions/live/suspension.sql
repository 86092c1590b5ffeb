-- A suspended account, or one erased in all but its row, is gone from the stage at once (ruling R11).

-- Its session ends, its calls end, its seats are left, and its connections with them. What an erased one planned is called
-- off, with its tickets; a suspended one may be back in time, or is a host who does not come. The doors are held in the order
-- in which every verb takes them.
create or replace function private.end_presence() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if not private.is_suspended(new.id) then
    return null;
  end if;
  perform private.hold_doors(array(
    select sessions.id
      from public.live_sessions sessions
     where sessions.creator_id = new.id
       and (sessions.status = 'live' or sessions.status = 'scheduled' and new.deleted_at is not null)
    union
    select seats.session_id
      from public.live_participants seats
      join public.live_sessions sessions on sessions.id = seats.session_id
     where seats.user_id = new.id and sessions.status = 'live'));
  perform private.close_session(sessions.id)
     from public.live_sessions sessions
    where sessions.creator_id = new.id and sessions.status = 'live';
  perform private.call_off(sessions.id)
     from public.live_sessions sessions
    where sessions.creator_id = new.id and sessions.status = 'scheduled' and new.deleted_at is not null
    order by sessions.id;
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

revoke execute on function private.end_presence() from public;
