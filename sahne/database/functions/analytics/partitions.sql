-- The months of the events: made ahead, dropped by age (ruling S9). The worker calls these by the clock.

-- One month's partition, with whatever the default partition already holds of it; false when it is there.
create or replace function private.create_analytics_partition(_month date) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
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
create or replace function private.create_analytics_partitions_ahead() returns integer
language sql volatile security definer set search_path = '', pg_temp as $$
  select count(*) filter (where private.create_analytics_partition(month::date))::integer
    from private.settings,
         generate_series(
           date_trunc('month', now() at time zone 'utc'),
           date_trunc('month', now() at time zone 'utc') + make_interval(months => settings.analytics_partitions_ahead_months),
           interval '1 month'
         ) as month
$$;

-- The months older than the retention of the settings, oldest first.
create or replace function private.old_analytics_partitions() returns setof text
language sql stable security definer set search_path = '', pg_temp as $$
  select child.relname::text
    from private.settings, pg_catalog.pg_inherits
    join pg_catalog.pg_class as child on child.oid = inhrelid
   where inhparent = 'public.analytics_events'::regclass
     and child.relname ~ '^analytics_events_\d{4}_\d{2}$'
     and to_date(right(child.relname, 7), 'YYYY_MM')
         < date_trunc('month', now() at time zone 'utc') - make_interval(months => analytics_retention_months)
   order by child.relname
$$;

-- Drop them: their names. What changed of a month and is not counted yet is counted first.
create or replace function private.drop_old_analytics_partitions() returns setof text
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _name text;
begin
  perform pg_advisory_xact_lock(hashtext('private.analytics_partitions'));
  perform pg_advisory_xact_lock(hashtextextended('sahne.fold_analytics', 0));
  for _name in select private.old_analytics_partitions() loop
    perform private.count_analytics_month(to_date(right(_name, 7), 'YYYY_MM'));
    execute format('drop table private.%I', _name);
    return next _name;
  end loop;
end $$;

-- What fell into the default partition because its month was not there, by month of UTC. It should be empty.
create or replace function private.analytics_default_months() returns table (month date, events bigint)
language sql stable security definer set search_path = '', pg_temp as $$
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
