-- Who may come in and up: bans, requests to come on stage, tickets.

-- The seed's table 6: people put out of a session (rulings L6, L17). `expires_at` null is for ever. The seed's key allows
-- one ban for a person, whatever they wear; `banned_profile_id` is the profile the host put out.

create table public.live_session_bans (
  id                uuid primary key default gen_random_uuid(),
  session_id        uuid not null references public.live_sessions (id) on delete cascade,
  banned_user_id    uuid not null references auth.users (id) on delete cascade,
  banned_by         uuid not null references auth.users (id) on delete cascade,
  reason            text,
  expires_at        timestamptz,
  created_at        timestamptz default now(),
  banned_profile_id uuid references public.profiles (id) on delete set null,
  unique (session_id, banned_user_id),
  constraint live_session_bans_banned_public_profile_fkey
    foreign key (banned_profile_id) references public.public_profiles (id) on delete set null,
  constraint live_session_bans_not_self_check check (banned_user_id <> banned_by),
  constraint live_session_bans_reason_length_check check (char_length(reason) <= 500)
);
alter table public.live_session_bans enable row level security;

create index idx_live_session_bans_session_id on public.live_session_bans (session_id);
create index idx_live_session_bans_banned_user_id on public.live_session_bans (banned_user_id);
create index idx_live_session_bans_banned_by on public.live_session_bans (banned_by);
create index idx_live_session_bans_banned_profile_id on public.live_session_bans (banned_profile_id);

-- Who should never come is banned from all of a creator's sessions, by profile (ruling L17): no client sees this table,
-- and whose the profile is stays here.
create table private.creator_bans (
  id         uuid        not null default gen_random_uuid() primary key,
  creator_id uuid        not null,
  profile_id uuid        not null,
  user_id    uuid        not null,
  reason     text,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  constraint creator_bans_creator_id_fkey foreign key (creator_id) references auth.users (id) on delete cascade,
  constraint creator_bans_profile_id_fkey foreign key (profile_id) references public.profiles (id) on delete cascade,
  constraint creator_bans_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint creator_bans_profile_unique unique (creator_id, profile_id),
  constraint creator_bans_reason_length_check check (char_length(reason) <= 500)
);
alter table private.creator_bans enable row level security;
create index idx_creator_bans_creator_id_user_id on private.creator_bans (creator_id, user_id);
create index idx_creator_bans_profile_id on private.creator_bans (profile_id);
create index idx_creator_bans_user_id on private.creator_bans (user_id);

-- The seed's table 7: viewers who ask to come on stage; a request lives 60 seconds (rulings R4, L5, L12). When a profile
-- goes, its requests go by the second key, before the seed's own (no action, asked at the statement's end) is checked.

create table public.live_guest_requests (
  id                   uuid primary key default gen_random_uuid(),
  session_id           uuid not null references public.live_sessions (id) on delete cascade,
  requester_id         uuid not null references auth.users (id) on delete cascade,
  requester_profile_id uuid not null references public.profiles (id),
  status               text not null default 'pending'
                       check (status in ('pending', 'approved', 'rejected', 'expired', 'cancelled')),
  message              text,
  responded_at         timestamptz,
  responded_by         uuid references auth.users (id) on delete set null,
  expires_at           timestamptz default (now() + interval '60 seconds'),
  created_at           timestamptz default now(),
  constraint live_guest_requests_requester_public_profile_fkey
    foreign key (requester_profile_id) references public.public_profiles (id) on delete cascade,
  constraint live_guest_requests_message_length_check check (char_length(message) <= 300)
);
alter table public.live_guest_requests enable row level security;

create index idx_guest_requests_session on public.live_guest_requests (session_id) where status = 'pending';
create index idx_guest_requests_requester on public.live_guest_requests (requester_id);
create unique index idx_guest_requests_one_pending
  on public.live_guest_requests (session_id, requester_id) where status = 'pending';
create index idx_guest_requests_session_id on public.live_guest_requests (session_id, created_at);
create index idx_guest_requests_requester_profile_id on public.live_guest_requests (requester_profile_id);
create index idx_guest_requests_responded_by
  on public.live_guest_requests (responded_by) where responded_by is not null;
create index idx_guest_requests_expiry on public.live_guest_requests (expires_at) where status = 'pending';

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
create index idx_tickets_paid on private.tickets (session_id) where status = 'paid';
