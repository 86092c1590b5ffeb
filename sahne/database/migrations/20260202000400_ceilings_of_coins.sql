-- Ceilings of coins: functions as sahne/database/functions tells them from here on.

set local check_function_bodies = off;

create or replace function private.balance_max() returns bigint
language sql immutable set search_path = '', pg_temp as $$
  select 1000000000000::bigint
$$;

revoke execute on function private.balance_max() from public, anon, authenticated, service_role;
grant execute on function private.balance_max() to service_role;

-- Fold every wallet nobody else is busy with; the number of wallets folded. Called by the server on its clock. One whose
-- sum no balance can hold is left out and stops no other.
create or replace function private.fold_coins(_wallets_max integer default 1000) returns integer
language plpgsql security definer set search_path = '', pg_temp set enable_seqscan = 'off' as $$
declare
  _wallets uuid[];
begin
  select array_agg(waiting.id) into _wallets
    from (select wallets.id
            from public.wallets
           where wallets.id in (select pending.wallet_id from private.coin_pending pending)
           limit _wallets_max
             for no key update skip locked) waiting;
  select array_agg(wallets.id) into _wallets
    from public.wallets
    join (select pending.wallet_id, sum(pending.amount) amount
            from private.coin_pending pending
           where pending.wallet_id = any (_wallets)
           group by 1) credits on credits.wallet_id = wallets.id
   where abs(wallets.balance + credits.amount) < 9223372036854775807;
  perform private.fold_wallets(_wallets);
  return coalesce(cardinality(_wallets), 0);
end $$;

drop function private.grant_coins(uuid,bigint,text);

-- Coins out of nothing, once per key over all users: `{"balance", "granted"}`; `granted` false when the key was used.
-- The amount is numeric, so that one of any size is refused in words.
create or replace function private.grant_coins(_user uuid, _amount numeric, _key text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _issuer uuid := private.wallet_of_kind('issuer');
  _wallet uuid := private.wallet_of(_user);
  _known  uuid;
begin
  if _amount is null or _amount <= 0 or _amount <> trunc(_amount) then
    perform private.refuse(422, 'unprocessable', 'A grant is a positive number of coins.');
  elsif _amount > private.grant_max() then
    perform private.refuse(422, 'grant_too_large', 'This is more than one grant may give.', 'Give less.',
      jsonb_build_object('grant_max', private.grant_max()));
  end if;
  if coalesce(char_length(_key), 0) not between 1 and 200 then
    perform private.refuse(400, 'idempotency_key_required', 'A grant needs a key.', 'Give a key of 1 to 200 characters.');
  end if;
  begin
    perform private.move_coins('grant', _key, 'wallet', _wallet, _issuer, array[_wallet], array[_amount::bigint]);
    if private.coin_balance(_user) > private.balance_max() then
      perform private.refuse(422, 'balance_too_large', 'This is more than a wallet may hold.', 'Give less.',
        jsonb_build_object('balance_max', private.balance_max()));
    end if;
    return jsonb_build_object('balance', private.coin_balance(_user), 'granted', true);
  exception when unique_violation then
    select entries.transaction_id into _known
      from public.coin_transactions transactions
      join public.coin_entries entries on entries.transaction_id = transactions.id
     where transactions.initiator_wallet_id = _issuer
       and transactions.idempotency_key = _key
       and transactions.reference_id = _wallet
       and entries.wallet_id = _wallet
       and entries.amount = _amount;
    if _known is null then
      perform private.refuse(422, 'idempotency_key_reused', 'This key granted something else before.',
        'Use a new key for a new grant.');
    end if;
    return jsonb_build_object('balance', private.coin_balance(_user), 'granted', false);
  end;
end $$;

revoke execute on function private.grant_coins(uuid,numeric,text) from public, anon, authenticated, service_role;
grant execute on function private.grant_coins(uuid,numeric,text) to service_role;

-- What one grant may give, and what a grant may make of a balance: far from where a bigint ends, so that nothing that is
-- credited later cannot be added.
create or replace function private.grant_max() returns bigint
language sql immutable set search_path = '', pg_temp as $$
  select 1000000000::bigint
$$;

revoke execute on function private.grant_max() from public, anon, authenticated, service_role;
grant execute on function private.grant_max() to service_role;
