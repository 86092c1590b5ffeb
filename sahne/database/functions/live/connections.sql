-- What LiveKit reports of connections, in any order and any number of times, becomes stays and seats (ruling L9).

-- LiveKit saw `_identity` (a profile id) connect as `_sid`: `{"state": "seated", "seat"}`, `{"state": "gone"}`, or
-- `{"state": "refused", "reason"}`, which means nobody has let them in: put them out again. Any order, any number of
-- times gives the same rows. `_is_there` says that it was seen now and not reported: then no report of its end holds.
-- `_room_sid` is what LiveKit calls the room that is open now.
create or replace function private.seat_connected(
  _room text, _identity uuid, _sid text, _at timestamptz, _is_there boolean default false, _room_sid text default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.live_sessions;
  _seat public.live_participants;
  _left timestamptz;
  _awaits boolean;
begin
  select * into _row from public.live_sessions where livekit_room_name = _room;
  if _row.id is null then return jsonb_build_object('state', 'refused', 'reason', 'not_found'); end if;
  perform private.hold_door(_row.id);
  select * into _row from public.live_sessions where id = _row.id;
  select * into _seat from public.live_participants where session_id = _row.id and profile_id = _identity;
  if _seat.id is null or _seat.joined_at is null then
    return jsonb_build_object('state', 'refused', 'reason', 'not_joined');
  elsif _row.status <> 'live' then
    return jsonb_build_object('state', 'refused', 'reason', 'session_not_live');
  elsif private.entry_refusal(_row, _seat.user_id) is not null then
    return jsonb_build_object('state', 'refused', 'reason', private.entry_refusal(_row, _seat.user_id));
  elsif private.is_suspended(_seat.user_id) then
    return jsonb_build_object('state', 'refused', 'reason', 'suspended');
  elsif exists (select from private.departures where participant_id = _seat.id) then
    return jsonb_build_object('state', 'refused', 'reason', 'departed');
  end if;
  if _room_sid <> '' and _room_sid is distinct from _row.livekit_room_sid then
    update public.live_sessions set livekit_room_sid = _room_sid where id = _row.id;
  end if;
  select left_at into _left from private.live_intervals where participant_id = _seat.id and livekit_sid = _sid;
  if found then
    update private.live_intervals set joined_at = least(joined_at, _at)
     where participant_id = _seat.id and livekit_sid = _sid;
    if _left is null then return jsonb_build_object('state', 'seated', 'seat', private.seat_of(_seat)); end if;
    if _is_there then
      update private.live_intervals set left_at = null where participant_id = _seat.id and livekit_sid = _sid;
      _awaits := exists (select from private.live_intervals
                          where participant_id = _seat.id and left_at is null and livekit_sid is null);
      _seat := private.take_seat(_seat.id);
      if not _awaits then
        delete from private.live_intervals
         where participant_id = _seat.id and left_at is null and livekit_sid is null;
      end if;
      return jsonb_build_object('state', 'seated', 'seat', private.seat_of(_seat));
    end if;
    -- its end was reported before its start: the stay that waited for this connection is over too
    update private.live_intervals set left_at = greatest(joined_at, _left)
     where participant_id = _seat.id and left_at is null and livekit_sid is null
       and joined_at <= _left + interval '1 second';
    if not exists (select from private.live_intervals where participant_id = _seat.id and left_at is null) then
      perform private.leave_seat(_seat.id, _left);
    end if;
    return jsonb_build_object('state', 'gone');
  end if;
  _seat := private.take_seat(_seat.id);
  update private.live_intervals set livekit_sid = _sid
   where participant_id = _seat.id and left_at is null and livekit_sid is null;
  update public.live_participants set livekit_participant_sid = _sid where id = _seat.id;
  perform private.show_camera(_seat.id);  -- which may have been told of before
  return jsonb_build_object('state', 'seated', 'seat', private.seat_of(_seat));
end $$;

-- What LiveKit is to know of somebody in a room now: `{"is_let_in", "seat"}`; null when no live session has the room.
create or replace function private.seat_in_room(_room text, _identity uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('is_let_in', private.is_let_in(seats), 'seat', private.seat_of(seats))
    from public.live_sessions sessions
    left join public.live_participants seats on seats.session_id = sessions.id and seats.profile_id = _identity
   where sessions.livekit_room_name = _room and sessions.status = 'live'
$$;

-- LiveKit saw connection `_sid` go. The seat is left with its last stay; a late report of an old one changes nothing.
create or replace function private.seat_disconnected(_room text, _identity uuid, _sid text, _at timestamptz) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _session uuid := (select sessions.id from public.live_sessions sessions where sessions.livekit_room_name = _room);
  _seat    public.live_participants;
begin
  if _session is null then return jsonb_build_object('state', 'gone'); end if;
  perform private.hold_door(_session);
  select * into _seat from public.live_participants where session_id = _session and profile_id = _identity;
  if _seat.id is null then return jsonb_build_object('state', 'gone'); end if;
  insert into private.live_intervals (participant_id, livekit_sid, joined_at, left_at)
  values (_seat.id, _sid, _at, _at)
  on conflict (participant_id, livekit_sid) do update
     set left_at = coalesce(live_intervals.left_at, greatest(live_intervals.joined_at, excluded.left_at));
  if exists (select from private.live_intervals where participant_id = _seat.id and left_at is null) then
    perform private.show_camera(_seat.id);
    return jsonb_build_object('state', 'seated');
  end if;
  perform private.leave_seat(_seat.id, _at);
  return jsonb_build_object('state', 'gone');
end $$;

-- Stays that LiveKit never named although it has had `_seconds` to: closed, and their seats with the last of them.
create or replace function private.close_unnamed_stays(_session uuid, _seconds integer) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _participant uuid;
  _closed      integer := 0;
begin
  perform private.hold_door(_session);
  for _participant in
    update private.live_intervals stays
       set left_at = now()
      from public.live_participants seats
     where seats.id = stays.participant_id and seats.session_id = _session
       and stays.left_at is null and stays.livekit_sid is null
       and stays.joined_at < now() - _seconds * interval '1 second'
    returning stays.participant_id
  loop
    if not exists (select from private.live_intervals where participant_id = _participant and left_at is null) then
      perform private.leave_seat(_participant);
      _closed := _closed + 1;
    end if;
  end loop;
  return _closed;
end $$;

-- The moment LiveKit gives an event where it is believable, and never later than our receipt: `_created_at` is in Unix
-- seconds, 0 or null where LiveKit says none; more than ten minutes back is no delay of a webhook but a wrong clock.
create or replace function private.believable_moment(_created_at double precision, _received_at timestamptz)
returns timestamptz
language sql stable set search_path = '', pg_temp as $$
  select least(now(), _received_at,
               greatest(to_timestamp(coalesce(nullif(_created_at, 0), 'infinity')), _received_at - interval '10 minutes'))
$$;

revoke execute on function
  private.seat_connected(text, uuid, text, timestamptz, boolean, text), private.seat_in_room(text, uuid),
  private.seat_disconnected(text, uuid, text, timestamptz), private.close_unnamed_stays(uuid, integer),
  private.believable_moment(double precision, timestamptz)
  from public;
grant execute on function
  private.seat_connected(text, uuid, text, timestamptz, boolean, text), private.seat_in_room(text, uuid),
  private.seat_disconnected(text, uuid, text, timestamptz), private.close_unnamed_stays(uuid, integer),
  private.believable_moment(double precision, timestamptz)
  to service_role;
