-- Calls: who calls whom, who was there and when, what a minute costs and what a call did.

-- The seed's table 5: 1-1 calls (rulings L2, L3, L12, L14, L15).

create table public.calls (
  id                uuid primary key default gen_random_uuid(),
  caller_id         uuid references auth.users (id) on delete set null,
  callee_id         uuid references auth.users (id) on delete set null,
  call_type         text not null check (call_type in ('audio_call', 'video_call')),
  livekit_room_name text not null unique default ('call_' || gen_random_uuid()),
  livekit_room_sid  text,
  status            text not null default 'initiated' check (status in (
                      'initiated', 'ringing', 'accepted', 'rejected', 'missed', 'busy', 'ended', 'failed')),
  initiated_at      timestamptz default now(),
  answered_at       timestamptz,
  ended_at          timestamptz,
  duration_seconds  integer default 0,
  ended_by          uuid references auth.users (id) on delete set null,
  end_reason        text,
  is_paid           boolean default false,
  coin_per_minute   integer default 0,
  total_coin_spent  bigint default 0,
  created_at        timestamptz default now(),
  updated_at        timestamptz default now(),
  coins_last_until  timestamptz,
  constraint calls_not_self_check check (caller_id <> callee_id),
  constraint calls_amounts_check  check (least(coin_per_minute, total_coin_spent, duration_seconds) >= 0)
);
alter table public.calls enable row level security;

create index idx_calls_caller_id on public.calls (caller_id);
create index idx_calls_callee_id on public.calls (callee_id);
create index idx_calls_status on public.calls (status);
create index idx_calls_livekit_room_name on public.calls (livekit_room_name);
create index idx_calls_ended_by on public.calls (ended_by) where ended_by is not null;
create index idx_calls_unanswered on public.calls (initiated_at) where status in ('initiated', 'ringing');

-- A user who is in a call, on either side. Checked at commit: the slot is taken before the call's row is there.
create table private.call_slots (
  user_id uuid primary key references auth.users (id) on delete cascade,
  call_id uuid not null references public.calls (id) on delete cascade deferrable initially deferred
);
create index idx_call_slots_call_id on private.call_slots (call_id);

-- Who was connected to a call, and when: as the intervals of a session's seats, one per connection of LiveKit's. On which
-- side outlives the account: what was talked is paid.
create table private.call_intervals (
  id          bigint      generated always as identity primary key,
  call_id     uuid        not null references public.calls (id) on delete cascade,
  user_id     uuid        references auth.users (id) on delete set null,
  is_caller   boolean     not null,
  livekit_sid text        not null,
  joined_at   timestamptz not null,
  left_at     timestamptz,
  seen_at     timestamptz,  -- when LiveKit last listed it
  unique (call_id, livekit_sid),
  constraint call_intervals_forward_check check (left_at >= joined_at)
);
create index idx_call_intervals_user_id on private.call_intervals (user_id);
create index idx_call_intervals_open on private.call_intervals (call_id) where left_at is null;

-- What it costs to call a creator, by the minute: 0 is free, null is off; and when not to, by the clock of a time zone.
create table private.call_prices (
  creator_id            uuid        primary key references auth.users (id) on delete cascade,
  audio_coin_per_minute integer     default 0,
  video_coin_per_minute integer     default 0,
  is_available          boolean     not null default true,
  quiet_from            time,
  quiet_until           time,
  time_zone             text        not null default 'UTC',
  updated_at            timestamptz not null default now(),
  constraint call_prices_audio_check check (audio_coin_per_minute between 0 and 1000000),
  constraint call_prices_video_check check (video_coin_per_minute between 0 and 1000000),
  constraint call_prices_quiet_check check ((quiet_from is null) = (quiet_until is null) and quiet_from <> quiet_until)
);
alter table private.call_prices enable row level security;

-- The bill of a paid call, from its answer on: how many minutes are paid into escrow, and once it is settled what it cost in
-- the end, commission included. Wallets outlive their people.
create table private.call_bills (
  call_id         uuid        primary key references public.calls (id),
  payer_wallet_id uuid        not null references public.wallets (id),
  payee_wallet_id uuid        not null references public.wallets (id),
  status          text        not null default 'open',
  minutes_paid    integer     not null default 0,
  cost            bigint      not null default 0,
  commission      bigint      not null default 0,
  settled_at      timestamptz,
  refunded_at     timestamptz,
  refunded_by     uuid        references auth.users (id) on delete set null,
  constraint call_bills_status_check  check (status in ('open', 'settled', 'refunded')),
  constraint call_bills_amounts_check check (minutes_paid >= 0 and commission between 0 and cost)
);
alter table private.call_bills enable row level security;
create index idx_call_bills_payer_wallet_id on private.call_bills (payer_wallet_id);
create index idx_call_bills_payee_wallet_id on private.call_bills (payee_wallet_id);
create index idx_call_bills_refunded_by on private.call_bills (refunded_by) where refunded_by is not null;
