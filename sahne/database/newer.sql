-- What the history says of migrations that a newer version of Sahne has applied.

-- name: history_says_who_may_serve
-- A row where whoever asks may read it. `supabase db push` keeps no such history.
select
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'serves'
 where n.nspname = 'supabase_migrations' and c.relname = 'sahne_checksums'
   and pg_catalog.has_schema_privilege(n.oid, 'usage')
   and pg_catalog.has_column_privilege(c.oid, a.attnum, 'select');

-- name: unknown_migrations
-- Our own migrations that are none of these, and which servers they say may go on.
select name, serves
  from supabase_migrations.sahne_checksums
 where name like 'migrations/%%' and name <> all (%(known)s)
 order by name;
