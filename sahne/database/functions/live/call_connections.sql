-- What LiveKit reports of connections to a call's room, in any order and any number of times, becomes intervals. A call is
-- paid by the minute, so its moments are by one clock, ours: when a report came, not when LiveKit says it was.

-- A party connected as `_sid`: `{"state": "in" | "gone" | "refused", "reason"?}`; null when the room is no call's.
-- `_is_there` says that it was seen now and not reported: then no end of before holds.
create or replace function private.call_connected(
  _room text, _identity uuid, _sid text, _at timestamptz, _room_sid text default null, _is_there boolean default false
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.calls;
  _left timestamptz;
begin
  select * into _row from public.calls where livekit_room_name = _room for no key update;
  if _row.id is null then
    return null;
  elsif coalesce(_identity not in (_row.caller_id, _row.callee_id), true) then
    return jsonb_build_object('state', 'refused', 'reason', 'not_joined');
  elsif _row.status <> 'accepted' then
    return jsonb_build_object('state', 'refused', 'reason', 'call_over');
  end if;
  if _room_sid <> '' and _room_sid is distinct from _row.livekit_room_sid then
    update public.calls set livekit_room_sid = _room_sid where id = _row.id;
  end if;
  insert into private.call_intervals as stays (call_id, user_id, is_caller, livekit_sid, joined_at)
  values (_row.id, _identity, _identity is not distinct from _row.caller_id, _sid, _at)
  on conflict (call_id, livekit_sid) do update
     set joined_at = least(stays.joined_at, excluded.joined_at),
         left_at   = case when not _is_there then stays.left_at end
  returning left_at into _left;
  return jsonb_build_object('state', case when _left is null then 'in' else 'gone' end);
end $$;

-- Connection `_sid` ended: `{"state": "gone"}`; null when the room is no call's.
create or replace function private.call_disconnected(_room text, _identity uuid, _sid text, _at timestamptz) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls;
begin
  select * into _row from public.calls where livekit_room_name = _room for no key update;
  if _row.id is null then
    return null;
  elsif _identity in (_row.caller_id, _row.callee_id) then
    insert into private.call_intervals as stays (call_id, user_id, is_caller, livekit_sid, joined_at, left_at)
    values (_row.id, _identity, _identity is not distinct from _row.caller_id, _sid, _at, _at)
    on conflict (call_id, livekit_sid) do update
       set left_at = coalesce(stays.left_at, greatest(stays.joined_at, excluded.left_at));
  end if;
  return jsonb_build_object('state', 'gone');
end $$;

-- LiveKit lists these connections of a call still.
create or replace function private.call_still_connected(_call uuid, _sids text[], _at timestamptz default now()) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from public.calls where id = _call for no key update;
  update private.call_intervals set seen_at = greatest(seen_at, _at)
   where call_id = _call and livekit_sid = any (_sids) and left_at is null;
end $$;

-- LiveKit lists connection `_sid` no more, and nobody told us of its end: it was there for as long as it was seen.
create or replace function private.call_missed(_call uuid, _sid text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from public.calls where id = _call for no key update;
  update private.call_intervals set left_at = greatest(joined_at, seen_at)
   where call_id = _call and livekit_sid = _sid and left_at is null;
end $$;

-- Until when one side was there: infinity while they are, null when they never came.
create or replace function private.last_in_call(_call uuid, _is_caller boolean) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select max(coalesce(left_at, 'infinity')) from private.call_intervals where call_id = _call and is_caller = _is_caller
$$;

revoke execute on function
  private.call_connected(text, uuid, text, timestamptz, text, boolean),
  private.call_disconnected(text, uuid, text, timestamptz), private.call_still_connected(uuid, text[], timestamptz),
  private.call_missed(uuid, text), private.last_in_call(uuid, boolean)
  from public;
grant execute on function
  private.call_connected(text, uuid, text, timestamptz, text, boolean),
  private.call_disconnected(text, uuid, text, timestamptz), private.call_still_connected(uuid, text[], timestamptz),
  private.call_missed(uuid, text), private.last_in_call(uuid, boolean)
  to service_role;
