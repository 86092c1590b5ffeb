-- What PostgreSQL's catalogs say of policies, and of all they stand on. Names are in quotes where SQL wants them.

-- name: work_as
-- Whoever reads for all viewers: row security binds this role never, and where it would, PostgreSQL refuses.
select
 where set_config('role', %(role)s, false) is not null
   and set_config('row_security', 'off', false) is not null
   and set_config('search_path', '', false) is not null
   and set_config('statement_timeout', %(timeout)s, false) is not null
   and set_config('plan_cache_mode', 'force_generic_plan', false) is not null
   and current_setting('datestyle') like 'ISO%%'  -- as the stream writes, or its values would be read as others
   and current_setting('intervalstyle') = 'postgres';

-- name: names_in_full
-- Names are written with their schema until the transaction ends.
select set_config('search_path', '', true);

-- name: names_along
-- Names are looked for along this path until the transaction ends.
select set_config('search_path', %(path)s, true), set_config('check_function_bodies', 'off', true);

-- name: relation
-- A table as a role reads it: what binds it, its columns, the policies of that role in PostgreSQL's order.
select c.oid::bigint as oid, quote_ident(n.nspname) as schema, quote_ident(c.relname) as name,
       c.relkind::text as kind, c.oid < 16384 as of_postgres, has_schema_privilege(r.oid, n.oid, 'usage') as reachable,
       c.relrowsecurity and not (r.rolsuper or r.rolbypassrls)
         and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'usage')) as bound,
       c.relhassubclass or c.relispartition as has_relatives,
       (select json_agg(json_build_object(
                 'number', a.attnum, 'name', a.attname, 'quoted', quote_ident(a.attname),
                 'type', format_type(a.atttypid, a.atttypmod), 'type_oid', a.atttypid::bigint,
                 'collation', case when a.attcollation <> t.typcollation
                                   then quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end,
                 'generated', a.attgenerated <> '',
                 'readable', has_column_privilege(r.oid, c.oid, a.attnum, 'select')) order by a.attnum)
          from pg_attribute a
          join pg_type t on t.oid = a.atttypid
          left join pg_collation co on co.oid = a.attcollation
          left join pg_namespace cn on cn.oid = co.collnamespace
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       coalesce((select json_agg(json_build_object(
                          'name', p.polname, 'permissive', p.polpermissive,
                          'condition', pg_get_expr(p.polqual, p.polrelid),
                          'tree', p.polqual::text) order by p.polname collate "C")
                   from pg_policy p
                  where p.polrelid = c.oid and p.polcmd in ('r', '*') and p.polqual is not null
                    and exists (select from unnest(p.polroles) as whom (role)
                                 where whom.role = 0 or pg_has_role(r.oid, whom.role, 'usage'))), '[]') as policies,
       c.relpersistence = 'p' and coalesce((select bool_or(u.pubinsert and u.pubupdate and u.pubdelete and u.pubtruncate
                                and f.rowfilter is null
                                and cardinality(f.attnames) = (
                                      select count(*) from pg_attribute a
                                       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                                         and a.attgenerated = ''))
                   from pg_publication_tables f
                   join pg_publication u on u.pubname = f.pubname
                  where f.schemaname = n.nspname and f.tablename = c.relname and f.pubname = %(publication)s), false)
         as told_whole
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 cross join pg_roles r
 where c.oid = %(oid)s::oid and r.rolname = %(role)s;

-- name: function
-- A function as a role calls it.
select p.oid::bigint as oid, quote_ident(n.nspname) as schema, quote_ident(p.proname) as name,
       n.nspname = 'pg_catalog' and p.oid < 16384 as of_postgres, p.provolatile::text as volatility,
       l.lanname as language, p.prokind::text as kind, p.prosecdef as as_owner, p.proisstrict as strict,
       p.proretset as many, p.prorettype::bigint as type_oid, format_type(p.prorettype, -1) as type,
       t.typtype::text as kind_of_type, p.pronargs as arguments, coalesce(p.proargnames, '{}') as names,
       p.proargmodes is not null as other_arguments,
       pg_get_function_identity_arguments(p.oid) as signature, pg_get_function_result(p.oid) as result,
       coalesce(p.proconfig, '{}') as config, p.prosrc as source,
       case when p.prosqlbody is not null then pg_get_function_sqlbody(p.oid) end as body,
       o.rolname as owner, has_schema_privilege(r.oid, n.oid, 'usage') as reachable,
       has_function_privilege(r.oid, p.oid, 'execute') as callable
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
  join pg_type t on t.oid = p.prorettype
  join pg_roles o on o.oid = p.proowner
 cross join pg_roles r
 where p.oid = %(oid)s::oid and r.rolname = %(role)s;

-- name: functions_of_operators
-- What these operators call.
select oprcode::oid::bigint as oid from pg_operator where oid = any (%(oids)s::oid[]);

-- name: functions_of_casts
-- What reads and writes the text of these types where that depends on more than the text.
select t.typname as name
  from pg_type t
 where t.oid = any (%(oids)s::oid[])
   and not (t.typtype = 'e' or exists (select from pg_proc p where p.oid = t.typinput and p.provolatile = 'i'));

-- name: body_of
-- The function that was made of a body, as PostgreSQL read it.
select pg_get_function_sqlbody(p.oid) as body, p.prosqlbody::text as tree
  from pg_proc p
 where p.proname = %(name)s and p.pronamespace = pg_my_temp_schema();

-- name: next_xid
-- A transaction's number, above that of every one that has begun.
select pg_current_xact_id()::text as xid;

-- name: version_of
-- A digest of all that the verdicts on these tables stand on: policies, rights, functions, roles, publications.
select md5(concat(
         (select string_agg(p::text, ',' order by p.oid) from pg_policy p where p.polrelid = any (%(tables)s::oid[])),
         (select string_agg(concat_ws(':', c.oid, c.relfilenode, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relacl,
                                      c.relkind, c.relhassubclass, c.relispartition, c.relname, c.relnamespace),
                            ',' order by c.oid)
            from pg_class c where c.oid = any (%(tables)s::oid[])),
         (select string_agg(concat_ws(':', a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation,
                                      a.attgenerated, a.attisdropped, a.attacl), ','
                            order by a.attrelid, a.attnum)
            from pg_attribute a where a.attrelid = any (%(tables)s::oid[]) and a.attnum > 0),
         (select string_agg(concat_ws(':', d.adrelid, d.adnum, d.adbin), ',' order by d.adrelid, d.adnum)
            from pg_attrdef d where d.adrelid = any (%(tables)s::oid[])),
         (select string_agg(concat_ws(':', p.oid, p.xmin, p.proacl, p.proowner), ',' order by p.oid)
            from pg_proc p where p.oid = any (%(functions)s::oid[])),
         (select string_agg(concat_ws(':', r.oid, r.rolname, r.rolsuper, r.rolbypassrls, r.rolinherit), ',' order by r.oid)
            from pg_roles r),
         (select string_agg(m::text, ',' order by m.roleid, m.member, m.grantor) from pg_auth_members m),
         (select string_agg(concat_ws(':', n.oid, n.nspname, n.nspacl), ',' order by n.oid) from pg_namespace n where n.nspname !~ '^pg_'),
         (select string_agg(p::text, ',' order by p.pubname) from pg_publication p),
         (select string_agg(concat_ws(':', f.pubname, f.schemaname, f.tablename, f.rowfilter, f.attnames), ','
                            order by f.pubname, f.schemaname, f.tablename)
            from pg_publication_tables f where f.pubname = %(publication)s)
       )) as version;
