-- The facts of schema public as rows (section, thing, facet, value): what the seeds' own database and the migrated
-- one are both asked, so that they can be laid side by side. Run with an empty search_path: every name is qualified.
with tables as (
  select pg_class.*
    from pg_catalog.pg_class
   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')
), facts (section, thing, facet, value) as (

  select relname, 'table', facet.name, facet.value
    from tables,
         lateral (values
           ('kind', case relkind when 'r' then 'table' when 'p' then 'partitioned table' else 'view' end),
           ('row_security', case when relrowsecurity then 'on' else 'off' end),
           ('replica_identity', case relreplident when 'f' then 'full' else 'default' end)
         ) as facet (name, value)

  union all
  select relname, 'column ' || attname, facet.name, facet.value
    from tables
    join pg_catalog.pg_attribute on attrelid = tables.oid and attnum > 0 and not attisdropped
    left join pg_catalog.pg_attrdef on adrelid = attrelid and adnum = attnum,
         lateral (values
           ('type', format_type(atttypid, atttypmod)),
           ('null', case when attnotnull then 'no' else 'yes' end),
           ('default', case when attidentity <> '' then 'identity' else pg_get_expr(adbin, adrelid) end)
         ) as facet (name, value)

  union all
  select relname, 'constraint ' || conname, 'is', pg_get_constraintdef(pg_constraint.oid)
    from tables
    join pg_catalog.pg_constraint on conrelid = tables.oid and contype in ('p', 'u', 'f', 'c', 'x')

  union all
  select tables.relname, 'index ' || indexes.relname, 'is',
         regexp_replace(pg_get_indexdef(indexes.oid), '^CREATE (UNIQUE )?INDEX .*? USING ', '\1')
    from tables
    join pg_catalog.pg_index on indrelid = tables.oid
    join pg_catalog.pg_class as indexes on indexes.oid = indexrelid
   where not exists (select from pg_catalog.pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))

  union all
  select relname, 'policy ' || polname, facet.name, facet.value
    from tables
    join pg_catalog.pg_policy on polrelid = tables.oid,
         lateral (values
           ('command', case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                                   when 'd' then 'delete' else 'all' end),
           ('roles', coalesce(
             (select string_agg(rolname, ', ' order by rolname) from pg_catalog.pg_roles where oid = any (polroles)),
             'public')),
           ('using', pg_get_expr(polqual, polrelid)),
           ('check', pg_get_expr(polwithcheck, polrelid))
         ) as facet (name, value)

  union all
  select pg_class.relname, 'trigger ' || tgname, 'is',
         regexp_replace(pg_get_triggerdef(pg_trigger.oid), '^CREATE TRIGGER \S+ ', '')
    from pg_catalog.pg_trigger
    join pg_catalog.pg_class on pg_class.oid = tgrelid
    join pg_catalog.pg_proc on pg_proc.oid = tgfoid
   where not tgisinternal
     and (pg_class.relnamespace = 'public'::regnamespace
          or (pg_class.oid = 'auth.users'::regclass and pronamespace in ('public'::regnamespace, to_regnamespace('private'))))

  union all
  select 'functions', replace(pg_proc.oid::regprocedure::text, 'public.', ''), facet.name, facet.value
    from pg_catalog.pg_proc
    join pg_catalog.pg_language on pg_language.oid = prolang,
         lateral (values
           ('returns', pg_get_function_result(pg_proc.oid)),
           ('language', lanname::text),
           ('runs_as', case when prosecdef then 'owner' else 'caller' end),
           ('settings', array_to_string(proconfig, ', ')),
           ('clients_may_call', (
             select string_agg(distinct case grantee when 0 then 'public' else grantee::regrole::text end, ', ')
               from aclexplode(coalesce(proacl, acldefault('f', proowner)))
              where grantee = 0 or grantee::regrole::text in ('anon', 'authenticated')))
         ) as facet (name, value)
   where pronamespace = 'public'::regnamespace

  union all
  select 'publication supabase_realtime', tablename, 'published', 'yes'
    from pg_catalog.pg_publication_tables
   where pubname = 'supabase_realtime' and schemaname = 'public'
)
select section, thing, facet, regexp_replace(value, '\s+', ' ', 'g') as value
  from facts
 where value is not null
 order by section, thing, facet
