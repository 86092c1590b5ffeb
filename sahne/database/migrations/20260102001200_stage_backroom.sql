-- What stands behind the stage in `private`: tickets, the inbox of LiveKit's webhooks, the outbox of orders to LiveKit.

-- Paid entry to a pay-per-view session. The money is in escrow while `paid`; the wallet is kept so that a refund finds
-- its way after the user is gone.
create table private.tickets (
  id         uuid primary key default gen_random_uuid(),
  session_id uuid references public.live_sessions (id) on delete set null,
  user_id    uuid references auth.users (id) on delete set null,
  wallet_id  uuid not null references public.wallets (id),
  price      integer not null check (price > 0),
  status     text not null default 'paid' check (status in ('paid', 'refunded', 'settled')),
  payment_id uuid not null references public.coin_transactions (id),
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  unique (session_id, user_id)
);
create index idx_tickets_user_id on private.tickets (user_id);
create index idx_tickets_wallet_id on private.tickets (wallet_id);
create index idx_tickets_payment_id on private.tickets (payment_id);

-- Every webhook once, by LiveKit's event id, before anything is done about it.
create table private.livekit_events (
  id           text primary key,
  event        text not null,
  room_name    text,
  body         jsonb not null,
  received_at  timestamptz not null default now(),
  processed_at timestamptz,
  attempts     integer not null default 0,
  error        text
);
create index idx_livekit_events_unprocessed on private.livekit_events (received_at) where processed_at is null;
create index idx_livekit_events_received_at on private.livekit_events (received_at);

-- Orders to LiveKit, written in the transaction that made them true and carried out after it, until they succeed.
create table private.livekit_outbox (
  id          bigint generated always as identity primary key,
  action      text not null check (action in
                ('create_room', 'delete_room', 'remove_participant', 'update_permission', 'mute_participant')),
  room_name   text not null,
  identity    text,
  payload     jsonb not null default '{}',
  attempts    integer not null default 0,
  created_at  timestamptz not null default now(),
  due_at      timestamptz not null default now(),
  done_at     timestamptz,
  error       text
);
create index idx_livekit_outbox_due on private.livekit_outbox (due_at) where done_at is null;
create index idx_livekit_outbox_done_at on private.livekit_outbox (done_at) where done_at is not null;

create function private.order_livekit(
  _action text, _room_name text, _identity text default null, _payload jsonb default '{}'
) returns void
language sql security definer set search_path = '' as $$
  insert into private.livekit_outbox (action, room_name, identity, payload)
  values (_action, _room_name, _identity, _payload)
$$;

-- Orders that are due, marked as tried: the next try waits 1, 2, 4 … up to 60 seconds.
create function private.take_livekit_orders(_orders_max integer default 50) returns setof private.livekit_outbox
language sql security definer set search_path = '' as $$
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
create function private.close_livekit_order(_order bigint, _error text default null) returns void
language sql security definer set search_path = '' as $$
  update private.livekit_outbox
     set done_at = case when _error is null then now() end, error = _error
   where id = _order
$$;
