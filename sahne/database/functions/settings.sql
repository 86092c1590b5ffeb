-- The product's settings as every function reads them: one typed row.

-- Every setting: `(private.settings()).daily_limit_free`.
create or replace function private.settings() returns private.settings
language sql stable security definer set search_path = '', pg_temp as $$
  select settings from private.settings
$$;

revoke execute on function private.settings() from public;
grant execute on function private.settings() to service_role;
