-- The platform's share of what creators are given: the one place that says how much.

-- What the platform keeps of an amount, rounded down in the creator's favour. plpgsql keeps its plan: every gift asks.
create or replace function private.commission_of(_amount bigint) returns bigint
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  return _amount * (select settings.gift_commission_percent from private.settings) / 100;
end $$;

revoke execute on function private.commission_of(bigint) from public;
grant execute on function private.commission_of(bigint) to service_role;
