-- The double-entry ledger: coins move, and nothing that was written changes. A move debits one wallet and appends the
-- credits: the debited user's row is the only wallet row it locks, so two moves cannot deadlock.

-- One transaction: `_from` pays, each `_to[i]` gets `_amounts[i]` ≥ 0. The id of the transaction.
-- A key the paying wallet used before is a unique violation; operations ask `claim_key` first.
create or replace function private.move_coins(
  _kind           text,
  _key            text,
  _reference_type text,
  _reference_id   uuid,
  _from           uuid,
  _to             uuid[],
  _amounts        bigint[]
) returns uuid
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _transaction uuid   := gen_random_uuid();
  _total       bigint := 0;
  _amount      bigint;
begin
  foreach _amount in array _amounts loop
    _total := _total + _amount;
  end loop;
  if not coalesce(_total > 0 and 0 <= all (_amounts) and _from <> all (_to), false) then
    perform private.refuse(422, 'unprocessable', 'Coins move from one wallet to others in positive amounts.');
  end if;
  update public.wallets
     set balance = balance - _total
   where id = _from and kind = 'user' and balance >= _total and owed = 0;
  if not found then
    if exists (select from public.wallets where id = _from and kind <> 'user') then
      insert into private.coin_pending (wallet_id, amount) values (_from, -_total);
    else
      perform private.debit_wallet(_from, _total);
    end if;
  end if;
  with transaction as (
    insert into public.coin_transactions (id, kind, initiator_wallet_id, idempotency_key, reference_type, reference_id)
    values (_transaction, _kind, _from, _key, _reference_type, _reference_id)
  ), credits as (
    select credit.wallet_id, credit.amount
      from unnest(_to, _amounts) credit (wallet_id, amount)
     where credit.amount > 0
  ), entries as (
    insert into public.coin_entries (transaction_id, wallet_id, amount)
    select _transaction, _from, -_total
    union all
    select _transaction, credits.wallet_id, credits.amount from credits
  )
  insert into private.coin_pending (wallet_id, amount) select credits.wallet_id, credits.amount from credits;
  return _transaction;
end $$;

-- What one grant may give.
create or replace function private.grant_max() returns bigint
language sql immutable set search_path = '', pg_temp as $$
  select 1000000000::bigint
$$;

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
    perform private.refuse_overflow(private.coin_balance(_user));
    perform private.pay_owed(_wallet);
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

-- Who gives somebody more than a wallet may hold is told so. What nobody does by hand is credited all the same, and waits
-- (see `fold_wallets`).
create or replace function private.refuse_overflow(_balance bigint) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  if _balance > private.balance_max() then
    perform private.refuse(422, 'balance_too_large', 'This is more than a wallet may hold.', 'Give less.',
      jsonb_build_object('balance_max', private.balance_max()));
  end if;
end $$;

-- All entries of a transaction are written by one statement, so the sum can be asked at its end, and whether the
-- wallets are there. (A plan made while the tables are small must not read them whole for ever.)
create or replace function private.check_entries() returns trigger
language plpgsql security definer set search_path = '', pg_temp set enable_seqscan = 'off' as $$
begin
  if not exists (select
                   from written
                   left join public.wallets on wallets.id = written.wallet_id
                  group by written.transaction_id
                 having sum(written.amount) <> 0 or count(wallets.id) < count(*)) then
    return null;
  elsif exists (select from written group by transaction_id having sum(amount) <> 0) then
    raise exception using errcode = '23514', constraint = 'coin_entries_sum_zero',
      message = 'The entries of a coin transaction must sum to zero.',
      hint = 'Write all entries of a transaction in one statement.';
  end if;
  raise exception using errcode = '23503', constraint = 'coin_entries_belong',
    message = 'An entry belongs to a wallet that exists.';
end $$;

create or replace function private.refuse_ledger_change() returns trigger
language plpgsql set search_path = '', pg_temp as $$
begin
  raise exception using errcode = '42501', message = 'The ledger is append-only.',
    hint = 'Correct a mistake with a new transaction.';
end $$;

-- What is wrong with which wallets; nothing, or money is broken. `sum_differs`: the balance, with what waits, is not the
-- sum of the entries. `out_of_bounds`: credits wait that the balance may not hold. Numeric, so that no amount hides a fault.
create or replace function private.ledger_faults()
returns table (wallet_id uuid, reason text, balance numeric, entries_sum numeric)
language sql stable security definer set search_path = '', pg_temp as $$
  with books as (
    select wallets.id, wallets.kind, wallets.balance + coalesce(pending.amount, 0) balance,
           coalesce(entries.amount, 0) entries_sum, pending.amount is not null waits
      from public.wallets
      left join (select p.wallet_id, sum(p.amount) amount from private.coin_pending p group by 1) pending
             on pending.wallet_id = wallets.id
      left join (select e.wallet_id, sum(e.amount) amount from public.coin_entries e group by 1) entries
             on entries.wallet_id = wallets.id
  )
  select books.id, 'sum_differs', books.balance, books.entries_sum
    from books
   where books.balance <> books.entries_sum
   union all
  select books.id, 'out_of_bounds', books.balance, books.entries_sum
    from books
   where books.waits and not books.balance <@ private.balance_bounds(books.kind)
$$;

revoke execute on function
  private.move_coins(text, text, text, uuid, uuid, uuid[], bigint[]), private.grant_max(),
  private.grant_coins(uuid, numeric, text), private.refuse_overflow(bigint), private.check_entries(),
  private.refuse_ledger_change(), private.ledger_faults()
  from public;
grant execute on function
  private.move_coins(text, text, text, uuid, uuid, uuid[], bigint[]), private.grant_max(),
  private.grant_coins(uuid, numeric, text), private.refuse_overflow(bigint), private.ledger_faults()
  to service_role;
