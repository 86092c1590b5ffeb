-- Subscriptions to a creator, paid for a period.

-- Subscribe for a period: `{"subscription": row, "wallet": {"balance"}}`. A running subscription is not paid twice.
-- `_expected_price` is what the subscriber was shown; null where nothing was.
create or replace function private.subscribe(_tier uuid, _key text, _expected_price integer default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  period       constant interval := interval '30 days';
  _actor       uuid  := private.named_actor();
  _request     jsonb := jsonb_strip_nulls(jsonb_build_object('tier_id', _tier, 'expected_price', _expected_price));
  _answer      jsonb := private.claim_key(_actor, 'subscription', _key, _request);
  _offer       public.subscription_tiers;
  _commission  bigint;
  _paid_until  timestamptz;
  _taken       public.creator_subscriptions;
begin
  if _answer is not null then return _answer; end if;
  select * into _offer from public.subscription_tiers where id = _tier and is_active;
  if _offer.id is null then
    perform private.refuse(404, 'not_found', 'There is no such tier.');
  elsif _offer.creator_id = _actor then
    perform private.refuse(422, 'unprocessable', 'Nobody subscribes to themselves.');
  end if;
  perform private.hold_accounts(_actor, _offer.creator_id);
  perform private.refuse_unless_open(_offer.creator_id);
  perform private.refuse_other_price(_offer.coin_price, _expected_price);
  update public.creator_subscriptions set status = 'cancelled'
   where subscriber_id = _actor and creator_id = _offer.creator_id and status <> 'cancelled' and expires_at <= now();
  -- who stopped one and thinks better of it keeps the days they paid for
  select max(expires_at) into _paid_until
    from public.creator_subscriptions
   where subscriber_id = _actor and creator_id = _offer.creator_id and status = 'cancelled';
  begin
    insert into public.creator_subscriptions (subscriber_id, creator_id, tier_id, coin_price, expires_at)
    values (_actor, _offer.creator_id, _tier, _offer.coin_price, greatest(now(), _paid_until) + period)
    returning * into _taken;
  exception when unique_violation then
    perform private.refuse(409, 'already_subscribed', 'You are subscribed to this creator already.');
  end;
  _commission := private.commission_of(_offer.coin_price);
  perform private.refuse_overflow(private.coin_balance(_offer.creator_id) + _offer.coin_price - _commission);
  perform private.move_coins('subscription', 'subscription:' || _key, 'creator_subscription', _taken.id,
    private.wallet_of(_actor), array[private.wallet_of(_offer.creator_id), private.wallet_of_kind('platform')],
    array[_offer.coin_price - _commission, _commission]);
  return private.keep_answer(_actor, 'subscription', _key, _request, jsonb_build_object(
    'subscription', private.subscription_row(_taken),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor))));
end $$;

-- The subscriber stops it: `{"subscription": row}`. It stays paid until `expires_at`, but is not renewed.
create or replace function private.cancel_subscription(_subscription uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.creator_subscriptions;
begin
  update public.creator_subscriptions set status = 'cancelled'
   where id = _subscription and subscriber_id = private.actor()
  returning * into _row;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such subscription of yours.');
  end if;
  return jsonb_build_object('subscription', private.subscription_row(_row));
end $$;

create or replace function private.subscription_row(_row public.creator_subscriptions) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',            _row.id,
           'subscriber_id', _row.subscriber_id,
           'creator_id',    _row.creator_id,
           'tier_id',       _row.tier_id,
           'status',        _row.status,
           'coin_price',    _row.coin_price,
           'expires_at',    _row.expires_at,
           'created_at',    _row.created_at,
           'updated_at',    _row.updated_at)
$$;

revoke execute on function
  private.subscribe(uuid, text, integer), private.cancel_subscription(uuid),
  private.subscription_row(public.creator_subscriptions)
  from public;
grant execute on function
  private.subscribe(uuid, text, integer), private.cancel_subscription(uuid),
  private.subscription_row(public.creator_subscriptions)
  to service_role;
