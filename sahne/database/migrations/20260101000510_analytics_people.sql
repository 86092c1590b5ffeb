-- Who does not want to be counted: a row of theirs, gone with them.
create table private.analytics_opt_outs (
  user_id    uuid        primary key references public.profiles (id) on delete cascade,
  created_at timestamptz not null default now()
);
alter table private.analytics_opt_outs enable row level security;
