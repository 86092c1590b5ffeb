-- Who may do what behind the doors, where no policy is asked or none is there. Clients are `anon` and `authenticated`.

-- name: schemas_shown
-- The schemas that the database itself says the Data API shows; none where it leaves that to the settings.
select split_part(setting, '=', 2) as schemas
  from pg_catalog.pg_db_role_setting as set_for
  join pg_catalog.pg_roles as roles on roles.oid = set_for.setrole
 cross join unnest(set_for.setconfig) as setting
 where roles.rolname = 'authenticator'
   and setting like 'pgrst.db_schemas=%%'
   and set_for.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
 order by set_for.setdatabase desc
 limit 1;

-- name: tables_without_rls
-- Tables of these schemas without row level security, and which clients may then read or write whole tables of it.
select tables.oid::regclass::text as table,
       array(
         select roles.rolname::text
           from pg_catalog.pg_roles as roles
          where roles.rolname in ('anon', 'authenticated')
            and (has_any_column_privilege(roles.oid, tables.oid, 'select, insert, update')
                 or has_table_privilege(roles.oid, tables.oid, 'delete, truncate'))
          order by roles.rolname
       ) as open_to
  from pg_catalog.pg_class as tables
  join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
 where tables.relkind in ('r', 'p')
   and not tables.relrowsecurity
   and schemas.nspname = any (%(schemas)s)
 order by 1;

-- name: truncatable_tables
-- Tables that a client may truncate: no policy is asked for that.
select tables.oid::regclass::text as table, roles.rolname::text as role
  from pg_catalog.pg_class as tables
  join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
  join pg_catalog.pg_roles as roles on roles.rolname in ('anon', 'authenticated')
 where tables.relkind in ('r', 'p')
   and schemas.nspname = any (%(schemas)s)
   and has_table_privilege(roles.oid, tables.oid, 'truncate')
 order by 1, 2;

-- name: open_views
-- Views that clients read with their owner's rights, materialized views and foreign tables that they read at all.
select views.oid::regclass::text as view,
       case views.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'foreign table' end as kind
  from pg_catalog.pg_class as views
  join pg_catalog.pg_namespace as schemas on schemas.oid = views.relnamespace
 where views.relkind in ('v', 'm', 'f')
   and schemas.nspname = any (%(schemas)s)
   and not coalesce(views.reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}', false)
   and exists (
         select from pg_catalog.pg_roles as roles
          where roles.rolname in ('anon', 'authenticated') and has_any_column_privilege(roles.oid, views.oid, 'select')
       )
 order by 1;

-- name: policies_for_all
-- Policies that let every client write whatever they like.
select format('%%I.%%I', schemaname, tablename) as table, policyname::text as policy, lower(cmd) as command
  from pg_catalog.pg_policies
 where schemaname = any (%(schemas)s)
   and cmd <> 'SELECT'
   and permissive = 'PERMISSIVE'
   and roles && '{public,anon,authenticated}'
   and 'true' in (coalesce(with_check, qual), case when cmd in ('UPDATE', 'DELETE', 'ALL') then qual end)
 order by 1, 2;

-- name: definers_without_path
-- Functions that run as their owner and look for names where the caller says, and whether a client may call them.
select functions.oid::regprocedure::text as function,
       exists (
         select from pg_catalog.pg_roles as roles
          where roles.rolname in ('anon', 'authenticated')
            and has_schema_privilege(roles.oid, functions.pronamespace, 'usage')
            and has_function_privilege(roles.oid, functions.oid, 'execute')
       ) as is_open
  from pg_catalog.pg_proc as functions
  join pg_catalog.pg_namespace as schemas on schemas.oid = functions.pronamespace
 where functions.prosecdef
   and schemas.nspname not in ('pg_catalog', 'information_schema')
   and not exists (select from unnest(functions.proconfig) as setting where setting like 'search_path=%%')
   and not exists (select from pg_catalog.pg_depend
                    where pg_depend.objid = functions.oid and pg_depend.deptype = 'e')
 order by is_open desc, 1;

-- name: definers_open
-- Functions of these schemas that run as their owner and that whoever has no account may call through the Data API.
select functions.oid::regprocedure::text as function
  from pg_catalog.pg_proc as functions
  join pg_catalog.pg_namespace as schemas on schemas.oid = functions.pronamespace
  join pg_catalog.pg_roles as anon on anon.rolname = 'anon'
 where functions.prosecdef
   and functions.prorettype <> 'trigger'::regtype
   and schemas.nspname = any (%(schemas)s)
   and has_schema_privilege(anon.oid, schemas.oid, 'usage')
   and has_function_privilege(anon.oid, functions.oid, 'execute')
 order by 1;

-- name: schemas_to_build_in
-- Schemas in which a client may make tables and functions.
select schemas.nspname::text as schema, roles.rolname::text as role
  from pg_catalog.pg_namespace as schemas
  join pg_catalog.pg_roles as roles on roles.rolname in ('anon', 'authenticated')
 where has_schema_privilege(roles.oid, schemas.oid, 'create')
   and schemas.nspname not like 'pg\_temp%%' and schemas.nspname not like 'pg\_toast%%'
 order by 1, 2;

-- name: roles_too_strong
-- Roles of clients, and the one the doors log in as, that no policy binds or that are more than they must be.
select rolname::text as role,
       concat_ws(', ',
         case when rolsuper then 'superuser' end,
         case when rolbypassrls then 'bypassrls' end,
         case when rolcreaterole then 'createrole' end,
         case when rolcreatedb then 'createdb' end,
         case when rolinherit and rolname = 'authenticator' then 'inherit' end
       ) as attributes
  from pg_catalog.pg_roles
 where rolname in ('anon', 'authenticated', 'authenticator')
   and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolinherit and rolname = 'authenticator')
 order by 1;
