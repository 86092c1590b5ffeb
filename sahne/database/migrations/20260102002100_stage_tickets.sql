-- Tickets of pay-per-view sessions (ruling R3): the money waits in escrow until the session has ended, so a refund
-- never makes a creator negative; and subscriptions to a creator, paid for a period.

-- Pay once: `{"ticket": {"id", "session_id", "price", "status", "created_at"}, "wallet": {"balance"}}`.
-- Whoever holds a ticket gets it again and pays nothing.
create function private.buy_ticket(_session uuid, _key text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _actor   uuid  := private.named_actor();
  _request jsonb := jsonb_build_object('session_id', _session);
  _answer  jsonb := private.claim_key(_actor, 'ticket', _key, _request);
  _row    public.live_sessions;
  _ticket private.tickets;
begin
  if _answer is not null then return _answer; end if;
  perform private.hold_door(_session);
  -- "share": a creator's own statement takes no door, and price and access must stay while this ticket is paid
  select * into _row from public.live_sessions where id = _session for share;
  if private.is_banned(_session, _actor) then
    perform private.refuse_entry('banned', _row);
  elsif _row.access_type <> 'pay_per_view' or _row.creator_id = _actor then
    perform private.refuse(409, 'ticket_not_needed', 'No ticket is needed for this session.', 'Join it.');
  end if;
  select * into _ticket from private.tickets where session_id = _session and user_id = _actor;
  if _ticket.id is null then
    if _row.status not in ('scheduled', 'live') then
      perform private.refuse(409, 'session_over', 'The session is over.', null,
        jsonb_build_object('status', _row.status));
    end if;
    _ticket.id := gen_random_uuid();
    _ticket.wallet_id := private.wallet_of(_actor);
    _ticket.payment_id := private.move_coins('ticket', 'ticket:' || _key, 'ticket', _ticket.id, _ticket.wallet_id,
      array[private.wallet_of_kind('escrow')], array[_row.ppv_coin_price]);
    insert into private.tickets (id, session_id, user_id, wallet_id, price, payment_id)
    values (_ticket.id, _session, _actor, _ticket.wallet_id, _row.ppv_coin_price, _ticket.payment_id)
    returning * into _ticket;
    update public.live_participants set paid_amount = _ticket.price, payment_id = _ticket.payment_id
     where session_id = _session and user_id = _actor;
  end if;
  return private.keep_answer(_actor, 'ticket', _key, _request, jsonb_build_object(
    'ticket', to_jsonb(_ticket) - '{user_id,wallet_id,payment_id,settled_at}'::text[],
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor))));
end $$;

-- Give back what is in escrow for a session; how many tickets. Each is given back once.
create function private.refund_tickets(_session uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  _escrow   uuid := private.wallet_of_kind('escrow');
  _ticket   private.tickets;
  _refunded integer := 0;
begin
  for _ticket in
    update private.tickets set status = 'refunded', settled_at = now()
     where session_id = _session and status = 'paid'
    returning *
  loop
    perform private.move_coins('ticket_refund', 'ticket_refund:' || _ticket.id, 'ticket', _ticket.id, _escrow,
      array[_ticket.wallet_id], array[_ticket.price]);
    _refunded := _refunded + 1;
  end loop;
  return _refunded;
end $$;

-- The session took place: the creator gets the tickets' money net of commission; how many tickets.
create function private.settle_tickets(_session uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  _escrow   uuid := private.wallet_of_kind('escrow');
  _platform uuid := private.wallet_of_kind('platform');
  _creator  uuid := private.wallet_of((select creator_id from public.live_sessions where id = _session));
  _ticket   private.tickets;
  _settled  integer := 0;
begin
  for _ticket in
    update private.tickets set status = 'settled', settled_at = now()
     where session_id = _session and status = 'paid'
    returning *
  loop
    perform private.move_coins('ticket_payout', 'ticket_payout:' || _ticket.id, 'ticket', _ticket.id, _escrow,
      array[_creator, _platform],
      array[_ticket.price - private.commission_of(_ticket.price), private.commission_of(_ticket.price)]);
    _settled := _settled + 1;
  end loop;
  return _settled;
end $$;

-- A creator's account is erased with sessions to come: their tickets are given back before the rows go.
create function private.refund_before_delete() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.refund_tickets(old.id);
  return old;
end $$;

create trigger refund_live_session_tickets before delete on public.live_sessions
  for each row execute function private.refund_before_delete();

-- Subscribe for a period: `{"subscription": row, "wallet": {"balance"}}`. A running subscription is not paid twice.
create function private.subscribe(_tier uuid, _key text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  period       constant interval := interval '30 days';
  _actor       uuid  := private.named_actor();
  _request     jsonb := jsonb_build_object('tier_id', _tier);
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
  perform private.move_coins('subscription', 'subscription:' || _key, 'creator_subscription', _taken.id,
    private.wallet_of(_actor), array[private.wallet_of(_offer.creator_id), private.wallet_of_kind('platform')],
    array[_offer.coin_price - _commission, _commission]);
  return private.keep_answer(_actor, 'subscription', _key, _request, jsonb_build_object(
    'subscription', to_jsonb(_taken),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor))));
end $$;

-- The subscriber stops it: `{"subscription": row}`. It stays paid until `expires_at`, but is not renewed.
create function private.cancel_subscription(_subscription uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _row public.creator_subscriptions;
begin
  update public.creator_subscriptions set status = 'cancelled'
   where id = _subscription and subscriber_id = private.actor()
  returning * into _row;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such subscription of yours.');
  end if;
  return jsonb_build_object('subscription', to_jsonb(_row));
end $$;
