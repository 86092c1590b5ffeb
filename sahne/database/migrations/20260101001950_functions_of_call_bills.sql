-- The functions of what calls cost as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- What a call costs: a creator's list of prices by the minute, when they take calls, and what a call that starts takes from
-- it. Nobody else has a list: calling them is free at any time, as it is to call a creator who made none.

-- What is in `_fields` changes in the actor's list: audio_coin_per_minute, video_coin_per_minute (0 is free, null is off),
-- is_available, quiet_from, quiet_until (both or none, by the clock of time_zone): `{"call_prices": row}`.
create or replace function private.set_call_prices(_fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   private.call_prices;
begin
  perform private.refuse_unless_creator('have prices for calls');
  perform private.hold_accounts(_actor);
  insert into private.call_prices (creator_id) values (_actor) on conflict (creator_id) do nothing;
  select * into _row from private.call_prices where creator_id = _actor for no key update;
  _row := jsonb_populate_record(_row, _fields);
  perform private.refuse_time_zone(_row.time_zone);
  if (_row.quiet_from is null) <> (_row.quiet_until is null) or _row.quiet_from = _row.quiet_until then
    perform private.refuse(422, 'unprocessable', 'Quiet hours begin at one time of the day and end at another.',
      'Send quiet_from and quiet_until together; null for none.');
  end if;
  update private.call_prices
     set audio_coin_per_minute = _row.audio_coin_per_minute, video_coin_per_minute = _row.video_coin_per_minute,
         is_available = _row.is_available, quiet_from = _row.quiet_from, quiet_until = _row.quiet_until,
         time_zone = _row.time_zone
   where creator_id = _actor
  returning * into _row;
  return jsonb_build_object('call_prices', private.call_prices_row(_row));
end $$;

create or replace function private.refuse_time_zone(_time_zone text) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  perform now() at time zone _time_zone;
exception when invalid_parameter_value then
  perform private.refuse(422, 'unprocessable', 'There is no such time zone.', 'Send a name such as Europe/Istanbul.');
end $$;

-- The actor's own list: `{"call_prices": row}`; where none was made, what holds without one.
create or replace function private.own_call_prices() returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   private.call_prices;
begin
  perform private.refuse_unless_creator('have prices for calls');
  select * into _row from private.call_prices where creator_id = _actor;
  if not found then
    _row.creator_id := _actor;
    _row.audio_coin_per_minute := 0;
    _row.video_coin_per_minute := 0;
    _row.is_available := true;
    _row.time_zone := 'UTC';
    _row.updated_at := now();
  end if;
  return jsonb_build_object('call_prices', private.call_prices_row(_row));
end $$;

create or replace function private.call_prices_row(_row private.call_prices) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'profile_id',            _row.creator_id,
           'audio_coin_per_minute', _row.audio_coin_per_minute,
           'video_coin_per_minute', _row.video_coin_per_minute,
           'is_available',          _row.is_available,
           'quiet_from',            to_char(_row.quiet_from, 'HH24:MI'),
           'quiet_until',           to_char(_row.quiet_until, 'HH24:MI'),
           'time_zone',             _row.time_zone,
           'updated_at',            _row.updated_at)
$$;

-- What it costs to call somebody, asked before it rings: `{"call_prices": {profile_id, audio_coin_per_minute,
-- video_coin_per_minute, takes_calls}}`. A price is null where such calls are off.
create or replace function private.call_prices_of(_profile uuid) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.actor();
  if private.is_anonymous(_profile) then
    perform private.refuse(404, 'not_found', 'There is nobody to call here.');
  end if;
  return jsonb_build_object('call_prices', jsonb_build_object(
    'profile_id',            _profile,
    'audio_coin_per_minute', private.call_price(_profile, 'audio_call'),
    'video_coin_per_minute', private.call_price(_profile, 'video_call'),
    'takes_calls',           private.takes_calls(_profile, now())));
end $$;

-- The list that holds for somebody; all null for who is no creator, or made none.
create or replace function private.call_list_of(_callee uuid) returns private.call_prices
language sql stable security definer set search_path = '', pg_temp as $$
  select prices
    from private.call_prices prices
    join public.profiles on profiles.id = prices.creator_id and profiles.is_creator
   where prices.creator_id = _callee
$$;

-- Coins a minute; 0 is free, null is off.
create or replace function private.call_price(_callee uuid, _call_type text) returns integer
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _list private.call_prices := private.call_list_of(_callee);
begin
  return case when _list.creator_id is null then 0
              when _call_type = 'audio_call' then _list.audio_coin_per_minute
              else _list.video_coin_per_minute end;
end $$;

-- Whether somebody takes calls at a moment: in good standing, available, and not within their quiet hours, which may go over
-- midnight.
create or replace function private.takes_calls(_callee uuid, _at timestamptz) returns boolean
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _list private.call_prices := private.call_list_of(_callee);
  _time time := (_at at time zone _list.time_zone)::time;
begin
  return not private.is_suspended(_callee) and coalesce(_list.is_available, true) and not coalesce(
    case when _list.quiet_from < _list.quiet_until
         then _time >= _list.quiet_from and _time < _list.quiet_until
         else _time >= _list.quiet_from or _time < _list.quiet_until end, false);
end $$;

-- A call that starts, with the price that it keeps: the callee's of this moment, whatever the caller sent. Refused where they
-- take none, or the coins do not reach for a minute.
create or replace function private.priced_call(_row public.calls, _is_clients boolean) returns public.calls
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _price integer := private.call_price(_row.callee_id, _row.call_type);
begin
  if _price is null or not private.takes_calls(_row.callee_id, now()) then
    perform private.refuse_call(case when _price is null then 'off' else 'unavailable' end, _is_clients);
  elsif _price > 0 and private.coin_balance(_row.caller_id) < _price then
    perform private.refuse_call('insufficient_coins', _is_clients);
  end if;
  _row.is_paid := _price > 0;
  _row.coin_per_minute := _price;
  _row.total_coin_spent := 0;
  return _row;
end $$;

-- Why a call does not start, to an operation or to a client's own statement.
create or replace function private.refuse_call(_reason text, _is_clients boolean) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  if _reason = 'insufficient_coins' and _is_clients then
    perform private.forbid('There are not enough coins for a minute of this call', 'Buy coins first.');
  elsif _reason = 'insufficient_coins' then
    perform private.refuse(402, 'insufficient_coins', 'There are not enough coins for a minute of this call.',
      'Buy coins first.');
  elsif _is_clients then
    perform private.forbid('This person takes no such calls now', 'Look at their prices: GET calls/prices/{profile_id}.');
  else
    perform private.refuse(409, 'not_taking_calls', 'This person takes no such calls now.',
      'Look at their prices: GET calls/prices/{profile_id}.', jsonb_build_object('reason', _reason));
  end if;
end $$;

revoke execute on function
  private.set_call_prices(jsonb), private.refuse_time_zone(text), private.own_call_prices(),
  private.call_prices_row(private.call_prices), private.call_prices_of(uuid), private.call_list_of(uuid),
  private.call_price(uuid, text), private.takes_calls(uuid, timestamptz), private.priced_call(public.calls, boolean),
  private.refuse_call(text, boolean)
  from public;
grant execute on function
  private.set_call_prices(jsonb), private.refuse_time_zone(text), private.own_call_prices(),
  private.call_prices_row(private.call_prices), private.call_prices_of(uuid), private.call_list_of(uuid),
  private.call_price(uuid, text), private.takes_calls(uuid, timestamptz), private.priced_call(public.calls, boolean),
  private.refuse_call(text, boolean)
  to service_role;

-- What a paid call costs (ruling R3). Each minute is paid when it begins, and only while both are there: the caller's coins
-- go into escrow, once for a call and its minute. When the call is over the minutes that were talked go to the callee, net
-- of commission, and one that was paid and never begun goes back. So a caller is never in debt, whatever is told us late.
-- Whoever calls these holds the call's row.

-- Seconds in which both were there until `_until`: of each side its stays as one, of those what the two share.
create or replace function private.talked_seconds(_call uuid, _until timestamptz) returns numeric
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(sum(extract(epoch from upper(talk) - lower(talk))), 0)
    from unnest((select range_agg(stays.stay) filter (where stays.is_caller)
                        * range_agg(stays.stay) filter (where not stays.is_caller)
                   from (select call_intervals.is_caller,
                                tstzrange(joined_at, greatest(joined_at, least(left_at, _until))) as stay
                           from private.call_intervals
                          where call_id = _call) stays)) talk
$$;

-- Minutes that were begun in so many seconds of talk; who are still together have begun the next.
create or replace function private.minutes_begun(_talked_seconds numeric, _are_together boolean) returns integer
language sql immutable set search_path = '', pg_temp as $$
  select case when _are_together then floor(_talked_seconds / 60) + 1 else ceil(_talked_seconds / 60) end::integer
$$;

create or replace function private.minutes_paid(_call uuid) returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select bills.minutes_paid from private.call_bills bills where bills.call_id = _call
$$;

-- Whether the caller's coins reach for another minute; no account, no coins.
create or replace function private.reaches_a_minute(_row public.calls) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select private.coin_balance(_row.caller_id) >= _row.coin_per_minute
$$;

-- The caller's coins stay where they are until the end of the transaction, or go for minutes.
create or replace function private.hold_purse(_row public.calls) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.hold_accounts(_row.caller_id, _row.callee_id);
  perform from public.wallets where user_id = _row.caller_id for no key update;
end $$;

-- A paid call is answered: from now on it is known whose wallets it is about, whoever goes.
create or replace function private.open_bill(_row public.calls) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.hold_purse(_row);
  insert into private.call_bills (call_id, payer_wallet_id, payee_wallet_id)
  values (_row.id, private.wallet_of(_row.caller_id), private.wallet_of(_row.callee_id));
end $$;

-- The next minute goes into escrow; how many are paid. The purse is held and reaches.
create or replace function private.pay_minute(_row public.calls) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _bill private.call_bills;
begin
  update private.call_bills set minutes_paid = minutes_paid + 1 where call_id = _row.id returning * into _bill;
  perform private.move_coins('call', 'call:' || _row.id || ':' || _bill.minutes_paid, 'call', _row.id,
    _bill.payer_wallet_id, array[private.wallet_of_kind('escrow')], array[_row.coin_per_minute]);
  return _bill.minutes_paid;
end $$;

-- A paid call is over at `ended_at`: what it cost. A last minute that the clock was too late for is paid now, if the coins
-- reach.
create or replace function private.settle_call(_row public.calls) returns bigint
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _begun integer := private.minutes_begun(private.talked_seconds(_row.id, _row.ended_at), false);
  _bill  private.call_bills;
  _paid  bigint;
begin
  perform private.hold_purse(_row);
  while private.minutes_paid(_row.id) < _begun and private.reaches_a_minute(_row) loop
    perform private.pay_minute(_row);
  end loop;
  select * into _bill from private.call_bills where call_id = _row.id for no key update;
  _paid := _bill.minutes_paid::bigint * _row.coin_per_minute;
  _bill.cost := least(_begun, _bill.minutes_paid)::bigint * _row.coin_per_minute;
  _bill.commission := private.commission_of(_bill.cost);
  perform private.leave_escrow(_bill, 'call_payout', array[_bill.payee_wallet_id, private.wallet_of_kind('platform')],
    array[_bill.cost - _bill.commission, _bill.commission]);
  perform private.leave_escrow(_bill, 'call_refund', array[_bill.payer_wallet_id], array[_paid - _bill.cost]);
  update private.call_bills
     set status = 'settled', settled_at = now(), cost = _bill.cost, commission = _bill.commission
   where call_id = _row.id;
  return _bill.cost;
end $$;

-- Coins of a call leave escrow, if there are any to.
create or replace function private.leave_escrow(_bill private.call_bills, _kind text, _to uuid[], _amounts bigint[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if 0 < any (_amounts) then
    perform private.move_coins(_kind, _kind || ':' || _bill.call_id, 'call', _bill.call_id,
      private.wallet_of_kind('escrow'), _to, _amounts);
  end if;
end $$;

-- An admin gives a call's whole cost back to who paid it, once: `{"refund": {"call_id", "coin_amount"}}`. The callee gives
-- their share as far as they still have it, the platform its commission; what is gone the house makes good.
create or replace function private.refund_call(_call uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.calls;
  _bill  private.call_bills;
  _given bigint;
begin
  if not private.is_admin() then
    perform private.refuse(403, 'forbidden', 'Only an admin can give back what a call cost.');
  end if;
  select * into _row from public.calls where id = _call for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such call.');
  end if;
  perform private.hold_accounts(_row.caller_id, _row.callee_id, _actor);
  select * into _bill from private.call_bills where call_id = _call for no key update;
  perform private.refuse_refund(_bill);
  _given := least(_bill.cost - _bill.commission, private.folded_balance(_bill.payee_wallet_id));
  perform private.give_back(_bill, _bill.payee_wallet_id, _given);
  perform private.give_back(_bill, private.wallet_of_kind('platform'), _bill.commission);
  perform private.give_back(_bill, private.wallet_of_kind('issuer'), _bill.cost - _bill.commission - _given);
  update private.call_bills set status = 'refunded', refunded_at = now(), refunded_by = _actor where call_id = _call;
  update public.calls set total_coin_spent = 0 where id = _call;
  return jsonb_build_object('refund', jsonb_build_object('call_id', _call, 'coin_amount', _bill.cost));
end $$;

-- Why there is nothing to give back; says nothing where there is something.
create or replace function private.refuse_refund(_bill private.call_bills) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  if _bill.status = 'open' then
    perform private.refuse(409, 'call_state', 'The call is not over.', 'End it first.');
  elsif _bill.status = 'refunded' then
    perform private.refuse(409, 'already_refunded', 'What this call cost was given back already.');
  elsif coalesce(_bill.cost, 0) = 0 then
    perform private.refuse(409, 'nothing_to_refund', 'This call cost nothing.');
  end if;
end $$;

-- What a wallet holds with all its credits, which are its balance from now on; it is held.
create or replace function private.folded_balance(_wallet uuid) returns bigint
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from public.wallets where id = _wallet for no key update;
  perform private.fold_wallets(array[_wallet]);
  return (select balance from public.wallets where id = _wallet);
end $$;

create or replace function private.give_back(_bill private.call_bills, _from uuid, _amount bigint) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if _amount > 0 then
    perform private.move_coins('call_refund', 'call_given_back:' || _bill.call_id, 'call', _bill.call_id, _from,
      array[_bill.payer_wallet_id], array[_amount]);
  end if;
end $$;

revoke execute on function
  private.talked_seconds(uuid, timestamptz), private.minutes_begun(numeric, boolean), private.minutes_paid(uuid),
  private.reaches_a_minute(public.calls), private.hold_purse(public.calls), private.open_bill(public.calls),
  private.pay_minute(public.calls), private.settle_call(public.calls),
  private.leave_escrow(private.call_bills, text, uuid[], bigint[]), private.refund_call(uuid),
  private.refuse_refund(private.call_bills), private.folded_balance(uuid),
  private.give_back(private.call_bills, uuid, bigint)
  from public;
grant execute on function
  private.talked_seconds(uuid, timestamptz), private.minutes_begun(numeric, boolean), private.minutes_paid(uuid),
  private.reaches_a_minute(public.calls), private.hold_purse(public.calls), private.open_bill(public.calls),
  private.pay_minute(public.calls), private.settle_call(public.calls),
  private.leave_escrow(private.call_bills, text, uuid[], bigint[]), private.refund_call(uuid),
  private.refuse_refund(private.call_bills), private.folded_balance(uuid),
  private.give_back(private.call_bills, uuid, bigint)
  to service_role;

-- What an accepted call needs because time passes: that it ends, that its next minute is paid, that its people are told that
-- the coins will end. The question is asked of all of them every second, and of one again under its lock. `_now` is the
-- database's clock.

-- Calls that need something: both may be gone for `_both_seconds` (a reconnect), one of them for `_one_seconds`, and who
-- never came has `_connect_seconds` to.
create or replace function private.calls_to_keep(
  _both_seconds integer, _one_seconds integer, _connect_seconds integer, _now timestamptz default now()
) returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select calls.id
    from public.calls
   where calls.status = 'accepted'
     and private.call_need(calls, _both_seconds, _one_seconds, _connect_seconds, _now) is not null
   order by calls.id
$$;

-- Do for a call what it needs; why it ended, null when it goes on. One that somebody else holds is looked at again.
create or replace function private.keep_call(
  _call uuid, _both_seconds integer, _one_seconds integer, _connect_seconds integer, _now timestamptz default now()
) returns text
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.calls;
  _need text;
begin
  select * into _row from public.calls where id = _call and status = 'accepted' for no key update skip locked;
  if _row.id is null then
    return null;
  end if;
  perform private.hold_purse(_row);
  loop
    _need := private.call_need(_row, _both_seconds, _one_seconds, _connect_seconds, _now);
    case _need
      when 'minute' then
        _row.total_coin_spent := private.pay_minute(_row)::bigint * _row.coin_per_minute;
        update public.calls set total_coin_spent = _row.total_coin_spent where id = _call;
      when 'warning' then
        _row.coins_last_until := private.coins_last_until(_row, _now);
        update public.calls set coins_last_until = _row.coins_last_until where id = _call;
      else
        if _need is not null then
          perform private.close_call(_call, _need, private.talk_ended_at(_row, _need, _now));
        end if;
        return _need;
    end case;
  end loop;
end $$;

-- `both_gone`, `one_gone`, `never_connected` and `insufficient_funds` end the call; `minute` and `warning` do not. Null: nothing.
create or replace function private.call_need(
  _row public.calls, _both_seconds integer, _one_seconds integer, _connect_seconds integer, _now timestamptz
) returns text
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _caller_until timestamptz := private.last_in_call(_row.id, true);
  _callee_until timestamptz := private.last_in_call(_row.id, false);
begin
  if _caller_until is null or _callee_until is null then
    return case when _row.answered_at <= _now - _connect_seconds * interval '1 second' then 'never_connected' end;
  elsif greatest(_caller_until, _callee_until) <= _now - _both_seconds * interval '1 second' then
    return 'both_gone';
  elsif least(_caller_until, _callee_until) <= _now - _one_seconds * interval '1 second' then
    return 'one_gone';
  elsif _row.is_paid then
    return private.bill_need(_row, least(_caller_until, _callee_until) = 'infinity', _now);
  end if;
  return null;
end $$;

-- What a paid call's bill needs, whose people are both there now or not.
create or replace function private.bill_need(_row public.calls, _are_together boolean, _now timestamptz) returns text
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  told_again_seconds constant integer := 2;
  _ends_at timestamptz;
begin
  if private.minutes_begun(private.talked_seconds(_row.id, _now), _are_together) > private.minutes_paid(_row.id) then
    return case when private.reaches_a_minute(_row) then 'minute' else 'insufficient_funds' end;
  elsif _are_together then
    _ends_at := private.coins_last_until(_row, _now);
    return case when (_ends_at is null) <> (_row.coins_last_until is null)
                  or abs(extract(epoch from _ends_at - _row.coins_last_until)) > told_again_seconds
                then 'warning' end;
  end if;
  return null;
end $$;

-- When the minutes that are paid are over, where the coins do not reach for another; null where they do.
create or replace function private.coins_last_until(_row public.calls, _now timestamptz) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select case when not private.reaches_a_minute(_row) then _now + interval '1 second'
                * (60 * private.minutes_paid(_row.id) - private.talked_seconds(_row.id, _now))::double precision end
$$;

-- When a call that ends at `_now` for a reason was over: when the first of them was last there, or the last paid minute.
create or replace function private.talk_ended_at(_row public.calls, _reason text, _now timestamptz) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select least(coalesce(private.last_in_call(_row.id, true), _row.answered_at),
               coalesce(private.last_in_call(_row.id, false), _row.answered_at),
               case when _reason = 'insufficient_funds' then private.coins_last_until(_row, _now) end)
$$;

revoke execute on function
  private.calls_to_keep(integer, integer, integer, timestamptz),
  private.keep_call(uuid, integer, integer, integer, timestamptz),
  private.call_need(public.calls, integer, integer, integer, timestamptz),
  private.bill_need(public.calls, boolean, timestamptz), private.coins_last_until(public.calls, timestamptz),
  private.talk_ended_at(public.calls, text, timestamptz)
  from public;
grant execute on function
  private.calls_to_keep(integer, integer, integer, timestamptz),
  private.keep_call(uuid, integer, integer, integer, timestamptz),
  private.call_need(public.calls, integer, integer, integer, timestamptz),
  private.bill_need(public.calls, boolean, timestamptz), private.coins_last_until(public.calls, timestamptz),
  private.talk_ended_at(public.calls, text, timestamptz)
  to service_role;
