-- The functions of subscriptions as they were first: today's text is in sahne/database/functions/coins.

set local check_function_bodies = off;

-- Subscriptions to a creator, paid by the month: what the subscriber does with theirs. Each verb acts for `auth.uid()` and answers
-- `{"subscription": row, …}`; repeating one that is done answers the same. Why the rules are so is in decision 17.
-- Whoever changes a subscription holds the accounts, then its row: that lock stands for all that belongs to it.

-- Subscribe for a month: `{"subscription": row, "wallet": {"balance"}}`. A running subscription is not paid twice; of one that was
-- cancelled and still lasts, the days to come are given back. `_expected_price` is what was shown; null where nothing was.
create or replace function private.subscribe(_tier uuid, _key text, _expected_price integer default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor   uuid  := private.named_actor();
  _request jsonb := jsonb_strip_nulls(jsonb_build_object('tier_id', _tier, 'expected_price', _expected_price));
  _answer  jsonb := private.claim_key(_actor, 'subscription', _key, _request);
  _offer   public.subscription_tiers;
  _row     public.creator_subscriptions;
begin
  if _answer is not null then return _answer; end if;
  select * into _offer from public.subscription_tiers where id = _tier and is_active;
  if _offer.id is null or private.is_shut_out(_actor, _offer.creator_id) then
    perform private.refuse(404, 'not_found', 'There is no such tier.');
  elsif _offer.creator_id = _actor then
    perform private.refuse(422, 'unprocessable', 'Nobody subscribes to themselves.');
  end if;
  perform private.hold_accounts(_actor, _offer.creator_id);
  perform private.refuse_unless_offered(_offer.creator_id);
  perform private.refuse_other_price(_offer.coin_price, _expected_price);
  perform private.make_way(_actor, _offer.creator_id);
  begin
    insert into public.creator_subscriptions (subscriber_id, creator_id, tier_id, coin_price, expires_at)
    values (_actor, _offer.creator_id, _tier, _offer.coin_price, now())
    returning * into _row;
  exception when unique_violation then
    perform private.refuse_subscribed('active');
  end;
  _row := private.pay_period(_row, now());
  perform private.tell(_offer.creator_id, 'subscribed', _actor, jsonb_build_object(
    'subscription_id', _row.id, 'tier_name', _offer.name, 'coin_price', _row.coin_price));
  return private.keep_answer(_actor, 'subscription', _key, _request, private.paid_answer(_row));
end $$;

-- What somebody still has with a creator ends before they subscribe anew; it is refused where that goes on anyway.
create or replace function private.make_way(_subscriber uuid, _creator uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.creator_subscriptions;
begin
  for _row in
    select * from public.creator_subscriptions
     where subscriber_id = _subscriber and creator_id = _creator and (status <> 'cancelled' or expires_at > now())
     order by id
       for no key update
  loop
    if _row.status = 'paused' or _row.status = 'active' and private.is_running(_row) then
      perform private.refuse_subscribed(_row.status);
    end if;
    perform private.break_off_period(_row);
    perform private.end_subscription(_row, 'replaced');
  end loop;
end $$;

create or replace function private.refuse_subscribed(_status text) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  perform private.refuse(409, 'already_subscribed', 'You are subscribed to this creator already.',
    case _status when 'paused' then 'Resume it, or cancel it first.' else 'Change its tier instead.' end,
    jsonb_build_object('status', _status));
end $$;

-- Another tier of the same creator: `{"subscription": row, "wallet": {"balance"}}`. A dearer one begins a month at once, and of the
-- one that runs the days to come are given back; any other is what the subscription becomes when it is renewed, at the price
-- of today. Its own tier takes such a change back.
create or replace function private.change_subscription(
  _subscription   uuid,
  _tier           uuid,
  _expected_price integer default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row   public.creator_subscriptions := private.own_subscription(_subscription);
  _offer public.subscription_tiers;
begin
  if _row.status <> 'active' or _row.renews_at is null then
    perform private.refuse_subscription_state(_row, 'Only a subscription that goes on can change its tier.');
  end if;
  if _tier is distinct from _row.tier_id then
    select * into _offer from public.subscription_tiers where id = _tier and creator_id = _row.creator_id and is_active;
    if _offer.id is null then
      perform private.refuse(404, 'not_found', 'There is no such tier.');
    end if;
    perform private.refuse_unless_offered(_row.creator_id);
    perform private.refuse_other_price(_offer.coin_price, _expected_price);
  end if;
  if _offer.coin_price > _row.coin_price then
    perform private.break_off_period(_row);
    _row.tier_id := _tier;
    _row.coin_price := _offer.coin_price;
    _row := private.pay_period(_row, least(now(), private.renewal_start(_row)));
  else
    update public.creator_subscriptions
       set next_tier_id = _offer.id, next_coin_price = _offer.coin_price
     where id = _subscription
    returning * into _row;
  end if;
  return private.paid_answer(_row);
end $$;

-- No renewal until it is resumed: `{"subscription": row, "wallet": {"balance"}}`. What is paid lasts until it is over.
create or replace function private.pause_subscription(_subscription uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.creator_subscriptions := private.own_subscription(_subscription);
begin
  if _row.status = 'cancelled' then
    perform private.refuse_subscription_state(_row, 'A subscription that was cancelled cannot be paused.');
  end if;
  update public.creator_subscriptions
     set status = 'paused', renews_at = null, next_tier_id = null, next_coin_price = null
   where id = _subscription
  returning * into _row;
  return private.paid_answer(_row);
end $$;

-- It goes on at the price it had, paused or cancelled before: `{"subscription": row, "wallet": {"balance"}}`. While a month runs
-- nothing is paid; where none does, one begins, which was tried in vain where that is so. `_expected_price` is what was
-- shown, of what is paid now.
create or replace function private.resume_subscription(_subscription uuid, _expected_price integer default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row   public.creator_subscriptions := private.own_subscription(_subscription);
  _start timestamptz := private.renewal_start(_row);
begin
  if _row.status = 'cancelled' and (_row.end_reason <> 'cancelled' or not private.is_running(_row)) then
    perform private.refuse_subscription_state(_row, 'The subscription is over.');
  elsif _row.status = 'active' and coalesce(_row.expires_at > now(), true) then
    return private.paid_answer(_row);
  end if;
  perform private.refuse_unless_offered(_row.creator_id);
  begin
    update public.creator_subscriptions
       set status = 'active', renews_at = case when coin_price > 0 then expires_at end, end_reason = null
     where id = _subscription
    returning * into _row;
  exception when unique_violation then
    perform private.refuse_subscribed('active');
  end;
  if _row.expires_at <= now() then
    perform private.refuse_other_price(_row.coin_price, _expected_price);
    _row := private.pay_period(_row, _start);
  end if;
  return private.paid_answer(_row);
end $$;

-- The subscriber stops it: `{"subscription": row, "wallet": {"balance"}}`. It lasts as long as it is paid, and is not renewed.
create or replace function private.cancel_subscription(_subscription uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.creator_subscriptions := private.own_subscription(_subscription);
begin
  if _row.status <> 'cancelled' then
    _row := private.end_subscription(_row, 'cancelled');
  end if;
  return private.paid_answer(_row);
end $$;

-- The actor's own, newest first and at most `_rows_max`, those that go on before those that are over:
-- `{"subscriptions": [{"subscription": row, "tier": row or null, "next_tier": row or null}]}`.
create or replace function private.own_subscriptions(_rows_max integer default 100) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
begin
  return jsonb_build_object('subscriptions', (
    select coalesce(jsonb_agg(jsonb_build_object(
                                'subscription', private.subscription_row(own.subscription),
                                'tier',         case when (own.tier).id is not null then private.tier_row(own.tier) end,
                                'next_tier',    case when (own.next_tier).id is not null then private.tier_row(own.next_tier) end)
                              order by own.place), '[]')
      from (select subscriptions as subscription, tiers as tier, next_tiers as next_tier,
                   row_number() over (order by subscriptions.status = 'cancelled', subscriptions.created_at desc,
                                               subscriptions.id) as place
              from public.creator_subscriptions subscriptions
              left join public.subscription_tiers tiers on tiers.id = subscriptions.tier_id
              left join public.subscription_tiers next_tiers on next_tiers.id = subscriptions.next_tier_id
             where subscriptions.subscriber_id = _actor
             order by place
             limit _rows_max) own));
end $$;

-- A subscription of the actor's, held with the accounts it is about.
create or replace function private.own_subscription(_subscription uuid) returns public.creator_subscriptions
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.creator_subscriptions;
begin
  select * into _row from public.creator_subscriptions where id = _subscription and subscriber_id = _actor;
  perform private.hold_accounts(_actor, _row.creator_id);
  select * into _row from public.creator_subscriptions
   where id = _subscription and subscriber_id = _actor
     for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such subscription of yours.');
  end if;
  return _row;
end $$;

-- It goes no further, for one of the reasons of its column; the row as it is then. Who stops it keeps what is paid, and so does who
-- could not pay; otherwise it is over now. It is held.
create or replace function private.end_subscription(_row public.creator_subscriptions, _reason text)
returns public.creator_subscriptions
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.creator_subscriptions
     set status = 'cancelled', end_reason = _reason, renews_at = null, next_tier_id = null, next_coin_price = null,
         expires_at = case when _reason in ('replaced', 'refunded') then least(expires_at, now()) else expires_at end
   where id = _row.id
  returning * into _row;
  return _row;
end $$;

create or replace function private.refuse_subscription_state(_row public.creator_subscriptions, _message text) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  perform private.refuse(409, 'subscription_state', _message,
    case when _row.status = 'cancelled' then 'Subscribe again.' else 'Resume it first.' end,
    jsonb_build_object('status', _row.status, 'end_reason', _row.end_reason));
end $$;

-- Nothing is sold in the name of who is suspended or erased, or no creator any more, nor to whom they have shut out.
create or replace function private.refuse_unless_offered(_creator uuid) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_open(_creator);
  if not private.is_offering(_creator) or private.is_shut_out(private.actor(), _creator) then
    perform private.refuse(409, 'creator_unavailable', 'Nothing of this creator is sold now.');
  end if;
end $$;

create or replace function private.paid_answer(_row public.creator_subscriptions) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'subscription', private.subscription_row(_row),
           'wallet', jsonb_build_object('balance', private.coin_balance(_row.subscriber_id)))
$$;

create or replace function private.subscription_row(_row public.creator_subscriptions) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',              _row.id,
           'subscriber_id',   _row.subscriber_id,
           'creator_id',      _row.creator_id,
           'tier_id',         _row.tier_id,
           'status',          _row.status,
           'coin_price',      _row.coin_price,
           'expires_at',      _row.expires_at,
           'created_at',      _row.created_at,
           'updated_at',      _row.updated_at,
           'next_tier_id',    _row.next_tier_id,
           'next_coin_price', _row.next_coin_price,
           'renews_at',       _row.renews_at,
           'end_reason',      _row.end_reason)
$$;

revoke execute on function
  private.subscribe(uuid, text, integer), private.make_way(uuid, uuid), private.refuse_subscribed(text),
  private.change_subscription(uuid, uuid, integer), private.pause_subscription(uuid),
  private.resume_subscription(uuid, integer), private.cancel_subscription(uuid), private.own_subscriptions(integer),
  private.own_subscription(uuid), private.end_subscription(public.creator_subscriptions, text),
  private.refuse_subscription_state(public.creator_subscriptions, text), private.refuse_unless_offered(uuid),
  private.paid_answer(public.creator_subscriptions), private.subscription_row(public.creator_subscriptions)
  from public;
grant execute on function
  private.subscribe(uuid, text, integer), private.make_way(uuid, uuid), private.refuse_subscribed(text),
  private.change_subscription(uuid, uuid, integer), private.pause_subscription(uuid),
  private.resume_subscription(uuid, integer), private.cancel_subscription(uuid), private.own_subscriptions(integer),
  private.own_subscription(uuid), private.end_subscription(public.creator_subscriptions, text),
  private.refuse_subscription_state(public.creator_subscriptions, text), private.refuse_unless_offered(uuid),
  private.paid_answer(public.creator_subscriptions), private.subscription_row(public.creator_subscriptions)
  to service_role;
