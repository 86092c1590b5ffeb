-- The first months of the events: the worker makes those to come.

-- a client may report up to seven days late: last month is needed on the first days of this one
select private.create_analytics_partition((now() at time zone 'utc' - interval '1 month')::date);
select private.create_analytics_partitions_ahead();
