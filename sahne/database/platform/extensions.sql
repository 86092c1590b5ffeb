-- The extensions that every Supabase project has, as far as this server can make them; the embedded PostgreSQL has
-- stand-ins for both (`stand_ins`).
-- there when: not exists (select from pg_available_extensions where name in ('pgcrypto', 'uuid-ossp') and installed_version is null)

do $$
declare
  wanted name;
begin
  for wanted in
    select name from pg_available_extensions where name in ('pgcrypto', 'uuid-ossp') and installed_version is null
  loop
    execute format('create extension if not exists %I with schema extensions', wanted);
  end loop;
end
$$;
