-- The stage: who is live, who is there, what is said and what is given. The seed's tables 1 to 4, and what stands behind
-- them in `private`.

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
  min_tier_id            uuid,
  category               text references public.session_categories (slug) on update cascade on delete set null,
  tags                   text[] not null default '{}',
  language               text,
  series_id              uuid references public.session_series (id) on delete set null,
  slow_mode_seconds      integer not null default 0,
  chat_audience          text not null default 'everybody',
  chat_links_enabled     boolean not null default true,
  max_viewers            integer,
  constraint live_sessions_creator_public_profile_fkey
    foreign key (creator_profile_id) references public.public_profiles (id) on delete cascade,
  -- one of the creator's own, by the key alone
  constraint live_sessions_min_tier_id_fkey
    foreign key (min_tier_id, creator_id) references public.subscription_tiers (id, creator_id)
    on delete set null (min_tier_id),
  constraint live_sessions_min_tier_check check (min_tier_id is null or access_type = 'subscribers_only'),
  constraint live_sessions_title_length_check       check (char_length(title) <= 200 and private.is_visible(title)),
  constraint live_sessions_description_length_check check (char_length(description) <= 5000),
  constraint live_sessions_thumbnail_url_length_check
    check (char_length(thumbnail_url) <= 2048 and private.is_link(thumbnail_url)),
  constraint live_sessions_ppv_price_check
    check (ppv_coin_price >= 0 and (access_type = 'pay_per_view') = (coalesce(ppv_coin_price, 0) > 0)),
  constraint live_sessions_tags_check               check (private.are_tags(tags)),
  constraint live_sessions_language_check           check (language ~ '^[a-z]{2,3}$'),
  constraint live_sessions_statistics_check
    check (least(peak_viewers, total_viewers, total_duration_seconds, total_gifts_received, total_messages,
                 viewer_count) >= 0),
  constraint live_sessions_slow_mode_seconds_check check (slow_mode_seconds between 0 and 3600),
  constraint live_sessions_chat_audience_check check (chat_audience in ('everybody', 'followers', 'subscribers')),
  constraint live_sessions_max_viewers_check check (max_viewers between 1 and 1000000)
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
create index idx_live_sessions_min_tier_id
  on public.live_sessions (min_tier_id, creator_id) where min_tier_id is not null;
create index idx_live_sessions_category on public.live_sessions (category) where category is not null;
create index idx_live_sessions_series_id on public.live_sessions (series_id) where series_id is not null;
create unique index idx_live_sessions_one_planned_of_a_series
  on public.live_sessions (series_id) where status = 'scheduled';
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

-- The cameras of a connection, as LiveKit told of them: `is_video_enabled` follows from those that are on.
create table private.live_cameras (
  participant_id uuid        not null references public.live_participants (id) on delete cascade,
  livekit_sid    text        not null,
  track_sid      text        not null,
  is_on          boolean     not null,
  told_at        timestamptz not null default now(),
  primary key (participant_id, livekit_sid, track_sid)
);
create index idx_live_cameras_over on private.live_cameras (told_at) where not is_on;

-- Whose seat this is comes back by joining and not by a token of before.
create table private.departures (
  participant_id uuid        primary key references public.live_participants (id) on delete cascade,
  reason         text        not null check (reason in ('left', 'removed', 'suspended')),
  departed_at    timestamptz not null default now()
);

-- Who became something while they were away, and what they were when everybody was told last: it is said when they enter.
create table private.untold_roles (
  participant_id uuid primary key references public.live_participants (id) on delete cascade,
  old_role       text not null
);

-- Rows that a sweep of the clock could not deal with: each is tried again later, and holds up no other meanwhile.
create table private.sweep_failures (
  sweep     text        not null,
  row_id    uuid        not null,
  attempts  integer     not null default 1,
  error     text        not null,
  failed_at timestamptz not null default now(),
  due_at    timestamptz not null,
  primary key (sweep, row_id)
);
alter table private.sweep_failures enable row level security;
create index idx_sweep_failures_failed_at on private.sweep_failures (failed_at);

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

-- The seed's table 3: chat, gift lines, system lines (rulings L1, L13, L14, L20). `seq` orders and resumes a chat;
-- `sender_tier` is the tier by which who writes is subscribed to the host, at that moment.

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
  sender_tier       text,
  gift_combo_id     uuid,
  gift_combo_count  bigint,
  details           jsonb,
  constraint live_messages_sender_public_profile_fkey
    foreign key (sender_profile_id) references public.public_profiles (id) on delete cascade,
  constraint live_messages_content_check
    check (char_length(content) between 1 and 500 and (message_type <> 'text' or content is not null)),
  constraint live_messages_content_visible_check check (private.is_visible(content)),
  constraint live_messages_gift_check check (gift_quantity >= 0 and gift_coin_value >= 0),
  constraint live_messages_gift_combo_check check (gift_combo_count > 0),
  constraint live_messages_details_check check (char_length(details::text) <= 2000)
);
alter table public.live_messages enable row level security;

create index idx_live_messages_session_id on public.live_messages (session_id);
create index idx_live_messages_sender_id on public.live_messages (sender_id);
create index idx_live_messages_message_type on public.live_messages (message_type);
create index idx_live_messages_created_at on public.live_messages (created_at);
create index idx_live_messages_session_id_seq on public.live_messages (session_id, seq);
create index idx_live_messages_sender_profile_id on public.live_messages (sender_profile_id);
create index idx_live_messages_gift_id on public.live_messages (gift_id) where gift_id is not null;
create unique index idx_live_messages_one_pinned on public.live_messages (session_id) where is_pinned;
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
  combo_id          uuid,
  combo_count       bigint,
  refunded_at       timestamptz,
  refunded_by       uuid references auth.users (id) on delete set null,
  constraint live_gifts_sender_public_profile_fkey
    foreign key (sender_profile_id) references public.public_profiles (id) on delete set null,
  constraint live_gifts_quantity_check    check (quantity > 0),
  constraint live_gifts_coin_amount_check check (coin_amount > 0),
  constraint live_gifts_combo_check       check (combo_count >= quantity),
  constraint live_gifts_not_self_check    check (sender_id <> receiver_id)
);
alter table public.live_gifts enable row level security;

create index idx_live_gifts_session_id on public.live_gifts (session_id);
create index idx_live_gifts_sender_id on public.live_gifts (sender_id);
create index idx_live_gifts_receiver_id on public.live_gifts (receiver_id);
create index idx_live_gifts_gift_id on public.live_gifts (gift_id);
create index idx_live_gifts_transaction_id on public.live_gifts (transaction_id);
create index idx_live_gifts_sender_profile_id on public.live_gifts (sender_profile_id);
create index idx_live_gifts_refunded_by on public.live_gifts (refunded_by) where refunded_by is not null;
