-- The platform's share of what creators are given.

create or replace function private.commission_percent() returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select settings.gift_commission_percent from private.settings
$$;

-- What the platform keeps of an amount, rounded down in the creator's favour.
create or replace function private.commission_of(_amount bigint) returns bigint
language sql stable security definer set search_path = '', pg_temp as $$
  select _amount * private.commission_percent() / 100
$$;

revoke execute on function private.commission_percent(), private.commission_of(bigint) from public;
grant execute on function private.commission_percent(), private.commission_of(bigint) to service_role;
