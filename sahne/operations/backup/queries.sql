-- name: steady
-- What the text of a row depends on, the same wherever it is written; no bound on time; never rows hidden in silence.
select set_config('TimeZone', 'UTC', true),
       set_config('DateStyle', 'ISO, YMD', true),
       set_config('IntervalStyle', 'postgres', true),
       set_config('bytea_output', 'hex', true),
       set_config('extra_float_digits', '1', true),
       set_config('search_path', '', true),
       set_config('row_security', 'off', true),
       set_config('statement_timeout', '0', true);

-- name: export_snapshot
-- The name under which pg_dump sees what this transaction sees.
select pg_export_snapshot() as snapshot;

-- name: look_around
-- Whether this is a database of ours, and how large it is.
select to_regclass('storage.objects') is not null
       and to_regclass('supabase_migrations.schema_migrations') is not null as ours,
       pg_database_size(current_database())                                 as bytes;

-- name: objects_bytes
-- How many stored objects there are, and what they are said to weigh together.
select coalesce(sum((metadata ->> 'size')::numeric) filter (where jsonb_typeof(metadata -> 'size') = 'number'), 0)::bigint as bytes,
       count(*) as objects
  from storage.objects;

-- name: objects
-- Every stored object of every bucket, in an order that is the same on every machine.
select bucket_id as bucket, name, version
  from storage.objects
 order by bucket_id collate "C", name collate "C", id;

-- name: versions_still_there
-- Which of these versions a row still stands for.
select version from storage.objects where version = any(%(versions)s::text[]);

-- name: migrations
-- The migrations that were applied, in order.
select version || coalesce('_' || name, '') as migration
  from supabase_migrations.schema_migrations
 order by version;

-- name: tables
-- Every table that holds rows, and the partitioned one it is a part of.
select home.nspname::text                              as schema,
       kept.relname::text                              as name,
       case when kept.relispartition
            then (select root_home.nspname || '.' || root.relname
                    from pg_catalog.pg_class as root
                    join pg_catalog.pg_namespace as root_home on root_home.oid = root.relnamespace
                   where root.oid = pg_partition_root(kept.oid))
       end                                             as root
  from pg_catalog.pg_class as kept
  join pg_catalog.pg_namespace as home on home.oid = kept.relnamespace
 where kept.relkind = 'r'
   and kept.relpersistence <> 't'
   and home.nspname !~ '^pg_'
   and home.nspname <> 'information_schema'
   and not exists (select from pg_catalog.pg_depend as made
                    where made.classid = 'pg_catalog.pg_class'::regclass and made.objid = kept.oid and made.deptype = 'e')
 order by 1, 2;

-- name: shape
-- How many of each kind of thing there are. Not-null constraints are left out: since PostgreSQL 18 they count as such.
with homes as (
  select oid from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
), relations as (
  select oid, relkind, relrowsecurity from pg_catalog.pg_class where relnamespace in (select oid from homes)
)
select 'tables' as kind, count(*) as count from relations where relkind in ('r', 'p')
union all
select 'tables with row-level security', count(*) from relations where relrowsecurity
union all
select 'views', count(*) from relations where relkind in ('v', 'm')
union all
select 'sequences', count(*) from relations where relkind = 'S'
union all
select 'indexes', count(*) from relations where relkind in ('i', 'I')
union all
select 'policies', count(*) from pg_catalog.pg_policy where polrelid in (select oid from relations)
union all
select 'triggers', count(*) from pg_catalog.pg_trigger where tgrelid in (select oid from relations) and not tgisinternal
union all
select 'constraints', count(*) from pg_catalog.pg_constraint where connamespace in (select oid from homes) and contype <> 'n'
union all
select 'functions', count(*) from pg_catalog.pg_proc where pronamespace in (select oid from homes)
union all
select 'published tables', count(*) from pg_catalog.pg_publication_tables;

-- name: roles
-- The roles that this database's things belong to or are granted to.
select distinct rolname::text as role
  from pg_catalog.pg_roles
 where oid in (select refobjid from pg_catalog.pg_shdepend
                where refclassid = 'pg_catalog.pg_authid'::regclass
                  and dbid = (select oid from pg_catalog.pg_database where datname = current_database()))
    or oid in (select relowner from pg_catalog.pg_class where relkind in ('r', 'p') and relnamespace in (
                 select oid from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'))
 order by 1;

-- name: missing_roles
-- Which of these roles this server does not have.
select role from unnest(%(roles)s::text[]) as role where role not in (select rolname from pg_catalog.pg_roles) order by 1;

-- name: database_is_there
-- Whether the server has a database of this name.
select exists (select from pg_catalog.pg_database where datname = %(name)s) as there;

-- name: is_empty
-- Whether nobody has made anything in this database yet.
select not exists (select from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'public'))
   and not exists (select from pg_catalog.pg_class where relnamespace in (
         select oid from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'))
   and not exists (select from pg_catalog.pg_proc where pronamespace = 'public'::regnamespace) as empty;

-- name: unvalidated_keys
-- Foreign keys of which PostgreSQL does not know that they hold.
select home.nspname::text as schema, child.relname::text as table, key.conname::text as name
  from pg_catalog.pg_constraint as key
  join pg_catalog.pg_class as child on child.oid = key.conrelid
  join pg_catalog.pg_namespace as home on home.oid = child.relnamespace
 where key.contype = 'f' and not key.convalidated
 order by 1, 2, 3;

-- name: columns_of
-- The columns of a table in order: which are written by PostgreSQL itself, and which make the primary key.
select attname::text as name,
       attgenerated <> '' as generated,
       coalesce(attnum = any(key.conkey), false) as key
  from pg_catalog.pg_attribute
  left join pg_catalog.pg_constraint as key on key.conrelid = attrelid and key.contype = 'p'
 where attrelid = to_regclass(%(table)s) and attnum > 0 and not attisdropped
 order by attnum;
