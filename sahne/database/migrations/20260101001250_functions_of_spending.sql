-- The functions of spending (keys, subscriptions, promises) as they were first: today's text is in sahne/database/functions/coins.

set local check_function_bodies = off;

-- A request that spends is carried out once per key: the same key and request give the same answer again.

-- Null when the key is new: the verb does its work and ends with `keep_answer`. The stored answer when this very request
-- was answered before. A second request with the key waits here until the first has committed or failed.
create or replace function private.claim_key(_user uuid, _operation text, _key text, _request jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _known private.idempotency_keys;
begin
  if _key is null or char_length(_key) not between 1 and 200 then
    perform private.refuse(400, 'idempotency_key_required', 'A request that spends needs an Idempotency-Key.',
      'Send a header Idempotency-Key of 1 to 200 characters, a new one for each purchase.');
  end if;
  perform pg_advisory_xact_lock(hashtextextended(_user || _key, 0));
  select * into _known from private.idempotency_keys where user_id = _user and key = _key;
  if _known.operation <> _operation or _known.request <> _request then
    perform private.refuse(422, 'idempotency_key_reused', 'This Idempotency-Key was used with another request.',
      'Use a new key for a new request.');
  end if;
  return _known.answer;
end $$;

-- What the verb answers, kept under the key it claimed.
create or replace function private.keep_answer(_user uuid, _operation text, _key text, _request jsonb, _answer jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.idempotency_keys (user_id, key, operation, request, answer)
  values (_user, _key, _operation, _request, _answer);
  return _answer;
end $$;

-- Keys older than they are promised for; how many.
create or replace function private.forget_keys(_hours integer) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _forgotten integer;
begin
  delete from private.idempotency_keys where created_at < now() - _hours * interval '1 hour';
  get diagnostics _forgotten = row_count;
  return _forgotten;
end $$;

revoke execute on function
  private.claim_key(uuid, text, text, jsonb), private.keep_answer(uuid, text, text, jsonb, jsonb),
  private.forget_keys(integer)
  from public;
grant execute on function
  private.claim_key(uuid, text, text, jsonb), private.keep_answer(uuid, text, text, jsonb, jsonb),
  private.forget_keys(integer)
  to service_role;

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

-- What is asked before coins are spent (ruling R14): that the price is the one shown, and that there is somebody to pay.

-- `_expected` is the price the buyer was shown; null where nothing was. A key that paid before is answered before this is asked.
create or replace function private.refuse_other_price(_price integer, _expected integer) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  if _price <> _expected then
    perform private.refuse(409, 'price_changed', 'The price is another one by now.', 'Show it, and ask again.',
      jsonb_build_object('price', _price, 'expected_price', _expected));
  end if;
end $$;

-- Nothing is sold in the name of an account that is suspended or erased: it could not keep what it promises.
create or replace function private.refuse_unless_open(_creator uuid) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  if private.is_suspended(_creator) then
    perform private.refuse(409, 'creator_unavailable', 'Nothing of this creator is sold now.');
  end if;
end $$;

revoke execute on function private.refuse_other_price(integer, integer), private.refuse_unless_open(uuid) from public;
grant execute on function private.refuse_other_price(integer, integer), private.refuse_unless_open(uuid) to service_role;
