-- What waits to be done, counted where it waits, for `/metrics`. Each question is answered by a partial index of what is not done.

-- name: backlog
-- By lane: how much is due, how long the oldest has been, in seconds, and how much was given up and waits for somebody.
select lane, due::bigint, coalesce(extract(epoch from now() - oldest), 0)::float8 as oldest_seconds, given_up::bigint
  from (select 'livekit_inbox' as lane,
               count(*) filter (where attempts < %(inbox_attempts_max)s) as due,
               min(received_at) filter (where attempts < %(inbox_attempts_max)s) as oldest,
               count(*) filter (where attempts >= %(inbox_attempts_max)s) as given_up
          from private.livekit_events
         where processed_at is null
        union all
        -- an order over a seat is due again and again while it is watched; one that failed waits since it was given
        select 'livekit_orders', count(*), min(case when error is null then due_at else created_at end), 0
          from private.livekit_outbox
         where done_at is null
           and (error is not null or due_at <= now())
        union all
        select 'store_inbox',
               count(*) filter (where attempts < %(store_attempts_max)s),
               min(received_at) filter (where attempts < %(store_attempts_max)s),
               count(*) filter (where attempts >= %(store_attempts_max)s)
          from private.store_events
         where folded_at is null
        union all
        select 'webhooks', count(*), min(messages.created_at), 0
          from private.webhook_endpoints as endpoints
          join private.webhook_messages as messages on messages.endpoint_id = endpoints.id
         where endpoints.is_active
           and messages.status = 'pending'
        union all
        select 'followers', count(*), min(events.created_at), 0
          from private.fan_outs
          join private.events on events.id = fan_outs.event_id
        union all
        select 'deliveries', count(*), min(due_at), 0
          from private.deliveries
         where state in ('waiting', 'sending')
           and due_at <= now()
        union all
        select 'remote_pictures', count(*), min(created_at), 0
          from private.remote_pictures
         where status in ('wanted', 'sending', 'waiting')) as lanes;

-- name: jobs
-- By task: how many jobs wait and are due, how many are being done, and how long the first of those that wait has been due.
select jobs.task_name as task,
       count(*) filter (where jobs.status = 'todo' and coalesce(jobs.scheduled_at, '-infinity') <= now()) as waiting,
       count(*) filter (where jobs.status = 'doing') as running,
       coalesce(extract(epoch from now() - (
         select coalesce(first.scheduled_at, min(events.at))
           from jobs.procrastinate_jobs as first
           join jobs.procrastinate_events as events on events.job_id = first.id and events.type = 'deferred'
          where first.id = min(jobs.id) filter (
                  where jobs.status = 'todo' and coalesce(jobs.scheduled_at, '-infinity') <= now())
          group by first.scheduled_at)), 0)::float8 as oldest_seconds
  from jobs.procrastinate_jobs as jobs
 where jobs.status in ('todo', 'doing')
 group by jobs.task_name;

-- name: workers
-- How many workers gave a sign of life in the last seconds.
select count(*) as workers
  from jobs.procrastinate_workers
 where last_heartbeat >= now() - %(silent_seconds)s * interval '1 second';

-- name: slots
-- Replication slots of this database, ours and those of others: how many, how many of them lost their log, and the most of
-- it that is kept for one.
select case when starts_with(slot_name, 'sahne_') then 'sahne' else 'others' end as owner,
       count(*) as slots,
       count(*) filter (where wal_status = 'lost') as lost,
       coalesce(max(pg_wal_lsn_diff(
         case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn)), 0)::float8
         as kept_bytes
  from pg_catalog.pg_replication_slots
 where database is not distinct from current_database()
 group by owner;
