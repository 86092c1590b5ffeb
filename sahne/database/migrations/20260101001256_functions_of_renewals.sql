-- The functions of renewals as they were first: today's text is in sahne/database/functions/coins.

set local check_function_bodies = off;

-- What becomes of subscriptions because time passes. The worker looks for what is due and does each in a transaction of its own
-- (`sahne/coins/renewals.py`); whatever somebody else holds at that moment is passed over, and looked at the next time. So any
-- number of workers may do it: a month is paid once, by the ledger's key of subscription and month.

-- A subscription whose time has come is renewed from the subscriber's coins at the price it has: `renewed`; `unpaid` where they do
-- not reach, tried again a day later; `ended` after the third time, and where the creator is there no more. Null: nothing was due.
create or replace function private.renew_subscription(_subscription uuid) returns text
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  tries_max constant integer := 3;
  _row public.creator_subscriptions;
begin
  select * into _row from public.creator_subscriptions where id = _subscription;
  perform private.hold_accounts(_row.subscriber_id, _row.creator_id);
  select * into _row from public.creator_subscriptions
   where id = _subscription and renews_at <= now()
     for no key update skip locked;
  if not found then
    return null;
  end if;
  if private.is_suspended(_row.creator_id) or not private.is_offering(_row.creator_id)
     or private.is_shut_out(_row.subscriber_id, _row.creator_id) then
    perform private.end_and_tell(_row, 'creator_unavailable');
    return 'ended';
  end if;
  if private.can_renew(_row) then
    _row.tier_id := coalesce(_row.next_tier_id, _row.tier_id);
    _row.coin_price := coalesce(_row.next_coin_price, _row.coin_price);
    _row := private.pay_period(_row, private.renewal_start(_row));
    perform private.tell(_row.subscriber_id, 'subscription_renewed', _row.creator_id, private.renewal_details(_row));
    return 'renewed';
  end if;
  if _row.renewal_tries + 1 >= tries_max then
    perform private.end_and_tell(_row, 'unpaid');
    return 'ended';
  end if;
  update public.creator_subscriptions
     set renewal_tries = renewal_tries + 1, renews_at = now() + interval '1 day', reminded_at = coalesce(reminded_at, now())
   where id = _subscription
  returning * into _row;
  perform private.tell(_row.subscriber_id, 'subscription_unpaid', _row.creator_id, private.renewal_details(_row));
  return 'unpaid';
end $$;

-- Whether the subscriber's coins reach, and stay until the month is paid. Of a suspended account nothing is taken.
create or replace function private.can_renew(_row public.creator_subscriptions) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from public.wallets where user_id = _row.subscriber_id for no key update;
  return not private.is_suspended(_row.subscriber_id)
     and private.coin_balance(_row.subscriber_id) >= coalesce(_row.next_coin_price, _row.coin_price);
end $$;

-- When a month that is paid now begins: where the last one ended, as long as that opened what it opens; else now.
create or replace function private.renewal_start(_row public.creator_subscriptions) returns timestamptz
language sql stable set search_path = '', pg_temp as $$
  select case when private.is_running(_row) then _row.expires_at else now() end
$$;

-- Three days before it is renewed its subscriber is told, once; whether it was this call that did.
create or replace function private.remind_of_renewal(_subscription uuid) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.creator_subscriptions;
begin
  select * into _row from public.creator_subscriptions where id = _subscription;
  perform private.hold_accounts(_row.subscriber_id, _row.creator_id);
  select * into _row from public.creator_subscriptions
   where id = _subscription and renews_at > now() and renews_at <= now() + private.reminder_lead() and reminded_at is null
     for no key update skip locked;
  if not found then
    return false;
  end if;
  update public.creator_subscriptions set reminded_at = now() where id = _subscription;
  perform private.tell(_row.subscriber_id, 'subscription_renews', _row.creator_id, private.renewal_details(_row));
  return true;
end $$;

create or replace function private.reminder_lead() returns interval
language sql immutable set search_path = '', pg_temp as $$
  select interval '3 days'
$$;

-- Nobody's price waits for ever: one that is paused for a year after what was paid ends. Whether it was this call that did it.
create or replace function private.end_long_pause(_subscription uuid) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.creator_subscriptions;
begin
  select * into _row from public.creator_subscriptions where id = _subscription;
  perform private.hold_accounts(_row.subscriber_id, _row.creator_id);
  select * into _row from public.creator_subscriptions
   where id = _subscription and status = 'paused' and expires_at < now() - private.pause_max()
     for no key update skip locked;
  if not found then
    return false;
  end if;
  perform private.end_and_tell(_row, 'paused_too_long');
  return true;
end $$;

create or replace function private.pause_max() returns interval
language sql immutable set search_path = '', pg_temp as $$
  select interval '365 days'
$$;

create or replace function private.end_and_tell(_row public.creator_subscriptions, _reason text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.end_subscription(_row, _reason);
  perform private.tell(_row.subscriber_id, 'subscription_ended', _row.creator_id, jsonb_build_object(
    'subscription_id', _row.id, 'reason', _reason));
end $$;

-- What the subscriber is told of a renewal: what it will cost, and when it is paid or tried again.
create or replace function private.renewal_details(_row public.creator_subscriptions) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'subscription_id', _row.id,
           'coin_price',      coalesce(_row.next_coin_price, _row.coin_price),
           'renews_at',       _row.renews_at)
$$;

revoke execute on function
  private.renew_subscription(uuid), private.can_renew(public.creator_subscriptions),
  private.renewal_start(public.creator_subscriptions), private.remind_of_renewal(uuid), private.reminder_lead(),
  private.end_long_pause(uuid), private.pause_max(), private.end_and_tell(public.creator_subscriptions, text),
  private.renewal_details(public.creator_subscriptions)
  from public;
grant execute on function
  private.renew_subscription(uuid), private.can_renew(public.creator_subscriptions),
  private.renewal_start(public.creator_subscriptions), private.remind_of_renewal(uuid), private.reminder_lead(),
  private.end_long_pause(uuid), private.pause_max(), private.end_and_tell(public.creator_subscriptions, text),
  private.renewal_details(public.creator_subscriptions)
  to service_role;
