-- The functions of gifts as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Sending gifts: access, price, money, gift row, chat line and totals in one transaction, once per key. Two roads that answer
-- alike: `send_gifts` for the plain ones of a batch, `send_gift` step by step for any one.

-- The plain gifts among these, as if `send_gift` had been asked for one after another, each by its sender. An array in
-- their order: the answers, null for what was not plain. Of that nothing has happened; it is `send_gift`'s to refuse or do.
--
-- Plain is what nothing speaks against and nobody stands in the way of. What is held by somebody else is left out, so that a
-- batch waits for nobody who might wait for it. After a sender's first gift that is not plain, or that the balance does not
-- reach, their later ones are left out too; so is what somebody gives, and is given, who does both in one batch. A test
-- holds both roads to one answer in every world. Plans are made once, from tables that may be small: none that reads a whole
-- one, hence the settings; what PostgreSQL before 18 adds to the cost of a plan that had no choice would be a reason to compile it.
-- It is one statement because half of what a small batch costs is beginning and ending them. A wallet that it locks is read as
-- it is then, not as it was when the statement began; a session and who is in it, as they were. Only the keys are tried in a
-- statement before, so that what was answered under one is seen.
create or replace function private.send_gifts(
  _senders         uuid[],
  _sessions        uuid[],
  _gifts           uuid[],
  _quantities      integer[],
  _receivers       uuid[],
  _keys            text[],
  _expected_prices integer[]
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp set plan_cache_mode = 'force_generic_plan'
set enable_seqscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set enable_material = 'off'
set enable_memoize = 'off' set enable_bitmapscan = 'off' set jit = 'off' as $$
declare
  quantity_max constant integer := 1000;
  _is_ours     boolean[] := array(
                 select pg_try_advisory_xact_lock(hashtextextended(asked.sender || asked.key, 0))
                   from unnest(_senders, _keys) with ordinality asked (sender, key, place)
                  order by asked.place);
  _house       uuid := private.wallet_of_kind('platform');
  _percent     bigint := private.commission_of(100);  -- asked once, not for each
  _answers     jsonb;
begin
  with doors as materialized (
    select sessions.id, sessions.creator_id, sessions.status, sessions.gifts_enabled
      from public.live_sessions sessions where sessions.id = any (_sessions)
       for key share skip locked
  ), people as materialized (
    select users.id, users.is_anonymous, users.deleted_at, users.banned_until
      from auth.users where users.id = any (_senders || array(select doors.creator_id from doors))
       for key share skip locked
  ), purses as materialized (
    select wallets.id, wallets.user_id, wallets.balance
      from public.wallets where wallets.user_id = any (_senders) and wallets.owed = 0
       for no key update skip locked
  ), looked as materialized (
    select asked.*,
           jsonb_build_object(
             'session_id', asked.session_id, 'gift_id', asked.gift_id, 'quantity', asked.quantity,
             'receiver_id', asked.receiver_id, 'expected_price', asked.expected_price) as request,
           seats.profile_id, sessions.creator_id, own.id as own_wallet, own.balance, theirs.id as their_wallet,
           gifts.coin_price::bigint * asked.quantity as amount,
           asked.is_ours
           and hosts.id is not null
           and own.id is not null
           and theirs.id is not null
           and not users.is_anonymous
           and users.deleted_at is null
           and users.banned_until > now() is not true
           and sessions.status = 'live'
           and sessions.gifts_enabled
           and gifts.is_active
           and tstzrange(gifts.available_from, gifts.available_until) @> now()
           and seats.is_active
           and asked.quantity between 1 and quantity_max
           and char_length(asked.key) between 1 and 200
           and asked.receiver_id is null
           and sessions.creator_id <> all (_senders)
           and asked.sender_id <> all (array(select doors.creator_id from doors))
           and coalesce(asked.expected_price = gifts.coin_price, true)
           and theirs.balance + gifts.coin_price::bigint * asked.quantity <= private.balance_max()
           and row_number() over (partition by asked.sender_id, asked.key order by asked.place) = 1
           and keys.key is null
           and (select count(*) from public.coin_transactions used  -- a key that is forgotten was used all the same
                 where used.initiator_wallet_id = own.id and used.idempotency_key = 'gift:' || asked.key) = 0
           and (select count(*) from public.live_session_bans bans
                 where bans.session_id = asked.session_id and bans.banned_user_id = asked.sender_id) = 0
           and (select count(*) from private.creator_bans bans
                 where bans.creator_id = sessions.creator_id and bans.user_id = asked.sender_id) = 0
           and (select count(*) from private.blocks
                 where blocks.blocker_id = sessions.creator_id and blocks.blocked_profile_id = seats.profile_id) = 0
           and (select count(*) from private.blocks
                 where blocks.blocker_id = seats.profile_id and blocks.blocked_profile_id = sessions.creator_id) = 0
             as is_plain
      from unnest(_senders, _sessions, _gifts, _quantities, _receivers, _keys, _expected_prices, _is_ours) with ordinality
             asked (sender_id, session_id, gift_id, quantity, receiver_id, key, expected_price, is_ours, place)
      left join doors sessions on sessions.id = asked.session_id
      left join public.live_participants seats
             on seats.session_id = asked.session_id and seats.user_id = asked.sender_id
      left join people users on users.id = asked.sender_id
      left join people hosts on hosts.id = sessions.creator_id
      left join public.gifts on gifts.id = asked.gift_id
      left join purses own on own.user_id = asked.sender_id
      left join public.wallets theirs on theirs.user_id = sessions.creator_id
      left join private.idempotency_keys keys on keys.user_id = asked.sender_id and keys.key = asked.key
  ), judged as (
    select looked.*,
           sum(looked.amount) over so_far as spent,
           coalesce(bool_and(coalesce(looked.is_plain, false)) over so_far, false) as are_plain
      from looked
    window so_far as (partition by looked.sender_id order by looked.place)
  ), chosen as materialized (
    select judged.*, gen_random_uuid() as id,
           sum(judged.quantity) over in_a_row as so_many,
           first_value(judged.place) over in_a_row as first_place
      from judged
     where judged.are_plain and judged.spent <= judged.balance
    window in_a_row as (partition by judged.sender_id, judged.session_id, judged.gift_id order by judged.place)
  ), combos as materialized (
    select runs.first_place, counted.combo_id, counted.combo_count - runs.gifts as before
      from (select chosen.first_place, max(chosen.so_many) as gifts from chosen group by 1) runs
      join chosen on chosen.place = runs.first_place
     cross join lateral private.count_combo(chosen.sender_id, chosen.session_id, chosen.gift_id, chosen.creator_id,
                                            chosen.id, runs.gifts) counted
  ), sent as materialized (
    select chosen.place, chosen.sender_id, chosen.key, chosen.request, chosen.own_wallet, chosen.their_wallet,
           chosen.amount * _percent / 100 as commission,
           chosen.balance - chosen.spent + coalesce((
             select sum(pending.amount) from private.coin_pending pending
              where pending.wallet_id = chosen.own_wallet), 0) as balance,
           row(chosen.id, chosen.session_id, chosen.sender_id, chosen.creator_id, chosen.gift_id, chosen.quantity,
               chosen.amount, gen_random_uuid(), now(), chosen.profile_id, combos.combo_id,
               combos.before + chosen.so_many, null, null)::public.live_gifts as gift
      from chosen
      join combos on combos.first_place = chosen.first_place
     order by chosen.place
  ), debits as (
    update public.wallets set balance = wallets.balance - owed.amount
      from (select sent.own_wallet, sum((sent.gift).coin_amount) as amount from sent group by 1) owed
     where wallets.id = owed.own_wallet
  ), transactions as (
    insert into public.coin_transactions (id, kind, initiator_wallet_id, idempotency_key, reference_type, reference_id)
    select (sent.gift).transaction_id, 'gift', sent.own_wallet, 'gift:' || sent.key, 'live_gift', (sent.gift).id from sent
  ), credits as (
    select (sent.gift).transaction_id, credit.wallet_id, credit.amount
      from sent, lateral (values (sent.their_wallet, (sent.gift).coin_amount - sent.commission),
                                 (_house, sent.commission)) credit (wallet_id, amount)
     where credit.amount > 0
  ), entries as (
    insert into public.coin_entries (transaction_id, wallet_id, amount)
    select (sent.gift).transaction_id, sent.own_wallet, -(sent.gift).coin_amount from sent
     union all
    select credits.transaction_id, credits.wallet_id, credits.amount from credits
  ), pending as (
    insert into private.coin_pending (wallet_id, amount)
    select credits.wallet_id, sum(credits.amount) from credits group by 1
  ), gifts as (
    insert into public.live_gifts (id, session_id, sender_id, receiver_id, gift_id, quantity, coin_amount, transaction_id,
                                   created_at, sender_profile_id, combo_id, combo_count, refunded_at, refunded_by)
    select (sent.gift).* from sent
  ), lines as (
    insert into public.live_messages (id, session_id, sender_id, sender_profile_id, message_type, gift_id, gift_quantity,
                                      gift_coin_value, gift_combo_id, gift_combo_count)
    select (sent.gift).id, (sent.gift).session_id, sent.sender_id, (sent.gift).sender_profile_id, 'gift',
           (sent.gift).gift_id, (sent.gift).quantity, (sent.gift).coin_amount, (sent.gift).combo_id,
           (sent.gift).combo_count
      from sent
  ), answered as (
    insert into private.idempotency_keys (user_id, key, operation, request, answer)
    select sent.sender_id, sent.key, 'gift', sent.request,
           jsonb_build_object('live_gift', private.live_gift_row(sent.gift),
                              'wallet', jsonb_build_object('balance', sent.balance))
      from sent
    returning idempotency_keys.user_id, idempotency_keys.key, idempotency_keys.answer
  )
  select jsonb_agg(answered.answer order by looked.place) into _answers
    from looked
    left join answered on answered.user_id = looked.sender_id and answered.key = looked.key and looked.is_plain;
  return _answers;
end $$;

-- One gift, step by step, by the actor: `{"live_gift": row, "wallet": {"balance"}}`. `_receiver` is a profile id; null is the
-- host. The price is the catalogue's, and of one gift what the sender was shown, or else nothing is sent; null where nothing
-- was shown. The receiver is credited net of the platform's commission.
-- Refuses with not_found, banned, session_not_live, not_in_session, gifts_disabled, invalid_receiver, price_changed,
-- balance_too_large, insufficient_coins, idempotency_key_reused.
create or replace function private.send_gift(
  _session        uuid,
  _gift           uuid,
  _quantity       integer,
  _receiver       uuid,
  _key            text,
  _expected_price integer default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp set enable_seqscan = 'off' set jit = 'off' as $$
declare
  quantity_max constant integer := 1000;
  _actor      uuid  := private.actor();
  _request    jsonb := jsonb_build_object(
                         'session_id', _session, 'gift_id', _gift, 'quantity', _quantity, 'receiver_id', _receiver,
                         'expected_price', _expected_price);
  _answer     jsonb := private.claim_key(_actor, 'gift', _key, _request);
  _held       bigint;
  _price      integer;
  _commission bigint;
  _sent       public.live_gifts;
begin
  if _answer is not null then return _answer; end if;
  if coalesce(_quantity, 0) not between 1 and quantity_max then
    perform private.refuse(422, 'unprocessable', 'A gift is sent 1 to ' || quantity_max || ' times at once.');
  end if;
  perform from public.live_sessions where id = _session for key share;  -- in the order of `entry.sql`
  perform private.hold_accounts(_actor);
  perform private.refuse_gift(_session, _gift, _receiver);
  select seats.profile_id, coalesce(_receiver, sessions.creator_id), coalesce(theirs.balance, 0), gifts.coin_price,
         gifts.coin_price::bigint * _quantity
    into _sent.sender_profile_id, _sent.receiver_id, _held, _price, _sent.coin_amount
    from public.live_sessions sessions
    join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = _actor
    join public.gifts on gifts.id = _gift
    left join public.wallets theirs on theirs.user_id = coalesce(_receiver, sessions.creator_id)
   where sessions.id = _session;
  if not found then
    perform private.refuse(409, 'conflict', 'The session changed at this very moment.', 'Try again.');
  end if;
  _commission := private.commission_of(_sent.coin_amount);
  perform private.refuse_other_price(_price, _expected_price);
  perform private.refuse_overflow(_held + _sent.coin_amount - _commission);

  _sent.id := gen_random_uuid();
  _sent.transaction_id := private.move_coins(
    'gift', 'gift:' || _key, 'live_gift', _sent.id, private.wallet_of(_actor),
    array[private.wallet_of(_sent.receiver_id), private.wallet_of_kind('platform')],
    array[_sent.coin_amount - _commission, _commission]);
  _sent.session_id := _session;
  _sent.sender_id := _actor;
  _sent.gift_id := _gift;
  _sent.quantity := _quantity;
  _sent.created_at := now();
  select counted.combo_id, counted.combo_count into _sent.combo_id, _sent.combo_count
    from private.count_combo(_actor, _session, _gift, _sent.receiver_id, _sent.id, _quantity) counted;
  insert into public.live_gifts (id, session_id, sender_id, receiver_id, gift_id, quantity, coin_amount, transaction_id,
                                 created_at, sender_profile_id, combo_id, combo_count, refunded_at, refunded_by)
  select _sent.*;
  insert into public.live_messages (id, session_id, sender_id, sender_profile_id, message_type, gift_id, gift_quantity,
                                    gift_coin_value, gift_combo_id, gift_combo_count)
  values (_sent.id, _session, _actor, _sent.sender_profile_id, 'gift', _gift, _quantity, _sent.coin_amount,
          _sent.combo_id, _sent.combo_count);
  return private.keep_answer(_actor, 'gift', _key, _request, jsonb_build_object(
    'live_gift', private.live_gift_row(_sent),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor))));
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
  if _to is null or _to = _actor or private.is_shut_out((
       select profile_id from public.live_participants where session_id = _session and user_id = _actor), _to) then
    perform private.refuse(422, 'invalid_receiver', 'This person cannot receive your gift.',
      'Gifts go to the host or to somebody on stage, not to oneself.');
  elsif not exists (select from public.gifts
                     where id = _gift and is_active and tstzrange(available_from, available_until) @> now()) then
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
  private.send_gifts(uuid[], uuid[], uuid[], integer[], uuid[], text[], integer[]),
  private.send_gift(uuid, uuid, integer, uuid, text, integer), private.refuse_gift(uuid, uuid, uuid),
  private.gift_receiver(public.live_sessions, uuid)
  from public;
grant execute on function
  private.send_gifts(uuid[], uuid[], uuid[], integer[], uuid[], text[], integer[]),
  private.send_gift(uuid, uuid, integer, uuid, text, integer), private.refuse_gift(uuid, uuid, uuid),
  private.gift_receiver(public.live_sessions, uuid)
  to service_role;
