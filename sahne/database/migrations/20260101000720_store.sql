-- What is sold through the app stores: what they told us, who is who to them, and the premium that follows from it. Nobody
-- writes here but the server; people read their own through operations.

-- What is sold there: premium, or so many coins. A product that is not here is nobody's premium by itself.
create table private.store_products (
  product_id  text        primary key,
  kind        text        not null,
  coins       bigint,
  is_active   boolean     not null default true,
  order_index integer     not null default 0,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  constraint store_products_product_id_check check (char_length(product_id) between 1 and 200),
  constraint store_products_kind_check       check (kind in ('premium', 'coins')),
  constraint store_products_coins_check      check ((kind = 'coins') = (coins is not null) and coins between 1 and 1000000000)
);
alter table private.store_products enable row level security;

-- Everything that was told, once by its teller's id, before anything is done about it. `body` is json: jsonb cannot hold all
-- of it. `line` is a subscription through its renewals, or one purchase. `is_forever`: told to have no end; where it is false and
-- `ends_at` is null, no end was told. `givers` are those of `customers` that a transfer takes it from.
create table private.store_events (
  source         text        not null,
  id             text        not null,
  type           text        not null,
  effect         text        not null,
  happened_at    timestamptz not null,
  is_sandbox     boolean     not null default false,
  customers      text[]      not null default '{}',
  givers         text[]      not null default '{}',
  store          text,
  line           text,
  product_id     text,
  transaction_id text,
  entitlements   text[],
  ends_at        timestamptz,
  is_forever     boolean     not null default false,
  is_trial       boolean     not null default false,
  body           json        not null default '{}',
  received_at    timestamptz not null default now(),
  folded_at      timestamptz,
  attempts       integer     not null default 0,
  error          text,
  primary key (source, id),
  constraint store_events_source_check   check (source in ('revenuecat', 'apple', 'google', 'operator')),
  constraint store_events_id_check       check (char_length(id) between 1 and 256),
  constraint store_events_effect_check   check (effect in (
    'none', 'linked', 'failing', 'cancelled', 'refunded', 'expired', 'running', 'bought', 'lent', 'given', 'ended', 'looked',
    'moved')),
  constraint store_events_customers_check check (givers <@ customers and cardinality(customers) <= 100),
  constraint store_events_attempts_check check (attempts >= 0)
);
alter table private.store_events enable row level security;

create index idx_store_events_customers on private.store_events using gin (customers);
create index idx_store_events_unfolded on private.store_events (received_at, source, id) where folded_at is null;

-- Every name the stores have used for somebody, and whose it is; null until that is known.
create table private.store_customers (
  customer_id text primary key,
  user_id     uuid references auth.users (id) on delete set null
);
alter table private.store_customers enable row level security;

create index idx_store_customers_user_id on private.store_customers (user_id);

-- Coins that were bought, once for each purchase in a store. What a refund could not take back is `owed`, and stops all spending
-- of that wallet until it is paid: `wallets.owed` is the sum.
create table private.store_purchases (
  id          uuid        primary key default gen_random_uuid(),
  line        text        not null unique,
  wallet_id   uuid        not null references public.wallets (id),
  store       text        not null,
  product_id  text        not null,
  coins       bigint      not null,
  bought_at   timestamptz not null,
  refunded_at timestamptz,
  taken_back  bigint      not null default 0,
  owed        bigint      not null default 0,
  moves       integer     not null default 0,
  constraint store_purchases_coins_check check (coins > 0 and moves >= 0),
  constraint store_purchases_refund_check
    check (least(taken_back, owed) >= 0 and taken_back + owed = case when refunded_at is null then 0 else coins end)
);
alter table private.store_purchases enable row level security;

create index idx_store_purchases_wallet_id on private.store_purchases (wallet_id, bought_at);
create index idx_store_purchases_owed on private.store_purchases (wallet_id) where owed > 0;

-- What somebody has premium by, as it follows from the events; `infinity` has no end.
create table private.premium_lines (
  user_id      uuid        not null references auth.users (id) on delete cascade,
  line         text        not null,
  store        text        not null,
  product_id   text,
  ends_at      timestamptz not null,
  is_cancelled boolean     not null default false,
  is_failing   boolean     not null default false,
  is_trial     boolean     not null default false,
  primary key (user_id, line)
);
alter table private.premium_lines enable row level security;

-- When RevenueCat is asked how somebody stands.
create table private.store_looks (
  user_id uuid        not null references auth.users (id) on delete cascade,
  due_at  timestamptz not null,
  primary key (user_id)
);
alter table private.store_looks enable row level security;

create index idx_store_looks_due on private.store_looks (due_at);
