-- The double-entry ledger (ruling R3): wallets, transactions, entries. Entries are append-only and sum to zero per
-- transaction; every amount is a whole number of coins. Nobody writes these tables but the functions of the next file:
-- clients read their balance and statement through operations, since a wallet's id would tie a shadow to its owner.

create table public.wallets (
  id         uuid primary key default gen_random_uuid(),
  user_id    uuid unique references auth.users (id) on delete set null,
  kind       text not null default 'user',
  balance    bigint not null default 0,
  created_at timestamptz not null default now(),
  constraint wallets_kind_check    check (kind in ('user', 'platform', 'escrow', 'issuer')),
  constraint wallets_balance_check check (balance >= 0 or kind = 'issuer'),
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
    'grant', 'purchase', 'gift', 'ticket', 'ticket_refund', 'ticket_payout', 'subscription', 'call', 'adjustment')),
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

create function private.refuse_ledger_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception using errcode = '42501', message = 'The ledger is append-only.',
    hint = 'Correct a mistake with a new transaction.';
end $$;

create trigger coin_transactions_append_only before update or delete on public.coin_transactions
  for each row execute function private.refuse_ledger_change();
create trigger coin_transactions_never_truncated before truncate on public.coin_transactions
  for each statement execute function private.refuse_ledger_change();
create trigger coin_entries_append_only before update or delete on public.coin_entries
  for each row execute function private.refuse_ledger_change();
create trigger coin_entries_never_truncated before truncate on public.coin_entries
  for each statement execute function private.refuse_ledger_change();

create function private.refuse_wallet_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception using errcode = '42501', message = 'A wallet is never deleted.',
    hint = 'It outlives its user: entries belong to it.';
end $$;

create trigger wallets_never_deleted before delete on public.wallets
  for each row execute function private.refuse_wallet_change();
create trigger wallets_never_renamed before update of id on public.wallets
  for each row when (new.id <> old.id) execute function private.refuse_wallet_change();
create trigger wallets_never_truncated before truncate on public.wallets
  for each statement execute function private.refuse_wallet_change();

-- All entries of a transaction are written by one statement, so the sum can be asked at its end, and whether the
-- wallets are there. (A plan made while the tables are small must not read them whole for ever.)
create function private.check_entries() returns trigger
language plpgsql security definer set search_path = '' set enable_seqscan = 'off' as $$
begin
  if not exists (select
                   from written
                   left join public.wallets on wallets.id = written.wallet_id
                  group by written.transaction_id
                 having sum(written.amount) <> 0 or count(wallets.id) < count(*)) then
    return null;
  elsif exists (select from written group by transaction_id having sum(amount) <> 0) then
    raise exception using errcode = '23514', constraint = 'coin_entries_sum_zero',
      message = 'The entries of a coin transaction must sum to zero.',
      hint = 'Write all entries of a transaction in one statement.';
  end if;
  raise exception using errcode = '23503', constraint = 'coin_entries_belong',
    message = 'An entry belongs to a wallet that exists.';
end $$;

create trigger coin_entries_sum_zero after insert on public.coin_entries
  referencing new table as written
  for each statement execute function private.check_entries();

revoke all on public.wallets, public.coin_transactions, public.coin_entries from anon, authenticated, service_role;
grant select on public.wallets, public.coin_transactions, public.coin_entries to service_role;
