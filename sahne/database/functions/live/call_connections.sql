-- What LiveKit reports of connections to a call's room, in any order and any number of times, becomes intervals; a call
-- nobody is in any more ends at the moment its people were last seen, and not when that is noticed.

-- A party connected as `_sid`: `{"state": "in" | "gone" | "refused", "reason"?}`; null when the room is no call's.
create or replace function private.call_connected(_room text, _identity uuid, _sid text, _at timestamptz) returns jsonb
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
  insert into private.call_intervals as stays (call_id, user_id, livekit_sid, joined_at)
  values (_row.id, _identity, _sid, _at)
  on conflict (call_id, livekit_sid) do update set joined_at = least(stays.joined_at, excluded.joined_at)
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
    insert into private.call_intervals as stays (call_id, user_id, livekit_sid, joined_at, left_at)
    values (_row.id, _identity, _sid, _at, _at)
    on conflict (call_id, livekit_sid) do update
       set left_at = coalesce(stays.left_at, greatest(stays.joined_at, excluded.left_at));
  end if;
  return jsonb_build_object('state', 'gone');
end $$;

-- Until when a party was there: infinity while they are, `_never` when they never came.
create or replace function private.last_in_call(_call uuid, _user uuid, _never timestamptz) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(max(coalesce(left_at, 'infinity')), _never)
    from private.call_intervals
   where call_id = _call and user_id = _user
$$;

-- Calls that go on and have nobody, or only one, in them: ended at the moment both were last there. Both may be gone for
-- `_both_seconds` (a reconnect), one alone waits for `_one_seconds`, and who never came has `_connect_seconds` to.
create or replace function private.end_deserted_calls(
  _both_seconds integer, _one_seconds integer, _connect_seconds integer
) returns setof uuid
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row   public.calls;
  _first timestamptz;
  _last  timestamptz;
  _came  boolean;
begin
  for _row in select * from public.calls where status = 'accepted' order by id for no key update skip locked loop
    _first := least(private.last_in_call(_row.id, _row.caller_id, _row.answered_at),
                    private.last_in_call(_row.id, _row.callee_id, _row.answered_at));
    _last := greatest(private.last_in_call(_row.id, _row.caller_id, _row.answered_at),
                      private.last_in_call(_row.id, _row.callee_id, _row.answered_at));
    _came := (select count(distinct user_id) = 2 from private.call_intervals where call_id = _row.id);
    if _came and _last <= now() - _both_seconds * interval '1 second' then
      perform private.close_call(_row.id, 'both_gone', _first);
      return next _row.id;
    elsif _came and _first <= now() - _one_seconds * interval '1 second' then
      perform private.close_call(_row.id, 'one_gone', _first);
      return next _row.id;
    elsif not _came and _row.answered_at <= now() - _connect_seconds * interval '1 second' then
      perform private.close_call(_row.id, 'never_connected', _first);
      return next _row.id;
    end if;
  end loop;
end $$;

revoke execute on function
  private.call_connected(text, uuid, text, timestamptz), private.call_disconnected(text, uuid, text, timestamptz),
  private.last_in_call(uuid, uuid, timestamptz), private.end_deserted_calls(integer, integer, integer)
  from public;
grant execute on function
  private.call_connected(text, uuid, text, timestamptz), private.call_disconnected(text, uuid, text, timestamptz),
  private.last_in_call(uuid, uuid, timestamptz), private.end_deserted_calls(integer, integer, integer)
  to service_role;
