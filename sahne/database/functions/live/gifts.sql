-- Sending a gift: access, price, money, gift row, chat line and totals in one statement, once per key.

-- `{"live_gift": row, "wallet": {"balance"}}`. `_receiver` is a profile id; null is the host. The price is the
-- catalogue's, and of one gift what the sender was shown, or else nothing is sent; null where nothing was shown. The
-- receiver is credited net of the platform's commission.
-- Refuses with not_found, banned, session_not_live, not_in_session, gifts_disabled, invalid_receiver, price_changed,
-- balance_too_large, insufficient_coins, idempotency_key_reused.
--
-- One look tells whether this is the plain gift that nearly all are; only another one is looked at step by step, by
-- `claim_key` and `refuse_gift`, whose rules the look says once more for speed: a test holds both roads to one answer in
-- every world. A plan that reads a whole table must never be kept, hence `enable_seqscan` (see `coin_balance`).
create or replace function private.send_gift(
  _session        uuid,
  _gift           uuid,
  _quantity       integer,
  _receiver       uuid,
  _key            text,
  _expected_price integer default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp set enable_seqscan = 'off' as $$
declare
  quantity_max constant integer := 1000;
  _actor       uuid  := auth.uid();
  _request     jsonb := jsonb_build_object(
                          'session_id', _session, 'gift_id', _gift, 'quantity', _quantity, 'receiver_id', _receiver,
                          'expected_price', _expected_price);
  _answer      jsonb;
  _is_plain    boolean;
  _to          uuid;
  _from_wallet uuid;
  _to_wallet   uuid;
  _house       uuid;
  _held        bigint;
  _price       integer;
  _amount      bigint;
  _commission  bigint;
  _sent        public.live_gifts;
begin
  perform pg_advisory_xact_lock(hashtextextended(_actor || _key, 0));
  select not users.is_anonymous
         and users.deleted_at is null
         and users.banned_until > now() is not true
         and sessions.status = 'live'
         and sessions.gifts_enabled
         and gifts.is_active
         and seats.is_active
         and _quantity between 1 and quantity_max
         and char_length(_key) between 1 and 200
         and _receiver is null and sessions.creator_id <> _actor
         and coalesce(_expected_price = gifts.coin_price, true)
         and coalesce(theirs.balance, 0) + gifts.coin_price::bigint * _quantity <= private.balance_max()
         and not exists (select from private.idempotency_keys keys where keys.user_id = _actor and keys.key = _key)
         and not exists (select from public.live_session_bans bans
                          where bans.session_id = _session and bans.banned_user_id = _actor)
         and not exists (select from private.creator_bans bans
                          where bans.creator_id = sessions.creator_id and bans.user_id = _actor),
         seats.profile_id,
         coalesce(_receiver, sessions.creator_id),
         own.id,
         theirs.id,
         house.id,
         coalesce(theirs.balance, 0),
         gifts.coin_price,
         gifts.coin_price::bigint * _quantity
    into _is_plain, _sent.sender_profile_id, _to, _from_wallet, _to_wallet, _house, _held, _price, _amount
    from public.live_sessions sessions
    join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = _actor
    join auth.users on users.id = _actor
    join public.gifts on gifts.id = _gift
    join public.wallets house on house.kind = 'platform'
    left join public.wallets own on own.user_id = _actor
    left join public.wallets theirs on theirs.user_id = coalesce(_receiver, sessions.creator_id)
   where sessions.id = _session
     for key share of sessions, users;  -- in the order of `entry.sql`
  if _is_plain is not true then
    _answer := private.claim_key(private.actor(), 'gift', _key, _request);
    if _answer is not null then return _answer; end if;
    if coalesce(_quantity, 0) not between 1 and quantity_max then
      perform private.refuse(422, 'unprocessable', 'A gift is sent 1 to ' || quantity_max || ' times at once.');
    end if;
    perform private.refuse_gift(_session, _gift, _receiver);
    if _amount is null then
      perform private.refuse(409, 'conflict', 'The session changed at this very moment.', 'Try again.');
    end if;
    perform private.refuse_other_price(_price, _expected_price);
    perform private.refuse_overflow(_held + _amount - private.commission_of(_amount));
  end if;

  _commission := private.commission_of(_amount);
  _sent.id := gen_random_uuid();
  _sent.transaction_id := private.move_coins(
    'gift', 'gift:' || _key, 'live_gift', _sent.id, coalesce(_from_wallet, private.wallet_of(_actor)),
    array[coalesce(_to_wallet, private.wallet_of(_to)), _house], array[_amount - _commission, _commission]);
  _sent.session_id := _session;
  _sent.sender_id := _actor;
  _sent.receiver_id := _to;
  _sent.gift_id := _gift;
  _sent.quantity := _quantity;
  _sent.coin_amount := _amount;
  _sent.created_at := now();
  _answer := jsonb_build_object(
    'live_gift', private.live_gift_row(_sent),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor)));
  with gift as (
    insert into public.live_gifts (id, session_id, sender_id, receiver_id, gift_id, quantity, coin_amount, transaction_id,
                                   created_at, sender_profile_id)
    values (_sent.id, _session, _actor, _to, _gift, _quantity, _amount, _sent.transaction_id, _sent.created_at,
            _sent.sender_profile_id)
  ), line as (
    insert into public.live_messages (id, session_id, sender_id, sender_profile_id, message_type, gift_id,
                                      gift_quantity, gift_coin_value)
    values (_sent.id, _session, _actor, _sent.sender_profile_id, 'gift', _gift, _quantity, _amount)
  )
  insert into private.idempotency_keys (user_id, key, operation, request, answer)
  values (_actor, _key, 'gift', _request, _answer);
  return _answer;
end $$;

-- Why the actor can give no such gift here; says nothing when there is no reason.
create or replace function private.refuse_gift(_session uuid, _gift uuid, _receiver uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.live_sessions;
  _to    uuid;
begin
  select * into _row from public.live_sessions where id = _session;
  perform private.refuse_unless_live(_row, _actor);
  if not exists (select from public.live_participants
                  where session_id = _session and user_id = _actor and is_active) then
    perform private.refuse(403, 'not_in_session', 'Only people in the session can send gifts.', 'Join it first.');
  elsif not _row.gifts_enabled then
    perform private.refuse(409, 'gifts_disabled', 'Gifts are off in this session.');
  end if;
  _to := private.gift_receiver(_row, _receiver);
  if _to is null or _to = _actor then
    perform private.refuse(422, 'invalid_receiver', 'This person cannot receive your gift.',
      'Gifts go to the host or to somebody on stage, not to oneself.');
  elsif not exists (select from public.gifts where id = _gift and is_active) then
    perform private.refuse(404, 'not_found', 'There is no such gift.');
  end if;
end $$;

-- Who may be given something in a session: its host, or somebody on its stage under their real name.
create or replace function private.gift_receiver(_row public.live_sessions, _profile uuid) returns uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select case
    when _profile is null or _profile = _row.creator_id then _row.creator_id
    else (select seats.user_id
            from public.live_participants seats
           where seats.session_id = _row.id
             and seats.profile_id = _profile
             and seats.user_id = _profile
             and seats.is_active
             and private.is_on_stage(seats.role))
  end
$$;

revoke execute on function
  private.send_gift(uuid, uuid, integer, uuid, text, integer), private.refuse_gift(uuid, uuid, uuid),
  private.gift_receiver(public.live_sessions, uuid)
  from public;
grant execute on function
  private.send_gift(uuid, uuid, integer, uuid, text, integer), private.refuse_gift(uuid, uuid, uuid),
  private.gift_receiver(public.live_sessions, uuid)
  to service_role;
