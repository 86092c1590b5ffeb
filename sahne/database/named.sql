-- Names that the settings say, and that are not there.

-- name: unknown_names
-- The schemas that there are none of, the roles that whoever asks cannot become, and the functions, named with their
-- schema or without, that cannot be called without an argument.
select array(
         select wanted
           from unnest(%(schemas)s::text[]) as wanted
          where not exists (select from pg_catalog.pg_namespace where nspname = wanted)
       ) as schemas,
       array(
         select wanted
           from unnest(%(roles)s::text[]) as wanted
          where not exists (
                  select from pg_catalog.pg_roles
                   where rolname = wanted and pg_catalog.pg_has_role(oid, 'member')
                )
       ) as roles,
       array(
         select wanted
           from unnest(%(functions)s::text[]) as wanted
          where not exists (
                  select from pg_catalog.pg_proc
                    join pg_catalog.pg_namespace on pg_namespace.oid = pronamespace
                   where wanted in (proname, nspname || '.' || proname)
                     and pronargs = pronargdefaults
                     and prokind = 'f'
                )
       ) as functions
