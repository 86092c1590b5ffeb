-- The functions of sessions as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- The life of a session: create, edit, start, end, cancel. scheduled → live → ended, or scheduled → cancelled.
-- Each verb acts for `auth.uid()` and answers `{"session": row, …}`; repeating one that is done answers the same.

-- `_fields`: title, description, thumbnail_url, session_type, access_type, ppv_coin_price, min_tier_id, scheduled_at,
-- chat_enabled, gifts_enabled, recording_enabled, max_viewers, category, tags, language; what is absent takes the column's
-- default.
create or replace function private.create_session(_fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.live_sessions;
begin
  perform private.refuse_unless_creator('open a session');
  perform private.refuse_false_promise(null, jsonb_populate_record(null::public.live_sessions, _fields));
  if private.has_planned_enough(_actor) then
    perform private.refuse(409, 'too_many_planned', 'You have planned as many sessions as may wait at once.',
      'Start or cancel one first.',
      jsonb_build_object('planned_max', private.planned_max()));
  end if;
  perform private.refuse_haste('plan', private.nobody());
  perform private.refuse_house_words(
    private.texts_of_session(null, jsonb_populate_record(null::public.live_sessions, _fields)));
  insert into public.live_sessions (
    creator_id, creator_profile_id, title, description, thumbnail_url, session_type, access_type, ppv_coin_price,
    min_tier_id, scheduled_at, chat_enabled, gifts_enabled, recording_enabled, max_viewers, category, tags, language)
  select _actor, _actor, fields.title, fields.description, fields.thumbnail_url, fields.session_type,
         coalesce(fields.access_type, 'public'), coalesce(fields.ppv_coin_price, 0), fields.min_tier_id,
         fields.scheduled_at, coalesce(fields.chat_enabled, true), coalesce(fields.gifts_enabled, true),
         coalesce(fields.recording_enabled, false), fields.max_viewers, fields.category, coalesce(fields.tags, '{}'),
         fields.language
    from jsonb_populate_record(null::public.live_sessions, _fields) fields
  returning * into _row;
  return jsonb_build_object('session', private.session_row(_row));
end $$;

-- Only the keys present in `_fields` change, and the price, or the least tier, goes with the access that wants one. The row is
-- read under the door and its lock: whoever edits at the same moment, also by a statement of their own, keeps what they changed.
create or replace function private.edit_session(_session uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _old public.live_sessions := private.own_session(_session);
  _new public.live_sessions;
begin
  perform private.hold_door(_session);
  select * into _old from public.live_sessions where id = _session for no key update;
  _new := jsonb_populate_record(_old, _fields);
  if _new.access_type <> 'pay_per_view' and not _fields ? 'ppv_coin_price' then
    _new.ppv_coin_price := 0;
  end if;
  if _new.access_type <> 'subscribers_only' and not _fields ? 'min_tier_id' then
    _new.min_tier_id := null;
  end if;
  perform private.refuse_false_promise(_old, _new);
  perform private.refuse_house_words(private.texts_of_session(_old, _new));
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
         access_type = _new.access_type, ppv_coin_price = _new.ppv_coin_price, min_tier_id = _new.min_tier_id,
         scheduled_at = _new.scheduled_at, chat_enabled = _new.chat_enabled, gifts_enabled = _new.gifts_enabled,
         recording_enabled = _new.recording_enabled, max_viewers = _new.max_viewers, category = _new.category,
         tags = _new.tags, language = _new.language
   where id = _session
  returning * into _new;
  if private.is_moved(_old, _new) then
    perform private.refuse_haste('move', private.nobody());
  end if;
  return jsonb_build_object('session', private.session_row(_new));
end $$;

-- Whether a plan has another time now, of which everybody who waits for it is told.
create or replace function private.is_moved(_old public.live_sessions, _new public.live_sessions) returns boolean
language sql immutable set search_path = '', pg_temp as $$
  select _new.status = 'scheduled' and _new.scheduled_at is distinct from _old.scheduled_at
$$;

-- What a session says of itself that is new.
create or replace function private.texts_of_session(_old public.live_sessions, _new public.live_sessions) returns text[]
language sql immutable set search_path = '', pg_temp as $$
  select array(select _new.title where _new.title is distinct from _old.title
               union all
               select _new.description where _new.description is distinct from _old.description
               union all
               select tag from unnest(_new.tags) tag where tag <> all (coalesce(_old.tags, '{}')))
$$;

-- Whether a creator has as many sessions to come as they may; asked by one at a time.
create or replace function private.has_planned_enough(_creator uuid) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('sahne.planned:' || _creator, 0));
  return (select count(*) from public.live_sessions where creator_id = _creator and status = 'scheduled')
         >= private.planned_max();
end $$;

create or replace function private.planned_max() returns integer
language sql immutable set search_path = '', pg_temp as $$
  select 50
$$;

-- What a session cannot be promised to be: `past`, `too_far`, `no_moment`, `recording`; null where the host can keep it
-- (ruling R14). What stands there already was promised then. A client's clock may be some minutes behind.
create or replace function private.false_promise_of(_old public.live_sessions, _new public.live_sessions) returns text
language sql stable set search_path = '', pg_temp as $$
  select case
    when _new.recording_enabled and _old.recording_enabled is not true then 'recording'
    when _new.scheduled_at is not distinct from _old.scheduled_at then null
    when not isfinite(_new.scheduled_at) then 'no_moment'
    when _new.scheduled_at < now() - interval '5 minutes' then 'past'
    when _new.scheduled_at > now() + private.planned_ahead_max() then 'too_far'
  end
$$;

-- How far ahead a session is planned, and a ticket's money waits for one.
create or replace function private.planned_ahead_max() returns interval
language sql immutable set search_path = '', pg_temp as $$
  select interval '366 days'
$$;

create or replace function private.refuse_false_promise(_old public.live_sessions, _new public.live_sessions) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  case private.false_promise_of(_old, _new)
    when 'past' then
      perform private.refuse(422, 'unprocessable', 'A session is planned for a time to come.',
        'Send scheduled_at as a moment from now on, or leave it out.');
    when 'too_far' then
      perform private.refuse(422, 'unprocessable', 'A session is planned for a time within a year.',
        'Send scheduled_at as an earlier moment, or leave it out.');
    when 'no_moment' then
      perform private.refuse(422, 'unprocessable', 'A session is planned for a moment.',
        'Send scheduled_at as a date and a time.');
    when 'recording' then
      perform private.refuse(422, 'recording_unavailable', 'Sessions are not recorded yet.',
        'Leave recording_enabled out.');
    else
      null;
  end case;
end $$;

-- Why a change of price or access comes too late: `session_over`, `tickets_sold`; null where nothing stands against it.
create or replace function private.why_price_is_fixed(_old public.live_sessions, _new public.live_sessions) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select case
    when (_new.access_type, _new.ppv_coin_price, _new.min_tier_id)
         is not distinct from (_old.access_type, _old.ppv_coin_price, _old.min_tier_id) then null
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
  insert into public.live_participants (session_id, user_id, profile_id, role, livekit_identity, is_video_enabled)
  values (_session, _row.creator_id, _row.creator_profile_id, 'host', _row.creator_profile_id::text, false)
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

-- The end of a live session by the server itself (host gone, room gone): `{"session", "ended"}`. One whose host was there
-- for less than minutes was none: its tickets are given back. A host who is gone was there until then, however late it is seen.
create or replace function private.close_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row     public.live_sessions;
  _ended   boolean;
  _seconds integer;
begin
  perform private.hold_door(_session);
  select extract(epoch from coalesce(interrupted_at, now()) - started_at) into _seconds
    from public.live_sessions where id = _session;
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
    if _seconds < (private.settings()).ticket_refund_minutes * 60 then
      perform private.refund_tickets(_session);
    else
      perform private.settle_tickets(_session);
    end if;
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
  select status = 'scheduled' into _cancelled from public.live_sessions where id = _session;
  if _cancelled then
    _refunds := private.call_off(_session);
  end if;
  select * into _row from public.live_sessions where id = _session;
  if _row.status <> 'cancelled' then
    perform private.refuse(409, 'session_not_scheduled', 'Only a scheduled session can be cancelled.',
      'End it instead.', jsonb_build_object('status', _row.status));
  end if;
  return jsonb_build_object('session', private.session_row(_row), 'cancelled', _cancelled, 'refunds', _refunds);
end $$;

-- A scheduled session takes place no more, and its tickets are refunded: how many. The door is held.
create or replace function private.call_off(_session uuid) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.live_sessions set status = 'cancelled', ended_at = now() where id = _session and status = 'scheduled';
  update public.live_participants set invitation_response = 'expired'
   where session_id = _session and invitation_response = 'pending';
  return private.refund_tickets(_session);
end $$;

-- Sessions whose host never came: cancelled; how many. Money in escrow always has an end (ruling R14), and so has what is
-- announced. Called by the server on its clock; one that cannot be called off holds up no other (`sweeps.sql`).
create or replace function private.cancel_no_shows(_sessions_max integer default 20) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _session   uuid;
  _cancelled integer := 0;
begin
  for _session in
    select sessions.id
      from public.live_sessions sessions
     where sessions.status = 'scheduled'
       and sessions.id in (
             select tickets.session_id from private.tickets where tickets.status = 'paid'
             union
             select waiting.id
               from public.live_sessions waiting
              where waiting.status = 'scheduled'
                and coalesce(waiting.scheduled_at, waiting.created_at) < now()
                and (waiting.scheduled_at is not null or waiting.created_at < now() - private.draft_lifetime()))
       and private.no_show_at(sessions) < now()
       and not private.is_put_off('cancel_no_shows', sessions.id)
     order by sessions.id
     limit _sessions_max
  loop
    begin
      perform private.hold_door(_session);
      if exists (select from public.live_sessions where id = _session and status = 'scheduled') then
        perform private.call_off(_session);
        _cancelled := _cancelled + 1;
      end if;
    exception when others then
      perform private.put_off('cancel_no_shows', _session, sqlerrm);
    end;
  end loop;
  return _cancelled;
end $$;

-- When a scheduled session is given up: `no_show_hours` after its time, thirty days after the first ticket that is still held
-- where no time was said, and never later than a plan may reach from that ticket, however often it is put off. A ticket that
-- was bought later than the time said gives the host the same hours. Where nobody has paid, a plan has the same hours from its time,
-- since people wait for it as well, and a draft without a time ends after a day without a change.
create or replace function private.no_show_at(_row public.live_sessions) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select case
    when count(*) = 0 then
      coalesce(_row.scheduled_at + (private.settings()).no_show_hours * interval '1 hour',
               _row.updated_at + private.draft_lifetime())
    else
      least(case when _row.scheduled_at is null then min(tickets.created_at) + interval '30 days'
                 else greatest(_row.scheduled_at, min(tickets.created_at)) end,
            min(tickets.created_at) + private.planned_ahead_max())
      + (private.settings()).no_show_hours * interval '1 hour'
    end
    from private.tickets
   where tickets.session_id = _row.id and tickets.status = 'paid'
$$;

-- How long a session without a time waits for one.
create or replace function private.draft_lifetime() returns interval
language sql immutable set search_path = '', pg_temp as $$
  select interval '24 hours'
$$;

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
  private.is_moved(public.live_sessions, public.live_sessions),
  private.texts_of_session(public.live_sessions, public.live_sessions), private.has_planned_enough(uuid),
  private.planned_max(), private.draft_lifetime(),
  private.false_promise_of(public.live_sessions, public.live_sessions),
  private.refuse_false_promise(public.live_sessions, public.live_sessions),
  private.why_price_is_fixed(public.live_sessions, public.live_sessions), private.start_session(uuid),
  private.end_session(uuid), private.close_session(uuid), private.cancel_session(uuid), private.call_off(uuid),
  private.planned_ahead_max(), private.cancel_no_shows(integer), private.no_show_at(public.live_sessions),
  private.own_session(uuid), private.refuse_in(public.live_sessions, text), private.name_session_room(),
  private.close_deleted_room()
  from public;
grant execute on function
  private.create_session(jsonb), private.edit_session(uuid, jsonb),
  private.is_moved(public.live_sessions, public.live_sessions),
  private.texts_of_session(public.live_sessions, public.live_sessions), private.has_planned_enough(uuid),
  private.planned_max(), private.draft_lifetime(),
  private.false_promise_of(public.live_sessions, public.live_sessions),
  private.refuse_false_promise(public.live_sessions, public.live_sessions),
  private.why_price_is_fixed(public.live_sessions, public.live_sessions), private.start_session(uuid),
  private.end_session(uuid), private.close_session(uuid), private.cancel_session(uuid), private.call_off(uuid),
  private.planned_ahead_max(), private.cancel_no_shows(integer), private.no_show_at(public.live_sessions),
  private.own_session(uuid), private.refuse_in(public.live_sessions, text)
  to service_role;
