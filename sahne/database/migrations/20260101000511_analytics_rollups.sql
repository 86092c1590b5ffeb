-- What is counted of events, by day of the house's time zone. All of it could be counted anew from the events that are kept;
-- it stays when their months are dropped.

-- Days whose events have changed since they were counted: appended by whoever changes them, so that nobody waits for anybody.
create table private.analytics_changes (
  id  bigint generated always as identity primary key,
  day date   not null
);
alter table private.analytics_changes enable row level security;
create index idx_analytics_changes_day on private.analytics_changes (day);

-- Days whose sums of people are no longer true, for the same reason.
create table private.analytics_stale_days (
  id  bigint generated always as identity primary key,
  day date   not null
);
alter table private.analytics_stale_days enable row level security;
create index idx_analytics_stale_days_day on private.analytics_stale_days (day);

-- The months (UTC's) whose events were dropped: what was counted of them stays.
create table private.analytics_dropped_months (
  month date primary key
);
alter table private.analytics_dropped_months enable row level security;

-- Who did how much on a day.
create table private.analytics_user_days (
  day     date    not null,
  user_id uuid    not null references public.profiles (id) on delete cascade,
  events  integer not null,
  primary key (day, user_id)
);
alter table private.analytics_user_days enable row level security;
create index idx_analytics_user_days_user_id on private.analytics_user_days (user_id, day);

-- The first day of each person: the cohort they belong to.
create table private.analytics_people (
  user_id   uuid primary key references public.profiles (id) on delete cascade,
  first_day date not null
);
alter table private.analytics_people enable row level security;

-- How often something happened on a day, and to how many people.
create table private.analytics_event_days (
  day        date   not null,
  event_name text   not null,
  events     bigint not null,
  people     bigint not null,
  primary key (day, event_name)
);
alter table private.analytics_event_days enable row level security;

-- The sums of a day: its events, those of nobody among them, and the people of this day, of the seven and of the thirty days
-- that end with it.
create table private.analytics_days (
  day             date   primary key,
  events          bigint not null default 0,
  nobodys         bigint not null default 0,
  people          bigint not null default 0,
  people_of_week  bigint not null default 0,
  people_of_month bigint not null default 0
);
alter table private.analytics_days enable row level security;

-- How many people of a cohort (those whose first day, or week from Monday, it was) came in a later one.
create table private.analytics_cohorts (
  unit   text   not null,
  period date   not null,
  cohort date   not null,
  people bigint not null,
  primary key (unit, period, cohort),
  constraint analytics_cohorts_unit_check check (unit in ('day', 'week'))
);
alter table private.analytics_cohorts enable row level security;
