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
