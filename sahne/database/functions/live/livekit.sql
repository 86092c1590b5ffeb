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
