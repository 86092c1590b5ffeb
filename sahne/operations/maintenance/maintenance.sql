-- What a database needs of upkeep: each row is one step, with its reason in words and the statement that does it.
-- Only what the asking role may do: a superuser all, another role what it owns.

-- name: left_by_reindex
-- Halves of indexes that a broken `reindex concurrently` left: written to and never read.
select 'drop' as kind,
       indexes.oid::regclass::text as what,
       'left by a reindex that broke' as why,
       format('drop index concurrently if exists %%s', indexes.oid::regclass) as statement
  from pg_catalog.pg_index
  join pg_catalog.pg_class as indexes on indexes.oid = pg_index.indexrelid
 where not pg_index.indisvalid
   and indexes.relkind = 'i'
   and indexes.relname ~ '_cc(new|old)\d*$'
   and pg_has_role(indexes.relowner, 'usage')
   and not exists (select from pg_catalog.pg_stat_progress_create_index as building
                    where building.relid = pg_index.indrelid)
 order by what;

-- name: to_vacuum
-- Tables with many dead rows, whose transaction ids are old, or that are read with no map of what all may see.
with tables as (
  select pg_class.oid,
         stats.n_dead_tup as dead,
         stats.n_live_tup as live,
         stats.n_ins_since_vacuum as added,
         age(pg_class.relfrozenxid) > current_setting('autovacuum_freeze_max_age')::int * %(age_share)s as is_old
    from pg_catalog.pg_stat_all_tables as stats
    join pg_catalog.pg_class on pg_class.oid = stats.relid
   where pg_class.relkind in ('r', 'm')
     and pg_class.relpersistence = 'p'
     and stats.schemaname not in ('information_schema', 'pg_toast')
     and pg_has_role(pg_class.relowner, 'usage')
)
select 'vacuum' as kind,
       oid::regclass::text as what,
       case
         when is_old then 'its oldest transaction ids are half way to a forced vacuum'
         when dead >= %(rows_min)s and dead >= live * %(rows_share)s
           then format('%%s dead rows beside %%s', dead, live)
         else format('%%s rows were added since the last vacuum', added)
       end as why,
       format('vacuum (%%sanalyze, skip_locked, truncate false) %%s', case when is_old then 'freeze, ' end, oid::regclass)
         as statement
  from tables
 where is_old
    or dead >= %(rows_min)s and dead >= live * %(rows_share)s
    or added >= 10 * %(rows_min)s and added >= live * 2 * %(rows_share)s
 order by is_old desc, dead desc, what;

-- name: to_analyze
-- Tables that changed much since the planner counted them, or that it never counted; parents of partitions among them,
-- which autovacuum passes over.
select 'analyze' as kind,
       pg_class.oid::regclass::text as what,
       case
         when pg_class.relkind = 'p' then 'autovacuum never counts a table in partitions as a whole'
         else format('%%s rows changed since they were counted', stats.n_mod_since_analyze)
       end as why,
       format('analyze (skip_locked) %%s', pg_class.oid::regclass) as statement
  from pg_catalog.pg_class
  join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
  left join pg_catalog.pg_stat_all_tables as stats on stats.relid = pg_class.oid
 where pg_namespace.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
   and pg_class.relpersistence = 'p'
   and pg_has_role(pg_class.relowner, 'usage')
   and case
         when pg_class.relkind = 'r'
           then stats.n_mod_since_analyze >= %(rows_min)s
                and stats.n_mod_since_analyze >= stats.n_live_tup * %(rows_share)s
         when pg_class.relkind = 'p' and not pg_class.relispartition
           then coalesce(stats.last_analyze, '-infinity') < now() - interval '7 days'
                and exists (
                      select from pg_catalog.pg_inherits
                        join pg_catalog.pg_stat_all_tables as parts on parts.relid = pg_inherits.inhrelid
                       where pg_inherits.inhparent = pg_class.oid and parts.n_live_tup > 0
                    )
         else false
       end
 order by what;

-- name: to_reindex
-- B-trees that are much larger than their rows should make them. An estimate: entries as the planner counted them, each
-- as wide as its columns are on average, in pages filled to the index's own fillfactor. Keys that repeat are kept once,
-- so an index of few keys may be bloated without showing it here.
with indexes as (
  select pg_class.oid,
         pg_class.relpages as pages,
         pg_class.reltuples as entries,
         current_setting('block_size')::numeric as page_bytes,
         coalesce((select substring(option from 'fillfactor=(\d+)')::numeric
                     from unnest(pg_class.reloptions) as option where option like 'fillfactor=%%'), 90) / 100 as filled,
         (select sum(coalesce((1 - stats.null_frac) * stats.avg_width, greatest(columns.attlen, 8)))
            from pg_catalog.pg_attribute as columns
            join pg_catalog.pg_class as tables on tables.oid = pg_index.indrelid
            left join pg_catalog.pg_attribute as keys
              on keys.attrelid = pg_index.indrelid and keys.attnum = pg_index.indkey[columns.attnum - 1]
            left join pg_catalog.pg_stats as stats
              on stats.schemaname = tables.relnamespace::regnamespace::text
             and stats.tablename = case when keys.attnum > 0 then tables.relname else pg_class.relname end
             and stats.attname = case when keys.attnum > 0 then keys.attname else columns.attname end
             and not stats.inherited
           where columns.attrelid = pg_class.oid) as entry_bytes
    from pg_catalog.pg_index
    join pg_catalog.pg_class on pg_class.oid = pg_index.indexrelid
    join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
    join pg_catalog.pg_am on pg_am.oid = pg_class.relam and pg_am.amname = 'btree'
   where pg_class.relkind = 'i'
     and pg_class.relpersistence = 'p'
     and pg_class.reltuples >= 0
     and pg_index.indisvalid
     and not pg_index.indisexclusion
     and pg_namespace.nspname not in ('pg_catalog', 'pg_toast')
     and pg_has_role(pg_class.relowner, 'usage')
), sizes as (
  select oid,
         pages * page_bytes as bytes,
         -- a page: 24 bytes of head, 16 of the b-tree's own; an entry: 8 of head and 4 of pointer, its data in eights
         (1 + ceil(entries::numeric * (12 + ceil(entry_bytes::numeric / 8) * 8) / ((page_bytes - 40) * filled)))
           * page_bytes as needed
    from indexes
)
select 'reindex' as kind,
       oid::regclass::text as what,
       format('about %%s of %%s are empty, as estimated', pg_size_pretty(bytes - needed), pg_size_pretty(bytes)) as why,
       format('reindex index concurrently %%s', oid::regclass) as statement
  from sizes
 where bytes - needed >= %(bloat_bytes_min)s
   and bytes - needed >= bytes * %(bloat_share)s
 order by bytes - needed desc;

-- name: advice
-- Tables that autovacuum is told to leave alone, or that are so large that its usual share of rows comes late.
select pg_class.oid::regclass::text as what,
       case when is_off then 'autovacuum is off for it'
            else format('autovacuum waits for %%s dead rows', (stats.n_live_tup * scale)::bigint) end as why,
       case when is_off then format('alter table %%s reset (autovacuum_enabled);', pg_class.oid::regclass)
            else format('alter table %%s set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);',
                        pg_class.oid::regclass) end as statement
  from pg_catalog.pg_class
  join pg_catalog.pg_stat_user_tables as stats on stats.relid = pg_class.oid
 cross join lateral (
         select coalesce(bool_or(option in ('autovacuum_enabled=false', 'autovacuum_enabled=off')), false) as is_off,
                coalesce(max(substring(option from '^autovacuum_vacuum_scale_factor=(.*)$'))::numeric,
                         current_setting('autovacuum_vacuum_scale_factor')::numeric) as scale
           from unnest(pg_class.reloptions) as option
       ) as told
 where pg_class.relkind = 'r'
   and (is_off or stats.n_live_tup * scale >= %(waits_for_rows_max)s)
 order by stats.n_live_tup desc, what;

-- name: bound_session
-- How long a statement may run, and how long it may wait for others; nobody waits behind it for longer than that.
select set_config('statement_timeout', %(statement_ms)s::text, false),
       set_config('lock_timeout', %(lock_ms)s::text, false);
