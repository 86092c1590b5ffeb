-- Coming and going. A seat is a participant's row; a stay is an interval. Every verb here holds the session's door, so
-- counts are exact: `viewer_count` counts active seats but the host's, `total_viewers` people but the host (ruling L10).

-- Make the seat active, counting it once, and open a stay that waits for LiveKit's name. The door is held.
create function private.take_seat(_participant uuid) returns public.live_participants
language plpgsql security definer set search_path = '' as $$
declare
  _old   public.live_participants;
  _row   public.live_participants;
  _fresh boolean;
begin
  select * into _old from public.live_participants where id = _participant for no key update;
  if not _old.is_active and _old.role in ('co_host', 'invited_guest', 'speaker')
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

-- Seconds somebody was there: the union of the stays, so that two devices count once.
create function private.watch_seconds(_participant uuid, _until timestamptz) returns integer
language sql stable security definer set search_path = '' as $$
  select coalesce(sum(extract(epoch from upper(stay) - lower(stay))), 0)::integer
    from unnest((select range_agg(tstzrange(joined_at, greatest(joined_at, coalesce(left_at, _until))))
                   from private.live_intervals
                  where participant_id = _participant)) stay
$$;

-- Close every stay and the seat with it. The door is held. Answers the row, changed or not.
create function private.leave_seat(_participant uuid, _at timestamptz default now()) returns public.live_participants
language plpgsql security definer set search_path = '' as $$
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

-- A seat that vanishes with its user or profile is counted out, and put out of the room.
create function private.count_out_deleted() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update private.session_counters set viewer_count = viewer_count - 1 where session_id = old.session_id;
  perform private.order_livekit('remove_participant', sessions.livekit_room_name, old.profile_id::text)
     from public.live_sessions sessions where sessions.id = old.session_id;
  return null;
end $$;

create trigger count_out_deleted_live_participant after delete on public.live_participants
  for each row when (old.is_active and old.role <> 'host') execute function private.count_out_deleted();

-- Before an account is erased: the doors and sessions that go with it are held in the order every verb takes them, so
-- that the cascade meets nobody half-way.
create function private.hold_sessions_of(_user uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform from private.session_counters
    where session_id in (select sessions.id from public.live_sessions sessions where sessions.creator_id = _user
                         union
                         select seats.session_id from public.live_participants seats
                          where seats.user_id = _user and seats.is_active)
    order by session_id
      for no key update;
  perform from public.live_sessions where creator_id = _user order by id for update;
end $$;

-- Everybody leaves. The door is held.
create function private.empty_room(_session uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.leave_seat(id) from public.live_participants where session_id = _session and is_active order by id;
end $$;

-- Why the user may not come in, or null: `banned`, `anonymous_not_allowed`, `ticket_required`,
-- `subscription_required`.
create function private.entry_refusal(_row public.live_sessions, _user uuid) returns text
language sql stable security definer set search_path = '' as $$
  select case
    when _row.creator_id = _user then null
    when private.is_banned(_row.id, _user) then 'banned'
    when _row.access_type = 'public' then null
    when private.is_anonymous(_user) then 'anonymous_not_allowed'
    when _row.access_type = 'pay_per_view' then
      case when exists (select from private.tickets
                         where tickets.session_id = _row.id and tickets.user_id = _user
                           and tickets.status <> 'refunded')
           then null else 'ticket_required' end
    when exists (select from public.creator_subscriptions subscriptions
                  where subscriptions.subscriber_id = _user
                    and subscriptions.creator_id = _row.creator_id
                    -- a cancelled one lasts as long as it was paid for
                    and case subscriptions.status
                          when 'active'    then coalesce(subscriptions.expires_at > now(), true)
                          when 'cancelled' then coalesce(subscriptions.expires_at > now(), false)
                          else false
                        end)
      then null
    else 'subscription_required'
  end
$$;

create function private.refuse_entry(_reason text, _row public.live_sessions) returns void
language plpgsql stable set search_path = '' as $$
begin
  case _reason
    when 'banned' then
      perform private.refuse(403, 'banned', 'You are banned from this session.');
    when 'anonymous_not_allowed' then
      perform private.refuse(403, 'anonymous_not_allowed', 'An anonymous sign-in can only watch public sessions.',
        'Add an e-mail or a phone to the account first.');
    when 'ticket_required' then
      perform private.refuse(402, 'ticket_required', 'A ticket is needed for this session.',
        'Buy one with POST live/sessions/{id}/ticket.', jsonb_build_object('ppv_coin_price', _row.ppv_coin_price));
    when 'subscription_required' then
      perform private.refuse(403, 'subscription_required', 'This session is for the creator''s subscribers.',
        'Subscribe to the creator first.', jsonb_build_object('creator_id', _row.creator_id));
    else
      null;
  end case;
end $$;

-- A ban is told first: it holds whether the session is live or not.
create function private.refuse_unless_live(_row public.live_sessions, _user uuid) returns void
language plpgsql stable set search_path = '' as $$
begin
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such session.');
  elsif _row.creator_id <> _user and private.is_banned(_row.id, _user) then
    perform private.refuse_entry('banned', _row);
  elsif _row.status <> 'live' then
    perform private.refuse(409, 'session_not_live', 'The session is not live.', null,
      jsonb_build_object('status', _row.status));
  end if;
end $$;

-- Come in: `{"participant", "seat"}`. The first join fixes the profile; the row is used again at each return.
-- `_profile` null is the profile worn here before, or else the real one.
create function private.join_session(_session uuid, _profile uuid default null) returns jsonb
language plpgsql security definer set search_path = '' as $$
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
  if _seat.id is null then
    if _profile is not null and not exists (select from public.profiles where id = _profile and user_id = _actor) then
      perform private.refuse(403, 'forbidden', 'This is not a profile of yours.');
    end if;
    insert into public.live_participants (session_id, user_id, profile_id, role, livekit_identity, paid_amount,
                                          payment_id)
    select _session, _actor, coalesce(_profile, _actor),
           case when _row.creator_id = _actor then 'host'
                when _row.session_type = 'audio_room' then 'listener' else 'viewer' end,
           coalesce(_profile, _actor), coalesce(tickets.price, 0), tickets.payment_id
      from (values (1)) one
      left join private.tickets on tickets.session_id = _session and tickets.user_id = _actor
    returning * into _seat;
  elsif _profile is not null and _profile <> _seat.profile_id then
    perform private.refuse(409, 'profile_fixed', 'You are in this session under another profile.',
      'The first join fixes the profile: leave profile_id out.');
  end if;
  _seat := private.take_seat(_seat.id);
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- Go: `{"participant", "seat"}`. Leaving twice is leaving once.
create function private.leave_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
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
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- LiveKit saw `_identity` (a profile id) connect as `_sid`: `{"state": "seated" | "gone" | "refused", "reason"?}`.
-- `refused` means nobody has let them in: put them out again. Any order, any number of times gives the same rows.
create function private.seat_connected(_room text, _identity uuid, _sid text, _at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _row  public.live_sessions;
  _seat public.live_participants;
  _left timestamptz;
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
  end if;
  select left_at into _left from private.live_intervals where participant_id = _seat.id and livekit_sid = _sid;
  if found then
    update private.live_intervals set joined_at = least(joined_at, _at)
     where participant_id = _seat.id and livekit_sid = _sid;
    if _left is null then return jsonb_build_object('state', 'seated'); end if;
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
  return jsonb_build_object('state', 'seated', 'participant', private.participant_row(_seat));
end $$;

-- LiveKit saw connection `_sid` go. The seat is left with its last stay; a late report of an old one changes nothing.
create function private.seat_disconnected(_room text, _identity uuid, _sid text, _at timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
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
    return jsonb_build_object('state', 'seated');
  end if;
  perform private.leave_seat(_seat.id, _at);
  return jsonb_build_object('state', 'gone');
end $$;

-- Stays that LiveKit never named although it has had `_seconds` to: closed, and their seats with the last of them.
create function private.close_unnamed_stays(_session uuid, _seconds integer) returns integer
language plpgsql security definer set search_path = '' as $$
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
