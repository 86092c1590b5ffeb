-- When each step of what happens by the clock last ended well: what is watched from outside is its age.
create table private.clock_ends (
  step     text        primary key,
  ended_at timestamptz not null default now(),
  constraint clock_ends_step_check check (step in ('backup', 'drill'))
);
alter table private.clock_ends enable row level security;
