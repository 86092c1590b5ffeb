-- The roles of a Supabase project. They belong to the cluster: another database may have made them already.
-- there when: (select count(*) = 6 from pg_roles where rolname in ('anon', 'authenticated', 'service_role', 'authenticator', 'supabase_auth_admin', 'supabase_storage_admin'))

do $$
declare
  wanted record;
begin
  for wanted in
    select *
    from (values
      ('anon',                   'nologin noinherit'),
      ('authenticated',          'nologin noinherit'),
      ('service_role',           'nologin noinherit bypassrls'),
      ('authenticator',          'login noinherit'),
      ('supabase_auth_admin',    'nologin noinherit'),
      ('supabase_storage_admin', 'nologin noinherit')
    ) as roles (name, options)
  loop
    if not exists (select from pg_roles where rolname = wanted.name) then
      begin
        execute format('create role %I %s', wanted.name, wanted.options);
      exception
        when duplicate_object or unique_violation then null;  -- another database of this cluster was quicker
      end;
    end if;
  end loop;
end
$$;

-- the doors log in as authenticator and become one of these; the last two are never taken from a token
grant anon, authenticated, service_role, supabase_auth_admin, supabase_storage_admin to authenticator;

alter role authenticator set statement_timeout = '8s';
-- nobody knows who asks as anon, and how many they are; the Data API heeds what is set for a role
alter role anon set statement_timeout = '3s';
