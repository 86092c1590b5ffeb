-- Who asks, and what they are. The actor of a verb; and what policies and triggers ask about the caller: small stable
-- functions that run as the owner, so that nothing recurses and nobody needs rights on the tables behind them (ruling R9).

-- The user on whose behalf an operation runs: the claims' subject (ruling R8), with an account in good standing (R11).
create or replace function private.actor() returns uuid
language plpgsql stable set search_path = '', pg_temp as $$
declare
  _actor uuid := auth.uid();
begin
  if _actor is null then
    perform private.refuse(401, 'unauthenticated', 'A valid bearer token is needed.');
  end if;
  case private.standing(_actor)
    when 'gone' then
      perform private.refuse(403, 'user_not_found', 'This account is gone.', 'Sign up, or sign in to another one.');
    when 'suspended' then
      perform private.refuse(403, 'user_banned', 'This account is suspended.', 'Ask the people who run the app.');
    when 'leaving' then
      perform private.refuse(403, 'account_leaving', 'This account is about to be erased.',
        'Sign in again to keep it, or send POST account/restore.');
    else
      null;
  end case;
  return _actor;
end $$;

-- How an account stands, whatever a token says that was given out before: `gone`, `suspended` (or erased in all but the
-- row), `leaving` (about to be erased), `anonymous` (nobody who signed in is, too) or `named`.
create or replace function private.standing(_user uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(
    (select case
              when users.deleted_at is not null or users.banned_until > now() then 'suspended'
              when exists (select from private.account_deletions where user_id = users.id) then 'leaving'
              when users.is_anonymous then 'anonymous'
              else 'named'
            end
       from auth.users
      where users.id = _user),
    case when _user is null then 'anonymous' else 'gone' end)
$$;

-- Accounts stay until the end of the transaction, which changes what hangs on them: held before that is (see the order of
-- locks in `live/entry.sql`).
create or replace function private.hold_accounts(variadic _users uuid[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from auth.users where id = any (_users) order by id for key share;
end $$;

-- The actor, who must have an e-mail or a phone.
create or replace function private.named_actor() returns uuid
language plpgsql stable set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
begin
  if private.standing(_actor) = 'anonymous' then
    perform private.refuse(403, 'anonymous_not_allowed', 'An anonymous sign-in can only watch.',
      'Add an e-mail or a phone to the account first.');
  end if;
  return _actor;
end $$;

-- Who has neither e-mail nor phone looks and watches only (ruling R1); so does who is not there at all.
create or replace function private.is_anonymous(_user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce((select users.is_anonymous from auth.users where users.id = _user), true)
$$;

-- Suspended, about to be erased, or erased in all but the row, whatever a token says that was given out before.
create or replace function private.is_suspended(_user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select private.standing(_user) in ('suspended', 'leaving')
$$;

-- What a client that writes is told who may only look (ruling R11): the policies ask the same. The trigger's argument
-- says what it is about.
create or replace function private.forbid_unless_named() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.forbid_for(private.standing(auth.uid()), 'A user', tg_argv[0]);
  return coalesce(new, old);
end $$;

-- Who may do more than look.
create or replace function private.is_named_user() returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select private.standing((select auth.uid())) = 'named'
$$;

create or replace function private.is_admin() returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select from public.profiles
     where profiles.user_id = (select auth.uid()) and profiles.type = 'real' and profiles.role = 'admin'
  )
$$;

-- Lets admins and the server pass and tells everybody else why not.
create or replace function private.require_admin() returns boolean
language plpgsql stable set search_path = '', pg_temp as $$
begin
  if current_user in ('anon', 'authenticated') and not private.is_admin() then
    raise exception 'Only an admin may see this report.' using errcode = '42501';
  end if;
  return true;
end $$;

-- Premium is what is paid for now; a lost expiry notice gives nothing away (ruling S5).
create or replace function private.is_premium(_user_id uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select from public.profiles
     where profiles.id = _user_id
       and profiles.is_premium
       and (profiles.subscription_expires_at is null or profiles.subscription_expires_at > now())
  )
$$;

revoke execute on function
  private.actor(), private.hold_accounts(uuid[]), private.named_actor(), private.standing(uuid),
  private.is_anonymous(uuid), private.is_suspended(uuid),
  private.forbid_unless_named(), private.is_named_user(), private.is_admin(), private.require_admin(),
  private.is_premium(uuid)
  from public;
grant execute on function
  private.is_named_user(), private.is_admin(), private.require_admin()
  to anon, authenticated, service_role;
grant execute on function
  private.actor(), private.hold_accounts(uuid[]), private.named_actor(), private.standing(uuid),
  private.is_anonymous(uuid), private.is_suspended(uuid),
  private.is_premium(uuid)
  to service_role;
