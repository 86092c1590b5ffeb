-- Names that the settings say, and that are not there.

-- name: unknown_names
-- The schemas that there are none of, and the roles that whoever asks cannot become.
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
       ) as roles
