-- The stage's seven tables in the seed's order, and what stands behind them in `private`.

-- The seed's table 1: live broadcasts and audio rooms. Statistics are the server's (rulings L4, L10, L14, L20).

create table public.live_sessions (
  id                     uuid primary key default gen_random_uuid(),
  creator_id             uuid not null references auth.users (id) on delete cascade,
  creator_profile_id     uuid not null references public.profiles (id) on delete cascade,
  title                  text,
  description            text,
  thumbnail_url          text,
  session_type           text not null check (session_type in ('video_live', 'audio_room')),
  access_type            text not null default 'public'
                         check (access_type in ('public', 'subscribers_only', 'pay_per_view')),
  ppv_coin_price         integer default 0,
  livekit_room_name      text not null unique,
  livekit_room_sid       text,
  status                 text not null default 'scheduled'
                         check (status in ('scheduled', 'live', 'ended', 'cancelled')),
  scheduled_at           timestamptz,
  started_at             timestamptz,
  ended_at               timestamptz,
  peak_viewers           integer default 0,
  total_viewers          integer default 0,
  total_duration_seconds integer default 0,
  total_gifts_received   bigint default 0,
  total_messages         integer default 0,
  chat_enabled           boolean default true,
  gifts_enabled          boolean default true,
  recording_enabled      boolean default false,
  created_at             timestamptz default now(),
  updated_at             timestamptz default now(),
  interrupted_at         timestamptz,
  viewer_count           integer not null default 0,
  constraint live_sessions_creator_public_profile_fkey
    foreign key (creator_profile_id) references public.public_profiles (id) on delete cascade,
  constraint live_sessions_title_length_check       check (char_length(title) <= 200 and private.is_visible(title)),
  constraint live_sessions_description_length_check check (char_length(description) <= 5000),
  constraint live_sessions_thumbnail_url_length_check
    check (char_length(thumbnail_url) <= 2048 and private.is_link(thumbnail_url)),
  constraint live_sessions_ppv_price_check
    check (ppv_coin_price >= 0 and (access_type = 'pay_per_view') = (coalesce(ppv_coin_price, 0) > 0)),
  constraint live_sessions_statistics_check
    check (least(peak_viewers, total_viewers, total_duration_seconds, total_gifts_received, total_messages,
                 viewer_count) >= 0)
);
alter table public.live_sessions enable row level security;

create index idx_live_sessions_creator_id on public.live_sessions (creator_id);
create index idx_live_sessions_status on public.live_sessions (status);
create index idx_live_sessions_session_type on public.live_sessions (session_type);
create index idx_live_sessions_livekit_room_name on public.live_sessions (livekit_room_name);
create index idx_live_sessions_creator_profile_id on public.live_sessions (creator_profile_id);
create index idx_live_sessions_planned_by on public.live_sessions (creator_id) where status = 'scheduled';
create index idx_live_sessions_waiting
  on public.live_sessions (coalesce(scheduled_at, created_at)) where status = 'scheduled';
create unique index idx_live_sessions_one_live_per_creator on public.live_sessions (creator_id) where status = 'live';

-- The exact counters (ruling L10). Whoever comes or goes holds this row for a moment, so the peak is the true one and a
-- session cannot end between a check and a join. `fold_session_counters` shows them in `live_sessions`.
create table private.session_counters (
  session_id    uuid primary key references public.live_sessions (id) on delete cascade,
  viewer_count  integer not null default 0 check (viewer_count >= 0),
  peak_viewers  integer not null default 0,
  total_viewers integer not null default 0
);

-- Messages and gifts that `live_sessions` does not show yet: appended, so that a gift waits for nobody.
create table private.session_tallies (
  id         bigint generated always as identity,
  session_id uuid not null,
  messages   integer not null default 0,
  gifts      integer not null default 0,
  primary key (session_id, id)
);

-- The seed's table 2: who is in a session and as what. One row per user and session; each stay is an interval
-- (rulings L8, L9). `invited_role` holds an offer until it is accepted.

create table public.live_participants (
  id                       uuid primary key default gen_random_uuid(),
  session_id               uuid not null references public.live_sessions (id) on delete cascade,
  user_id                  uuid not null references auth.users (id) on delete cascade,
  profile_id               uuid not null references public.profiles (id) on delete cascade,
  role                     text not null default 'viewer' check (role in
                             ('host', 'co_host', 'invited_guest', 'moderator', 'speaker', 'viewer', 'listener')),
  is_active                boolean default true,
  is_muted                 boolean default false,
  is_video_enabled         boolean default true,
  invited_at               timestamptz,
  invitation_expires_at    timestamptz,
  invitation_response      text check (invitation_response in ('pending', 'accepted', 'rejected', 'expired')),
  livekit_participant_sid  text,
  livekit_identity         text,
  joined_at                timestamptz default now(),
  left_at                  timestamptz,
  total_watch_time_seconds integer default 0,
  paid_amount              integer default 0,
  payment_id               uuid,
  created_at               timestamptz default now(),
  updated_at               timestamptz default now(),
  invited_role             text,
  unique (session_id, user_id),
  constraint live_participants_public_profile_fkey
    foreign key (profile_id) references public.public_profiles (id) on delete cascade,
  constraint live_participants_invited_role_check
    check (invited_role in ('co_host', 'invited_guest', 'moderator', 'speaker')),
  constraint live_participants_amounts_check check (paid_amount >= 0 and total_watch_time_seconds >= 0)
);
alter table public.live_participants enable row level security;

create index idx_live_participants_session_id on public.live_participants (session_id);
create index idx_live_participants_user_id on public.live_participants (user_id);
create index idx_live_participants_is_active on public.live_participants (is_active);
create index idx_live_participants_role on public.live_participants (role);
create index idx_live_participants_profile_id on public.live_participants (profile_id, session_id);
create index idx_live_participants_active on public.live_participants (session_id, role) where is_active;
create index idx_live_participants_invited
  on public.live_participants (invitation_expires_at) where invitation_response = 'pending';

-- One stay in the room. `livekit_sid` is null from the join until LiveKit names the connection.
create table private.live_intervals (
  id             bigint generated always as identity primary key,
  participant_id uuid not null references public.live_participants (id) on delete cascade,
  livekit_sid    text,
  joined_at      timestamptz not null,
  left_at        timestamptz,
  unique (participant_id, livekit_sid),
  constraint live_intervals_forward_check check (left_at >= joined_at)
);
create index idx_live_intervals_open on private.live_intervals (participant_id) where left_at is null;

-- Whose seat this is comes back by joining and not by a token of before.
create table private.departures (
  participant_id uuid        primary key references public.live_participants (id) on delete cascade,
  reason         text        not null check (reason in ('left', 'removed', 'suspended')),
  departed_at    timestamptz not null default now()
);

-- How often somebody may still do something now that others must bear, and when they did it last: a bucket for each act and
-- what it is about (a session, a profile, nobody in particular), which fills with time.
create table private.paces (
  user_id   uuid             not null references auth.users (id) on delete cascade,
  act       text             not null,
  about     uuid             not null,
  acts_left double precision not null,
  acted_at  timestamptz      not null,
  primary key (user_id, act, about)
);
alter table private.paces enable row level security;
create index idx_paces_acted_at on private.paces (acted_at);

-- The seed's table 3: chat, gift lines, system lines (rulings L1, L13, L14, L20). `seq` orders and resumes a chat.

create table public.live_messages (
  id                uuid primary key default gen_random_uuid(),
  session_id        uuid not null references public.live_sessions (id) on delete cascade,
  sender_id         uuid not null references auth.users (id) on delete cascade,
  sender_profile_id uuid not null references public.profiles (id) on delete cascade,
  message_type      text not null default 'text' check (message_type in ('text', 'gift', 'system', 'pinned')),
  content           text,
  gift_id           uuid references public.gifts (id),
  gift_quantity     integer default 1,
  gift_coin_value   bigint default 0,
  is_deleted        boolean default false,
  is_pinned         boolean default false,
  created_at        timestamptz default now(),
  seq               bigint generated always as identity,
  deleted_by        uuid references auth.users (id) on delete set null,
  deleted_at        timestamptz,
  constraint live_messages_sender_public_profile_fkey
    foreign key (sender_profile_id) references public.public_profiles (id) on delete cascade,
  constraint live_messages_content_check
    check (char_length(content) between 1 and 500 and (message_type <> 'text' or content is not null)),
  constraint live_messages_content_visible_check check (private.is_visible(content)),
  constraint live_messages_gift_check check (gift_quantity >= 0 and gift_coin_value >= 0)
);
alter table public.live_messages enable row level security;

create index idx_live_messages_session_id on public.live_messages (session_id);
create index idx_live_messages_sender_id on public.live_messages (sender_id);
create index idx_live_messages_message_type on public.live_messages (message_type);
create index idx_live_messages_created_at on public.live_messages (created_at);
create index idx_live_messages_session_id_seq on public.live_messages (session_id, seq);
create index idx_live_messages_sender_profile_id on public.live_messages (sender_profile_id);
create index idx_live_messages_gift_id on public.live_messages (gift_id) where gift_id is not null;
create index idx_live_messages_deleted_by on public.live_messages (deleted_by) where deleted_by is not null;

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

-- Who was connected to a call, and when: as the intervals of a session's seats, one per connection of LiveKit's.
create table private.call_intervals (
  id          bigint      generated always as identity primary key,
  call_id     uuid        not null references public.calls (id) on delete cascade,
  user_id     uuid        not null references auth.users (id) on delete cascade,
  livekit_sid text        not null,
  joined_at   timestamptz not null,
  left_at     timestamptz,
  unique (call_id, livekit_sid),
  constraint call_intervals_forward_check check (left_at >= joined_at)
);
create index idx_call_intervals_user_id on private.call_intervals (user_id);
create index idx_call_intervals_open on private.call_intervals (call_id) where left_at is null;

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
create index idx_tickets_paid on private.tickets (session_id) where status = 'paid';
