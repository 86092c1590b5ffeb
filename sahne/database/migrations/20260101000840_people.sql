-- People who follow each other, what they are told, and what sessions are found by.

-- trigrams, which every PostgreSQL brings along; where the platform has made them already, nothing happens
create extension if not exists pg_trgm with schema extensions;

-- As they were first: today's text is in sahne/database/functions/people.

-- Words as they are looked for: without their case, accents, dots and dashes, in Turkish and in English; and what the words
-- are by which sessions are found.

-- `Işıl Çağrı-ŞEN` → `isil cagri sen`. ı and i are one letter here, in any case, whatever the database's language.
create or replace function private.folded(_text text) returns text
language sql immutable strict parallel safe set search_path = '', pg_temp as $$
  select btrim(regexp_replace(
           replace(replace(replace(
             lower(translate(
               regexp_replace(normalize(_text, nfkd), '[\u0300-\u036f]', '', 'g'),
               'IıŁłØøĐđÆŒ', 'iilloodd' || 'æœ')),
             'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
           '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f\u00a0\u2010-\u2015]+', ' ', 'g'))
$$;

-- At most five words of 2 to 24 characters: what a session's host says it is about.
create or replace function private.are_tags(_tags text[]) returns boolean
language sql immutable strict set search_path = '', pg_temp as $$
  select cardinality(_tags) <= 5
     and coalesce(bool_and(tag is not null and char_length(tag) between 2 and 24 and private.is_visible(tag)
                           and tag !~ '[[:space:][:cntrl:]#,]'), true)
    from unnest(_tags) tag
$$;

revoke execute on function private.folded(text), private.are_tags(text[]) from public;
grant execute on function private.folded(text) to service_role;
grant execute on function private.are_tags(text[]) to anon, authenticated, service_role;

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
create index idx_follows_followed_profile_id on public.follows (followed_profile_id, created_at);
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

-- What somebody is told, until they have read it or it is old: a code and its details, which clients put into words.
create table public.notifications (
  id               uuid        not null default gen_random_uuid() primary key,
  user_id          uuid        not null,
  code             text        not null,
  actor_profile_id uuid,
  details          jsonb       not null default '{}',
  created_at       timestamptz not null default now(),
  read_at          timestamptz,
  constraint notifications_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint notifications_actor_profile_id_fkey
    foreign key (actor_profile_id) references public.public_profiles (id) on delete cascade,
  constraint notifications_code_check check (code ~ '^[a-z][a-z_]{2,49}$'),
  constraint notifications_details_check check (jsonb_typeof(details) = 'object' and pg_column_size(details) <= 4096)
);
alter table public.notifications enable row level security;
create index idx_notifications_user_id on public.notifications (user_id, created_at desc);
create index idx_notifications_actor_profile_id
  on public.notifications (actor_profile_id, user_id) where actor_profile_id is not null;
create index idx_notifications_created_at on public.notifications (created_at);

-- What sessions are about, for choosing: kept by admins, named by clients in their own languages.
create table public.session_categories (
  id          uuid    not null default gen_random_uuid() primary key,
  slug        text    not null,
  name        text    not null,
  order_index integer not null default 0,
  is_active   boolean not null default true,
  constraint session_categories_slug_key unique (slug),
  constraint session_categories_slug_check check (slug ~ '^[a-z][a-z_]{1,39}$'),
  constraint session_categories_name_check check (char_length(name) between 1 and 80)
);
alter table public.session_categories enable row level security;

insert into public.session_categories (slug, name, order_index) values
  ('talk', 'Talk', 1), ('music', 'Music', 2), ('games', 'Games', 3), ('cooking', 'Cooking', 4),
  ('beauty', 'Beauty and style', 5), ('fitness', 'Fitness', 6), ('art', 'Art and craft', 7), ('learning', 'Learning', 8),
  ('travel', 'Travel', 9), ('sports', 'Sports', 10), ('comedy', 'Comedy', 11), ('other', 'Something else', 12);

-- A plan that comes again, by the clock of a time zone: when one of its sessions ends or is called off, the next is planned.
-- `made_until` is the day of the last one planned.
create table public.session_series (
  id          uuid        not null default gen_random_uuid() primary key,
  creator_id  uuid        not null,
  every       text        not null,
  time_zone   text        not null,
  time_of_day time        not null,
  made_until  date        not null,
  unheld      integer     not null default 0,
  created_at  timestamptz not null default now(),
  stopped_at  timestamptz,
  constraint session_series_creator_id_fkey foreign key (creator_id) references public.public_profiles (id) on delete cascade,
  constraint session_series_every_check check (every = any (array['daily', 'weekly'])),
  constraint session_series_unheld_check check (unheld >= 0)
);
alter table public.session_series enable row level security;
create index idx_session_series_creator_id on public.session_series (creator_id);

alter table public.live_sessions
  add column category  text,
  add column tags      text[] not null default '{}',
  add column language  text,
  add column series_id uuid,
  add constraint live_sessions_category_fkey
    foreign key (category) references public.session_categories (slug) on update cascade on delete set null,
  add constraint live_sessions_series_id_fkey
    foreign key (series_id) references public.session_series (id) on delete set null,
  add constraint live_sessions_tags_check check (private.are_tags(tags)),
  add constraint live_sessions_language_check check (language ~ '^[a-z]{2,3}$');
create index idx_live_sessions_category on public.live_sessions (category) where category is not null;
create index idx_live_sessions_series_id on public.live_sessions (series_id) where series_id is not null;
create unique index idx_live_sessions_one_planned_of_a_series
  on public.live_sessions (series_id) where status = 'scheduled';

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
