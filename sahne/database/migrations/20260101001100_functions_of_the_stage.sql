-- The functions of the stage as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- The life of a session: create, edit, start, end, cancel. scheduled → live → ended, or scheduled → cancelled.
-- Each verb acts for `auth.uid()` and answers `{"session": row, …}`; repeating one that is done answers the same.

-- `_fields`: title, description, thumbnail_url, session_type, access_type, ppv_coin_price, scheduled_at, chat_enabled,
-- gifts_enabled, recording_enabled; what is absent takes the column's default.
create or replace function private.create_session(_fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.live_sessions;
begin
  perform private.refuse_unless_creator('open a session');
  insert into public.live_sessions (
    creator_id, creator_profile_id, title, description, thumbnail_url, session_type, access_type, ppv_coin_price,
    scheduled_at, chat_enabled, gifts_enabled, recording_enabled)
  select _actor, _actor, fields.title, fields.description, fields.thumbnail_url, fields.session_type,
         coalesce(fields.access_type, 'public'), coalesce(fields.ppv_coin_price, 0), fields.scheduled_at,
         coalesce(fields.chat_enabled, true), coalesce(fields.gifts_enabled, true),
         coalesce(fields.recording_enabled, false)
    from jsonb_populate_record(null::public.live_sessions, _fields) fields
  returning * into _row;
  return jsonb_build_object('session', private.session_row(_row));
end $$;

-- Only the keys present in `_fields` change. The row is read under the door and its lock: whoever edits at the same
-- moment, also by a statement of their own, keeps what they changed.
create or replace function private.edit_session(_session uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _old public.live_sessions := private.own_session(_session);
  _new public.live_sessions;
begin
  perform private.hold_door(_session);
  select * into _old from public.live_sessions where id = _session for no key update;
  _new := jsonb_populate_record(_old, _fields);
  case private.why_price_is_fixed(_old, _new)
    when 'session_over' then
      perform private.refuse(409, 'session_over', 'The session is over; its price and access stay as they were.');
    when 'tickets_sold' then
      perform private.refuse(409, 'tickets_sold', 'Price and access are fixed once a ticket is sold.',
        'Cancel the session to refund its tickets, and create another.');
    else
      null;
  end case;
  update public.live_sessions
     set title = _new.title, description = _new.description, thumbnail_url = _new.thumbnail_url,
         access_type = _new.access_type, ppv_coin_price = _new.ppv_coin_price, scheduled_at = _new.scheduled_at,
         chat_enabled = _new.chat_enabled, gifts_enabled = _new.gifts_enabled,
         recording_enabled = _new.recording_enabled
   where id = _session
  returning * into _new;
  return jsonb_build_object('session', private.session_row(_new));
end $$;

-- Why a change of price or access comes too late: `session_over`, `tickets_sold`; null where nothing stands against it.
create or replace function private.why_price_is_fixed(_old public.live_sessions, _new public.live_sessions) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select case
    when (_new.access_type, _new.ppv_coin_price) is not distinct from (_old.access_type, _old.ppv_coin_price) then null
    when _old.status in ('ended', 'cancelled') then 'session_over'
    when exists (select from private.tickets where tickets.session_id = _old.id) then 'tickets_sold'
  end
$$;

-- Go live: `{"session", "started", "seat"}`; `started` is false when it was live already. The host's own row is made.
create or replace function private.start_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row     public.live_sessions := private.own_session(_session);
  _host    public.live_participants;
  _started boolean;
begin
  perform private.named_actor();
  perform private.refuse_unless_creator('start a session');
  perform private.hold_door(_session);
  begin
    update public.live_sessions
       set status = 'live', started_at = now()
     where id = _session and status = 'scheduled';
    _started := found;
  exception when unique_violation then
    perform private.refuse(409, 'already_live', 'Another session of yours is live.', 'End it first.');
  end;
  select * into _row from public.live_sessions where id = _session;
  if _row.status <> 'live' then
    perform private.refuse(409, 'session_over', 'The session is over.', 'Create another one.',
      jsonb_build_object('status', _row.status));
  end if;
  if _started then
    perform private.order_livekit('create_room', _row.livekit_room_name);
  end if;
  insert into public.live_participants (session_id, user_id, profile_id, role, livekit_identity)
  values (_session, _row.creator_id, _row.creator_profile_id, 'host', _row.creator_profile_id::text)
  on conflict (session_id, user_id) do nothing;
  _host := private.take_seat((select id from public.live_participants
                               where session_id = _session and user_id = _row.creator_id));
  return jsonb_build_object('session', private.session_row(_row), 'started', _started,
                            'seat', private.seat_of(_host));
end $$;

-- The host ends it: `{"session", "ended"}`.
create or replace function private.end_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_sessions := private.own_session(_session);
begin
  if _row.status not in ('live', 'ended') then
    perform private.refuse(409, 'session_not_live', 'The session is not live.', 'Cancel it instead.',
      jsonb_build_object('status', _row.status));
  end if;
  return private.close_session(_session);
end $$;

-- The end of a live session by the server itself (host gone, room gone): `{"session", "ended"}`.
create or replace function private.close_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row   public.live_sessions;
  _ended boolean;
begin
  perform private.hold_door(_session);
  update public.live_participants set invitation_response = 'expired'
   where session_id = _session and invitation_response = 'pending';
  update public.live_guest_requests set status = 'expired' where session_id = _session and status = 'pending';
  update public.live_sessions sessions
     set status                 = 'ended',
         ended_at               = now(),
         interrupted_at         = null,
         total_duration_seconds = extract(epoch from now() - sessions.started_at),
         viewer_count           = 0,
         peak_viewers           = counters.peak_viewers,
         total_viewers          = counters.total_viewers
    from private.session_counters counters
   where sessions.id = _session and sessions.status = 'live' and counters.session_id = sessions.id
  returning sessions.* into _row;
  _ended := found;
  if _ended then
    perform private.empty_room(_session);
    perform private.settle_tickets(_session);
    perform private.order_livekit('delete_room', _row.livekit_room_name);
  else
    select * into _row from public.live_sessions where id = _session;
  end if;
  return jsonb_build_object('session', private.session_row(_row), 'ended', _ended);
end $$;

-- Call it off before it starts; tickets are refunded: `{"session", "cancelled", "refunds"}`.
create or replace function private.cancel_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row       public.live_sessions := private.own_session(_session);
  _cancelled boolean;
  _refunds   integer := 0;
begin
  perform private.hold_door(_session);
  update public.live_sessions
     set status = 'cancelled', ended_at = now()
   where id = _session and status = 'scheduled'
  returning * into _row;
  _cancelled := found;
  if _cancelled then
    update public.live_participants set invitation_response = 'expired'
     where session_id = _session and invitation_response = 'pending';
    _refunds := private.refund_tickets(_session);
  else
    select * into _row from public.live_sessions where id = _session;
    if _row.status <> 'cancelled' then
      perform private.refuse(409, 'session_not_scheduled', 'Only a scheduled session can be cancelled.',
        'End it instead.', jsonb_build_object('status', _row.status));
    end if;
  end if;
  return jsonb_build_object('session', private.session_row(_row), 'cancelled', _cancelled, 'refunds', _refunds);
end $$;

-- The session, which must be the actor's own. Strangers cannot tell a hidden session from none.
create or replace function private.own_session(_session uuid) returns public.live_sessions
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_sessions;
begin
  select * into _row from public.live_sessions where id = _session;
  if _row.creator_id is distinct from private.actor() then
    perform private.refuse_in(_row, 'Only the host of the session can do this.');
  end if;
  return _row;
end $$;

-- Refuse somebody who is not in charge; of a session they cannot see they learn no more than of one that is not there.
create or replace function private.refuse_in(_row public.live_sessions, _message text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if _row.status in ('scheduled', 'live') or _row.id in (select private.attended_session_ids()) then
    perform private.refuse(403, 'forbidden', _message);
  end if;
  perform private.refuse(404, 'not_found', 'There is no such session.');
end $$;

-- The seed gives the room name no default and clients may not write it.
create or replace function private.name_session_room() returns trigger
language plpgsql set search_path = '', pg_temp as $$
begin
  new.livekit_room_name := 'live_' || new.id;
  return new;
end $$;

-- A live session that vanishes with its creator's account leaves no room behind in which people go on.
create or replace function private.close_deleted_room() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.order_livekit('delete_room', old.livekit_room_name);
  return null;
end $$;

revoke execute on function
  private.create_session(jsonb), private.edit_session(uuid, jsonb),
  private.why_price_is_fixed(public.live_sessions, public.live_sessions), private.start_session(uuid),
  private.end_session(uuid), private.close_session(uuid), private.cancel_session(uuid), private.own_session(uuid),
  private.refuse_in(public.live_sessions, text), private.name_session_room(), private.close_deleted_room()
  from public;
grant execute on function
  private.create_session(jsonb), private.edit_session(uuid, jsonb),
  private.why_price_is_fixed(public.live_sessions, public.live_sessions), private.start_session(uuid),
  private.end_session(uuid), private.close_session(uuid), private.cancel_session(uuid), private.own_session(uuid),
  private.refuse_in(public.live_sessions, text)
  to service_role;

-- The door of a session: held while somebody comes, goes or pays, and shut to who may not come in.

-- Hold the door of a session until the end of the transaction: nobody comes, goes, or ends it meanwhile.
create or replace function private.hold_door(_session uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from private.session_counters where session_id = _session for no key update;
  if not found then
    perform private.refuse(404, 'not_found', 'There is no such session.');
  end if;
end $$;

-- A ban is told first: it holds whether the session is live or not.
create or replace function private.refuse_unless_live(_row public.live_sessions, _user uuid) returns void
language plpgsql stable set search_path = '', pg_temp as $$
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

-- Why the user may not come in, or null: `banned`, `anonymous_not_allowed`, `ticket_required`,
-- `subscription_required`.
create or replace function private.entry_refusal(_row public.live_sessions, _user uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
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

create or replace function private.refuse_entry(_reason text, _row public.live_sessions) returns void
language plpgsql stable set search_path = '', pg_temp as $$
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

-- Before an account is erased: the doors and sessions that go with it are held in the order every verb takes them, so
-- that the cascade meets nobody half-way.
create or replace function private.hold_sessions_of(_user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
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

revoke execute on function
  private.hold_door(uuid), private.refuse_unless_live(public.live_sessions, uuid),
  private.entry_refusal(public.live_sessions, uuid), private.refuse_entry(text, public.live_sessions),
  private.hold_sessions_of(uuid)
  from public;
grant execute on function
  private.hold_door(uuid), private.refuse_unless_live(public.live_sessions, uuid),
  private.entry_refusal(public.live_sessions, uuid), private.refuse_entry(text, public.live_sessions)
  to service_role;
grant execute on function private.hold_sessions_of(uuid) to service_role, supabase_auth_admin;

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
  private.leave_seat(uuid, timestamptz), private.watch_seconds(uuid, timestamptz), private.empty_room(uuid),
  private.count_out_deleted()
  from public;
grant execute on function
  private.join_session(uuid, uuid), private.leave_session(uuid), private.take_seat(uuid),
  private.leave_seat(uuid, timestamptz), private.watch_seconds(uuid, timestamptz), private.empty_room(uuid)
  to service_role;

-- What LiveKit reports of connections, in any order and any number of times, becomes stays and seats (ruling L9).

-- LiveKit saw `_identity` (a profile id) connect as `_sid`: `{"state": "seated" | "gone" | "refused", "reason"?}`.
-- `refused` means nobody has let them in: put them out again. Any order, any number of times gives the same rows.
create or replace function private.seat_connected(_room text, _identity uuid, _sid text, _at timestamptz) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
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
  private.seat_connected(text, uuid, text, timestamptz), private.seat_disconnected(text, uuid, text, timestamptz),
  private.close_unnamed_stays(uuid, integer), private.believable_moment(double precision, timestamptz)
  from public;
grant execute on function
  private.seat_connected(text, uuid, text, timestamptz), private.seat_disconnected(text, uuid, text, timestamptz),
  private.close_unnamed_stays(uuid, integer), private.believable_moment(double precision, timestamptz)
  to service_role;

-- The exact counters of a session, and their showing in `live_sessions` now and then (ruling L10): a gift or a line is
-- appended and waits for nobody.

create or replace function private.open_session_counters() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.session_counters (session_id) values (new.id);
  return null;
end $$;

-- A gift's line counts its gifts too, so that a gift appends one row.
create or replace function private.tally_messages() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.session_tallies (session_id, messages, gifts)
  values (new.session_id, 1, case when new.message_type = 'gift' then new.gift_quantity else 0 end);
  return null;
end $$;

-- One update per session that changed, at most as often as the server calls it; the number of rows updated.
-- A second caller at the same moment does nothing.
create or replace function private.fold_session_counters() returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _folded integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('sahne.fold_session_counters', 0)) then
    return 0;
  end if;
  with taken as (
    delete from private.session_tallies returning session_id, messages, gifts
  ), tallies as (
    select taken.session_id, sum(taken.messages) messages, sum(taken.gifts) gifts from taken group by 1
  ), touched as (
    select tallies.session_id from tallies
    union
    select sessions.id from public.live_sessions sessions where sessions.status = 'live'
  ), shown as (
    select counters.session_id, counters.viewer_count, counters.peak_viewers, counters.total_viewers,
           coalesce(tallies.messages, 0)::integer messages, coalesce(tallies.gifts, 0)::bigint gifts
      from touched
      join private.session_counters counters on counters.session_id = touched.session_id
      join public.live_sessions sessions on sessions.id = touched.session_id
      left join tallies on tallies.session_id = touched.session_id
     where tallies.session_id is not null
        or (sessions.viewer_count, sessions.peak_viewers, sessions.total_viewers)
           is distinct from (counters.viewer_count, counters.peak_viewers, counters.total_viewers)
  )
  update public.live_sessions sessions
     set viewer_count         = shown.viewer_count,
         peak_viewers         = shown.peak_viewers,
         total_viewers        = shown.total_viewers,
         total_messages       = sessions.total_messages + shown.messages,
         total_gifts_received = sessions.total_gifts_received + shown.gifts
    from shown
   where sessions.id = shown.session_id;
  get diagnostics _folded = row_count;
  return _folded;
end $$;

revoke execute on function
  private.open_session_counters(), private.tally_messages(), private.fold_session_counters()
  from public;
grant execute on function private.fold_session_counters() to service_role;

-- Sending a gift: access, price, money, gift row, chat line and totals in one statement, once per key.

-- `{"live_gift": row, "wallet": {"balance"}}`. `_receiver` is a profile id; null is the host. The price is the
-- catalogue's; the receiver is credited net of the platform's commission.
-- Refuses with not_found, banned, session_not_live, not_in_session, gifts_disabled, invalid_receiver,
-- insufficient_coins, idempotency_key_reused.
--
-- One look tells whether this is the plain gift that nearly all are; only another one is looked at step by step, by
-- `claim_key` and `refuse_gift`, whose rules the look says once more for speed: a test holds both roads to one answer in
-- every world. A plan that reads a whole table must never be kept, hence `enable_seqscan` (see `coin_balance`).
create or replace function private.send_gift(
  _session  uuid,
  _gift     uuid,
  _quantity integer,
  _receiver uuid,
  _key      text
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp set enable_seqscan = 'off' as $$
declare
  quantity_max constant integer := 1000;
  _actor       uuid  := auth.uid();
  _request     jsonb := jsonb_build_object(
                          'session_id', _session, 'gift_id', _gift, 'quantity', _quantity, 'receiver_id', _receiver);
  _answer      jsonb;
  _is_plain    boolean;
  _to          uuid;
  _from_wallet uuid;
  _to_wallet   uuid;
  _house       uuid;
  _amount      bigint;
  _commission  bigint;
  _sent        public.live_gifts;
begin
  perform pg_advisory_xact_lock(hashtextextended(_actor || _key, 0));
  select not users.is_anonymous
         and users.deleted_at is null
         and users.banned_until > now() is not true
         and sessions.status = 'live'
         and sessions.gifts_enabled
         and gifts.is_active
         and seats.is_active
         and _quantity between 1 and quantity_max
         and char_length(_key) between 1 and 200
         and _receiver is null and sessions.creator_id <> _actor
         and not exists (select from private.idempotency_keys keys where keys.user_id = _actor and keys.key = _key)
         and not exists (select from public.live_session_bans bans
                          where bans.session_id = _session and bans.banned_user_id = _actor),
         seats.profile_id,
         coalesce(_receiver, sessions.creator_id),
         own.id,
         theirs.id,
         house.id,
         gifts.coin_price::bigint * _quantity
    into _is_plain, _sent.sender_profile_id, _to, _from_wallet, _to_wallet, _house, _amount
    from public.live_sessions sessions
    join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = _actor
    join auth.users on users.id = _actor
    join public.gifts on gifts.id = _gift
    join public.wallets house on house.kind = 'platform'
    left join public.wallets own on own.user_id = _actor
    left join public.wallets theirs on theirs.user_id = coalesce(_receiver, sessions.creator_id)
   where sessions.id = _session;
  if _is_plain is not true then
    _answer := private.claim_key(private.actor(), 'gift', _key, _request);
    if _answer is not null then return _answer; end if;
    if coalesce(_quantity, 0) not between 1 and quantity_max then
      perform private.refuse(422, 'unprocessable', 'A gift is sent 1 to ' || quantity_max || ' times at once.');
    end if;
    perform private.refuse_gift(_session, _gift, _receiver);
    if _amount is null then
      perform private.refuse(409, 'conflict', 'The session changed at this very moment.', 'Try again.');
    end if;
  end if;

  _commission := private.commission_of(_amount);
  _sent.id := gen_random_uuid();
  _sent.transaction_id := private.move_coins(
    'gift', 'gift:' || _key, 'live_gift', _sent.id, coalesce(_from_wallet, private.wallet_of(_actor)),
    array[coalesce(_to_wallet, private.wallet_of(_to)), _house], array[_amount - _commission, _commission]);
  _sent.session_id := _session;
  _sent.sender_id := _actor;
  _sent.receiver_id := _to;
  _sent.gift_id := _gift;
  _sent.quantity := _quantity;
  _sent.coin_amount := _amount;
  _sent.created_at := now();
  _answer := jsonb_build_object(
    'live_gift', private.live_gift_row(_sent),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor)));
  with gift as (
    insert into public.live_gifts (id, session_id, sender_id, receiver_id, gift_id, quantity, coin_amount, transaction_id,
                                   created_at, sender_profile_id)
    values (_sent.id, _session, _actor, _to, _gift, _quantity, _amount, _sent.transaction_id, _sent.created_at,
            _sent.sender_profile_id)
  ), line as (
    insert into public.live_messages (id, session_id, sender_id, sender_profile_id, message_type, gift_id,
                                      gift_quantity, gift_coin_value)
    values (_sent.id, _session, _actor, _sent.sender_profile_id, 'gift', _gift, _quantity, _amount)
  )
  insert into private.idempotency_keys (user_id, key, operation, request, answer)
  values (_actor, _key, 'gift', _request, _answer);
  return _answer;
end $$;

-- Why the actor can give no such gift here; says nothing when there is no reason.
create or replace function private.refuse_gift(_session uuid, _gift uuid, _receiver uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.live_sessions;
  _to    uuid;
begin
  select * into _row from public.live_sessions where id = _session;
  perform private.refuse_unless_live(_row, _actor);
  if not exists (select from public.live_participants
                  where session_id = _session and user_id = _actor and is_active) then
    perform private.refuse(403, 'not_in_session', 'Only who is in the session can send gifts.', 'Join it first.');
  elsif not _row.gifts_enabled then
    perform private.refuse(409, 'gifts_disabled', 'Gifts are off in this session.');
  end if;
  _to := private.gift_receiver(_row, _receiver);
  if _to is null or _to = _actor then
    perform private.refuse(422, 'invalid_receiver', 'This person cannot receive your gift.',
      'Gifts go to the host or to somebody on stage, not to oneself.');
  elsif not exists (select from public.gifts where id = _gift and is_active) then
    perform private.refuse(404, 'not_found', 'There is no such gift.');
  end if;
end $$;

-- Who may be given something in a session: its host, or somebody on its stage under their real name.
create or replace function private.gift_receiver(_row public.live_sessions, _profile uuid) returns uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select case
    when _profile is null or _profile = _row.creator_id then _row.creator_id
    else (select seats.user_id
            from public.live_participants seats
           where seats.session_id = _row.id
             and seats.profile_id = _profile
             and seats.user_id = _profile
             and seats.is_active
             and private.is_on_stage(seats.role))
  end
$$;

revoke execute on function
  private.send_gift(uuid, uuid, integer, uuid, text), private.refuse_gift(uuid, uuid, uuid),
  private.gift_receiver(public.live_sessions, uuid)
  from public;
grant execute on function
  private.send_gift(uuid, uuid, integer, uuid, text), private.refuse_gift(uuid, uuid, uuid),
  private.gift_receiver(public.live_sessions, uuid)
  to service_role;

-- Tickets of pay-per-view sessions (ruling R3): the money waits in escrow until the session has ended, so a refund
-- never makes a creator negative.

-- Pay once: `{"ticket": {"id", "session_id", "price", "status", "created_at"}, "wallet": {"balance"}}`.
-- Whoever holds a ticket gets it again and pays nothing.
create or replace function private.buy_ticket(_session uuid, _key text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor   uuid  := private.named_actor();
  _request jsonb := jsonb_build_object('session_id', _session);
  _answer  jsonb := private.claim_key(_actor, 'ticket', _key, _request);
  _row    public.live_sessions;
  _ticket private.tickets;
begin
  if _answer is not null then return _answer; end if;
  perform private.hold_door(_session);
  -- "share": a creator's own statement takes no door, and price and access must stay while this ticket is paid
  select * into _row from public.live_sessions where id = _session for share;
  if private.is_banned(_session, _actor) then
    perform private.refuse_entry('banned', _row);
  elsif _row.access_type <> 'pay_per_view' or _row.creator_id = _actor then
    perform private.refuse(409, 'ticket_not_needed', 'No ticket is needed for this session.', 'Join it.');
  end if;
  select * into _ticket from private.tickets where session_id = _session and user_id = _actor;
  if _ticket.id is null then
    if _row.status not in ('scheduled', 'live') then
      perform private.refuse(409, 'session_over', 'The session is over.', null,
        jsonb_build_object('status', _row.status));
    end if;
    _ticket.id := gen_random_uuid();
    _ticket.wallet_id := private.wallet_of(_actor);
    _ticket.payment_id := private.move_coins('ticket', 'ticket:' || _key, 'ticket', _ticket.id, _ticket.wallet_id,
      array[private.wallet_of_kind('escrow')], array[_row.ppv_coin_price]);
    insert into private.tickets (id, session_id, user_id, wallet_id, price, payment_id)
    values (_ticket.id, _session, _actor, _ticket.wallet_id, _row.ppv_coin_price, _ticket.payment_id)
    returning * into _ticket;
    update public.live_participants set paid_amount = _ticket.price, payment_id = _ticket.payment_id
     where session_id = _session and user_id = _actor;
  end if;
  return private.keep_answer(_actor, 'ticket', _key, _request, jsonb_build_object(
    'ticket', private.ticket_row(_ticket),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor))));
end $$;

create or replace function private.ticket_row(_row private.tickets) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'session_id', _row.session_id,
           'price',      _row.price,
           'status',     _row.status,
           'created_at', _row.created_at)
$$;

-- Give back what is in escrow for a session; how many tickets. Each is given back once.
create or replace function private.refund_tickets(_session uuid) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _escrow   uuid := private.wallet_of_kind('escrow');
  _ticket   private.tickets;
  _refunded integer := 0;
begin
  for _ticket in
    update private.tickets set status = 'refunded', settled_at = now()
     where session_id = _session and status = 'paid'
    returning *
  loop
    perform private.move_coins('ticket_refund', 'ticket_refund:' || _ticket.id, 'ticket', _ticket.id, _escrow,
      array[_ticket.wallet_id], array[_ticket.price]);
    _refunded := _refunded + 1;
  end loop;
  return _refunded;
end $$;

-- The session took place: the creator gets the tickets' money net of commission; how many tickets.
create or replace function private.settle_tickets(_session uuid) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _escrow   uuid := private.wallet_of_kind('escrow');
  _platform uuid := private.wallet_of_kind('platform');
  _creator  uuid := private.wallet_of((select creator_id from public.live_sessions where id = _session));
  _ticket   private.tickets;
  _settled  integer := 0;
begin
  for _ticket in
    update private.tickets set status = 'settled', settled_at = now()
     where session_id = _session and status = 'paid'
    returning *
  loop
    perform private.move_coins('ticket_payout', 'ticket_payout:' || _ticket.id, 'ticket', _ticket.id, _escrow,
      array[_creator, _platform],
      array[_ticket.price - private.commission_of(_ticket.price), private.commission_of(_ticket.price)]);
    _settled := _settled + 1;
  end loop;
  return _settled;
end $$;

-- A creator's account is erased with sessions to come: their tickets are given back before the rows go.
create or replace function private.refund_before_delete() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.refund_tickets(old.id);
  return old;
end $$;

revoke execute on function
  private.buy_ticket(uuid, text), private.ticket_row(private.tickets), private.refund_tickets(uuid),
  private.settle_tickets(uuid), private.refund_before_delete()
  from public;
grant execute on function
  private.buy_ticket(uuid, text), private.ticket_row(private.tickets), private.refund_tickets(uuid),
  private.settle_tickets(uuid)
  to service_role;

-- Order in the house: bans, kicks, mutes, and what happens to a chat line. A host is above moderators, moderators above
-- the rest; nobody acts on themselves or upwards. People are named by profile id.

-- Put somebody out for good, or until `_expires_at`: `{"ban": row}`. Banning again changes reason and end.
create or replace function private.ban_profile(
  _session uuid, _profile uuid, _reason text default null, _expires_at timestamptz default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _rank integer := private.moderator_rank(_session);
  _user uuid := (select user_id from public.profiles where id = _profile);
  _seat public.live_participants;
  _ban  public.live_session_bans;
begin
  if _user is null then
    perform private.refuse(404, 'not_found', 'There is no such profile.');
  elsif _expires_at <= now() then
    perform private.refuse(422, 'unprocessable', 'A ban ends in the future.');
  end if;
  perform private.hold_door(_session);
  select * into _seat from public.live_participants where session_id = _session and profile_id = _profile;
  if _profile = (select creator_profile_id from public.live_sessions where id = _session) or _user = private.actor()
     or (_seat.id is not null and private.role_rank(_seat.role) >= _rank) then
    perform private.refuse(403, 'forbidden', 'The host and moderators cannot do this to their equals.');
  end if;
  insert into public.live_session_bans as bans (session_id, banned_user_id, banned_by, banned_profile_id, reason, expires_at)
  values (_session, _user, private.actor(), _profile, _reason, _expires_at)
  on conflict (session_id, banned_user_id) do update
     set id                = case when bans.banned_profile_id = _profile then bans.id else excluded.id end,
         banned_by         = excluded.banned_by,
         banned_profile_id = excluded.banned_profile_id,
         reason            = excluded.reason,
         expires_at        = excluded.expires_at
   where bans.banned_profile_id is not distinct from _profile or _seat.id is not null
  returning * into _ban;
  if _ban.id is null then
    -- this person is put out already, under another profile: the first ban stays as it is, and the answer does not
    -- tell that both are one
    _ban.id := gen_random_uuid();
    _ban.session_id := _session;
    _ban.banned_profile_id := _profile;
    _ban.reason := _reason;
    _ban.expires_at := _expires_at;
    _ban.created_at := now();
  end if;
  if _seat.id is not null then
    perform private.remove_seat(_seat);
    -- a moderator reads the chat always; a banned one no longer
    update public.live_participants set role = private.audience_role(_session)
     where id = _seat.id and role = 'moderator';
  end if;
  return jsonb_build_object('ban', private.ban_row(_ban));
end $$;

-- Lift a ban: `{"ban": row}` as it was.
create or replace function private.lift_ban(_session uuid, _ban uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_session_bans;
begin
  perform private.moderator_rank(_session);
  delete from public.live_session_bans where id = _ban and session_id = _session returning * into _row;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such ban.');
  end if;
  return jsonb_build_object('ban', private.ban_row(_row));
end $$;

-- Whether a ban of the user in the session stands. A user seated under one profile is not touched by a ban of another
-- profile of theirs: its effect would tell who is behind the first (ruling L17).
create or replace function private.is_banned(_session uuid, _user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select
      from public.live_session_bans bans
      left join public.live_participants seats
             on seats.session_id = bans.session_id and seats.user_id = bans.banned_user_id
     where bans.session_id = _session
       and bans.banned_user_id = _user
       and (bans.expires_at is null or bans.expires_at > now())
       and (bans.banned_profile_id is null or seats.id is null or seats.profile_id = bans.banned_profile_id))
$$;

-- Out, but free to return: `{"participant": row}`.
create or replace function private.kick_profile(_session uuid, _profile uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.hold_door(_session);
  return jsonb_build_object('participant',
    private.participant_row(private.remove_seat(private.seat_below(_session, _profile))));
end $$;

-- Out of the room, off the stage, with every offer and request withdrawn. The door is held.
create or replace function private.remove_seat(_seat public.live_participants) returns public.live_participants
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
  perform private.order_livekit('remove_participant', sessions.livekit_room_name, _seat.profile_id::text)
     from public.live_sessions sessions where sessions.id = _seat.session_id;
  return _row;
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
  perform private.order_livekit('mute_participant', private.seat_of(_seat) ->> 'room', _profile::text,
    jsonb_build_object('muted', _muted));
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- The actor's rank in a session: 3 host, 2 moderator; anybody else is refused.
create or replace function private.moderator_rank(_session uuid) returns integer
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _row public.live_sessions;
begin
  select * into _row from public.live_sessions where id = _session;
  if _row.creator_id = private.actor() then
    return 3;
  elsif exists (select from public.live_participants
                 where session_id = _session and user_id = private.actor() and role = 'moderator')
        and not private.is_banned(_session, private.actor()) then
    return 2;
  end if;
  perform private.refuse_in(_row, 'Only the host and moderators can do this.');
  return 0;
end $$;

create or replace function private.role_rank(_role text) returns integer
language sql immutable set search_path = '', pg_temp as $$
  select case _role when 'host' then 3 when 'moderator' then 2 else 1 end
$$;

-- The seat of a profile, which the actor outranks. The door is held.
create or replace function private.seat_below(_session uuid, _profile uuid) returns public.live_participants
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _rank integer := private.moderator_rank(_session);
  _seat public.live_participants;
begin
  select * into _seat from public.live_participants where session_id = _session and profile_id = _profile;
  if _seat.id is null then
    perform private.refuse(404, 'not_found', 'This person is not in the session.');
  elsif _seat.user_id = private.actor() or private.role_rank(_seat.role) >= _rank then
    perform private.refuse(403, 'forbidden', 'The host and moderators cannot do this to their equals.');
  end if;
  return _seat;
end $$;

-- Pin or unpin a line: `{"message": row}`.
create or replace function private.pin_message(_message uuid, _pinned boolean) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _line public.live_messages;
begin
  select * into _line from public.live_messages where id = _message;
  if _line.id is null then
    perform private.refuse(404, 'not_found', 'There is no such message.');
  end if;
  perform private.moderator_rank(_line.session_id);
  update public.live_messages set is_pinned = _pinned
   where id = _message and not is_deleted
  returning * into _line;
  if not found then
    perform private.refuse(409, 'message_deleted', 'The message is deleted.');
  end if;
  return jsonb_build_object('message', private.message_row(_line));
end $$;

-- Take a line out of sight: its sender, the host or a moderator. `{"message": row}`; the row stays for moderators.
create or replace function private.delete_message(_message uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _line public.live_messages;
begin
  select * into _line from public.live_messages where id = _message;
  if _line.id is null then
    perform private.refuse(404, 'not_found', 'There is no such message.');
  elsif _line.sender_id <> private.actor() then
    perform private.moderator_rank(_line.session_id);
  end if;
  update public.live_messages
     set is_deleted = true, is_pinned = false, deleted_by = private.actor(), deleted_at = now()
   where id = _message and not is_deleted
  returning * into _line;
  if not found then
    select * into _line from public.live_messages where id = _message;
  end if;
  return jsonb_build_object('message', private.message_row(_line));
end $$;

revoke execute on function
  private.ban_profile(uuid, uuid, text, timestamptz), private.lift_ban(uuid, uuid), private.is_banned(uuid, uuid),
  private.kick_profile(uuid, uuid), private.remove_seat(public.live_participants),
  private.mute_profile(uuid, uuid, boolean), private.moderator_rank(uuid), private.role_rank(text),
  private.seat_below(uuid, uuid), private.pin_message(uuid, boolean), private.delete_message(uuid)
  from public;
grant execute on function
  private.ban_profile(uuid, uuid, text, timestamptz), private.lift_ban(uuid, uuid), private.is_banned(uuid, uuid),
  private.kick_profile(uuid, uuid), private.remove_seat(public.live_participants),
  private.mute_profile(uuid, uuid, boolean), private.moderator_rank(uuid), private.role_rank(text),
  private.seat_below(uuid, uuid), private.pin_message(uuid, boolean), private.delete_message(uuid)
  to service_role;

-- Who is what in a session, who is on its stage, and how many fit there.

-- The host gives a role that needs no consent: moderator, or back among the audience; in an audio room also speaker.
-- `{"participant": row, "seat"}`.
create or replace function private.change_role(_session uuid, _profile uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.live_sessions := private.own_session(_session);
  _seat public.live_participants;
begin
  if _role is null or _role not in ('moderator', 'viewer', 'listener', 'speaker')
     or (_role = 'speaker' and _row.session_type <> 'audio_room') then
    perform private.refuse(422, 'unprocessable', 'This role is not given like that.',
      'Give moderator, viewer, listener (or speaker in an audio room); guests and co-hosts are invited.');
  elsif _row.status in ('ended', 'cancelled') then
    perform private.refuse(409, 'session_over', 'The session is over; everybody keeps the role they had.');
  end if;
  perform private.hold_door(_session);
  _seat := private.seat_below(_session, _profile);
  if _role in ('moderator', 'speaker') then
    perform private.refuse_role_of(profiles, _role) from public.profiles where profiles.id = _profile;
  end if;
  if _role = 'speaker' then
    perform private.refuse_full_stage(_session, _seat.id);
  end if;
  return private.give_role(_seat.id, case when _role in ('viewer', 'listener')
                                          then private.audience_role(_session) else _role end);
end $$;

-- The role in the row, and the order that makes LiveKit's permission follow. The door is held.
create or replace function private.give_role(_participant uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  update public.live_participants set role = _role where id = _participant returning * into _seat;
  perform private.order_livekit('update_permission', private.seat_of(_seat) ->> 'room', _seat.profile_id::text,
    private.seat_of(_seat));
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- What somebody is who is not on stage.
create or replace function private.audience_role(_session uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select case sessions.session_type when 'audio_room' then 'listener' else 'viewer' end
    from public.live_sessions sessions where sessions.id = _session
$$;

-- Who is on stage beside the host. As an array, so that an index can answer `role = any (private.stage_roles())`.
create or replace function private.stage_roles() returns text[]
language sql immutable set search_path = '', pg_temp as $$
  select '{co_host,invited_guest,speaker}'::text[]
$$;

create or replace function private.is_on_stage(_role text) returns boolean
language sql immutable set search_path = '', pg_temp as $$
  select _role = any (private.stage_roles())
$$;

-- How many fit on a stage beside the host.
create or replace function private.guests_max() returns integer
language sql immutable set search_path = '', pg_temp as $$
  select 8
$$;

-- Whether as many are on stage as fit, not counting one.
create or replace function private.is_stage_full(_session uuid, _but_for uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select count(*) >= private.guests_max()
    from public.live_participants
   where session_id = _session and is_active and id <> _but_for and role = any (private.stage_roles())
$$;

create or replace function private.refuse_full_stage(_session uuid, _participant uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if private.is_stage_full(_session, _participant) then
    perform private.refuse(409, 'stage_full', 'The stage is full.', 'Send somebody back to the audience first.',
      jsonb_build_object('guests_max', private.guests_max()));
  end if;
end $$;

-- Roles are for people who can be found again: an anonymous sign-in only watches, a shadow moderates nothing (ruling R1).
create or replace function private.refuse_role_of(_profile public.profiles, _role text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if private.is_anonymous(_profile.user_id) then
    perform private.refuse(422, 'unprocessable', 'An anonymous sign-in can only watch.');
  elsif _profile.type = 'shadow' and _role in ('co_host', 'moderator') then
    perform private.refuse(422, 'unprocessable', 'A shadow profile is invited as a guest only.');
  end if;
end $$;

revoke execute on function
  private.change_role(uuid, uuid, text), private.give_role(uuid, text), private.audience_role(uuid),
  private.stage_roles(), private.is_on_stage(text), private.guests_max(), private.is_stage_full(uuid, uuid),
  private.refuse_full_stage(uuid, uuid), private.refuse_role_of(public.profiles, text)
  from public;
grant execute on function
  private.change_role(uuid, uuid, text), private.give_role(uuid, text), private.audience_role(uuid),
  private.stage_roles(), private.is_on_stage(text), private.guests_max(), private.is_stage_full(uuid, uuid),
  private.refuse_full_stage(uuid, uuid), private.refuse_role_of(public.profiles, text)
  to service_role;

-- Guests and co-hosts (rulings R4, L5, L8). An invitation is kept on the invited person's participant row and changes
-- nothing until it is accepted; a request is a row of its own and lives 60 seconds.

-- Offer a place on stage: `{"participant": row}`. The row of somebody who is not there is made, inactive.
create or replace function private.invite_profile(_session uuid, _profile uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  lifetime constant interval := interval '5 minutes';
  _row     public.live_sessions := private.own_session(_session);
  _face    public.profiles;
  _seat    public.live_participants;
begin
  if _role is null or _role not in ('co_host', 'invited_guest', 'moderator', 'speaker') then
    perform private.refuse(422, 'unprocessable', 'Nobody is invited as that.',
      'Invite as co_host, invited_guest, speaker or moderator.');
  end if;
  perform private.hold_door(_session);
  select * into _row from public.live_sessions where id = _session;
  if _row.status not in ('scheduled', 'live') then
    perform private.refuse(409, 'session_not_live', 'The session is over.');
  end if;
  select * into _face from public.profiles where id = _profile;
  if _face.id is null then
    perform private.refuse(404, 'not_found', 'There is no such profile.');
  elsif _face.user_id = private.actor() then
    perform private.refuse(422, 'unprocessable', 'The host is on stage already.');
  -- of this profile: a ban of another one of the same person must not show here (ruling L17)
  elsif exists (select from public.live_session_bans bans
                 where bans.session_id = _session and bans.banned_profile_id = _profile
                   and (bans.expires_at is null or bans.expires_at > now())) then
    perform private.refuse(409, 'banned', 'This person is banned from the session.', 'Lift the ban first.');
  end if;
  perform private.refuse_role_of(_face, _role);
  insert into public.live_participants (session_id, user_id, profile_id, role, is_active, joined_at, livekit_identity)
  values (_session, _face.user_id, _profile, private.audience_role(_session), false, null, _profile::text)
  on conflict (session_id, user_id) do nothing;
  update public.live_participants
     set invited_at = now(), invitation_expires_at = now() + lifetime, invitation_response = 'pending',
         invited_role = _role
   where session_id = _session and profile_id = _profile and role <> _role
  returning * into _seat;
  if not found then
    if exists (select from public.live_participants where session_id = _session and profile_id = _profile) then
      perform private.refuse(409, 'cannot_invite', 'This person has that role already.');
    end if;
    _seat := private.unsent_invitation(_session, _profile, _role, lifetime);
  end if;
  return jsonb_build_object('participant', private.participant_row(_seat));
end $$;

-- What the host is shown of an invitation to somebody who sits there under another profile: the same as of one to somebody
-- absent, and nothing is kept. The seed has one row for a person, and a refusal would tell whose shadow that is (L17).
create or replace function private.unsent_invitation(_session uuid, _profile uuid, _role text, _lifetime interval)
returns public.live_participants
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  -- the same each time, and like any other id
  _seat.id := overlay(overlay(md5(_session::text || _profile::text) placing '4' from 13) placing 'a' from 17)::uuid;
  _seat.session_id := _session;
  _seat.profile_id := _profile;
  _seat.role := private.audience_role(_session);
  _seat.livekit_identity := _profile::text;
  _seat.is_active := false;
  _seat.is_muted := false;
  _seat.is_video_enabled := true;
  _seat.invited_at := now();
  _seat.invitation_expires_at := now() + _lifetime;
  _seat.invitation_response := 'pending';
  _seat.invited_role := _role;
  _seat.created_at := now();
  _seat.updated_at := now();
  return _seat;
end $$;

-- `{"participant": row, "seat"}`: the role is theirs, now or when they join.
create or replace function private.accept_invitation(_participant uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants := private.pending_invitation(_participant);
begin
  if private.is_banned(_seat.session_id, _seat.user_id) then
    perform private.refuse(403, 'banned', 'You are banned from this session.');
  end if;
  if _seat.invited_role <> 'moderator' then
    perform private.refuse_full_stage(_seat.session_id, _seat.id);
  end if;
  update public.live_participants set invitation_response = 'accepted' where id = _participant;
  return private.give_role(_participant, _seat.invited_role);
end $$;

-- `{"participant": row}`.
create or replace function private.reject_invitation(_participant uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants := private.pending_invitation(_participant);
begin
  update public.live_participants set invitation_response = 'rejected', invited_role = null
   where id = _participant
  returning * into _seat;
  return jsonb_build_object('participant', private.participant_row(_seat));
end $$;

-- The actor's own pending invitation, with the session's door held.
create or replace function private.pending_invitation(_participant uuid) returns public.live_participants
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  select * into _seat from public.live_participants where id = _participant and user_id = private.actor();
  if _seat.id is null or _seat.invitation_response is null then
    perform private.refuse(404, 'not_found', 'There is no such invitation.');
  end if;
  perform private.hold_door(_seat.session_id);
  select * into _seat from public.live_participants where id = _participant;
  if _seat.invitation_response = 'expired'
     or (_seat.invitation_response = 'pending' and _seat.invitation_expires_at <= now()) then
    perform private.refuse(410, 'invitation_expired', 'The invitation has expired.', 'Ask the host for another.');
  elsif _seat.invitation_response <> 'pending' then
    perform private.refuse(409, 'already_answered', 'The invitation was answered already.', null,
      jsonb_build_object('invitation_response', _seat.invitation_response));
  end if;
  return _seat;
end $$;

-- Ask to come on stage: `{"guest_request": row}`.
create or replace function private.request_to_join(_session uuid, _message text default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor   uuid := private.named_actor();
  _row     public.live_sessions;
  _seat    public.live_participants;
  _request public.live_guest_requests;
begin
  select * into _row from public.live_sessions where id = _session;
  perform private.refuse_unless_live(_row, _actor);
  select * into _seat from public.live_participants where session_id = _session and user_id = _actor;
  if _seat.is_active is not true then
    perform private.refuse(403, 'not_in_session', 'Only who is in the session can ask to join.', 'Join it first.');
  elsif _seat.role not in ('viewer', 'listener') then
    perform private.refuse(409, 'already_on_stage', 'Who is on stage already need not ask.');
  end if;
  perform private.expire_requests_of(_session, _actor);
  insert into public.live_guest_requests (session_id, requester_id, requester_profile_id, message)
  values (_session, _actor, _seat.profile_id, _message)
  on conflict (session_id, requester_id) where status = 'pending' do nothing
  returning * into _request;
  if not found then
    perform private.refuse(409, 'already_asked', 'You have asked already.', 'Wait for the answer, or cancel it.');
  end if;
  return jsonb_build_object('guest_request', private.guest_request_row(_request));
end $$;

-- The host says yes: `{"guest_request": row, "participant": row, "seat"}`.
create or replace function private.approve_request(_request uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.live_guest_requests := private.pending_request(_request);
  _room public.live_sessions := private.own_session(_row.session_id);
  _seat public.live_participants;
begin
  select * into _seat from public.live_participants
   where session_id = _row.session_id and user_id = _row.requester_id;
  if _seat.is_active is not true or private.is_banned(_row.session_id, _row.requester_id) then
    perform private.refuse(409, 'requester_gone', 'This person is no longer in the session.');
  end if;
  perform private.refuse_full_stage(_row.session_id, _seat.id);
  _row := private.answer_request(_request, 'approved');
  return jsonb_build_object('guest_request', private.guest_request_row(_row)) || private.give_role(
    _seat.id, case _room.session_type when 'audio_room' then 'speaker' else 'invited_guest' end);
end $$;

-- The host says no: `{"guest_request": row}`.
create or replace function private.reject_request(_request uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_guest_requests := private.pending_request(_request);
begin
  perform private.own_session(_row.session_id);
  return jsonb_build_object('guest_request',
    private.guest_request_row(private.answer_request(_request, 'rejected')));
end $$;

-- The requester thinks better of it: `{"guest_request": row}`.
create or replace function private.cancel_request(_request uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_guest_requests := private.pending_request(_request);
begin
  if _row.requester_id <> private.actor() then
    perform private.refuse(403, 'forbidden', 'Only who asked can cancel the request.', 'Reject it instead.');
  end if;
  return jsonb_build_object('guest_request',
    private.guest_request_row(private.answer_request(_request, 'cancelled')));
end $$;

-- A pending request, locked, with the session's door held.
create or replace function private.pending_request(_request uuid) returns public.live_guest_requests
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.live_guest_requests;
begin
  select * into _row from public.live_guest_requests where id = _request;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such request.');
  elsif _row.requester_id <> private.actor() then
    perform private.own_session(_row.session_id);
  end if;
  perform private.hold_door(_row.session_id);
  select * into _row from public.live_guest_requests where id = _request for update;
  if _row.status = 'expired' or (_row.status = 'pending' and _row.expires_at <= now()) then
    perform private.refuse(410, 'request_expired', 'The request has expired.', 'It can be made again.');
  elsif _row.status <> 'pending' then
    perform private.refuse(409, 'already_answered', 'The request was answered already.', null,
      jsonb_build_object('status', _row.status));
  end if;
  return _row;
end $$;

create or replace function private.answer_request(_request uuid, _status text) returns public.live_guest_requests
language sql security definer set search_path = '', pg_temp as $$
  update public.live_guest_requests
     set status = _status, responded_at = now(), responded_by = private.actor()
   where id = _request
  returning *
$$;

-- Requests that ran out no longer stand in the way of a new one.
create or replace function private.expire_requests_of(_session uuid, _user uuid) returns void
language sql security definer set search_path = '', pg_temp as $$
  update public.live_guest_requests
     set status = 'expired'
   where session_id = _session and requester_id = _user and status = 'pending' and expires_at <= now()
$$;

-- Invitations and requests whose time is over; how many. Called by the server on its clock.
create or replace function private.expire_guests() returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _invitations integer;
  _requests    integer;
begin
  update public.live_participants set invitation_response = 'expired'
   where id in (select id from public.live_participants
                 where invitation_response = 'pending' and invitation_expires_at <= now()
                   for no key update skip locked);
  get diagnostics _invitations = row_count;
  update public.live_guest_requests set status = 'expired'
   where id in (select id from public.live_guest_requests
                 where status = 'pending' and expires_at <= now()
                   for no key update skip locked);
  get diagnostics _requests = row_count;
  return _invitations + _requests;
end $$;

revoke execute on function
  private.invite_profile(uuid, uuid, text), private.unsent_invitation(uuid, uuid, text, interval),
  private.accept_invitation(uuid), private.reject_invitation(uuid), private.pending_invitation(uuid),
  private.request_to_join(uuid, text), private.approve_request(uuid), private.reject_request(uuid),
  private.cancel_request(uuid), private.pending_request(uuid), private.answer_request(uuid, text),
  private.expire_requests_of(uuid, uuid), private.expire_guests()
  from public;
grant execute on function
  private.invite_profile(uuid, uuid, text), private.unsent_invitation(uuid, uuid, text, interval),
  private.accept_invitation(uuid), private.reject_invitation(uuid), private.pending_invitation(uuid),
  private.request_to_join(uuid, text), private.approve_request(uuid), private.reject_request(uuid),
  private.cancel_request(uuid), private.pending_request(uuid), private.answer_request(uuid, text),
  private.expire_requests_of(uuid, uuid), private.expire_guests()
  to service_role;

-- The life of a call (rulings L2, L3, L15), the same for a client's own statement and for our operations: slots keep a
-- user to one active call, a table of steps says what follows what, the server stamps times.

-- Call somebody: `{"call": row}`; its status is `busy` when the callee is in another call.
create or replace function private.start_call(_callee uuid, _call_type text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.calls;
begin
  if _callee = _actor then
    perform private.refuse(422, 'unprocessable', 'Nobody can call themselves.');
  elsif private.is_anonymous(_callee) then
    perform private.refuse(404, 'not_found', 'There is nobody to call here.');
  end if;
  insert into public.calls (caller_id, callee_id, call_type) values (_actor, _callee, _call_type) returning * into _row;
  return jsonb_build_object('call', private.call_row(_row));
end $$;

-- The actor's call, locked.
create or replace function private.own_call(_call uuid) returns public.calls
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls;
begin
  select * into _row from public.calls where id = _call for no key update;
  if _row.id is null or coalesce(private.actor() not in (_row.caller_id, _row.callee_id), true) then
    perform private.refuse(404, 'not_found', 'There is no such call.');
  end if;
  return _row;
end $$;

-- One step: ringing, accepted, rejected, missed or ended: `{"call": row, "seat"}`. A step that is done answers the same.
create or replace function private.step_call(_call uuid, _to text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
  _row   public.calls := private.own_call(_call);
begin
  if _row.status <> _to then
    if not coalesce(private.may_step_call(_row, _actor, _to), false) then
      perform private.refuse(409, 'call_state', 'The call cannot be made ' || _to || ' by you now.', null,
        jsonb_build_object('status', _row.status));
    end if;
    update public.calls
       set status     = _to,
           ended_by   = case when _to in ('rejected', 'missed', 'ended') then _actor end,
           end_reason = case when _to = 'missed' then 'cancelled_by_caller' end
     where id = _call
    returning * into _row;
    if _to = 'accepted' then
      perform private.order_livekit('create_room', _row.livekit_room_name);
    end if;
  end if;
  return jsonb_build_object('call', private.call_row(_row), 'seat', private.call_seat_of(_row, _actor));
end $$;

-- What a caller or callee may do to a call (ruling L2).
create or replace function private.may_step_call(_row public.calls, _user uuid, _to text) returns boolean
language sql immutable set search_path = '', pg_temp as $$
  select case
    when _row.status = 'accepted' then _to = 'ended' and _user in (_row.caller_id, _row.callee_id)
    when _row.status not in ('initiated', 'ringing') then false
    when _user = _row.caller_id then _to = 'missed'
    when _user = _row.callee_id then
      _to in ('accepted', 'rejected') or (_to = 'ringing' and _row.status = 'initiated')
    else false
  end
$$;

-- Hang up, whatever the state: accepted → ended; before that the caller gives up and the callee rejects.
create or replace function private.end_call(_call uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls := private.own_call(_call);
begin
  if _row.status in ('initiated', 'ringing') then
    return private.step_call(_call, case when private.actor() = _row.caller_id then 'missed' else 'rejected' end);
  elsif _row.status = 'accepted' then
    return private.step_call(_call, 'ended');
  end if;
  return jsonb_build_object('call', private.call_row(_row));
end $$;

-- A token for a call that was accepted: `{"call": row, "seat"}`.
create or replace function private.join_call(_call uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls := private.own_call(_call);
begin
  if _row.status <> 'accepted' then
    perform private.refuse(409, 'call_state', 'The call is not going on.', null,
      jsonb_build_object('status', _row.status));
  end if;
  return jsonb_build_object('call', private.call_row(_row), 'seat', private.call_seat_of(_row, private.actor()));
end $$;

-- What LiveKit is told of a party: `{room, identity, call_type, name, avatar_url}`.
create or replace function private.call_seat_of(_row public.calls, _user uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'room',       _row.livekit_room_name,
           'identity',   _user,
           'call_type',  _row.call_type,
           'name',       (select coalesce(display_name, username) from public.public_profiles where id = _user),
           'avatar_url', (select avatar_url from public.public_profiles where id = _user))
$$;

-- Calls nobody answered in time become `missed`; their ids. Called by the server on its clock.
create or replace function private.expire_calls(_ring_timeout_seconds integer default 45) returns setof uuid
language sql security definer set search_path = '', pg_temp as $$
  update public.calls set status = 'missed', end_reason = 'no_answer'
   where id in (select id from public.calls
                 where status in ('initiated', 'ringing')
                   and initiated_at <= now() - _ring_timeout_seconds * interval '1 second'
                   for no key update skip locked)
  returning id
$$;

-- The server ends a call both sides have gone from: `ended` at the moment they were last seen, or `failed`.
create or replace function private.close_call(_call uuid, _reason text, _last_seen_at timestamptz default now()) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls;
begin
  update public.calls
     set status     = case status when 'accepted' then 'ended' else 'failed' end,
         ended_at   = greatest(coalesce(answered_at, initiated_at), _last_seen_at),
         end_reason = _reason
   where id = _call and status in ('initiated', 'ringing', 'accepted')
  returning * into _row;
  return jsonb_build_object('call', private.call_row(_row));
end $$;

-- Slots are taken in sorted order, so that two people calling each other cannot deadlock. A busy callee makes the row
-- `busy`; a busy caller is refused.
create or replace function private.take_call_slots() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _user  uuid;
  _taken uuid[] := '{}';
begin
  for _user in select party from unnest(array[new.caller_id, new.callee_id]) party order by party loop
    insert into private.call_slots (user_id, call_id) values (_user, new.id) on conflict (user_id) do nothing;
    if found then _taken := _taken || _user; end if;
  end loop;
  if new.caller_id = any (_taken) and new.callee_id = any (_taken) then
    return new;
  end if;
  delete from private.call_slots where call_id = new.id;
  if new.caller_id = any (_taken) then
    new.status := 'busy';
    new.ended_at := now();
    new.end_reason := 'busy';
    return new;
  end if;
  if tg_argv[0] = 'client' then
    perform private.forbid('Who is in a call cannot start another', 'End the other call first.');
  end if;
  perform private.refuse(409, 'in_another_call', 'Who is in a call cannot start another.', 'End the other call first.');
  return null;
end $$;

create or replace function private.release_call_slots() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  delete from private.call_slots where call_id = new.id;
  if old.status = 'accepted' then
    perform private.order_livekit('delete_room', new.livekit_room_name);
  end if;
  return null;
end $$;

-- Times and length are the server's.
create or replace function private.stamp_call() returns trigger
language plpgsql set search_path = '', pg_temp as $$
begin
  if new.status = 'accepted' then
    new.answered_at := now();
  elsif new.status in ('rejected', 'missed', 'busy', 'ended', 'failed') then
    new.ended_at := coalesce(new.ended_at, now());
    new.duration_seconds := coalesce(greatest(0, extract(epoch from new.ended_at - new.answered_at)), 0);
    new.end_reason := coalesce(new.end_reason, new.status);
  end if;
  return new;
end $$;

-- Who is left alone in a call by an erased account is free again. Runs before the times are stamped.
create or replace function private.end_call_of_erased() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  new.status := case old.status when 'accepted' then 'ended' else 'failed' end;
  new.end_reason := 'account_erased';
  return new;
end $$;

revoke execute on function
  private.start_call(uuid, text), private.own_call(uuid), private.step_call(uuid, text),
  private.may_step_call(public.calls, uuid, text), private.end_call(uuid), private.join_call(uuid),
  private.call_seat_of(public.calls, uuid), private.expire_calls(integer),
  private.close_call(uuid, text, timestamptz), private.take_call_slots(), private.release_call_slots(),
  private.stamp_call(), private.end_call_of_erased()
  from public;
grant execute on function
  private.start_call(uuid, text), private.own_call(uuid), private.step_call(uuid, text),
  private.may_step_call(public.calls, uuid, text), private.end_call(uuid), private.join_call(uuid),
  private.call_seat_of(public.calls, uuid), private.expire_calls(integer), private.close_call(uuid, text, timestamptz)
  to service_role;

-- What a client's own statement is told when it may not (ruling R8): triggers that only fire for `anon` and
-- `authenticated`, ask what the policies ask, and answer with a sentence. The policies remain the authority.
-- Who has no business in a session learns nothing from them and gets the policy's plain refusal.

create or replace function private.check_client_message() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.message_type <> 'text' then
    perform private.forbid('Only text messages can be posted', 'Gifts are sent through their operation.');
  end if;
  perform private.forbid_for(private.silence_reason(new.session_id, new.sender_profile_id), 'A viewer', 'post');
  if new.session_id in (select private.active_session_ids())
     and not (select chat_enabled from public.live_sessions where id = new.session_id) then
    perform private.forbid('The chat of this session is off', 'The host can turn it on.');
  end if;
  perform private.forbid_outside(new.session_id, 'post');
  return new;
end $$;

create or replace function private.check_client_session() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if private.is_suspended(auth.uid()) then
      perform private.forbid_for('suspended', 'A creator', 'open a session');
    elsif not private.is_creator() then
      perform private.forbid('Only creators can open a session', 'Ask to be made a creator.');
    elsif new.creator_profile_id is null or new.creator_profile_id not in (select private.creator_profile_ids()) then
      perform private.forbid('A session is opened under the creator''s real profile',
        'Send your own id as creator_profile_id too.');
    end if;
    return new;
  end if;
  case private.why_price_is_fixed(old, new)
    when 'session_over' then
      perform private.forbid('The session is over; its price and access stay as they were');
    when 'tickets_sold' then
      perform private.forbid('Price and access are fixed once a ticket is sold',
        'Cancel the session to refund its tickets, and create another.');
    else
      null;
  end case;
  return new;
end $$;

create or replace function private.check_client_guest_request() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.forbid_for(
    private.silence_reason(new.session_id, new.requester_profile_id), 'A viewer', 'ask to join');
  perform private.forbid_outside(new.session_id, 'ask to join the stage');
  if exists (select from private.open_seats() seats
              where seats.session_id = new.session_id and seats.role not in ('viewer', 'listener')) then
    perform private.forbid('Who is on stage already need not ask');
  end if;
  perform private.expire_requests_of(new.session_id, new.requester_id);
  if exists (select from public.live_guest_requests
              where session_id = new.session_id and requester_id = new.requester_id and status = 'pending') then
    raise exception using errcode = '23505', constraint = 'idx_guest_requests_one_pending',
      message = 'One request can be pending at a time', hint = 'Wait for the answer, or cancel it.';
  end if;
  return new;
end $$;

-- Runs before the slots are taken: triggers of a table fire in the order of their names.
create or replace function private.check_client_call() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if private.is_anonymous(new.caller_id) then
    perform private.forbid_for('anonymous', 'A caller', 'call');
  elsif private.is_suspended(new.caller_id) then
    perform private.forbid_for('suspended', 'A caller', 'call');
  elsif new.callee_id = new.caller_id then
    perform private.forbid('Nobody can call themselves');
  elsif private.is_anonymous(new.callee_id) then
    perform private.forbid('This person cannot be called');
  end if;
  return new;
end $$;

create or replace function private.check_client_call_step() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.status = old.status then
    return new;
  elsif not coalesce(private.may_step_call(old, auth.uid(), new.status), false) then
    perform private.forbid('A call that is ' || old.status || ' cannot be made ' || new.status || ' by you',
      'The callee rings, accepts or rejects; the caller can give up; either can end it.');
  end if;
  new.ended_by := case when new.status in ('rejected', 'missed', 'ended') then auth.uid() end;
  if new.status = 'missed' then
    new.end_reason := 'cancelled_by_caller';
  end if;
  return new;
end $$;

-- Why the caller may not write in a session, or null when the policy should decide.
create or replace function private.silence_reason(_session uuid, _profile uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select case
           when private.is_anonymous(auth.uid()) then 'anonymous'
           when private.is_suspended(auth.uid()) then 'suspended'
           when private.is_banned(_session, auth.uid()) then 'banned'
           when seats.id is null or not seats.is_active then 'absent'
           when sessions.status <> 'live' then 'not_live'
           when seats.profile_id <> _profile then 'profile'
         end
    from public.live_sessions sessions
    left join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = auth.uid()
   where sessions.id = _session
$$;

-- One sentence for every session somebody is not in, ended, hidden or not there at all: it tells no two apart.
create or replace function private.forbid_outside(_session uuid, _what text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not exists (select from private.open_seats() seats where seats.session_id = _session) then
    perform private.forbid('Only who is in a live session can ' || _what, 'Join the session first.');
  end if;
end $$;

revoke execute on function
  private.check_client_message(), private.check_client_session(), private.check_client_guest_request(),
  private.check_client_call(), private.check_client_call_step(), private.silence_reason(uuid, uuid),
  private.forbid_outside(uuid, text)
  from public;
grant execute on function private.silence_reason(uuid, uuid), private.forbid_outside(uuid, text) to service_role;

-- The questions that the stage's policies ask of other tables (ruling R9): each one SELECT, run as the owner so that
-- nothing recurses and hidden columns stay hidden, used as `x in (select private.…_ids())`.

create or replace function private.hosted_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select sessions.id from public.live_sessions sessions where sessions.creator_id = (select auth.uid())
$$;

-- Sessions the caller hosts or moderates.
create or replace function private.moderated_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select sessions.id from public.live_sessions sessions where sessions.creator_id = (select auth.uid())
  union all
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.role = 'moderator'
$$;

-- Sessions the caller is in now.
create or replace function private.active_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.is_active
$$;

-- Sessions the caller was ever in; an invitation alone is not being there (ruling L8).
create or replace function private.attended_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.joined_at is not null
$$;

-- Where the caller may write now, and under which profile: active, not banned, named, the session live.
create or replace function private.open_seats() returns table (session_id uuid, profile_id uuid, role text, chat_enabled boolean)
language sql stable security definer set search_path = '', pg_temp as $$
  select participants.session_id, participants.profile_id, participants.role, sessions.chat_enabled
    from public.live_participants participants
    join public.live_sessions sessions on sessions.id = participants.session_id
   where participants.user_id = (select auth.uid())
     and participants.is_active
     and sessions.status = 'live'
     and (select private.is_named_user())
     and not private.is_banned(participants.session_id, participants.user_id)
$$;

revoke execute on function
  private.hosted_session_ids(), private.moderated_session_ids(), private.active_session_ids(),
  private.attended_session_ids(), private.open_seats()
  from public;
grant execute on function
  private.hosted_session_ids(), private.moderated_session_ids(), private.active_session_ids(),
  private.attended_session_ids(), private.open_seats()
  to anon, authenticated, service_role;

-- A row as its reader could `select` it: the JSON of our operations has the columns named here and no other (ruling L17).
-- One place per table; a test compares each with the grants.

create or replace function private.session_row(_row public.live_sessions) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                     _row.id,
           'creator_id',             _row.creator_id,
           'creator_profile_id',     _row.creator_profile_id,
           'title',                  _row.title,
           'description',            _row.description,
           'thumbnail_url',          _row.thumbnail_url,
           'session_type',           _row.session_type,
           'access_type',            _row.access_type,
           'ppv_coin_price',         _row.ppv_coin_price,
           'livekit_room_name',      _row.livekit_room_name,
           'livekit_room_sid',       _row.livekit_room_sid,
           'status',                 _row.status,
           'scheduled_at',           _row.scheduled_at,
           'started_at',             _row.started_at,
           'ended_at',               _row.ended_at,
           'peak_viewers',           _row.peak_viewers,
           'total_viewers',          _row.total_viewers,
           'total_duration_seconds', _row.total_duration_seconds,
           'total_gifts_received',   _row.total_gifts_received,
           'total_messages',         _row.total_messages,
           'chat_enabled',           _row.chat_enabled,
           'gifts_enabled',          _row.gifts_enabled,
           'recording_enabled',      _row.recording_enabled,
           'created_at',             _row.created_at,
           'updated_at',             _row.updated_at,
           'interrupted_at',         _row.interrupted_at,
           'viewer_count',           _row.viewer_count)
$$;

create or replace function private.participant_row(_row public.live_participants) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                    _row.id,
           'session_id',            _row.session_id,
           'profile_id',            _row.profile_id,
           'role',                  _row.role,
           'is_active',             _row.is_active,
           'is_muted',              _row.is_muted,
           'is_video_enabled',      _row.is_video_enabled,
           'invited_at',            _row.invited_at,
           'invitation_expires_at', _row.invitation_expires_at,
           'invitation_response',   _row.invitation_response,
           'livekit_identity',      _row.livekit_identity,
           'joined_at',             _row.joined_at,
           'left_at',               _row.left_at,
           'created_at',            _row.created_at,
           'updated_at',            _row.updated_at,
           'invited_role',          _row.invited_role)
$$;

create or replace function private.message_row(_row public.live_messages) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                _row.id,
           'session_id',        _row.session_id,
           'sender_profile_id', _row.sender_profile_id,
           'message_type',      _row.message_type,
           'content',           _row.content,
           'gift_id',           _row.gift_id,
           'gift_quantity',     _row.gift_quantity,
           'gift_coin_value',   _row.gift_coin_value,
           'is_deleted',        _row.is_deleted,
           'is_pinned',         _row.is_pinned,
           'created_at',        _row.created_at,
           'seq',               _row.seq,
           'deleted_at',        _row.deleted_at)
$$;

-- A gift's is asked for once per gift: plpgsql keeps its plan.
create or replace function private.live_gift_row(_row public.live_gifts) returns jsonb
language plpgsql stable set search_path = '', pg_temp as $$
begin
  return jsonb_build_object(
    'id',                _row.id,
    'session_id',        _row.session_id,
    'receiver_id',       _row.receiver_id,
    'gift_id',           _row.gift_id,
    'quantity',          _row.quantity,
    'coin_amount',       _row.coin_amount,
    'transaction_id',    _row.transaction_id,
    'created_at',        _row.created_at,
    'sender_profile_id', _row.sender_profile_id);
end $$;

create or replace function private.call_row(_row public.calls) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                _row.id,
           'caller_id',         _row.caller_id,
           'callee_id',         _row.callee_id,
           'call_type',         _row.call_type,
           'livekit_room_name', _row.livekit_room_name,
           'livekit_room_sid',  _row.livekit_room_sid,
           'status',            _row.status,
           'initiated_at',      _row.initiated_at,
           'answered_at',       _row.answered_at,
           'ended_at',          _row.ended_at,
           'duration_seconds',  _row.duration_seconds,
           'ended_by',          _row.ended_by,
           'end_reason',        _row.end_reason,
           'is_paid',           _row.is_paid,
           'coin_per_minute',   _row.coin_per_minute,
           'total_coin_spent',  _row.total_coin_spent,
           'created_at',        _row.created_at,
           'updated_at',        _row.updated_at)
$$;

create or replace function private.ban_row(_row public.live_session_bans) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                _row.id,
           'session_id',        _row.session_id,
           'reason',            _row.reason,
           'expires_at',        _row.expires_at,
           'created_at',        _row.created_at,
           'banned_profile_id', _row.banned_profile_id)
$$;

create or replace function private.guest_request_row(_row public.live_guest_requests) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                   _row.id,
           'session_id',           _row.session_id,
           'requester_profile_id', _row.requester_profile_id,
           'status',               _row.status,
           'message',              _row.message,
           'responded_at',         _row.responded_at,
           'expires_at',           _row.expires_at,
           'created_at',           _row.created_at)
$$;

-- What LiveKit is told of a seat: `{room, identity, role, session_type, is_muted, name, avatar_url}`.
create or replace function private.seat_of(_row public.live_participants) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'room',         sessions.livekit_room_name,
           'identity',     _row.profile_id,
           'role',         _row.role,
           'session_type', sessions.session_type,
           'is_muted',     _row.is_muted,
           'name',         coalesce(faces.display_name, faces.username),
           'avatar_url',   faces.avatar_url)
    from public.live_sessions sessions
    left join public.public_profiles faces on faces.id = _row.profile_id
   where sessions.id = _row.session_id
$$;

revoke execute on function
  private.session_row(public.live_sessions), private.participant_row(public.live_participants),
  private.message_row(public.live_messages), private.live_gift_row(public.live_gifts), private.call_row(public.calls),
  private.ban_row(public.live_session_bans), private.guest_request_row(public.live_guest_requests),
  private.seat_of(public.live_participants)
  from public;
grant execute on function
  private.session_row(public.live_sessions), private.participant_row(public.live_participants),
  private.message_row(public.live_messages), private.live_gift_row(public.live_gifts), private.call_row(public.calls),
  private.ban_row(public.live_session_bans), private.guest_request_row(public.live_guest_requests),
  private.seat_of(public.live_participants)
  to service_role;

-- The outbox: orders to LiveKit, written in the transaction that made them true and carried out after it.

create or replace function private.order_livekit(
  _action text, _room_name text, _identity text default null, _payload jsonb default '{}'
) returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into private.livekit_outbox (action, room_name, identity, payload)
  values (_action, _room_name, _identity, _payload)
$$;

-- Orders that are due, marked as tried: the next try waits 1, 2, 4 … up to 60 seconds.
create or replace function private.take_livekit_orders(_orders_max integer default 50) returns setof private.livekit_outbox
language sql security definer set search_path = '', pg_temp as $$
  update private.livekit_outbox orders
     set attempts = orders.attempts + 1,
         due_at   = now() + least(60, 2 ^ least(orders.attempts, 6)) * interval '1 second'
   where orders.id in (
           select due.id
             from private.livekit_outbox due
            where due.done_at is null and due.due_at <= now()
            order by due.id
            limit _orders_max
              for update skip locked)
  returning orders.*
$$;

-- An order is done, or failed with `_error` and stays due.
create or replace function private.close_livekit_order(_order bigint, _error text default null) returns void
language sql security definer set search_path = '', pg_temp as $$
  update private.livekit_outbox
     set done_at = case when _error is null then now() end, error = _error
   where id = _order
$$;

revoke execute on function
  private.order_livekit(text, text, text, jsonb), private.take_livekit_orders(integer),
  private.close_livekit_order(bigint, text)
  from public;
grant execute on function
  private.order_livekit(text, text, text, jsonb), private.take_livekit_orders(integer),
  private.close_livekit_order(bigint, text)
  to service_role;
