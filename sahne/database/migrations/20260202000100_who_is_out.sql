-- Who is out: functions as sahne/database/functions tells them from here on.

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

revoke execute on function private.call_connected(text,uuid,text,timestamp with time zone) from public, anon, authenticated, service_role;
grant execute on function private.call_connected(text,uuid,text,timestamp with time zone) to service_role;

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

revoke execute on function private.call_disconnected(text,uuid,text,timestamp with time zone) from public, anon, authenticated, service_role;
grant execute on function private.call_disconnected(text,uuid,text,timestamp with time zone) to service_role;

-- An order is done, or failed with `_error` and stays due. One over a seat is due again until its watch is over, or the
-- session.
create or replace function private.close_livekit_order(_order bigint, _error text default null) returns void
language sql security definer set search_path = '', pg_temp as $$
  update private.livekit_outbox orders
     set error    = _error,
         done_at  = case when _error is null and not watch.goes_on then now() end,
         attempts = case when _error is null and watch.goes_on then 0 else orders.attempts end,
         due_at   = case when _error is null and watch.goes_on then now() + interval '10 seconds' else orders.due_at end
    from (select due.id,
                 coalesce(due.watched_until > now(), false) and exists (
                   select from public.live_sessions sessions
                    where sessions.livekit_room_name = due.room_name and sessions.status = 'live') as goes_on
            from private.livekit_outbox due
           where due.id = _order) watch
   where orders.id = watch.id and orders.done_at is null
$$;

-- Whoever left or was put out comes back by joining, and not by a token of before: it is written down, and their
-- connections are ended now and for as long as such a token may live. The door is held.
create or replace function private.depart(_seat public.live_participants, _reason text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.departures (participant_id, reason) values (_seat.id, _reason)
  on conflict (participant_id) do update set reason = excluded.reason, departed_at = now();
  perform private.order_for_seat('remove_participant', _seat);
end $$;

revoke execute on function private.depart(public.live_participants,text) from public, anon, authenticated, service_role;
grant execute on function private.depart(public.live_participants,text) to service_role;

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

revoke execute on function private.end_deserted_calls(integer,integer,integer) from public, anon, authenticated, service_role;
grant execute on function private.end_deserted_calls(integer,integer,integer) to service_role;

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

-- The role in the row, and the order that makes LiveKit's permission follow. The door is held.
create or replace function private.give_role(_participant uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  update public.live_participants set role = _role where id = _participant returning * into _seat;
  perform private.order_for_seat('update_permission', _seat);
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
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

revoke execute on function private.is_let_in(public.live_participants) from public, anon, authenticated, service_role;
grant execute on function private.is_let_in(public.live_participants) to service_role;

-- Until when a party was there: infinity while they are, `_never` when they never came.
create or replace function private.last_in_call(_call uuid, _user uuid, _never timestamptz) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(max(coalesce(left_at, 'infinity')), _never)
    from private.call_intervals
   where call_id = _call and user_id = _user
$$;

revoke execute on function private.last_in_call(uuid,uuid,timestamp with time zone) from public, anon, authenticated, service_role;
grant execute on function private.last_in_call(uuid,uuid,timestamp with time zone) to service_role;

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

-- Silence or unsilence: `{"participant": row, "seat"}`.
create or replace function private.mute_profile(_session uuid, _profile uuid, _muted boolean) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  perform private.hold_door(_session);
  _seat := private.seat_below(_session, _profile);
  update public.live_participants set is_muted = _muted where id = _seat.id returning * into _seat;
  perform private.order_for_seat('mute_participant', _seat);
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

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

-- An order for a seat, which is looked at again for as long as a token that LiveKit renewed before may live (597 s): it
-- lets its holder in with the rights of then. An older watch over the same seat ends.
create or replace function private.order_for_seat(_action text, _seat public.live_participants) returns void
language sql security definer set search_path = '', pg_temp as $$
  update private.livekit_outbox orders
     set done_at = now()
    from public.live_sessions sessions
   where sessions.id = _seat.session_id
     and orders.room_name = sessions.livekit_room_name
     and orders.identity = _seat.profile_id::text
     and orders.done_at is null;
  insert into private.livekit_outbox (action, room_name, identity, watched_until)
  select _action, sessions.livekit_room_name, _seat.profile_id::text, now() + interval '600 seconds'
    from public.live_sessions sessions
   where sessions.id = _seat.session_id
$$;

revoke execute on function private.order_for_seat(text,public.live_participants) from public, anon, authenticated, service_role;
grant execute on function private.order_for_seat(text,public.live_participants) to service_role;

drop function private.remove_seat(public.live_participants);

-- Out of the room, off the stage, with every offer and request withdrawn. The door is held.
create or replace function private.remove_seat(
  _seat public.live_participants, _reason text default 'removed'
) returns public.live_participants
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_participants;
begin
  _row := private.leave_seat(_seat.id);
  update public.live_participants
     set role                = private.audience_role(session_id),
         invitation_response = case when invitation_response = 'pending' then 'expired' else invitation_response end
   where id = _seat.id and (role not in ('viewer', 'listener') or invitation_response = 'pending')
  returning * into _row;
  if not found then
    select * into _row from public.live_participants where id = _seat.id;
  end if;
  update public.live_guest_requests set status = 'expired'
   where session_id = _seat.session_id and requester_id = _seat.user_id and status = 'pending';
  perform private.depart(_row, _reason);
  return _row;
end $$;

revoke execute on function private.remove_seat(public.live_participants,text) from public, anon, authenticated, service_role;
grant execute on function private.remove_seat(public.live_participants,text) to service_role;

drop function private.seat_connected(text,uuid,text,timestamp with time zone);

-- LiveKit saw `_identity` (a profile id) connect as `_sid`: `{"state": "seated", "seat"}`, `{"state": "gone"}`, or
-- `{"state": "refused", "reason"}`, which means nobody has let them in: put them out again. Any order, any number of
-- times gives the same rows. `_is_there` says that it was seen now and not reported: then no report of its end holds.
create or replace function private.seat_connected(
  _room text, _identity uuid, _sid text, _at timestamptz, _is_there boolean default false
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
  return jsonb_build_object('state', 'seated', 'seat', private.seat_of(_seat));
end $$;

revoke execute on function private.seat_connected(text,uuid,text,timestamp with time zone,boolean) from public, anon, authenticated, service_role;
grant execute on function private.seat_connected(text,uuid,text,timestamp with time zone,boolean) to service_role;

-- What LiveKit is to know of somebody in a room now: `{"is_let_in", "seat"}`; null when no live session has the room.
create or replace function private.seat_in_room(_room text, _identity uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('is_let_in', private.is_let_in(seats), 'seat', private.seat_of(seats))
    from public.live_sessions sessions
    left join public.live_participants seats on seats.session_id = sessions.id and seats.profile_id = _identity
   where sessions.livekit_room_name = _room and sessions.status = 'live'
$$;

revoke execute on function private.seat_in_room(text,uuid) from public, anon, authenticated, service_role;
grant execute on function private.seat_in_room(text,uuid) to service_role;

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
