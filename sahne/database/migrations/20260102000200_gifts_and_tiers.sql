-- What coins buy from a creator: the gift catalogue, subscription tiers and subscriptions (ruling R3).

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
  constraint gifts_name_check       check (char_length(name) between 1 and 80),
  constraint gifts_coin_price_check check (coin_price > 0)
);
alter table public.gifts enable row level security;

create index idx_gifts_order_index on public.gifts (order_index) where is_active;

create trigger set_gifts_updated_at before update on public.gifts
  for each row execute function public.handle_updated_at();

create table public.subscription_tiers (
  id         uuid primary key default gen_random_uuid(),
  creator_id uuid not null references auth.users (id) on delete cascade,
  name       text not null,
  coin_price integer not null,
  is_active  boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint subscription_tiers_name_check       check (char_length(name) between 1 and 80),
  constraint subscription_tiers_coin_price_check check (coin_price > 0)
);
alter table public.subscription_tiers enable row level security;

create index idx_subscription_tiers_creator_id on public.subscription_tiers (creator_id);

create trigger set_subscription_tiers_updated_at before update on public.subscription_tiers
  for each row execute function public.handle_updated_at();

-- `expires_at` null: a subscription that somebody other than the ledger keeps alive.
create table public.creator_subscriptions (
  id            uuid primary key default gen_random_uuid(),
  subscriber_id uuid not null references auth.users (id) on delete cascade,
  creator_id    uuid not null references auth.users (id) on delete cascade,
  tier_id       uuid references public.subscription_tiers (id) on delete set null,
  status        text not null default 'active',
  coin_price    integer not null default 0,
  expires_at    timestamptz,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  constraint creator_subscriptions_status_check     check (status in ('active', 'cancelled', 'paused')),
  constraint creator_subscriptions_coin_price_check check (coin_price >= 0),
  constraint creator_subscriptions_not_self_check   check (subscriber_id <> creator_id)
);
alter table public.creator_subscriptions enable row level security;

create unique index idx_creator_subscriptions_one_running
  on public.creator_subscriptions (subscriber_id, creator_id) where status <> 'cancelled';
create index idx_creator_subscriptions_subscriber_id on public.creator_subscriptions (subscriber_id);
create index idx_creator_subscriptions_creator_id on public.creator_subscriptions (creator_id);
create index idx_creator_subscriptions_tier_id on public.creator_subscriptions (tier_id);

create trigger set_creator_subscriptions_updated_at before update on public.creator_subscriptions
  for each row execute function public.handle_updated_at();

revoke all on public.gifts, public.subscription_tiers, public.creator_subscriptions from anon, authenticated;
grant select on public.gifts, public.subscription_tiers to anon, authenticated;
grant select on public.creator_subscriptions to authenticated;
grant all on public.gifts, public.subscription_tiers, public.creator_subscriptions to service_role;

create policy "Anyone can view active gifts" on public.gifts
  for select to anon, authenticated using (is_active);

create policy "Anyone can view active tiers" on public.subscription_tiers
  for select to anon, authenticated using (is_active);

create policy "Users can view own subscriptions" on public.creator_subscriptions
  for select to authenticated
  using (subscriber_id = (select auth.uid()) or creator_id = (select auth.uid()));
comment on policy "Users can view own subscriptions" on public.creator_subscriptions is
  'The subscriber and the creator. A subscription belongs to a user, never to a shadow profile.';
