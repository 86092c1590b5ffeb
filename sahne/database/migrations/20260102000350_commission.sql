-- The platform's share of what creators are given, in whole per cent.

create function private.commission_percent() returns integer
language sql stable security definer set search_path = '' as $$
  select settings.gift_commission_percent from private.settings
$$;
