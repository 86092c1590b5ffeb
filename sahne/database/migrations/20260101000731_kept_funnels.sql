-- Ways of several steps that admins asked about, with what came out.

create table private.analytics_funnels (
  steps        text[]      not null,
  window_hours integer     not null,
  days         integer     not null,
  asked_at     timestamptz not null default now(),
  counted_on   date        not null,
  counted_at   timestamptz not null,
  -- nothing of its days has changed since it was counted, as far as the worker has looked
  is_true      boolean     not null,
  answer       jsonb       not null,
  primary key (steps, window_hours, days)
);
alter table private.analytics_funnels enable row level security;

comment on table private.analytics_funnels is
  'Ways of several steps that admins asked about, with what came out: walked anew by the worker while it is looked at.';
