-- What the apps report (the scene's 004), by month from the start: the partitions lie outside the API's schema, are
-- made ahead and go by age (rulings S9, S14). The client's own timestamp is `created_at`, so that a retry is a duplicate.

create table public.analytics_events (
  id               uuid        not null default gen_random_uuid(),
  user_id          uuid,
  event_name       text        not null,
  event_properties jsonb,
  platform         text,
  app_version      text,
  device_info      jsonb,
  session_id       text,
  created_at       timestamptz not null default now(),
  received_at      timestamptz not null default now(),
  primary key (id, created_at),
  constraint analytics_events_user_id_fkey foreign key (user_id) references public.profiles (id) on delete set null,
  constraint analytics_events_platform_check check (platform in ('ios', 'android', 'web')),
  constraint analytics_events_event_name_check check (char_length(event_name) between 1 and 100),
  constraint analytics_events_size_check check (
    pg_column_size(event_properties) <= 16384 and pg_column_size(device_info) <= 16384
    and char_length(session_id) <= 200 and char_length(app_version) <= 100
  )
) partition by range (created_at);
alter table public.analytics_events enable row level security;

create index idx_analytics_events_user_id on public.analytics_events (user_id);
create index idx_analytics_events_event_name on public.analytics_events (event_name);
create index idx_analytics_events_created_at on public.analytics_events (created_at desc);
create index idx_analytics_events_properties on public.analytics_events using gin (event_properties);

create table private.analytics_events_default partition of public.analytics_events default;
alter table private.analytics_events_default enable row level security;
