-- What is counted of gifts: those in a row, who gave most, what a host would like to reach. All of it but the goals' titles
-- could be counted anew from `public.live_gifts`.

-- Gifts in a row that go on. A row lives for seconds, so it has no foreign keys that every gift would ask.
create table private.gift_combos (
  sender_id     uuid        not null,
  session_id    uuid        not null,
  gift_id       uuid        not null,
  receiver_id   uuid        not null,
  first_gift_id uuid        not null,
  gifts         bigint      not null,
  last_at       timestamptz not null,
  primary key (sender_id, session_id, gift_id, receiver_id),
  constraint gift_combos_gifts_check check (gifts > 0)
);
alter table private.gift_combos enable row level security;

-- What no board shows yet, given (or given back, below zero): appended, so that a gift waits for nobody, and gone with the
-- next tick of the clock.
create table private.gift_tallies (
  id          bigint      generated always as identity primary key,
  session_id  uuid,
  receiver_id uuid,
  profile_id  uuid,
  given_at    timestamptz not null,
  coins       bigint      not null,
  gifts       bigint      not null
);
alter table private.gift_tallies enable row level security;

-- Coins given in a session, to whomever, less what was given back. (Sums have no check against less than nothing: it would be
-- asked of what an `insert … on conflict` adds, which is less than nothing where a gift was given back.)
create table private.session_coins (
  session_id uuid   primary key references public.live_sessions (id) on delete cascade,
  coins      bigint not null default 0
);
alter table private.session_coins enable row level security;

-- Who gave how much in a session.
create table private.session_boards (
  session_id uuid   not null references public.live_sessions (id) on delete cascade,
  profile_id uuid   not null references public.profiles (id) on delete cascade,
  coins      bigint not null,
  gifts      bigint not null,
  primary key (session_id, profile_id)
);
alter table private.session_boards enable row level security;
create index idx_session_boards_best on private.session_boards (session_id, coins desc);
create index idx_session_boards_profile_id on private.session_boards (profile_id);

-- Who gave a creator how much in a day, a week, at all times (which begin with year 1).
create table private.creator_boards (
  receiver_id uuid   not null references public.profiles (id) on delete cascade,
  period      text   not null,
  begins_on   date   not null,
  profile_id  uuid   not null references public.profiles (id) on delete cascade,
  coins       bigint not null,
  gifts       bigint not null,
  primary key (receiver_id, period, begins_on, profile_id),
  constraint creator_boards_period_check check (period in ('day', 'week', 'all_time'))
);
alter table private.creator_boards enable row level security;
create index idx_creator_boards_best on private.creator_boards (receiver_id, period, begins_on, coins desc);
create index idx_creator_boards_profile_id on private.creator_boards (profile_id);
create index idx_creator_boards_begins_on on private.creator_boards (begins_on) where period <> 'all_time';

-- What a host would like to reach in a session, one goal after another: each counts the session's coins from `from_coins` on.
create table public.live_goals (
  id           uuid        primary key default gen_random_uuid(),
  session_id   uuid        not null references public.live_sessions (id) on delete cascade,
  position     integer     not null,
  title        text        not null,
  target_coins bigint      not null,
  from_coins   bigint      not null,
  coins        bigint      not null default 0,
  reached_at   timestamptz,
  created_at   timestamptz not null default now(),
  constraint live_goals_session_id_position_key unique (session_id, position),
  constraint live_goals_title_check   check (char_length(title) between 1 and 80 and private.is_visible(title)),
  constraint live_goals_amounts_check check (target_coins between 1 and 1000000000000 and from_coins >= 0
                                             and coins between 0 and target_coins),
  constraint live_goals_reached_check check (reached_at is null or coins = target_coins)
);
alter table public.live_goals enable row level security;
create index idx_live_goals_open on public.live_goals (session_id) where reached_at is null;
