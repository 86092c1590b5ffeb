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

revoke all on public.analytics_events from public, anon, authenticated;
grant insert (
  id, user_id, event_name, event_properties, platform, app_version, device_info, session_id, created_at
) on public.analytics_events to authenticated;
grant select, insert, update, delete on public.analytics_events to service_role;

create policy "Users can insert own events" on public.analytics_events
  for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and created_at between now() - interval '7 days' and now() + interval '10 minutes'
  );
create policy "Service role can view all events" on public.analytics_events
  for select to service_role using ((select auth.role()) = 'service_role');

-- One month's partition, with whatever the default partition already holds of it; false when it is there.
create function private.create_analytics_partition(_month date) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  _from constant date := date_trunc('month', _month::timestamp)::date;
  _to   constant date := (date_trunc('month', _month::timestamp) + interval '1 month')::date;
  _name constant text := 'analytics_events_' || to_char(_from, 'YYYY_MM');
begin
  perform pg_advisory_xact_lock(hashtext('private.analytics_partitions'));
  if to_regclass('private.' || _name) is not null then
    return false;
  end if;
  -- an event that is being written must not land in the default between the move and the attaching; the profiles are what
  -- the attached key refers to, taken first as an account's erasure does
  lock table public.profiles in share row exclusive mode;
  lock table private.analytics_events_default in access exclusive mode;
  execute format('create table private.%I (like public.analytics_events including defaults including constraints)', _name);
  execute format('alter table private.%I enable row level security', _name);
  execute format(
    'with moved as (
       delete from private.analytics_events_default where created_at >= %L and created_at < %L returning *
     )
     insert into private.%I select * from moved',
    _from::timestamp at time zone 'utc', _to::timestamp at time zone 'utc', _name
  );
  execute format(
    'alter table public.analytics_events attach partition private.%I for values from (%L) to (%L)',
    _name, _from::timestamp at time zone 'utc', _to::timestamp at time zone 'utc'
  );
  return true;
end $$;

-- The partitions of this month and the coming ones: how many were made.
create function private.create_analytics_partitions_ahead() returns integer
language sql volatile security definer set search_path = '' as $$
  select count(*) filter (where private.create_analytics_partition(month::date))::integer
    from private.settings,
         generate_series(
           date_trunc('month', now() at time zone 'utc'),
           date_trunc('month', now() at time zone 'utc') + make_interval(months => settings.analytics_partitions_ahead_months),
           interval '1 month'
         ) as month
$$;

-- The months older than the retention of the settings, oldest first.
create function private.old_analytics_partitions() returns setof text
language sql stable security definer set search_path = '' as $$
  select child.relname::text
    from private.settings, pg_catalog.pg_inherits
    join pg_catalog.pg_class as child on child.oid = inhrelid
   where inhparent = 'public.analytics_events'::regclass
     and child.relname ~ '^analytics_events_\d{4}_\d{2}$'
     and to_date(right(child.relname, 7), 'YYYY_MM')
         < date_trunc('month', now() at time zone 'utc') - make_interval(months => analytics_retention_months)
   order by child.relname
$$;

-- Drop them: their names.
create function private.drop_old_analytics_partitions() returns setof text
language plpgsql security definer set search_path = '' as $$
declare
  _name text;
begin
  perform pg_advisory_xact_lock(hashtext('private.analytics_partitions'));
  for _name in select private.old_analytics_partitions() loop
    execute format('drop table private.%I', _name);
    return next _name;
  end loop;
end $$;

-- What fell into the default partition because its month was not there, by month of UTC. It should be empty.
create function private.analytics_default_months() returns table (month date, events bigint)
language sql stable security definer set search_path = '' as $$
  select date_trunc('month', events.created_at at time zone 'utc')::date, count(*)
    from private.analytics_events_default as events
   group by 1
   order by 1
$$;

revoke execute on function
  private.create_analytics_partition(date), private.create_analytics_partitions_ahead(),
  private.old_analytics_partitions(), private.drop_old_analytics_partitions(), private.analytics_default_months()
  from public;
grant execute on function
  private.create_analytics_partition(date), private.create_analytics_partitions_ahead(),
  private.old_analytics_partitions(), private.drop_old_analytics_partitions(), private.analytics_default_months()
  to service_role;

-- a client may report up to seven days late: last month is needed on the first days of this one
select private.create_analytics_partition((now() at time zone 'utc' - interval '1 month')::date);
select private.create_analytics_partitions_ahead();
