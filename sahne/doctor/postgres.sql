-- What PostgreSQL itself is like, asked of its catalogs.

-- name: clock
-- The server's own time, in seconds since 1970.
select extract(epoch from clock_timestamp())::float8 as seconds;

-- name: server_settings
-- The settings by name, as `show` says them, and how many of the places that they give are taken.
select current_setting('wal_level') as wal_level,
       current_setting('timezone') as timezone,
       current_setting('fsync') as fsync,
       current_setting('full_page_writes') as full_page_writes,
       current_setting('autovacuum') as autovacuum,
       current_setting('track_counts') as track_counts,
       current_setting('max_slot_wal_keep_size') as max_slot_wal_keep_size,
       current_setting('max_connections')::int as connections_max,
       current_setting('superuser_reserved_connections')::int
         + coalesce(current_setting('reserved_connections', true)::int, 0) as connections_reserved,
       current_setting('max_replication_slots')::int as slots_max,
       current_setting('max_wal_senders')::int as senders_max,
       (select count(*) from pg_catalog.pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid()) as connections_used,
       (select count(*) from pg_catalog.pg_replication_slots) as slots_used,
       (select count(*) from pg_catalog.pg_stat_replication) as senders_used;

-- name: unbounded_roles
-- Roles that whoever asks without an account comes as, and whose statements may take for ever.
select roles.rolname as role
  from pg_catalog.pg_roles as roles
 where roles.rolname in ('anon', 'authenticator')
   and not exists (
         select from pg_catalog.pg_db_role_setting as set_for
           cross join unnest(set_for.setconfig) as setting
          where set_for.setrole = roles.oid
            and set_for.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
            and setting like 'statement_timeout=%%'
            and setting not in ('statement_timeout=0', 'statement_timeout=0s')
       )
 order by role;

-- name: oldest_database
-- The database that is nearest to running out of transaction ids, of whichever kind.
select datname as database,
       age(datfrozenxid) as transactions,
       mxid_age(datminmxid) as multixacts,
       current_setting('autovacuum_freeze_max_age')::int as transactions_vacuumed_at,
       current_setting('autovacuum_multixact_freeze_max_age')::int as multixacts_vacuumed_at
  from pg_catalog.pg_database
 order by greatest(age(datfrozenxid), mxid_age(datminmxid)) desc
 limit 1;

-- name: long_transactions
-- Transactions that were begun so long ago, sessions' and prepared ones: what they could still see is not vacuumed.
select coalesce(nullif(application_name, ''), usename, 'somebody') || ', process ' || pid as whose,
       extract(epoch from clock_timestamp() - xact_start)::float8 as seconds
  from pg_catalog.pg_stat_activity
 where xact_start < clock_timestamp() - %(seconds)s * interval '1 second'
   and pid <> pg_backend_pid()
   and backend_type = 'client backend'
 union all
select 'prepared transaction ' || gid,
       extract(epoch from clock_timestamp() - prepared)::float8
  from pg_catalog.pg_prepared_xacts
 where prepared < clock_timestamp() - %(seconds)s * interval '1 second'
 order by seconds desc
 limit 10;

-- name: invalid_indexes
-- Indexes that a broken build left: written to and never read. One that is being built is none of them.
select pg_index.indexrelid::regclass::text as index, pg_index.indrelid::regclass::text as table
  from pg_catalog.pg_index
 where not pg_index.indisvalid
   and not exists (select from pg_catalog.pg_stat_progress_create_index as building
                    where building.index_relid = pg_index.indexrelid)
 order by 1;
