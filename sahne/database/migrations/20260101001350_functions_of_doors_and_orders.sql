-- The functions of a session's door, counters and LiveKit orders as they were first: today's text is in
-- sahne/database/functions/live.

set local check_function_bodies = off;

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
    when private.subscriber_level(_user, _row.creator_id) >= coalesce(
           (select tiers.coin_price from public.subscription_tiers tiers where tiers.id = _row.min_tier_id), 0)
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
        case when _row.min_tier_id is null then 'Subscribe to the creator first.'
             else 'Subscribe to the creator by this tier, or by one that costs no less.' end,
        jsonb_build_object('creator_id', _row.creator_id, 'min_tier', (
          select jsonb_build_object('id', tiers.id, 'name', tiers.name, 'coin_price', tiers.coin_price)
            from public.subscription_tiers tiers where tiers.id = _row.min_tier_id)));
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

-- A gift's line counts its gifts too; what the house says by itself is no message. The lines of a statement append one row a
-- session.
create or replace function private.tally_messages() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.session_tallies (session_id, messages, gifts)
  select written.session_id, count(*) filter (where written.message_type <> 'system'),
         coalesce(sum(written.gift_quantity) filter (where written.message_type = 'gift'), 0)
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

-- Whether a room has a live session or a call that goes on.
create or replace function private.is_room_wanted(_room_name text) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from public.live_sessions where livekit_room_name = _room_name and status = 'live')
      or exists (select from public.calls where livekit_room_name = _room_name and status = 'accepted')
$$;

-- The server that a room lies on: `_server`, when it is opened for the first time. It stays there.
create or replace function private.place_room(_room_name text, _server text) returns text
language sql security definer set search_path = '', pg_temp as $$
  insert into private.livekit_rooms (room_name, server) values (_room_name, _server) on conflict (room_name) do nothing;
  select placed.server from private.livekit_rooms placed where placed.room_name = _room_name
$$;

-- Orders that are due, marked as tried: the next try waits 1, 2, 4 … up to 60 seconds. Of one server, if it is named;
-- then those for rooms that lie nowhere yet only where `_unplaced_too`.
create or replace function private.take_livekit_orders(
  _orders_max integer default 50, _server text default null, _unplaced_too boolean default true
) returns setof private.livekit_outbox
language sql security definer set search_path = '', pg_temp as $$
  update private.livekit_outbox orders
     set attempts = orders.attempts + 1,
         due_at   = now() + least(60, 2 ^ least(orders.attempts, 6)) * interval '1 second'
   where orders.id in (
           select due.id
             from private.livekit_outbox due
            where due.done_at is null
              and due.due_at <= now()
              and coalesce((select placed.server
                              from private.livekit_rooms placed
                             where placed.room_name = due.room_name) = _server, _unplaced_too)
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
  private.is_room_wanted(text), private.place_room(text, text),
  private.take_livekit_orders(integer, text, boolean), private.close_livekit_order(bigint, text)
  from public;
grant execute on function
  private.order_livekit(text, text, text, jsonb), private.order_for_seat(text, public.live_participants),
  private.is_room_wanted(text), private.place_room(text, text),
  private.take_livekit_orders(integer, text, boolean), private.close_livekit_order(bigint, text)
  to service_role;
