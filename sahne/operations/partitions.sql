-- name: list_partitions
-- Every partition of the events with its bounds, what it takes on disk, and how many rows it holds by the statistics.
select child.relname::text as name,
       case when pg_get_expr(child.relpartbound, child.oid) = 'DEFAULT' then null
            else substring(pg_get_expr(child.relpartbound, child.oid) from 'FROM \(''([^'']+)''')::timestamptz
       end as from_time,
       case when pg_get_expr(child.relpartbound, child.oid) = 'DEFAULT' then null
            else substring(pg_get_expr(child.relpartbound, child.oid) from 'TO \(''([^'']+)''')::timestamptz
       end as to_time,
       pg_total_relation_size(child.oid) as bytes,
       greatest(pg_stat_get_live_tuples(child.oid), child.reltuples::bigint, 0) as events_about
  from pg_catalog.pg_inherits
  join pg_catalog.pg_class as child on child.oid = inhrelid
 where inhparent = 'public.analytics_events'::regclass
 order by from_time nulls last;

-- name: read_rules
-- How far ahead and how far back the settings want partitions, in months.
select analytics_partitions_ahead_months as ahead_months, analytics_retention_months as retention_months
  from private.settings;

-- name: make_ahead
-- The partitions of this month and of as many coming ones as the settings say.
select private.create_analytics_partitions_ahead() as made;

-- name: make_months
-- The partitions of this month and of the `months` coming ones.
select count(*) filter (where private.create_analytics_partition(month::date)) as made
  from generate_series(
         date_trunc('month', now() at time zone 'utc'),
         date_trunc('month', now() at time zone 'utc') + make_interval(months => %(months)s),
         interval '1 month'
       ) as month;

-- name: make_month
-- One month's partition, with what the default one held of it.
select private.create_analytics_partition(%(month)s::date) as made;

-- name: count_default
-- What lies in the default partition, by month.
select month, events from private.analytics_default_months();

-- name: old_partitions
-- What the retention of the settings would drop.
select name from private.old_analytics_partitions() as name;

-- name: drop_old
-- Drop what is older than the retention of the settings.
select name from private.drop_old_analytics_partitions() as name;
