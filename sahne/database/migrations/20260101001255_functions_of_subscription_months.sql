-- The functions of what months of subscriptions cost as they were first: today's text is in sahne/database/functions/coins.

set local check_function_bodies = off;

-- The months of subscriptions as money (ruling R3): each waits in escrow until it is over, then the creator gets it net of
-- commission, less what was given back. So nothing that is given back makes a creator negative, and nobody else pays for it.
-- Coins leave escrow once: whoever sets a month's status does it.

create or replace function private.period_length() returns interval
language sql immutable set search_path = '', pg_temp as $$
  select interval '30 days'
$$;

-- The subscriber pays the next month, which begins at `_starts_at`; the row as it is then. It is held, and names tier and price.
create or replace function private.pay_period(_row public.creator_subscriptions, _starts_at timestamptz)
returns public.creator_subscriptions
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _number  integer     := _row.periods_paid + 1;
  _payer   uuid        := private.wallet_of(_row.subscriber_id);
  _ends_at timestamptz := _starts_at + private.period_length();
begin
  perform private.move_coins('subscription', 'subscription:' || _row.id || ':' || _number, 'creator_subscription', _row.id,
    _payer, array[private.wallet_of_kind('escrow')], array[_row.coin_price]);
  insert into private.subscription_periods (subscription_id, number, payer_wallet_id, payee_wallet_id, coin_price,
                                            starts_at, ends_at)
  values (_row.id, _number, _payer, private.wallet_of(_row.creator_id), _row.coin_price, _starts_at, _ends_at);
  update public.creator_subscriptions
     set status = 'active', tier_id = _row.tier_id, coin_price = _row.coin_price, periods_paid = _number,
         expires_at = _ends_at, renews_at = _ends_at, renewal_tries = 0, reminded_at = null, next_tier_id = null,
         next_coin_price = null, end_reason = null
   where id = _row.id
  returning * into _row;
  return _row;
end $$;

-- The month that runs, if one does, ends now: the worth of the days to come goes back to who paid it, the rest is the creator's.
create or replace function private.break_off_period(_row public.creator_subscriptions) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _period private.subscription_periods;
begin
  select * into _period from private.subscription_periods
   where subscription_id = _row.id and number = _row.periods_paid and status = 'paid' and ends_at > now();
  if found then
    perform private.settle_period(_period, private.unused_worth(_period));
  end if;
end $$;

-- What the days to come of a month are worth, in whole coins.
create or replace function private.unused_worth(_period private.subscription_periods) returns bigint
language sql stable set search_path = '', pg_temp as $$
  select floor(_period.coin_price * least(1, greatest(0,
           extract(epoch from _period.ends_at - now()) / extract(epoch from _period.ends_at - _period.starts_at))))::bigint
$$;

-- A month's coins leave escrow: `_given_back` to who paid, the rest to the creator net of commission. Whether it was this call
-- that did it.
create or replace function private.settle_period(
  _period     private.subscription_periods,
  _given_back bigint,
  _by         uuid default null
) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _earned     bigint := _period.coin_price - _given_back;
  _commission bigint := private.commission_of(_earned);
begin
  update private.subscription_periods
     set status = case when _earned = 0 then 'refunded' else 'settled' end, given_back = _given_back,
         commission = _commission, settled_at = now(), refunded_by = _by
   where id = _period.id and status = 'paid';
  if not found then
    return false;
  end if;
  perform private.release_period(_period, 'subscription_refund', array[_period.payer_wallet_id], array[_given_back]);
  perform private.release_period(_period, 'subscription_payout',
    array[_period.payee_wallet_id, private.wallet_of_kind('platform')], array[_earned - _commission, _commission]);
  return true;
end $$;

-- Coins of a month leave escrow, if there are any to.
create or replace function private.release_period(
  _period  private.subscription_periods,
  _kind    text,
  _to      uuid[],
  _amounts bigint[]
) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if 0 < any (_amounts) then
    perform private.move_coins(_kind, _kind || ':' || _period.id, 'creator_subscription',
      coalesce(_period.subscription_id, _period.id), private.wallet_of_kind('escrow'), _to, _amounts);
  end if;
end $$;

-- A month is over: the creator is paid. Who is suspended then, or has no account any more, is not; it goes back whole.
-- Whether it was this call that did it.
create or replace function private.settle_over_period(_id uuid) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _period private.subscription_periods;
  _payee  uuid;
begin
  select * into _period from private.subscription_periods
   where id = _id and status = 'paid' and ends_at <= now()
     for no key update skip locked;
  if not found then
    return false;
  end if;
  select user_id into _payee from public.wallets where id = _period.payee_wallet_id;
  return private.settle_period(_period,
    case when private.standing(_payee) = 'named' then 0 else _period.coin_price end);
end $$;

-- An admin gives back what the last month of a subscription cost, once and while it is in escrow, and ends it:
-- `{"refund": {"subscription_id", "coin_amount"}}`.
create or replace function private.refund_subscription(_subscription uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor  uuid := private.named_actor();
  _row    public.creator_subscriptions;
  _period private.subscription_periods;
begin
  if not private.is_admin() then
    perform private.refuse(403, 'forbidden', 'Only an admin can give back what a subscription cost.');
  end if;
  select * into _row from public.creator_subscriptions where id = _subscription;
  perform private.hold_accounts(_actor, _row.subscriber_id, _row.creator_id);
  select * into _row from public.creator_subscriptions where id = _subscription for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such subscription.');
  end if;
  select * into _period from private.subscription_periods
   where subscription_id = _row.id and number = _row.periods_paid
     for no key update;
  if _period.status = 'refunded' then
    perform private.refuse(409, 'already_refunded', 'What this month cost was given back already.');
  elsif _period.status is distinct from 'paid' then
    perform private.refuse(409, 'nothing_to_refund', 'Nothing of this subscription is in escrow.',
      'A month can be given back until the creator is paid for it.');
  end if;
  perform private.settle_period(_period, _period.coin_price, _actor);
  perform private.end_subscription(_row, 'refunded');
  return jsonb_build_object('refund', jsonb_build_object(
    'subscription_id', _subscription, 'coin_amount', _period.coin_price));
end $$;

-- A subscription goes with an account. Where it is the creator's, the month that runs goes back whole; where it is the
-- subscriber's, the creator is paid when it is over.
create or replace function private.refund_before_subscription_goes() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if private.standing(old.creator_id) = 'gone' then
    perform private.settle_period(periods, periods.coin_price)
       from private.subscription_periods periods
      where periods.subscription_id = old.id and periods.status = 'paid' and periods.ends_at > now();
  end if;
  return old;
end $$;

revoke execute on function
  private.period_length(), private.pay_period(public.creator_subscriptions, timestamptz),
  private.break_off_period(public.creator_subscriptions), private.unused_worth(private.subscription_periods),
  private.settle_period(private.subscription_periods, bigint, uuid),
  private.release_period(private.subscription_periods, text, uuid[], bigint[]), private.settle_over_period(uuid),
  private.refund_subscription(uuid), private.refund_before_subscription_goes()
  from public;
grant execute on function
  private.period_length(), private.pay_period(public.creator_subscriptions, timestamptz),
  private.break_off_period(public.creator_subscriptions), private.unused_worth(private.subscription_periods),
  private.settle_period(private.subscription_periods, bigint, uuid),
  private.release_period(private.subscription_periods, text, uuid[], bigint[]), private.settle_over_period(uuid),
  private.refund_subscription(uuid)
  to service_role;
