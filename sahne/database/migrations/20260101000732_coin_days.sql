-- What is counted of the ledger by day. All of it could be counted anew: the ledger only grows.

-- Days of the house, in the time zone they were counted in, that are over and counted.
create table private.coin_days (
  day  date not null,
  zone text not null,
  primary key (day, zone)
);
alter table private.coin_days enable row level security;

-- How many coins moved on such a day, and why.
create table private.coin_day_kinds (
  day          date   not null,
  zone         text   not null,
  kind         text   not null,
  transactions bigint not null,
  coins        bigint not null,
  primary key (day, zone, kind),
  constraint coin_day_kinds_day_fkey foreign key (day, zone) references private.coin_days (day, zone) on delete cascade
);
alter table private.coin_day_kinds enable row level security;

-- Days of UTC that movements were written to when they were over already.
create table private.coin_late_days (
  id  bigint generated always as identity primary key,
  day date   not null
);
alter table private.coin_late_days enable row level security;
create index idx_coin_late_days_day on private.coin_late_days (day);

comment on table private.coin_days is 'Days that are over and whose movements of coins are counted, in a time zone.';
comment on table private.coin_day_kinds is 'How many coins moved on a counted day, and why.';
comment on table private.coin_late_days is
  'Days of UTC that coins were moved on after they were over: what was counted of them is not true until it is counted anew.';
