-- The functions of seats as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Coming and going. A seat is a participant's row; a stay is an interval. Every verb here holds the session's door, so
-- counts are exact: `viewer_count` counts active seats but the host's, `total_viewers` people but the host (ruling L10).

-- Come in: `{"participant", "seat"}`. The first join fixes the profile; the row is used again at each return.
-- `_profile` null is the profile worn here before, or else the real one.
create or replace function private.join_session(_session uuid, _profile uuid default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
  _row   public.live_sessions;
  _seat  public.live_participants;
begin
  perform private.hold_door(_session);
  select * into _row from public.live_sessions where id = _session;
  perform private.refuse_unless_live(_row, _actor);
  perform private.refuse_entry(private.entry_refusal(_row, _actor), _row);
  select * into _seat from public.live_participants where session_id = _session and user_id = _actor;
  perform private.refuse_full_session(_row, _actor, _seat);
  if _seat.id is null then
    if _profile is not null and not exists (select from public.profiles where id = _profile and user_id = _actor) then
      perform private.refuse(403, 'forbidden', 'This is not a profile of yours.');
    end if;
    insert into public.live_participants (session_id, user_id, profile_id, role, livekit_identity, is_video_enabled,
                                          paid_amount, payment_id)
    select _session, _actor, coalesce(_profile, _actor),
           case when _row.creator_id = _actor then 'host'
                when _row.session_type = 'audio_room' then 'listener' else 'viewer' end,
           coalesce(_profile, _actor), false, coalesce(tickets.price, 0), tickets.payment_id
      from (values (1)) one
      left join private.tickets on tickets.session_id = _session and tickets.user_id = _actor
    returning * into _seat;
  elsif _profile is not null and _profile <> _seat.profile_id then
    perform private.refuse(409, 'profile_fixed',
      case when _seat.joined_at is null then 'You are invited to this session under another profile.'
           else 'You are in this session under another profile.' end,
      'It is fixed for this session: leave profile_id out.');
  end if;
  _seat := private.take_seat(_seat.id);
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- Go: `{"participant", "seat"}`. Leaving twice is leaving once.
create or replace function private.leave_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  perform private.hold_door(_session);
  select * into _seat from public.live_participants
   where session_id = _session and user_id = private.actor() and joined_at is not null;
  if _seat.id is null then
    perform private.refuse(404, 'not_found', 'You are not in this session.');
  end if;
  _seat := private.leave_seat(_seat.id);
  perform private.depart(_seat, 'left');
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- Make the seat active, counting it once, and open a stay that waits for LiveKit's name. The door is held.
create or replace function private.take_seat(_participant uuid) returns public.live_participants
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _old   public.live_participants;
  _row   public.live_participants;
  _fresh boolean;
begin
  select * into _old from public.live_participants where id = _participant for no key update;
  delete from private.departures where participant_id = _participant;
  if not _old.is_active and private.is_on_stage(_old.role)
     and private.is_stage_full(_old.session_id, _participant) then
    -- whoever said yes while away, or left, finds the stage full of others
    perform private.give_role(_participant, private.audience_role(_old.session_id));
    select * into _old from public.live_participants where id = _participant;
  end if;
  _fresh := not exists (select from private.live_intervals where participant_id = _participant);
  if _old.is_active then
    _row := _old;
  else
    update public.live_participants
       set is_active = true, joined_at = coalesce(joined_at, now()), left_at = null
     where id = _participant
    returning * into _row;
    perform private.say_untold_role(_row);
  end if;
  if _old.role = 'host' then
    update public.live_sessions set interrupted_at = null where id = _old.session_id and interrupted_at is not null;
  elsif _fresh or not _old.is_active then
    update private.session_counters
       set viewer_count  = viewer_count + 1,
           peak_viewers  = greatest(peak_viewers, viewer_count + 1),
           total_viewers = total_viewers + _fresh::integer
     where session_id = _old.session_id;
  end if;
  if not exists (select from private.live_intervals
                  where participant_id = _participant and left_at is null and livekit_sid is null) then
    insert into private.live_intervals (participant_id, joined_at) values (_participant, now());
  end if;
  return _row;
end $$;

-- Close every stay and the seat with it. The door is held. Answers the row, changed or not.
create or replace function private.leave_seat(_participant uuid, _at timestamptz default now()) returns public.live_participants
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _was_active boolean;
  _row        public.live_participants;
begin
  select is_active into _was_active from public.live_participants where id = _participant for no key update;
  update private.live_intervals
     set left_at = greatest(joined_at, _at)
   where participant_id = _participant and left_at is null;
  update public.live_participants
     set is_active                = false,
         left_at                  = case when _was_active then _at else left_at end,
         livekit_participant_sid  = null,
         is_video_enabled         = false,
         total_watch_time_seconds = private.watch_seconds(_participant, _at)
   where id = _participant and is_active
  returning * into _row;
  if not found then
    select * into _row from public.live_participants where id = _participant;
  elsif _row.role <> 'host' then
    update private.session_counters set viewer_count = viewer_count - 1 where session_id = _row.session_id;
  else
    update public.live_sessions set interrupted_at = _at
     where id = _row.session_id and status = 'live' and interrupted_at is null;
  end if;
  return _row;
end $$;

-- Whoever left or was put out comes back by joining, and not by a token of before: it is written down, and their
-- connections are ended now and for as long as such a token may live. The door is held.
create or replace function private.depart(_seat public.live_participants, _reason text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.departures (participant_id, reason) values (_seat.id, _reason)
  on conflict (participant_id) do update set reason = excluded.reason, departed_at = now();
  perform private.order_for_seat('remove_participant', _seat);
end $$;

-- Whether the holder of a seat may be connected to its room.
create or replace function private.is_let_in(_seat public.live_participants) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(
    _seat.joined_at is not null
    and not exists (select from private.departures where participant_id = _seat.id)
    and not private.is_banned(_seat.session_id, _seat.user_id)
    and not private.is_suspended(_seat.user_id), false)
$$;

-- Seconds somebody was there: the union of the stays, so that two devices count once.
create or replace function private.watch_seconds(_participant uuid, _until timestamptz) returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(sum(extract(epoch from upper(stay) - lower(stay))), 0)::integer
    from unnest((select range_agg(tstzrange(joined_at, greatest(joined_at, coalesce(left_at, _until))))
                   from private.live_intervals
                  where participant_id = _participant)) stay
$$;

-- Everybody leaves. The door is held.
create or replace function private.empty_room(_session uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.leave_seat(id) from public.live_participants where session_id = _session and is_active order by id;
end $$;

-- A seat that vanishes with its user or profile is counted out, and put out of the room.
create or replace function private.count_out_deleted() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update private.session_counters set viewer_count = viewer_count - 1 where session_id = old.session_id;
  perform private.order_livekit('remove_participant', sessions.livekit_room_name, old.profile_id::text)
     from public.live_sessions sessions where sessions.id = old.session_id;
  return null;
end $$;

revoke execute on function
  private.join_session(uuid, uuid), private.leave_session(uuid), private.take_seat(uuid),
  private.leave_seat(uuid, timestamptz), private.depart(public.live_participants, text),
  private.is_let_in(public.live_participants), private.watch_seconds(uuid, timestamptz), private.empty_room(uuid),
  private.count_out_deleted()
  from public;
grant execute on function
  private.join_session(uuid, uuid), private.leave_session(uuid), private.take_seat(uuid),
  private.leave_seat(uuid, timestamptz), private.depart(public.live_participants, text),
  private.is_let_in(public.live_participants), private.watch_seconds(uuid, timestamptz), private.empty_room(uuid)
  to service_role;

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
