-- The functions of sessions as they were first: today's text is in sahne/database/functions/live.

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
  perform private.refuse_false_promise(null, jsonb_populate_record(null::public.live_sessions, _fields));
  if private.has_planned_enough(_actor) then
    perform private.refuse(409, 'too_many_planned', 'You have planned as many sessions as may wait at once.',
      'Start or cancel one first.',
      jsonb_build_object('planned_max', private.planned_max()));
  end if;
  perform private.refuse_haste('plan', private.nobody());
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
  perform private.refuse_false_promise(_old, _new);
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
-- announced. Called by the server on its clock.
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
                and coalesce(waiting.scheduled_at, waiting.created_at) < now() - private.draft_lifetime())
       and private.no_show_at(sessions) < now()
     order by sessions.id
     limit _sessions_max
  loop
    perform private.hold_door(_session);
    if exists (select from public.live_sessions where id = _session and status = 'scheduled') then
      perform private.call_off(_session);
      _cancelled := _cancelled + 1;
    end if;
  end loop;
  return _cancelled;
end $$;

-- When a scheduled session is given up: `no_show_hours` after its time, thirty days after the first ticket that is still held
-- where no time was said, and never later than a plan may reach from that ticket, however often it is put off. A ticket that
-- was bought later than the time said gives the host the same hours. Where nobody has paid, a draft
-- without a time ends after a day without a change, and another waits for its host for thirty.
create or replace function private.no_show_at(_row public.live_sessions) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select case
    when count(*) = 0 then
      coalesce(_row.scheduled_at + interval '30 days', _row.updated_at + private.draft_lifetime())
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
  private.create_session(jsonb), private.edit_session(uuid, jsonb), private.has_planned_enough(uuid),
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
  private.create_session(jsonb), private.edit_session(uuid, jsonb), private.has_planned_enough(uuid),
  private.planned_max(), private.draft_lifetime(),
  private.false_promise_of(public.live_sessions, public.live_sessions),
  private.refuse_false_promise(public.live_sessions, public.live_sessions),
  private.why_price_is_fixed(public.live_sessions, public.live_sessions), private.start_session(uuid),
  private.end_session(uuid), private.close_session(uuid), private.cancel_session(uuid), private.call_off(uuid),
  private.planned_ahead_max(), private.cancel_no_shows(integer), private.no_show_at(public.live_sessions),
  private.own_session(uuid), private.refuse_in(public.live_sessions, text)
  to service_role;

-- The door of a session: held while somebody comes, goes or pays, and shut to who may not come in.
--
-- Whatever a transaction locks on the stage, it locks in this order, so that no two wait for each other in a circle:
--   1. doors (`private.session_counters`), by session
--   2. `public.live_sessions`, by id
--   3. `public.calls`, by id
--   4. accounts (`auth.users`), by id: `for key share` by whoever changes what hangs on one (a foreign key asks the same
--      later), as a whole by who erases it
--   5. what hangs on an account: seats, wallets, tickets, requests, subscriptions
-- What two meet in all the same (a service deletes a session, whose door goes last), PostgreSQL undoes for one of them, who
-- asks again: `database/collisions.py`.

-- Hold the door of a session until the end of the transaction: nobody comes, goes, or ends it meanwhile.
create or replace function private.hold_door(_session uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from private.session_counters where session_id = _session for no key update;
  if not found then
    perform private.refuse(404, 'not_found', 'There is no such session.');
  end if;
end $$;

-- Hold the doors of many, in their order.
create or replace function private.hold_doors(_sessions uuid[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from private.session_counters where session_id = any (_sessions) order by session_id for no key update;
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
    perform private.refuse(409, 'session_not_live', 'The session is not live.',
      case when _row.status = 'scheduled' then 'Wait until its status is live: subscribe to live_sessions.'
           else 'It is over.' end,
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

-- Before an account is suspended or erased: what is live with it is held in the order above, so that the cascade, and the
-- end of its presence, meet nobody half-way.
create or replace function private.hold_presence_of(_user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.hold_doors(array(
    select sessions.id from public.live_sessions sessions where sessions.creator_id = _user
    union
    select seats.session_id
      from public.live_participants seats
      join public.live_sessions sessions on sessions.id = seats.session_id
     where seats.user_id = _user and (seats.is_active or sessions.status = 'live')));
  perform from public.live_sessions where creator_id = _user order by id for update;
  perform from public.calls
    where (caller_id = _user or callee_id = _user) and status in ('initiated', 'ringing', 'accepted')
    order by id
      for update;
end $$;

revoke execute on function
  private.hold_door(uuid), private.hold_doors(uuid[]), private.refuse_unless_live(public.live_sessions, uuid),
  private.entry_refusal(public.live_sessions, uuid), private.refuse_entry(text, public.live_sessions),
  private.hold_presence_of(uuid)
  from public;
grant execute on function
  private.hold_door(uuid), private.hold_doors(uuid[]), private.refuse_unless_live(public.live_sessions, uuid),
  private.entry_refusal(public.live_sessions, uuid), private.refuse_entry(text, public.live_sessions)
  to service_role;
grant execute on function private.hold_presence_of(uuid) to service_role, supabase_auth_admin;

-- The exact counters of a session, and their showing in `live_sessions` now and then (ruling L10): a gift or a line is
-- appended and waits for nobody.

create or replace function private.open_session_counters() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.session_counters (session_id) values (new.id);
  return null;
end $$;

-- A gift's line counts its gifts too. The lines of a statement append one row a session.
create or replace function private.tally_messages() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.session_tallies (session_id, messages, gifts)
  select written.session_id, count(*), coalesce(sum(written.gift_quantity) filter (where written.message_type = 'gift'), 0)
    from written
   group by written.session_id;
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

-- The outbox: orders to LiveKit, written in the transaction that made them true and carried out after it.

create or replace function private.order_livekit(
  _action text, _room_name text, _identity text default null, _payload jsonb default '{}'
) returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into private.livekit_outbox (action, room_name, identity, payload)
  values (_action, _room_name, _identity, _payload)
$$;

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

revoke execute on function
  private.order_livekit(text, text, text, jsonb), private.order_for_seat(text, public.live_participants),
  private.take_livekit_orders(integer), private.close_livekit_order(bigint, text)
  from public;
grant execute on function
  private.order_livekit(text, text, text, jsonb), private.order_for_seat(text, public.live_participants),
  private.take_livekit_orders(integer), private.close_livekit_order(bigint, text)
  to service_role;
