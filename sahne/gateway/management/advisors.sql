-- What is looked for in the schemas of the Data API, each question one lint; a row is one finding.

-- name: rls_disabled_in_public
-- Tables that no policy guards.
select schemas.nspname::text as schema, tables.relname::text as name, 'table' as type,
       format('Table %%I.%%I has row level security off.', schemas.nspname, tables.relname) as detail
  from pg_catalog.pg_class as tables
  join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
 where tables.relkind in ('r', 'p')
   and not tables.relrowsecurity
   and schemas.nspname = any (%(schemas)s)
 order by 1, 2;

-- name: policy_exists_rls_disabled
-- Policies that are not asked.
select distinct schemas.nspname::text as schema, tables.relname::text as name, 'table' as type,
       format('Table %%I.%%I has policies, and row level security is off.', schemas.nspname, tables.relname) as detail
  from pg_catalog.pg_policy as policies
  join pg_catalog.pg_class as tables on tables.oid = policies.polrelid
  join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
 where not tables.relrowsecurity
   and schemas.nspname = any (%(schemas)s)
 order by 1, 2;

-- name: rls_enabled_no_policy
-- Tables that no client reaches.
select schemas.nspname::text as schema, tables.relname::text as name, 'table' as type,
       format('Table %%I.%%I has row level security on, and no policy.', schemas.nspname, tables.relname) as detail
  from pg_catalog.pg_class as tables
  join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
 where tables.relkind in ('r', 'p')
   and tables.relrowsecurity
   and not tables.relispartition
   and schemas.nspname = any (%(schemas)s)
   and not exists (select from pg_catalog.pg_policy as policies where policies.polrelid = tables.oid)
 order by 1, 2;

-- name: security_definer_view
-- Views that clients read with their owner's rights.
select schemas.nspname::text as schema, views.relname::text as name, 'view' as type,
       format('View %%I.%%I is read past the policies of its tables.', schemas.nspname, views.relname) as detail
  from pg_catalog.pg_class as views
  join pg_catalog.pg_namespace as schemas on schemas.oid = views.relnamespace
 where views.relkind = 'v'
   and schemas.nspname = any (%(schemas)s)
   and not coalesce(views.reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}', false)
   and exists (
         select from pg_catalog.pg_roles as roles
          where roles.rolname in ('anon', 'authenticated') and has_any_column_privilege(roles.oid, views.oid, 'select')
       )
 order by 1, 2;

-- name: function_search_path_mutable
-- Functions that look for names where their caller says.
select schemas.nspname::text as schema, functions.proname::text as name, 'function' as type,
       format('Function %%s has no search_path of its own.', functions.oid::regprocedure) as detail
  from pg_catalog.pg_proc as functions
  join pg_catalog.pg_namespace as schemas on schemas.oid = functions.pronamespace
 where functions.prokind = 'f'
   and schemas.nspname = any (%(schemas)s)
   and not exists (select from unnest(functions.proconfig) as setting where setting like 'search_path=%%')
   and not exists (select from pg_catalog.pg_depend
                    where pg_depend.objid = functions.oid and pg_depend.deptype = 'e')
 order by 1, 2;

-- name: unindexed_foreign_keys
-- Foreign keys whose columns lead no index.
select schemas.nspname::text as schema, tables.relname::text as name, 'table' as type,
       format('Table %%I.%%I has no index for foreign key %%I.', schemas.nspname, tables.relname, keys.conname) as detail
  from pg_catalog.pg_constraint as keys
  join pg_catalog.pg_class as tables on tables.oid = keys.conrelid
  join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
 where keys.contype = 'f'
   and keys.conparentid = 0
   and schemas.nspname = any (%(schemas)s)
   and not exists (
         select from pg_catalog.pg_index as indexes
          where indexes.indrelid = keys.conrelid
            and keys.conkey @> (indexes.indkey::int2[])[0:cardinality(keys.conkey) - 1]
            and keys.conkey <@ (indexes.indkey::int2[])[0:cardinality(keys.conkey) - 1]
       )
 order by 1, 2, 4;

-- name: no_primary_key
-- Tables whose rows have no name.
select schemas.nspname::text as schema, tables.relname::text as name, 'table' as type,
       format('Table %%I.%%I has no primary key.', schemas.nspname, tables.relname) as detail
  from pg_catalog.pg_class as tables
  join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
 where tables.relkind in ('r', 'p')
   and schemas.nspname = any (%(schemas)s)
   and not exists (select from pg_catalog.pg_index as indexes
                    where indexes.indrelid = tables.oid and indexes.indisprimary)
 order by 1, 2;

-- name: duplicate_index
-- Indexes that say what another one of their table says.
select schemas.nspname::text as schema, tables.relname::text as name, 'table' as type,
       format('Table %%I.%%I has the same index more than once: %%s.', schemas.nspname, tables.relname,
              string_agg(indexes.indexrelid::regclass::text, ', ' order by indexes.indexrelid::regclass::text)) as detail
  from pg_catalog.pg_index as indexes
  join pg_catalog.pg_class as tables on tables.oid = indexes.indrelid
  join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
 where schemas.nspname = any (%(schemas)s)
 group by schemas.nspname, tables.relname, indexes.indkey, indexes.indclass, indexes.indoption, indexes.indcollation,
          indexes.indisunique, pg_get_expr(indexes.indexprs, indexes.indrelid),
          pg_get_expr(indexes.indpred, indexes.indrelid)
having count(*) > 1
 order by 1, 2;
