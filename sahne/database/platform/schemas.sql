-- The schemas of a Supabase project and what its roles may do in `public` from the start.
-- there when: to_regnamespace('auth') is not null and to_regnamespace('storage') is not null and to_regnamespace('realtime') is not null and to_regnamespace('extensions') is not null

create schema if not exists extensions;
create schema if not exists auth     authorization supabase_auth_admin;
create schema if not exists storage  authorization supabase_storage_admin;
create schema if not exists realtime;

grant usage on schema public     to anon, authenticated, service_role;
grant usage on schema extensions to anon, authenticated, service_role;
grant usage on schema auth       to anon, authenticated, service_role;
grant usage on schema storage    to anon, authenticated, service_role;
grant usage on schema realtime   to anon, authenticated, service_role;

-- as on Supabase since 2026: what the owner makes in public is open to the API's roles only once it is granted to them
alter default privileges in schema public revoke all on tables    from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
