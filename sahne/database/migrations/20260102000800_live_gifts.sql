-- The seed's table 4: gifts sent. Money depends on these rows, so they survive the people and the session (ruling L12).

create table public.live_gifts (
  id                uuid primary key default gen_random_uuid(),
  session_id        uuid references public.live_sessions (id) on delete set null,
  sender_id         uuid references auth.users (id) on delete set null,
  receiver_id       uuid references auth.users (id) on delete set null,
  gift_id           uuid not null references public.gifts (id),
  quantity          integer not null default 1,
  coin_amount       bigint not null,
  transaction_id    uuid references public.coin_transactions (id),
  created_at        timestamptz default now(),
  sender_profile_id uuid references public.profiles (id) on delete set null,
  constraint live_gifts_sender_public_profile_fkey
    foreign key (sender_profile_id) references public.public_profiles (id) on delete set null,
  constraint live_gifts_quantity_check    check (quantity > 0),
  constraint live_gifts_coin_amount_check check (coin_amount > 0),
  constraint live_gifts_not_self_check    check (sender_id <> receiver_id)
);
alter table public.live_gifts enable row level security;

create index idx_live_gifts_session_id on public.live_gifts (session_id);
create index idx_live_gifts_sender_id on public.live_gifts (sender_id);
create index idx_live_gifts_receiver_id on public.live_gifts (receiver_id);
create index idx_live_gifts_gift_id on public.live_gifts (gift_id);
create index idx_live_gifts_transaction_id on public.live_gifts (transaction_id);
create index idx_live_gifts_sender_profile_id on public.live_gifts (sender_profile_id);
