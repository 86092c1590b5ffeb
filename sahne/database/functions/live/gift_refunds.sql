-- An admin gives a sent gift back, once. The receiver gives their share as far as they still have it, the platform its
-- commission; what is gone the house makes good, so that nobody's wallet becomes negative. Boards, goals and the session's
-- count follow; the line in the chat was said and stays.

-- `{"refund": {"live_gift_id", "coin_amount"}}`.
create or replace function private.refund_gift(_live_gift uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor      uuid := private.named_actor();
  _row        public.live_gifts;
  _payer      uuid;
  _payee      uuid;
  _share      bigint;
  _given      bigint;
begin
  if not private.is_admin() then
    perform private.refuse(403, 'forbidden', 'Only an admin can give a gift back.');
  end if;
  select * into _row from public.live_gifts where id = _live_gift;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such gift.');
  end if;
  perform private.hold_accounts(_row.sender_id, _row.receiver_id, _actor);
  select * into _row from public.live_gifts where id = _live_gift for no key update;
  if _row.refunded_at is not null then
    perform private.refuse(409, 'already_refunded', 'What this gift cost was given back already.');
  elsif _row.transaction_id is null then
    perform private.refuse(409, 'nothing_to_refund', 'This gift cost nothing.');
  end if;
  select transactions.initiator_wallet_id, entries.wallet_id, entries.amount
    into _payer, _payee, _share
    from public.coin_transactions transactions
    left join public.coin_entries entries
           on entries.transaction_id = transactions.id and entries.amount > 0
          and entries.wallet_id <> private.wallet_of_kind('platform')
   where transactions.id = _row.transaction_id;
  _given := case when _payee is null then 0 else least(_share, private.folded_balance(_payee)) end;
  perform private.return_of_gift(_row, _payer, _payee, _given);
  perform private.return_of_gift(_row, _payer, private.wallet_of_kind('platform'), _row.coin_amount - coalesce(_share, 0));
  perform private.return_of_gift(_row, _payer, private.wallet_of_kind('issuer'), coalesce(_share, 0) - _given);
  update public.live_gifts set refunded_at = now(), refunded_by = _actor where id = _live_gift;
  insert into private.gift_tallies (session_id, receiver_id, profile_id, given_at, coins, gifts)
  values (_row.session_id, _row.receiver_id, _row.sender_profile_id, _row.created_at, -_row.coin_amount, -_row.quantity);
  if _row.session_id is not null then
    insert into private.session_tallies (session_id, gifts) values (_row.session_id, -_row.quantity);
  end if;
  return jsonb_build_object('refund', jsonb_build_object('live_gift_id', _live_gift, 'coin_amount', _row.coin_amount));
end $$;

create or replace function private.return_of_gift(_row public.live_gifts, _payer uuid, _from uuid, _amount bigint) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if _amount > 0 then
    perform private.move_coins('gift_refund', 'gift_given_back:' || _row.id, 'live_gift', _row.id, _from,
      array[_payer], array[_amount]);
  end if;
end $$;

revoke execute on function
  private.refund_gift(uuid), private.return_of_gift(public.live_gifts, uuid, uuid, bigint)
  from public;
grant execute on function
  private.refund_gift(uuid), private.return_of_gift(public.live_gifts, uuid, uuid, bigint)
  to service_role;
