-- name: tables
-- Every table and view of the API's schema and of `private`, without partitions.
select n.nspname as schema,
       c.relname as name,
       coalesce(obj_description(c.oid, 'pg_class'), '') as purpose,
       c.relreplident = 'f' as old_rows_whole,
       exists (select from pg_publication_tables p
                where p.pubname = 'supabase_realtime' and p.schemaname = n.nspname and p.tablename = c.relname) as published,
       array(select role from unnest(array['anon', 'authenticated']) role
              where has_table_privilege(role, c.oid, 'delete')) as deleted_by,
       case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partitioned_by
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private')
  and c.relkind in ('r', 'p', 'v', 'm')
  and not c.relispartition
order by n.nspname desc, c.relname;

-- name: columns
-- Every column of those tables, and which client roles may do what with it.
select n.nspname as schema,
       c.relname as table,
       a.attname as name,
       format_type(a.atttypid, a.atttypmod) as type,
       not a.attnotnull as nullable,
       case when a.attidentity <> '' then 'identity' else pg_get_expr(d.adbin, d.adrelid) end as default,
       coalesce(col_description(c.oid, a.attnum), '') as purpose,
       array(select role from unnest(array['anon', 'authenticated']) role
              where has_column_privilege(role, c.oid, a.attnum, 'select')) as read_by,
       array(select role from unnest(array['anon', 'authenticated']) role
              where has_column_privilege(role, c.oid, a.attnum, 'insert')) as inserted_by,
       array(select role from unnest(array['anon', 'authenticated']) role
              where has_column_privilege(role, c.oid, a.attnum, 'update')) as updated_by
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where n.nspname in ('public', 'private')
  and c.relkind in ('r', 'p', 'v', 'm')
  and not c.relispartition
order by c.oid, a.attnum;

-- name: constraints
-- Keys, references and checks as PostgreSQL writes them.
select n.nspname as schema,
       c.relname as table,
       k.conname as name,
       k.contype::text as kind,
       pg_get_constraintdef(k.oid) as definition,
       array(select a.attname::text
               from unnest(k.conkey) with ordinality o (num, n)
               join pg_attribute a on a.attrelid = k.conrelid and a.attnum = o.num
              order by o.n) as columns,
       case when k.contype = 'f' then (select tn.nspname || '.' || t.relname
                                         from pg_class t
                                         join pg_namespace tn on tn.oid = t.relnamespace
                                        where t.oid = k.confrelid) end as target
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private')
  and not c.relispartition
  and k.contype in ('p', 'u', 'f', 'c', 'x')
order by c.oid, array_position(array['p', 'u', 'f', 'c', 'x'], k.contype::text), k.conname;

-- name: indexes
-- Indexes that are no key's.
select n.nspname as schema,
       c.relname as table,
       x.relname as name,
       regexp_replace(pg_get_indexdef(x.oid), '^CREATE (UNIQUE )?INDEX .* USING ', '\1') as definition
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_class x on x.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private')
  and not c.relispartition
  and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
order by c.oid, x.relname;

-- name: policies
-- Row-level security: who may reach which rows.
select n.nspname as schema,
       c.relname as table,
       p.polname as name,
       case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
                     else 'all' end as command,
       array(select r.rolname::text from pg_roles r where r.oid = any (p.polroles) order by 1) as roles,
       pg_get_expr(p.polqual, p.polrelid) as rows,
       pg_get_expr(p.polwithcheck, p.polrelid) as new_rows,
       coalesce(obj_description(p.oid, 'pg_policy'), '') as remark
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private')
order by c.oid, p.polname;

-- name: triggers
-- What runs by itself when rows change.
select n.nspname as schema,
       c.relname as table,
       t.tgname as name,
       regexp_replace(pg_get_triggerdef(t.oid), '^CREATE (CONSTRAINT )?TRIGGER \S+ ', '') as definition
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private')
  and not t.tgisinternal
  and not c.relispartition
order by c.oid, t.tgname;
