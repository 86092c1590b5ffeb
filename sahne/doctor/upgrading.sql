-- name: outdated_extensions
-- Extensions of this database that are older than what its server would install.
select installed.extname::text as extension,
       installed.extversion    as installed,
       offered.default_version as offered
  from pg_catalog.pg_extension as installed
  join pg_catalog.pg_available_extensions as offered on offered.name = installed.extname
 where installed.extversion <> offered.default_version
 order by extension;
