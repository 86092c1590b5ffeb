-- The functions of writing notices as they were first: today's text is in sahne/database/functions/notices.

set local check_function_bodies = off;

-- What becomes of an event for people: a row in their list, and what leaves for their devices and by mail.

-- Write an event down for people whose accounts are held, in one statement however many they are. `_count` is how often it
-- happened; what is the doing of several is nobody's alone, and goes with none of them. Who has blocked the one whose doing it
-- is, or is blocked by them, is told nothing.
create or replace function private.write_notices(_event private.events, _users uuid[], _count integer default 1) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _kind  record;
  _group text;
  _rings integer;
begin
  select * into _kind from private.notice_kind(_event.code);
  _group := case when _kind.grouped <> 'none' then private.notice_group(_event.code, _kind.about, _event.details) end;
  with told as materialized (
    select users.id, users.email, users.email_confirmed_at,
           _kind.keeps and private.wants_notice(wishes.turned_on, wishes.turned_off, _kind.category, 'app') as in_app,
           private.wants_notice(wishes.turned_on, wishes.turned_off, _kind.category, 'push')               as by_push,
           _kind.mails and private.wants_notice(wishes.turned_on, wishes.turned_off, _kind.category, 'mail') as by_mail,
           case when wishes.quiet_from is not null and _kind.quiet <> 'pass'
                then private.quiet_end(wishes.quiet_from, wishes.quiet_until, wishes.quiet_zone, now()) end as quiet_end
      from auth.users users
      left join private.notice_preferences wishes on wishes.user_id = users.id
     where users.id = any (_users)
       and users.deleted_at is null
       and not exists (select from private.blocks
                        where blocks.blocker_id = users.id and blocks.blocked_profile_id = _event.actor_profile_id)
       and not exists (select from private.blocks
                        where blocks.blocker_id = _event.actor_profile_id and blocks.blocked_profile_id = users.id)
       and (_event.user_id is not null
            or not exists (select from private.muted_creators muted
                            where muted.user_id = users.id and muted.creator_id = _event.actor_profile_id))
  ), kept as (
    insert into public.notifications as shown (user_id, code, actor_profile_id, details, group_key, event_count)
    select told.id, _event.code, _event.actor_profile_id, _event.details, _group, _count
      from told
     where told.in_app
     order by told.id
    on conflict (user_id, group_key) where group_key is not null do update
       set event_count      = shown.event_count + excluded.event_count,
           actor_profile_id = case when shown.actor_profile_id = excluded.actor_profile_id then shown.actor_profile_id end,
           details          = excluded.details,
           created_at       = excluded.created_at
     where _kind.grouped = 'grows'
    returning shown.id, shown.user_id, shown.event_count
  ), heard as (
    select told.*, kept.id as notification_id, coalesce(kept.event_count, _count) as times
      from told
      left join kept on kept.user_id = told.id
     where kept.id is not null or not told.in_app  -- who was told once already hears no more of it
  ), ways as (
    select heard.id as user_id, devices.id as device_id, heard.notification_id, heard.times, null::text as address,
           case when _kind.quiet = 'hold' and heard.quiet_end is not null then heard.quiet_end
                when _kind.grouped = 'grows' and heard.times > _count and _kind.category <> 'calls'
                then now() + private.growth_pause()
                else now() end as due_at
      from heard
      join private.devices on devices.user_id = heard.id
      join private.notice_channels channels on channels.platform = devices.platform
     where heard.by_push
       and not (_kind.quiet = 'drop' and heard.quiet_end is not null)
       and private.takes_code(devices, _event.code)
     union all
    select heard.id, null, heard.notification_id, heard.times,
           case when _event.code = 'address_changed' then _event.details ->> 'old_address' end, now()
      from heard
      join private.notice_channels channels on channels.platform = 'mail'
     where heard.by_mail and heard.email_confirmed_at is not null and heard.email <> ''
  ), sent as (
    insert into private.deliveries as waiting (user_id, device_id, notification_id, code, actor_profile_id, details, event_count,
                                               collapse, address, is_urgent, due_at, expires_at)
    select ways.user_id, ways.device_id, ways.notification_id, _event.code, _event.actor_profile_id, _event.details, ways.times,
           private.collapse_of(_event, _group), ways.address, _event.code = 'call_rings', ways.due_at,
           ways.due_at + _kind.lasts
      from ways
     order by ways.user_id
    on conflict ((coalesce(device_id, user_id)), collapse) where state = 'waiting' and collapse is not null do update
       set notification_id  = excluded.notification_id,
           code             = excluded.code,
           actor_profile_id = excluded.actor_profile_id,
           details          = excluded.details,
           event_count      = excluded.event_count,
           is_urgent        = excluded.is_urgent,
           due_at           = least(waiting.due_at, excluded.due_at),
           expires_at       = excluded.expires_at
    returning is_urgent
  )
  select count(*) into _rings from sent where is_urgent;
  if _rings > 0 then
    perform pg_notify('sahne_notices', '');
  end if;
end $$;

-- How long devices are left alone with what has only grown.
create or replace function private.growth_pause() returns interval
language sql immutable parallel safe set search_path = '', pg_temp as $$
  select interval '15 minutes'
$$;

-- What only the newest is worth showing of: a call's ringing gives way to its having been missed.
create or replace function private.collapse_of(_event private.events, _group text) returns text
language sql immutable parallel safe set search_path = '', pg_temp as $$
  select coalesce('call:' || (_event.details ->> 'call_id'), _group)
$$;

-- A phone that can ring is rung, and shown nothing else of it; what can ring is told of nothing but calls.
create or replace function private.takes_code(_device private.devices, _code text) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select case
    when _device.platform = 'apns_voip' then _code = 'call_rings'
    when _device.platform <> 'apns' or _code <> 'call_rings' then true
    else not exists (select from private.devices others
                      where others.user_id = _device.user_id
                        and others.session_id is not distinct from _device.session_id
                        and others.platform = 'apns_voip')
  end
$$;

-- Tell the next of those who follow: how many were gone through; null where nobody waits to be told. What was told, and how
-- far it is, is committed together, so nobody is told twice whatever becomes of the caller. Any number may call it at once.
create or replace function private.fan_out(_followers_max integer default 1000) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row     private.fan_outs;
  _event   private.events;
  _users   uuid[];
  _moments timestamptz[];
  _found   integer;
begin
  select * into _row from private.fan_outs order by followers, event_id limit 1 for update skip locked;
  if not found then
    return null;
  end if;
  select * into _event from private.events where id = _row.event_id;
  select array_agg(page.follower_id), array_agg(page.created_at) into _users, _moments
    from (select follows.follower_id, follows.created_at
            from public.follows
           where follows.followed_profile_id = _event.actor_profile_id
             and (follows.created_at, follows.follower_id) > (_row.told_until, _row.told_last_id)
             and follows.created_at <= _event.created_at
           order by follows.created_at, follows.follower_id
           limit _followers_max) page;
  _found := coalesce(cardinality(_users), 0);
  if _found > 0 then
    perform private.hold_accounts(variadic _users);
    perform private.write_notices(_event, _users);
  end if;
  if _found < _followers_max then
    delete from private.fan_outs where event_id = _row.event_id;
  else
    update private.fan_outs
       set told_until = _moments[_found], told_last_id = _users[_found], followers = followers + _found
     where event_id = _row.event_id;
  end if;
  return _found;
end $$;

revoke execute on function
  private.write_notices(private.events, uuid[], integer), private.growth_pause(),
  private.collapse_of(private.events, text), private.takes_code(private.devices, text), private.fan_out(integer)
  from public;
grant execute on function
  private.growth_pause(), private.collapse_of(private.events, text), private.takes_code(private.devices, text),
  private.fan_out(integer)
  to service_role;
