-- What people are told of: an event in the outbox, in the transaction that made it true, and a row that the person reads at once.
-- Nothing stands in its details that its receiver may not know (ruling L17).

-- Tell one person of what happened so often. Who is gone is told nothing.
create or replace function private.tell(
  _user uuid, _code text, _actor_profile uuid default null, _details jsonb default '{}', _count integer default 1
) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _event private.events;
begin
  perform private.hold_accounts(_user);
  insert into private.events (code, actor_profile_id, user_id, details)
  select _code, _actor_profile, users.id, _details
    from auth.users
   where users.id = _user and users.deleted_at is null
  returning * into _event;
  if found then
    perform private.write_notices(_event, array[_user], _count);
  end if;
end $$;

-- Tell everybody who follows a profile: one event, however many they are; the worker goes through them where it is worth it.
create or replace function private.announce(_code text, _actor_profile uuid, _details jsonb default '{}') returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _event bigint;
begin
  insert into private.events (code, actor_profile_id, details) values (_code, _actor_profile, _details) returning id into _event;
  if (select kind.spreads from private.notice_kind(_code) kind) then
    insert into private.fan_outs (event_id) values (_event);
    perform pg_notify('sahne_notices', '');
  end if;
end $$;

-- When something was read is our clock's to say, and stays once it is said; a client says that it was, or that it was not.
-- What was read grows no more: what comes next of its kind is a row of its own.
create or replace function private.stamp_read() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  new.read_at := case when new.read_at is not null then coalesce(old.read_at, now()) end;
  if new.read_at is not null and (select kind.grouped from private.notice_kind(new.code) kind) = 'grows' then
    new.group_key := null;
  end if;
  return new;
end $$;

-- Events and notices of long ago, and what was delivered yesterday; how many. Called by the worker on its clock.
create or replace function private.forget_notices(_events_days integer, _notices_days integer) returns bigint
language sql security definer set search_path = '', pg_temp as $$
  with events as (
    delete from private.events where created_at < now() - _events_days * interval '1 day' returning 1
  ), notices as (
    delete from public.notifications where created_at < now() - _notices_days * interval '1 day' returning 1
  ), deliveries as (
    delete from private.deliveries
     where state not in ('waiting', 'sending') and created_at < now() - interval '1 day' returning 1
  )
  select (select count(*) from events) + (select count(*) from notices) + (select count(*) from deliveries)
$$;

revoke execute on function
  private.tell(uuid, text, uuid, jsonb, integer), private.announce(text, uuid, jsonb), private.stamp_read(),
  private.forget_notices(integer, integer)
  from public;
grant execute on function
  private.tell(uuid, text, uuid, jsonb, integer), private.announce(text, uuid, jsonb), private.forget_notices(integer, integer)
  to service_role;
