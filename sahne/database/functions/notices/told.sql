-- What people are told of by itself, whichever way a row was written: calls, pictures, bans, and whatever makes an account less
-- or more safe. Each hangs on a row that others hold meanwhile, so nobody who is being erased at this moment is waited for.

-- Tell one person, unless somebody erases them just now.
create or replace function private.tell_if_there(
  _user uuid, _code text, _actor_profile uuid default null, _details jsonb default '{}', _count integer default 1
) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from auth.users where id = _user and deleted_at is null for key share skip locked;
  if found then
    perform private.tell(_user, _code, _actor_profile, _details, _count);
  end if;
end $$;

-- A call rings at who is called, and was missed where it was not answered; a ring that is over leaves no more.
create or replace function private.tell_of_call() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _details constant jsonb := jsonb_build_object(
    'call_id', new.id, 'caller_id', new.caller_id, 'call_type', new.call_type, 'initiated_at', new.initiated_at);
begin
  if tg_op = 'INSERT' and new.status = 'initiated' then
    perform private.tell_if_there(new.callee_id, 'call_rings', new.caller_id, _details);
  elsif tg_op = 'INSERT' and new.status = 'busy' or tg_op = 'UPDATE' and new.status = 'missed' then
    perform private.tell_if_there(new.callee_id, 'call_missed', new.caller_id, _details);
  end if;
  if tg_op = 'UPDATE' then
    update private.deliveries set state = 'superseded'
     where user_id = new.callee_id and code = 'call_rings' and collapse = 'call:' || new.id and state in ('waiting', 'sending');
  end if;
  return null;
end $$;

-- Gifts that were counted: who got them is told how many there were, in each session, and by whom where it was one alone.
-- `_gifts` is `[{"receiver_id", "session_id", "profile_id", "gifts", "coins"}]`.
create or replace function private.tell_of_gifts(_gifts jsonb) returns void
language sql security definer set search_path = '', pg_temp as $$
  select private.tell_if_there(
           given.receiver_id, 'gift_received', given.profile_id,
           jsonb_build_object('session_id', given.session_id, 'gifts', given.gifts, 'coins', given.coins), given.gifts)
    from jsonb_to_recordset(_gifts)
           as given (receiver_id uuid, session_id uuid, profile_id uuid, gifts integer, coins bigint)
   order by given.receiver_id, given.session_id
$$;

create or replace function private.tell_of_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.tell_if_there(
    new.user_id,
    case new.status when 'done' then 'picture_ready' when 'moderated' then 'picture_refused' else 'picture_failed' end, null,
    jsonb_strip_nulls(jsonb_build_object('generation_id', new.id, 'scene_id', new.scene_id, 'error_code', new.error_code)));
  return null;
end $$;

-- Nothing tells who of those in charge it was, nor why: the host's house, the host's name.
create or replace function private.tell_of_ban() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.tell_if_there(new.banned_user_id, 'banned', sessions.creator_profile_id,
            jsonb_build_object('session_id', new.session_id, 'title', sessions.title, 'expires_at', new.expires_at))
     from public.live_sessions sessions
    where sessions.id = new.session_id;
  return null;
end $$;

-- An account was suspended, with the reason that an admin gave, or is not any more; or it has another password or another
-- address: the letter goes to the address it had before.
create or replace function private.tell_of_account() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.banned_until > now() and new.banned_until is distinct from old.banned_until then
    perform private.tell(new.id, 'account_suspended', null, coalesce(
      (select jsonb_strip_nulls(jsonb_build_object('reason', said.reason, 'ends_at', said.ends_at))
         from private.suspensions said
        where said.user_id = new.id and said.lifted_at is null and (said.ends_at is null or said.ends_at > now())
        order by said.id desc
        limit 1),
      jsonb_build_object('ends_at', new.banned_until)));
  elsif old.banned_until > now() and new.banned_until is distinct from old.banned_until then
    perform private.tell(new.id, 'suspension_lifted');
  end if;
  if old.encrypted_password <> '' and new.encrypted_password <> old.encrypted_password then
    perform private.tell(new.id, 'password_changed');
  end if;
  if old.email <> '' and new.email <> old.email then
    perform private.tell(new.id, 'address_changed', null, jsonb_build_object('old_address', old.email));
  end if;
  return null;
end $$;

-- Somebody who is signed in elsewhere signed in with a program that none of their sessions is of.
create or replace function private.tell_of_new_device() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _agents text[];
begin
  select array_agg(coalesce(sessions.user_agent, '')) into _agents
    from auth.sessions
   where sessions.user_id = new.user_id and sessions.id <> new.id;
  if coalesce(new.user_agent, '') <> all (_agents) then
    perform private.tell_if_there(new.user_id, 'new_device', null, jsonb_build_object(
      'session_id', new.id, 'user_agent', left(new.user_agent, 300), 'ip', host(new.ip)));
  end if;
  return null;
end $$;

create or replace function private.tell_of_factor() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_op = 'DELETE' then
    perform private.tell_if_there(old.user_id, 'factor_removed', null, jsonb_build_object('factor_type', old.factor_type));
  else
    perform private.tell_if_there(new.user_id, 'factor_added', null, jsonb_build_object('factor_type', new.factor_type));
  end if;
  return null;
end $$;

create or replace function private.tell_of_passkey() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_op = 'DELETE' then
    perform private.tell_if_there(old.user_id, 'passkey_removed', null, jsonb_build_object('name', left(old.friendly_name, 120)));
  else
    perform private.tell_if_there(new.user_id, 'passkey_added', null, jsonb_build_object('name', left(new.friendly_name, 120)));
  end if;
  return null;
end $$;

revoke execute on function
  private.tell_if_there(uuid, text, uuid, jsonb, integer), private.tell_of_call(), private.tell_of_gifts(jsonb),
  private.tell_of_generation(), private.tell_of_ban(), private.tell_of_account(), private.tell_of_new_device(),
  private.tell_of_factor(), private.tell_of_passkey()
  from public;
grant execute on function
  private.tell_if_there(uuid, text, uuid, jsonb, integer), private.tell_of_gifts(jsonb)
  to service_role;
