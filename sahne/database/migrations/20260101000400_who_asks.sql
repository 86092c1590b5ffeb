-- What policies and triggers ask about the caller: small stable functions that run as the owner, so that nothing
-- recurses and nobody needs rights on the tables behind them (ruling R9).

-- Who has neither e-mail nor phone looks and watches only (ruling R1); so does who is not there at all.
create function private.is_anonymous(_user uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select coalesce((select users.is_anonymous from auth.users where users.id = _user), true)
$$;

-- Suspended, or erased in all but the row, whatever a token says that was given out before.
create function private.is_suspended(_user uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from auth.users where users.id = _user and (users.deleted_at is not null or users.banned_until > now()))
$$;

-- Who may do more than look.
create function private.is_named_user() returns boolean
language sql stable security definer set search_path = '' as $$
  select not private.is_anonymous((select auth.uid())) and not private.is_suspended((select auth.uid()))
$$;

create function private.is_admin() returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.profiles
     where profiles.user_id = (select auth.uid()) and profiles.type = 'real' and profiles.role = 'admin'
  )
$$;

-- Premium is what is paid for now; a lost expiry notice gives nothing away (ruling S5).
create function private.is_premium(_user_id uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.profiles
     where profiles.id = _user_id
       and profiles.is_premium
       and (profiles.subscription_expires_at is null or profiles.subscription_expires_at > now())
  )
$$;

revoke execute on function private.is_named_user(), private.is_admin(), private.is_premium(uuid) from public;
grant execute on function private.is_named_user(), private.is_admin() to anon, authenticated, service_role;
grant execute on function private.is_premium(uuid) to service_role;
