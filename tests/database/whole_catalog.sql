-- Everything a dump has to bring back, as rows (kind, thing, definition), over every schema that is not PostgreSQL's own.
with homes as (
  select oid, nspname, nspowner, nspacl
    from pg_namespace
   where nspname !~ '^pg_' and nspname <> 'information_schema'
), relations as (
  select pg_class.*, format('%I.%I', nspname, relname) as name
    from pg_class join homes on homes.oid = relnamespace
), facts (kind, thing, definition) as (

  select 'schema', nspname::text,
         concat_ws(' ', nspowner::regrole,
                   (select string_agg(x::text, ' ' order by x::text) from unnest(coalesce(nspacl, acldefault('n', nspowner))) x))
    from homes

  union all
  select 'relation', name,
         concat_ws(' ', relkind, relowner::regrole, relrowsecurity, relforcerowsecurity, relreplident, relispartition,
                   pg_get_expr(relpartbound, oid), reloptions,
                   (select string_agg(x::text, ' ' order by x::text)
                      from unnest(coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))) x))
    from relations
   where relkind in ('r', 'p', 'v', 'm', 'S')

  union all
  select 'column', name || '.' || attname,
         concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
                   pg_get_expr(adbin, adrelid),
                   (select string_agg(x::text, ' ' order by x::text) from unnest(attacl) x))
    from relations
    join pg_attribute on attrelid = relations.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
   where relkind in ('r', 'p', 'v', 'm', 'c')

  union all  -- without parentheses: `a between 1 and 2 and b` is read back flat
  select 'constraint', coalesce(name || '.', '') || conname, translate(pg_get_constraintdef(pg_constraint.oid), '()', '')
    from pg_constraint
    join homes on homes.oid = connamespace
    left join relations on relations.oid = conrelid

  union all
  select 'index', name, pg_get_indexdef(oid) from relations where relkind in ('i', 'I')

  union all
  select 'view', name, pg_get_viewdef(oid) from relations where relkind in ('v', 'm')

  union all
  select 'policy', name || '.' || polname,
         concat_ws(' ', polcmd, polpermissive, (select string_agg(r::regrole::text, ' ' order by 1) from unnest(polroles) r),
                   pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
    from pg_policy join relations on relations.oid = polrelid

  union all
  select 'trigger', name || '.' || tgname, concat_ws(' ', pg_get_triggerdef(pg_trigger.oid), tgenabled)
    from pg_trigger join relations on relations.oid = tgrelid
   where not tgisinternal

  union all
  select 'function', pg_proc.oid::regprocedure::text,
         concat_ws(' ', case when prokind <> 'a' then pg_get_functiondef(pg_proc.oid) end, proowner::regrole,
                   (select string_agg(x::text, ' ' order by x::text) from unnest(coalesce(proacl, acldefault('f', proowner))) x))
    from pg_proc join homes on homes.oid = pronamespace

  union all
  select 'type', format_type(pg_type.oid, null),
         concat_ws(' ', typtype, typowner::regrole, format_type(typbasetype, typtypmod),
                   (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = pg_type.oid))
    from pg_type join homes on homes.oid = typnamespace
   where typtype in ('e', 'd', 'r')

  union all
  select 'publication', pubname::text,
         concat_ws(' ', pubowner::regrole, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot)
    from pg_publication

  union all
  select 'published', pubname || ' ' || schemaname || '.' || tablename, concat_ws(' ', attnames, rowfilter)
    from pg_publication_tables

  union all
  select 'extension', extname::text, extversion from pg_extension

  union all
  select 'default right', concat_ws(' ', defaclrole::regrole, defaclobjtype, nspname),
         (select string_agg(x::text, ' ' order by x::text) from unnest(defaclacl) x)
    from pg_default_acl left join homes on homes.oid = defaclnamespace

  union all
  select 'comment', concat_ws('.', name, attname), description
    from pg_description
    join relations on relations.oid = objoid and classoid = 'pg_class'::regclass
    left join pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
)
select kind, thing, definition from facts order by kind, thing, definition
