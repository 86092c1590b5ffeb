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

-- as on Supabase: whatever the owner makes in public is open to the API's roles until it is revoked
alter default privileges in schema public grant all on tables    to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
