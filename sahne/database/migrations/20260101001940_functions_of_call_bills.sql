-- The functions of what a paid call did to coins as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

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
