-- What is on its way: taken by a worker for a while, sent, and what became of it.

-- The ways out that are set up are these, and no others: nothing is queued for the rest.
create or replace function private.set_notice_channels(_platforms text[]) returns void
language sql security definer set search_path = '', pg_temp as $$
  delete from private.notice_channels where platform <> all (_platforms);
  insert into private.notice_channels (platform) select unnest(_platforms) on conflict do nothing
$$;

-- Take what is due, rings or the rest, until the hold runs out: each once among all workers. What nobody wants any more is
-- put aside. Everything that a letter or a push is written with comes along.
create or replace function private.take_deliveries(_urgent boolean, _limit integer, _hold_seconds float8)
returns table (
  id uuid, platform text, app text, token text, subscription jsonb, locale text, address text, code text, notification_id uuid,
  actor_profile_id uuid, actor_name text, details jsonb, event_count integer, collapse text, is_urgent boolean,
  tries integer, created_at timestamptz, expires_at timestamptz
)
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update private.deliveries late set state = 'expired'
   where late.id in (select old.id from private.deliveries old
                      where old.is_urgent = _urgent and old.state in ('waiting', 'sending')
                        and old.due_at <= now() and old.expires_at <= now()
                      order by old.due_at limit _limit for update skip locked);
  return query
  with due as (
    select waiting.id
      from private.deliveries waiting
     where waiting.is_urgent = _urgent and waiting.state in ('waiting', 'sending')
       and waiting.due_at <= now() and waiting.expires_at > now()
     order by waiting.due_at
     limit _limit
       for update skip locked
  ), taken as (
    update private.deliveries held
       set state = 'sending', tries = held.tries + 1, due_at = now() + _hold_seconds * interval '1 second'
      from due
     where held.id = due.id
    returning held.*
  )
  select taken.id, coalesce(devices.platform, 'mail'), devices.app, devices.token, devices.subscription,
         coalesce(devices.locale, users.raw_user_meta_data ->> 'language', users.raw_user_meta_data ->> 'locale'),
         coalesce(taken.address, users.email)::text, taken.code, taken.notification_id, taken.actor_profile_id,
         coalesce(faces.display_name, faces.username), taken.details, taken.event_count, taken.collapse, taken.is_urgent,
         taken.tries, taken.created_at, taken.expires_at
    from taken
    join auth.users users on users.id = taken.user_id
    left join private.devices on devices.id = taken.device_id
    left join public.public_profiles faces on faces.id = taken.actor_profile_id
   order by taken.created_at;
end $$;

-- It was taken by the service, or never will be.
create or replace function private.close_delivery(_delivery uuid, _state text, _reason text) returns void
language sql security definer set search_path = '', pg_temp as $$
  update private.deliveries set state = _state, reason = left(_reason, 500) where id = _delivery
$$;

-- Again after a while, unless nobody wants it then, or something newer of its kind waits by now.
create or replace function private.put_off_delivery(_delivery uuid, _seconds float8, _reason text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _due constant timestamptz := now() + _seconds * interval '1 second';
begin
  update private.deliveries
     set state  = case when _due >= expires_at then 'expired' else 'waiting' end,
         due_at = _due,
         reason = left(_reason, 500)
   where id = _delivery and state = 'sending';
exception when unique_violation then
  update private.deliveries set state = 'superseded' where id = _delivery;
end $$;

-- The service knows the device no more: it is forgotten, and with it what waits for it.
create or replace function private.forget_gone_device(_delivery uuid) returns void
language sql security definer set search_path = '', pg_temp as $$
  delete from private.devices where id = (select device_id from private.deliveries where id = _delivery)
$$;

revoke execute on function
  private.set_notice_channels(text[]), private.take_deliveries(boolean, integer, float8),
  private.close_delivery(uuid, text, text), private.put_off_delivery(uuid, float8, text), private.forget_gone_device(uuid)
  from public;
grant execute on function
  private.set_notice_channels(text[]), private.take_deliveries(boolean, integer, float8),
  private.close_delivery(uuid, text, text), private.put_off_delivery(uuid, float8, text), private.forget_gone_device(uuid)
  to service_role;
