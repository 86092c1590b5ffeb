-- The functions of deliveries as they were first: today's text is in sahne/database/functions/notices.

set local check_function_bodies = off;

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

-- The service took it and calls it so; some say only later, in a receipt, what became of it.
create or replace function private.note_sent(_delivery uuid, _service_id text, _has_receipt boolean) returns void
language sql security definer set search_path = '', pg_temp as $$
  update private.deliveries
     set state          = 'sent',
         sent_at        = now(),
         service_id     = left(_service_id, 500),
         receipt_due_at = case when _has_receipt then now() + private.receipt_pause() end
   where id = _delivery
$$;

-- It will never be taken.
create or replace function private.refuse_delivery(_delivery uuid, _reason text) returns void
language sql security definer set search_path = '', pg_temp as $$
  update private.deliveries set state = 'refused', reason = left(_reason, 500), receipt_due_at = null where id = _delivery
$$;

-- Again after a while, unless nobody wants it then, or something newer of its kind waits by now. `_state` is how it stood: a
-- push that was taken, too, may turn out not to have been handed on.
create or replace function private.put_off_delivery(_delivery uuid, _seconds float8, _reason text, _state text default 'sending')
returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _due constant timestamptz := now() + _seconds * interval '1 second';
begin
  update private.deliveries
     set state  = case when _due >= expires_at then 'expired' else 'waiting' end,
         due_at = _due,
         reason = left(_reason, 500),
         receipt_due_at = null
   where id = _delivery and state = _state;
exception when unique_violation then
  update private.deliveries set state = 'superseded', receipt_due_at = null where id = _delivery;
end $$;

-- The service knows the device no more: it is forgotten, and with it what waits for it; unless it was heard of since.
create or replace function private.forget_gone_device(_delivery uuid) returns void
language sql security definer set search_path = '', pg_temp as $$
  with asked as (
    update private.deliveries set receipt_due_at = null where id = _delivery returning device_id, sent_at
  )
  delete from private.devices using asked
   where devices.id = asked.device_id and (asked.sent_at is null or devices.seen_at <= asked.sent_at)
$$;

-- How long a service may take until it knows what became of a push; where it does not yet, it is asked again after as long.
create or replace function private.receipt_pause() returns interval
language sql immutable parallel safe set search_path = '', pg_temp as $$
  select interval '15 minutes'
$$;

-- Whose receipts are to be asked for now, each once among all workers; who hears nothing asks again, as long as it is kept.
create or replace function private.take_receipts(_platform text, _limit integer) returns table (id uuid, service_id text)
language sql security definer set search_path = '', pg_temp as $$
  with due as (
    select sent.id
      from private.deliveries sent
      join private.devices on devices.id = sent.device_id
     where sent.receipt_due_at <= now() and devices.platform = _platform
     order by sent.receipt_due_at
     limit _limit
       for update of sent skip locked
  )
  update private.deliveries asked
     set receipt_due_at = now() + private.receipt_pause()
    from due
   where asked.id = due.id
  returning asked.id, asked.service_id
$$;

-- The devices have them.
create or replace function private.note_received(_deliveries uuid[]) returns void
language sql security definer set search_path = '', pg_temp as $$
  update private.deliveries set receipt_due_at = null where id = any (_deliveries)
$$;

revoke execute on function
  private.set_notice_channels(text[]), private.take_deliveries(boolean, integer, float8),
  private.note_sent(uuid, text, boolean), private.refuse_delivery(uuid, text),
  private.put_off_delivery(uuid, float8, text, text), private.forget_gone_device(uuid), private.receipt_pause(),
  private.take_receipts(text, integer), private.note_received(uuid[])
  from public;
grant execute on function
  private.set_notice_channels(text[]), private.take_deliveries(boolean, integer, float8),
  private.note_sent(uuid, text, boolean), private.refuse_delivery(uuid, text),
  private.put_off_delivery(uuid, float8, text, text), private.forget_gone_device(uuid), private.receipt_pause(),
  private.take_receipts(text, integer), private.note_received(uuid[])
  to service_role;
