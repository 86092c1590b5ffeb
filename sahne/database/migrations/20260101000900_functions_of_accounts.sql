-- The functions of accounts as they were first: today's text is in sahne/database/functions/accounts.

set local check_function_bodies = off;

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

-- A person's profiles: what the server fills in, the face that all may see, and which of them the caller may use
-- (rulings R1, R2).

-- `role` says creator exactly when `is_creator` does; an e-mail is the account's; a real profile may name only itself.
create or replace function private.complete_profile() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.type = 'real' then
    new.user_id := coalesce(new.user_id, new.id);
    new.email := (select nullif(users.email, '') from auth.users where users.id = new.user_id);
  end if;
  if new.role in ('user', 'creator') then
    new.role := case when new.is_creator then 'creator' else 'user' end;
  end if;
  return new;
end $$;

create or replace function private.show_public_profile() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into public.public_profiles as face (id, username, display_name, avatar_url, is_creator)
  values (new.id, new.username, new.display_name, new.avatar_url, new.is_creator)
  on conflict (id) do update
    set username     = excluded.username,
        display_name = excluded.display_name,
        avatar_url   = excluded.avatar_url,
        is_creator   = excluded.is_creator
  where (face.username, face.display_name, face.avatar_url, face.is_creator)
    is distinct from (excluded.username, excluded.display_name, excluded.avatar_url, excluded.is_creator);
  return null;
end $$;

create or replace function private.own_profile_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select profiles.id from public.profiles where profiles.user_id = (select auth.uid())
$$;

-- Whether the caller's real profile may open a session.
create or replace function private.creator_profile_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select profiles.id
    from public.profiles
   where profiles.user_id = (select auth.uid())
     and profiles.type = 'real'
     and profiles.is_creator
     and (select private.is_named_user())
$$;

-- Only creators open and start sessions: whether the caller is one.
create or replace function private.is_creator() returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select private.creator_profile_ids())
$$;

create or replace function private.refuse_unless_creator(_what text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not private.is_creator() then
    perform private.refuse(403, 'creator_required', 'Only creators can ' || _what || '.', 'Ask to be made a creator.');
  end if;
end $$;

revoke execute on function
  private.complete_profile(), private.show_public_profile(), private.own_profile_ids(), private.creator_profile_ids(),
  private.is_creator(), private.refuse_unless_creator(text)
  from public;
grant execute on function private.own_profile_ids(), private.creator_profile_ids() to anon, authenticated, service_role;
grant execute on function private.is_creator(), private.refuse_unless_creator(text) to service_role;

-- A user who signs up has a profile in the same transaction; nothing they may type into their metadata can make the
-- sign-up fail (ruling S10), a name that the house does not take among it; what else fails says that it was this trigger.

create or replace function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _gender text := new.raw_user_meta_data ->> 'gender';
  _name   text := left(btrim(new.raw_user_meta_data ->> 'display_name'), 80);
begin
  insert into public.profiles (id, user_id, email, gender, display_name)
  values (
    new.id,
    new.id,
    nullif(new.email, ''),
    case when _gender in ('male', 'female') then _gender end,
    case when private.is_visible(_name) and not private.has_house_word(array[_name]) then _name end
  );
  return new;
exception
  when others then
    raise exception 'on_auth_user_created: %', sqlerrm
      using errcode = sqlstate, hint = 'The trigger public.handle_new_user() could not make the profile.';
end $$;

-- The profile's e-mail is the account's, always.
create or replace function private.follow_user_email() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.profiles set email = nullif(new.email, '') where user_id = new.id and type = 'real';
  return null;
end $$;

revoke execute on function private.follow_user_email() from public;
revoke execute on function public.handle_new_user() from public, anon, authenticated;

-- What an app's own function says of an event, asked as the role that owns the accounts: `function(event jsonb)`, as Supabase
-- calls hooks. Who may execute it is its owner's to grant.
create or replace function private.ask_hook(_schema text, _function text, _event jsonb) returns jsonb
language plpgsql set search_path = '', pg_temp as $$
declare
  _answer jsonb;
begin
  execute format('select to_jsonb(%I.%I($1))', _schema, _function) into _answer using _event;
  return _answer;
end $$;

revoke execute on function private.ask_hook(text, text, jsonb) from public;
grant execute on function private.ask_hook(text, text, jsonb) to supabase_auth_admin;
