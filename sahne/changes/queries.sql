-- Queries of the change feed.

-- name: published_tables
-- Every published table, and those of these names: its columns in order, its key, whether row security holds, what each role may read,
-- and which of them it shows no row to: no policy lets them see any, or one that all must meet says false.
select c.oid::bigint as oid, n.nspname as schema, c.relname as name, c.relrowsecurity as row_security,
       coalesce((select array_agg(a.attname::text order by k.place)
                   from pg_index i
                  cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
                   join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                  where i.indrelid = c.oid and i.indisprimary), '{}') as key,
       (select json_agg(json_build_array(a.attname, a.atttypid::bigint) order by a.attnum)
          from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       (select json_object_agg(r.rolname, (
                 select coalesce(json_agg(a.attname), '[]')
                   from pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    and has_schema_privilege(r.oid, n.oid, 'usage')
                    and has_column_privilege(r.oid, c.oid, a.attnum, 'select')))
          from pg_roles r
         where r.rolname = any (%(roles)s)) as readable,
       array(select r.rolname::text
               from pg_roles r
              where r.rolname = any (%(roles)s) and c.relrowsecurity and not (r.rolsuper or r.rolbypassrls)
                and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'usage'))
                and not coalesce((
                      select bool_or(p.polpermissive and pg_get_expr(p.polqual, p.polrelid) <> 'false')
                             and not bool_or(not p.polpermissive and pg_get_expr(p.polqual, p.polrelid) = 'false')
                        from pg_policy p
                       where p.polrelid = c.oid and p.polcmd in ('r', '*') and p.polqual is not null
                         and exists (select from unnest(p.polroles) as whom (role)
                                      where whom.role = 0 or pg_has_role(r.oid, whom.role, 'usage'))), false)) as shown_nothing,
       exists (select from pg_publication_tables p
                where p.pubname = %(publication)s and p.schemaname = n.nspname and p.tablename = c.relname) as published
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where (n.nspname, c.relname) in (select schemaname, tablename from pg_publication_tables where pubname = %(publication)s)
    or ((n.nspname, c.relname) in (select * from unnest(%(schemas)s::text[], %(tables)s::text[])) and c.relkind in ('r', 'p'));

-- name: types_of_columns
-- The types of these oids, with what domains stand on and arrays hold.
with recursive wanted (oid) as (
    select unnest(%(oids)s::bigint[])::oid
    union
    select x.oid
      from wanted w
      join pg_type t on t.oid = w.oid
     cross join lateral (values (t.typbasetype), (t.typelem)) as x (oid)
     where x.oid <> 0
)
select t.oid::bigint as oid, t.typname as name, t.typtype::text as kind, t.typbasetype::bigint as base,
       case when t.typcategory = 'A' then t.typelem::bigint else 0 end as element, t.typdelim::text as delimiter
  from pg_type t
  join wanted w on w.oid = t.oid;

-- name: unbound_roles
-- The roles whom row security does not bind.
select rolname as name from pg_roles where rolname = any (%(roles)s) and (rolbypassrls or rolsuper);

-- name: existing_publications
-- Which of these publications exist.
select pubname as name from pg_publication where pubname = any (%(names)s);

-- name: kept_log
-- How much of the log is kept since the last change that this slot's reader has dealt with, in bytes.
select pg_wal_lsn_diff(
         case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, s.confirmed_flush_lsn
       )::bigint as bytes
  from pg_replication_slots s
 where s.slot_name = %(slot)s;

-- name: write_as_the_stream_does
-- Values become text as in the replication stream, until the transaction ends.
select
 where set_config('timezone', 'UTC', true) is not null
   and set_config('datestyle', 'ISO', true) is not null
   and set_config('intervalstyle', 'postgres', true) is not null
   and set_config('bytea_output', 'hex', true) is not null
   and set_config('extra_float_digits', '1', true) is not null;

-- name: regular_expressions_hold
-- For each (value, pattern, ignore case) in order: whether the value matches.
select coalesce(case when x.ignore_case then x.value ~* x.pattern else x.value ~ x.pattern end, false) as holds
  from unnest(%(values)s::text[], %(patterns)s::text[], %(ignore_case)s::boolean[])
       with ordinality as x (value, pattern, ignore_case, place)
 order by x.place;

-- name: reading_policies
-- The policies that decide who reads this table, their conditions written by PostgreSQL with every name in full, and the
-- columns of it that they ask for. One without a condition decides nothing.
select p.polname as name, p.polpermissive as permissive,
       pg_get_expr(p.polqual, p.polrelid) as condition,
       coalesce((select array_agg(r.rolname::text) from pg_roles r where r.oid = any (p.polroles)), '{}') as roles,
       coalesce((select array_agg(a.attname::text)
                   from pg_depend d
                   join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
                  where d.classid = 'pg_policy'::regclass and d.objid = p.oid
                    and d.refclassid = 'pg_class'::regclass and d.refobjid = p.polrelid and d.refobjsubid > 0), '{}') as columns
  from pg_policy p
 where p.polrelid = %(oid)s::oid and p.polcmd in ('r', '*') and p.polqual is not null;
