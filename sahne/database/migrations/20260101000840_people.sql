-- People who follow each other, what they are told, what creators and sessions are found by, and who waits for them.

-- trigrams, which every PostgreSQL brings along; where the platform has made them already, nothing happens
create extension if not exists pg_trgm with schema extensions;

-- Who follows whom, as themselves: a shadow neither follows nor is followed, so both ids are those of real profiles, which are
-- their users' (ruling R1). A follower who is suspended is not counted meanwhile.
create table public.follows (
  id                  uuid        not null default gen_random_uuid() primary key,
  follower_id         uuid        not null,
  followed_profile_id uuid        not null,
  created_at          timestamptz not null default now(),
  is_counted          boolean     not null default true,
  constraint follows_once_unique unique (follower_id, followed_profile_id),
  constraint follows_follower_id_fkey
    foreign key (follower_id) references public.public_profiles (id) on delete cascade,
  constraint follows_followed_profile_id_fkey
    foreign key (followed_profile_id) references public.public_profiles (id) on delete cascade,
  constraint follows_not_self_check check (follower_id <> followed_profile_id)
);
alter table public.follows enable row level security;
create index idx_follows_followed_profile_id on public.follows (followed_profile_id, created_at, follower_id);
create index idx_follows_uncounted on public.follows (follower_id) where not is_counted;

-- The outbox of what happened: to one person, or, where `user_id` is null, for everybody who follows the actor. Appended only,
-- read by whatever sends notices, forgotten after a while.
create table private.events (
  id               bigint      generated always as identity primary key,
  code             text        not null,
  actor_profile_id uuid,
  user_id          uuid,
  details          jsonb       not null default '{}',
  created_at       timestamptz not null default now(),
  constraint events_actor_profile_id_fkey
    foreign key (actor_profile_id) references public.public_profiles (id) on delete cascade,
  constraint events_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint events_code_check check (code ~ '^[a-z][a-z_]{2,49}$'),
  constraint events_details_check check (jsonb_typeof(details) = 'object' and pg_column_size(details) <= 4096)
);
alter table private.events enable row level security;
create index idx_events_created_at on private.events (created_at);
create index idx_events_actor_profile_id on private.events (actor_profile_id) where actor_profile_id is not null;
create index idx_events_user_id on private.events (user_id) where user_id is not null;

-- What somebody is told, until they have read it or it is old: a code and its details, which clients put into words. Those of
-- one group are one row: what grows is counted in it until it is read, what is told once is not told again.
create table public.notifications (
  id               uuid        not null default gen_random_uuid() primary key,
  user_id          uuid        not null,
  code             text        not null,
  actor_profile_id uuid,
  details          jsonb       not null default '{}',
  created_at       timestamptz not null default now(),
  read_at          timestamptz,
  group_key        text,
  event_count      integer     not null default 1,
  constraint notifications_event_count_check check (event_count > 0),
  constraint notifications_group_key_check check (char_length(group_key) <= 200),
  constraint notifications_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint notifications_actor_profile_id_fkey
    foreign key (actor_profile_id) references public.public_profiles (id) on delete cascade,
  constraint notifications_code_check check (code ~ '^[a-z][a-z_]{2,49}$'),
  constraint notifications_details_check check (jsonb_typeof(details) = 'object' and pg_column_size(details) <= 4096)
);
alter table public.notifications enable row level security;
create index idx_notifications_user_id on public.notifications (user_id, created_at desc, id desc);
create unique index idx_notifications_group on public.notifications (user_id, group_key) where group_key is not null;
create index idx_notifications_unread on public.notifications (user_id) where read_at is null;
create index idx_notifications_actor_profile_id
  on public.notifications (actor_profile_id, user_id) where actor_profile_id is not null;
create index idx_notifications_created_at on public.notifications (created_at);

-- What creators are called and what sessions to come and going on are about, folded as search compares them; kept by trigger.
create table private.creator_words (
  profile_id uuid not null primary key references public.public_profiles (id) on delete cascade,
  folded     text not null
);
alter table private.creator_words enable row level security;
create index idx_creator_words_folded on private.creator_words using gin (folded extensions.gin_trgm_ops);

create table private.session_words (
  session_id uuid   not null primary key references public.live_sessions (id) on delete cascade,
  folded     text   not null,
  tags       text[] not null
);
alter table private.session_words enable row level security;
create index idx_session_words_folded on private.session_words using gin (folded extensions.gin_trgm_ops);
create index idx_session_words_tags on private.session_words using gin (tags);

-- Who wants to be reminded of a session, for when they know it to be planned, and when they are told next: null is never by
-- the clock, `-infinity` is at once, for the session has changed.
create table public.session_reminders (
  id         uuid        not null default gen_random_uuid() primary key,
  session_id uuid        not null,
  user_id    uuid        not null,
  created_at timestamptz not null default now(),
  planned_at timestamptz,
  next_at    timestamptz,
  constraint session_reminders_once_unique unique (session_id, user_id),
  constraint session_reminders_session_id_fkey
    foreign key (session_id) references public.live_sessions (id) on delete cascade,
  constraint session_reminders_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade
);
alter table public.session_reminders enable row level security;
create index idx_session_reminders_user_id on public.session_reminders (user_id);
create index idx_session_reminders_next_at on public.session_reminders (next_at) where next_at is not null;

-- Sessions that were moved, went live or were called off, until everybody who waits for them is to be told.
create table private.changed_plans (
  session_id uuid not null primary key references public.live_sessions (id) on delete cascade
);
alter table private.changed_plans enable row level security;
