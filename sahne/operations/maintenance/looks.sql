-- What a database tells of its own use: statements that take long, indexes that are missing, idle or twice there.

-- name: statements_kept
-- Where pg_stat_statements is: whether the server has loaded it, which anybody sees by its settings, and the schema of
-- its extension in this database.
select current_setting('pg_stat_statements.max', true) is not null as is_loaded,
       (select extnamespace::regnamespace::text from pg_catalog.pg_extension where extname = 'pg_stat_statements')
         as schema;

-- name: slow_statements
-- Of this database, those that took most time together. The view is found by the search path.
select statements.calls,
       statements.total_exec_time / 1000 as seconds,
       statements.mean_exec_time as milliseconds_each,
       statements.rows,
       statements.shared_blks_read as blocks_read,
       100 * statements.total_exec_time / nullif(sum(statements.total_exec_time) over (), 0) as percent,
       pg_get_userbyid(statements.userid)::text as role,
       statements.query as statement
  from pg_stat_statements as statements
 where statements.dbid = (select oid from pg_catalog.pg_database where datname = current_database())
 order by statements.total_exec_time desc
 limit %(count)s;

-- name: missing_indexes
-- Foreign keys without an index that begins with their columns: each row that goes from the table they lead to reads
-- the whole table they are on.
select pg_constraint.conrelid::regclass::text as table,
       pg_constraint.conname::text as foreign_key,
       array(select attname::text from unnest(pg_constraint.conkey) with ordinality as key (number, place)
               join pg_catalog.pg_attribute on attrelid = pg_constraint.conrelid and attnum = key.number
              order by key.place) as columns,
       pg_relation_size(pg_constraint.conrelid) as table_bytes,
       format('create index concurrently on %%s (%%s);', pg_constraint.conrelid::regclass,
              (select string_agg(quote_ident(attname), ', ' order by key.place)
                 from unnest(pg_constraint.conkey) with ordinality as key (number, place)
                 join pg_catalog.pg_attribute on attrelid = pg_constraint.conrelid and attnum = key.number)) as statement
  from pg_catalog.pg_constraint
 where pg_constraint.contype = 'f'
   and pg_constraint.conparentid = 0
   and not exists (
         select from pg_catalog.pg_index
          where pg_index.indrelid = pg_constraint.conrelid
            and pg_index.indisvalid
            and (pg_index.indkey::int2[])[0:cardinality(pg_constraint.conkey) - 1] @> pg_constraint.conkey
            and (pg_index.indpred is null or pg_get_expr(pg_index.indpred, pg_index.indrelid) like '%%IS NOT NULL%%')
       )
 order by table_bytes desc, 1, 2;

-- name: unused_indexes
-- Indexes that no statement has read since counting began, and that hold nothing true (no key, no uniqueness).
select stats.relid::regclass::text as table,
       stats.indexrelid::regclass::text as index,
       pg_relation_size(stats.indexrelid) as bytes,
       format('drop index concurrently %%s;', stats.indexrelid::regclass) as statement
  from pg_catalog.pg_stat_user_indexes as stats
  join pg_catalog.pg_index on pg_index.indexrelid = stats.indexrelid
 where stats.idx_scan = 0
   and not pg_index.indisunique
   and not exists (select from pg_catalog.pg_constraint where pg_constraint.conindid = stats.indexrelid)
   and not exists (select from pg_catalog.pg_inherits where pg_inherits.inhrelid = stats.indexrelid)
   and pg_relation_size(stats.indexrelid) >= %(bytes_min)s
 order by bytes desc, index;

-- name: duplicate_indexes
-- Indexes whose columns are those that another one begins with, alike in kind, order and condition: one too many. Of
-- two that are the same the newer one.
select lesser.indrelid::regclass::text as table,
       lesser.indexrelid::regclass::text as index,
       greater.indexrelid::regclass::text as covered_by,
       pg_relation_size(lesser.indexrelid) as bytes,
       format('drop index concurrently %%s;', lesser.indexrelid::regclass) as statement
  from pg_catalog.pg_index as lesser
  join pg_catalog.pg_class as lesser_class on lesser_class.oid = lesser.indexrelid
  join pg_catalog.pg_namespace on pg_namespace.oid = lesser_class.relnamespace
  join pg_catalog.pg_index as greater on greater.indrelid = lesser.indrelid and greater.indexrelid <> lesser.indexrelid
  join pg_catalog.pg_class as greater_class
    on greater_class.oid = greater.indexrelid and greater_class.relam = lesser_class.relam
 cross join lateral (select lesser.indnkeyatts - 1 as last) as upto
 where pg_namespace.nspname not in ('pg_catalog', 'pg_toast', 'information_schema')
   and lesser_class.relkind = 'i'
   and lesser.indisvalid and greater.indisvalid
   and not lesser.indisunique
   and lesser.indexprs is null and greater.indexprs is null
   and lesser.indpred is not distinct from greater.indpred
   and (greater.indkey::int2[])[0:last] = (lesser.indkey::int2[])[0:last]
   and (greater.indclass::oid[])[0:last] = (lesser.indclass::oid[])[0:last]
   and (greater.indcollation::oid[])[0:last] = (lesser.indcollation::oid[])[0:last]
   and (greater.indoption::int2[])[0:last] = (lesser.indoption::int2[])[0:last]
   and lesser.indnatts = lesser.indnkeyatts
   and (greater.indnkeyatts > lesser.indnkeyatts or greater.indisunique or greater.indexrelid < lesser.indexrelid)
   and not exists (select from pg_catalog.pg_inherits where pg_inherits.inhrelid = lesser.indexrelid)
 order by bytes desc, index, covered_by;

-- name: counting_since
-- Since when this database counts what is used; null where it never began anew.
select stats_reset from pg_catalog.pg_stat_database where datname = current_database();
