-- Sending a gift: access, price, money, gift row, chat line and totals in one statement, once per key.

-- Who may be given something in a session: its host, or somebody on its stage under their real name.
create function private.gift_receiver(_row public.live_sessions, _profile uuid) returns uuid
language sql stable security definer set search_path = '' as $$
  select case
    when _profile is null or _profile = _row.creator_id then _row.creator_id
    else (select seats.user_id
            from public.live_participants seats
           where seats.session_id = _row.id
             and seats.profile_id = _profile
             and seats.user_id = _profile
             and seats.is_active
             and seats.role in ('co_host', 'invited_guest', 'speaker'))
  end
$$;

-- `{"live_gift": row, "wallet": {"balance"}}`. `_receiver` is a profile id; null is the host. The price is the
-- catalogue's; the receiver is credited net of the platform's commission.
-- Refuses with not_found, banned, session_not_live, not_in_session, gifts_disabled, invalid_receiver,
-- insufficient_coins, idempotency_key_reused.
create function private.send_gift(
  _session  uuid,
  _gift     uuid,
  _quantity integer,
  _receiver uuid,
  _key      text
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  quantity_max constant integer := 1000;
  _actor       uuid  := private.named_actor();
  _answer      jsonb := private.claim_key('gift', _key, jsonb_build_object(
                          'session_id', _session, 'gift_id', _gift, 'quantity', _quantity, 'receiver_id', _receiver));
  _row         public.live_sessions;
  _seat        public.live_participants;
  _price       bigint;
  _amount      bigint;
  _commission  bigint;
  _to          uuid;
  _sent        public.live_gifts;
begin
  if _answer is not null then return _answer; end if;
  if coalesce(_quantity, 0) not between 1 and quantity_max then
    perform private.refuse(422, 'unprocessable', 'A gift is sent 1 to ' || quantity_max || ' times at once.');
  end if;

  select * into _row from public.live_sessions where id = _session;
  perform private.refuse_unless_live(_row, _actor);
  select * into _seat from public.live_participants where session_id = _session and user_id = _actor;
  if _seat.is_active is not true then
    perform private.refuse(403, 'not_in_session', 'Only who is in the session can send gifts.', 'Join it first.');
  elsif not _row.gifts_enabled then
    perform private.refuse(409, 'gifts_disabled', 'Gifts are off in this session.');
  end if;
  _to := private.gift_receiver(_row, _receiver);
  if _to is null or _to = _actor then
    perform private.refuse(422, 'invalid_receiver', 'This person cannot receive your gift.',
      'Gifts go to the host or to somebody on stage, not to oneself.');
  end if;
  select coin_price into _price from public.gifts where id = _gift and is_active;
  if _price is null then
    perform private.refuse(404, 'not_found', 'There is no such gift.');
  end if;

  _amount := _price * _quantity;
  _commission := private.commission_of(_amount);
  _sent.id := gen_random_uuid();
  _sent.transaction_id := private.move_coins(
    'gift', 'gift:' || _key, 'live_gift', _sent.id, private.wallet_of(_actor),
    array[private.wallet_of(_to), private.wallet_of_kind('platform')], array[_amount - _commission, _commission]);
  insert into public.live_gifts (id, session_id, sender_id, receiver_id, gift_id, quantity, coin_amount,
                                 transaction_id, sender_profile_id)
  values (_sent.id, _session, _actor, _to, _gift, _quantity, _amount, _sent.transaction_id, _seat.profile_id)
  returning * into _sent;
  insert into public.live_messages (session_id, sender_id, sender_profile_id, message_type, gift_id, gift_quantity,
                                    gift_coin_value)
  values (_session, _actor, _seat.profile_id, 'gift', _gift, _quantity, _amount);
  insert into private.session_tallies (session_id, gifts) values (_session, _quantity);

  return private.keep_answer(_key, jsonb_build_object(
    'live_gift', private.live_gift_row(_sent),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor))));
end $$;
