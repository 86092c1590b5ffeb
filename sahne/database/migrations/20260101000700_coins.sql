-- Coins and what they buy: the gift catalogue, subscription tiers and subscriptions, and the double-entry ledger
-- (ruling R3).

-- What coins buy from a creator.

create table public.gifts (
  id            uuid primary key default gen_random_uuid(),
  name          text not null,
  icon_url      text,
  animation_url text,
  coin_price    integer not null,
  is_active     boolean not null default true,
  order_index   integer not null default 0,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  available_from  timestamptz,
  available_until timestamptz,
  constraint gifts_name_check       check (char_length(name) between 1 and 80),
  constraint gifts_coin_price_check check (coin_price > 0),
  constraint gifts_season_check     check (available_from < available_until)
);
alter table public.gifts enable row level security;

create index idx_gifts_order_index on public.gifts (order_index) where is_active;

-- What a creator offers by the month. `benefits` are short texts; one that is retired (not active) is sold to nobody new.
create table public.subscription_tiers (
  id          uuid primary key default gen_random_uuid(),
  creator_id  uuid not null references auth.users (id) on delete cascade,
  name        text not null,
  coin_price  integer not null,
  is_active   boolean not null default true,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  benefits    text[] not null default '{}',
  order_index integer not null default 0,
  constraint subscription_tiers_name_check
    check (char_length(name) between 1 and 80 and private.is_visible(name)),
  constraint subscription_tiers_coin_price_check check (coin_price > 0),
  constraint subscription_tiers_benefits_check
    check (cardinality(benefits) <= 10
           and (benefits = '{}' or array_to_string(benefits, E'\n', '') ~ '^[^\n]{1,120}(\n[^\n]{1,120})*$')),
  -- what a session's least tier names: one of its creator's own
  constraint subscription_tiers_id_creator_id_key unique (id, creator_id)
);
alter table public.subscription_tiers enable row level security;

create index idx_subscription_tiers_creator_id on public.subscription_tiers (creator_id);

-- Paid until `expires_at`, and renewed, or tried again, at `renews_at`; null where it is not. `expires_at` null: a subscription
-- that somebody other than the ledger keeps alive. `next_tier_id`: what it becomes at its next renewal, and at which price.
create table public.creator_subscriptions (
  id              uuid primary key default gen_random_uuid(),
  subscriber_id   uuid not null references auth.users (id) on delete cascade,
  creator_id      uuid not null references auth.users (id) on delete cascade,
  tier_id         uuid references public.subscription_tiers (id) on delete set null,
  status          text not null default 'active',
  coin_price      integer not null default 0,
  expires_at      timestamptz,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  next_tier_id    uuid references public.subscription_tiers (id) on delete set null,
  next_coin_price integer,
  renews_at       timestamptz,
  end_reason      text,
  periods_paid    integer not null default 0,
  renewal_tries   integer not null default 0,
  reminded_at     timestamptz,
  constraint creator_subscriptions_status_check     check (status in ('active', 'cancelled', 'paused')),
  constraint creator_subscriptions_coin_price_check check (coin_price >= 0),
  constraint creator_subscriptions_not_self_check   check (subscriber_id <> creator_id),
  constraint creator_subscriptions_next_price_check check (next_coin_price > 0),
  constraint creator_subscriptions_renewed_check    check (renews_at is null or status = 'active' and coin_price > 0),
  constraint creator_subscriptions_end_reason_check check (end_reason in (
    'cancelled', 'unpaid', 'creator_unavailable', 'refunded', 'replaced', 'paused_too_long')),
  constraint creator_subscriptions_counts_check     check (least(periods_paid, renewal_tries) >= 0)
);
alter table public.creator_subscriptions enable row level security;

create unique index idx_creator_subscriptions_one_running
  on public.creator_subscriptions (subscriber_id, creator_id) where status <> 'cancelled';
create index idx_creator_subscriptions_subscriber_id on public.creator_subscriptions (subscriber_id, creator_id);
create index idx_creator_subscriptions_creator_id on public.creator_subscriptions (creator_id);
create index idx_creator_subscriptions_tier_id on public.creator_subscriptions (tier_id);
create index idx_creator_subscriptions_next_tier_id
  on public.creator_subscriptions (next_tier_id) where next_tier_id is not null;
create index idx_creator_subscriptions_renews_at
  on public.creator_subscriptions (renews_at, id) where renews_at is not null;
create index idx_creator_subscriptions_unreminded
  on public.creator_subscriptions (renews_at, id) where renews_at is not null and reminded_at is null;
create index idx_creator_subscriptions_paused
  on public.creator_subscriptions (expires_at, id) where status = 'paused';

-- Wallets, transactions, entries. Entries are append-only and sum to zero per transaction; every amount is a whole number
-- of coins. Nobody writes these tables but the ledger's functions: clients read their balance and statement through
-- operations, since a wallet's id would tie a shadow to its owner. A user's balance ends where `private.balance_max()` says.

create table public.wallets (
  id         uuid primary key default gen_random_uuid(),
  user_id    uuid unique references auth.users (id) on delete set null,
  kind       text not null default 'user',
  balance    bigint not null default 0,
  created_at timestamptz not null default now(),
  owed       bigint not null default 0,
  constraint wallets_kind_check    check (kind in ('user', 'platform', 'escrow', 'issuer')),
  constraint wallets_balance_check check (balance >= 0 or kind = 'issuer'),
  constraint wallets_balance_max_check check (balance <= 1000000000000 or kind <> 'user'),
  constraint wallets_owed_check    check (owed = 0 or kind = 'user' and owed > 0),
  constraint wallets_owner_check   check (kind = 'user' or user_id is null)
);
alter table public.wallets enable row level security;

create unique index idx_wallets_one_of_a_kind on public.wallets (kind) where kind <> 'user';

insert into public.wallets (kind) values ('platform'), ('escrow'), ('issuer');

create table public.coin_transactions (
  id                  uuid primary key default gen_random_uuid(),
  kind                text not null,
  initiator_wallet_id uuid not null references public.wallets (id),
  idempotency_key     text not null,
  reference_type      text,
  reference_id        uuid,
  created_at          timestamptz not null default now(),
  constraint coin_transactions_kind_check check (kind in (
    'grant', 'purchase', 'gift', 'ticket', 'ticket_refund', 'ticket_payout', 'subscription', 'subscription_refund',
    'subscription_payout', 'call', 'call_refund', 'call_payout', 'gift_refund', 'adjustment')),
  constraint coin_transactions_idempotency_key_check check (char_length(idempotency_key) between 1 and 255),
  constraint coin_transactions_initiator_wallet_id_idempotency_key_key unique (initiator_wallet_id, idempotency_key)
);
alter table public.coin_transactions enable row level security;

-- `wallet_id` has no foreign key: it would lock, for every gift in the whole app, the platform's wallet and the busy
-- creator's, to guard against a deletion that cannot happen. `check_entries` asks once for all the rows of a statement
-- whether their wallets are there, and nothing deletes a wallet.
create table public.coin_entries (
  id             bigint generated always as identity primary key,
  transaction_id uuid not null references public.coin_transactions (id),
  wallet_id      uuid not null,
  amount         bigint not null,
  constraint coin_entries_amount_check check (amount <> 0)
);
alter table public.coin_entries enable row level security;

create index idx_coin_entries_wallet_id on public.coin_entries (wallet_id, id);
create index idx_coin_entries_transaction_id on public.coin_entries (transaction_id);

-- Credits that no balance holds yet. They are deleted by the statement that adds them to the balance, so a credit that
-- commits late is never missed; crediting a busy creator locks no row.
create table private.coin_pending (
  id        bigint generated always as identity,
  wallet_id uuid not null,
  amount    bigint not null,
  primary key (wallet_id, id)
);

-- The months that were paid, each in escrow until it is over: then the creator gets it net of commission, less what was given
-- back. Wallets outlive their people, and a month its subscription.
create table private.subscription_periods (
  id              uuid        primary key default gen_random_uuid(),
  subscription_id uuid        references public.creator_subscriptions (id) on delete set null,
  number          integer     not null,
  payer_wallet_id uuid        not null references public.wallets (id),
  payee_wallet_id uuid        not null references public.wallets (id),
  coin_price      bigint      not null,
  starts_at       timestamptz not null,
  ends_at         timestamptz not null,
  status          text        not null default 'paid',
  given_back      bigint      not null default 0,
  commission      bigint      not null default 0,
  settled_at      timestamptz,
  refunded_by     uuid        references auth.users (id) on delete set null,
  constraint subscription_periods_subscription_id_number_key unique (subscription_id, number),
  constraint subscription_periods_status_check  check (status in ('paid', 'settled', 'refunded')),
  constraint subscription_periods_amounts_check
    check (coin_price > 0 and given_back between 0 and coin_price and commission between 0 and coin_price - given_back),
  constraint subscription_periods_forward_check check (ends_at > starts_at)
);
alter table private.subscription_periods enable row level security;
create index idx_subscription_periods_unsettled on private.subscription_periods (ends_at, id) where status = 'paid';
create index idx_subscription_periods_payer_wallet_id on private.subscription_periods (payer_wallet_id);
create index idx_subscription_periods_payee_wallet_id on private.subscription_periods (payee_wallet_id);
create index idx_subscription_periods_refunded_by
  on private.subscription_periods (refunded_by) where refunded_by is not null;

-- One row per request that spends: the same key and request give the same answer again.
create table private.idempotency_keys (
  user_id    uuid not null references auth.users (id) on delete cascade,
  key        text not null,
  operation  text not null,
  request    jsonb not null,
  answer     jsonb not null,
  created_at timestamptz not null default now(),
  primary key (user_id, key),
  constraint idempotency_keys_key_check check (char_length(key) between 1 and 200)
);
create index idx_idempotency_keys_created_at on private.idempotency_keys (created_at);

-- When the ledger was asked whether every balance is the fold of its entries, and what it said.
create table private.ledger_checks (
  id         bigint      generated always as identity primary key,
  checked_at timestamptz not null default now(),
  faults     integer     not null,
  constraint ledger_checks_faults_check check (faults >= 0)
);
