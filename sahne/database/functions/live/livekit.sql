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
