-- What the database knows of the product's functions, and of what hangs on one of them.

-- name: functions
-- The product's functions: all in public and private that no extension brought. `callers` are roles, the owner left out.
select functions.oid::regprocedure::text as signature,
       pg_get_functiondef(functions.oid) as definition,
       obj_description(functions.oid, 'pg_proc') as comment,
       array(select case rights.grantee when 0 then 'public' else rights.grantee::regrole::text end
               from aclexplode(coalesce(functions.proacl, acldefault('f', functions.proowner))) as rights
              where rights.grantee <> functions.proowner
              order by 1) as callers
  from pg_catalog.pg_proc as functions
 where functions.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
   and functions.prokind = 'f'
   and not exists (select from pg_catalog.pg_depend
                    where classid = 'pg_proc'::regclass and objid = functions.oid and deptype = 'e')
 order by 1;

-- name: dependents
-- What would not stand without the function: policies, triggers, views, defaults, constraints, in words.
select distinct objects.type || ' ' || objects.identity as dependent
  from pg_catalog.pg_depend as depends
  left join pg_catalog.pg_rewrite as rules on depends.classid = 'pg_rewrite'::regclass and rules.oid = depends.objid
 cross join pg_identify_object(
         case when rules.oid is null then depends.classid else 'pg_class'::regclass end,
         coalesce(rules.ev_class, depends.objid),
         depends.objsubid) as objects
 where depends.refclassid = 'pg_proc'::regclass
   and depends.refobjid = (%(signature)s)::regprocedure
   and depends.deptype = 'n'
 order by 1;
