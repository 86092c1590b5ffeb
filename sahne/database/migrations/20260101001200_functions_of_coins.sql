-- The functions of coins as they were first: today's text is in sahne/database/functions/coins.

set local check_function_bodies = off;

-- Wallets and what is in them. System wallets are never locked; credits are appended and folded into the balance later,
-- so that crediting a busy creator waits for nobody. Every balance shown includes what is not folded yet.

-- The user's wallet, made at its first use.
create or replace function private.wallet_of(_user uuid) returns uuid
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _wallet uuid;
begin
  select id into _wallet from public.wallets where user_id = _user;
  if _wallet is null then
    insert into public.wallets (user_id) values (_user) on conflict (user_id) do nothing;
    select id into _wallet from public.wallets where user_id = _user;
  end if;
  return _wallet;
end $$;

create or replace function private.wallet_of_kind(_kind text) returns uuid
language sql stable set search_path = '', pg_temp as $$
  select wallets.id from public.wallets where wallets.kind = _kind and wallets.kind <> 'user'
$$;

-- What may be spent: the balance in coins with the credits that are not folded yet, less what is owed; one snapshot, so never
-- counted twice. The queue is empty one
-- moment and long the next, so that a plan which reads it whole must never be kept: here and wherever it is read.
create or replace function private.coin_balance(_user uuid) returns bigint
language plpgsql stable security definer set search_path = '', pg_temp set enable_seqscan = 'off' as $$
begin
  return coalesce((
    select greatest(0, wallets.balance - wallets.owed + coalesce((
             select sum(pending.amount) from private.coin_pending pending where pending.wallet_id = wallets.id), 0))
      from public.wallets
     where wallets.user_id = _user), 0);
end $$;

-- Take coins from a wallet, folding its own credits only when the balance alone does not reach. What it owes comes first.
create or replace function private.debit_wallet(_wallet uuid, _amount bigint) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _balance bigint;
begin
  update public.wallets set balance = balance - _amount where id = _wallet and balance >= _amount and owed = 0;
  if found then return; end if;
  perform from public.wallets where id = _wallet for no key update;
  perform private.fold_wallets(array[_wallet]);
  if private.pay_owed(_wallet) > 0 then
    perform private.refuse(402, 'coins_owed', 'Coins of a refunded purchase are still owed.', 'Buy coins: what is owed is paid first.',
      jsonb_build_object('owed', (select wallets.owed from public.wallets where wallets.id = _wallet)));
  end if;
  update public.wallets set balance = balance - _amount where id = _wallet and balance >= _amount;
  if found then return; end if;
  select balance into _balance from public.wallets where id = _wallet;
  perform private.refuse(402, 'insufficient_coins', 'There are not enough coins in the wallet.',
    'Buy coins, or choose something smaller.', jsonb_build_object('balance', _balance, 'needed', _amount));
end $$;

-- What a balance of this kind of wallet may be. A user's ends far from where a bigint does.
create or replace function private.balance_bounds(_kind text) returns numrange
language sql immutable set search_path = '', pg_temp as $$
  select numrange(case _kind when 'issuer' then -9223372036854775807 else 0 end,
                  case _kind when 'user' then private.balance_max() else 9223372036854775807 end, '[]')
$$;

create or replace function private.balance_max() returns bigint
language sql immutable set search_path = '', pg_temp as $$
  select 1000000000000::bigint
$$;

-- The pending credits of these wallets become balance; how many wallets changed. A statement before has locked the wallets,
-- so two folders never meet inside the queue. What a balance may not hold stays there and stops nothing else: a user's
-- credits are taken up to the bound, the smallest first; a system wallet's, which go both ways, all or none.
create or replace function private.fold_wallets(_wallets uuid[]) returns integer
language plpgsql security definer set search_path = '', pg_temp set enable_seqscan = 'off' as $$
declare
  _folded integer;
begin
  with own as materialized (
    select wallets.id, wallets.balance, wallets.kind = 'user' as is_users, private.balance_bounds(wallets.kind) as bounds
      from public.wallets
     where wallets.id = any (_wallets)
  ), reached as (
    select pending.wallet_id, pending.id, own.bounds,
           own.balance + sum(pending.amount) over (
             partition by pending.wallet_id
                 order by case when own.is_users then pending.amount end, case when own.is_users then pending.id end
           ) as balance
      from own
      join private.coin_pending pending on pending.wallet_id = own.id
  ), folded as (
    delete from private.coin_pending pending
     using reached
     where pending.wallet_id = reached.wallet_id and pending.id = reached.id and reached.balance <@ reached.bounds
    returning pending.wallet_id, pending.amount
  ), sums as (
    select folded.wallet_id, sum(folded.amount) amount from folded group by 1
  )
  update public.wallets set balance = balance + sums.amount from sums where wallets.id = sums.wallet_id;
  get diagnostics _folded = row_count;
  return _folded;
end $$;

-- Fold every wallet nobody else is busy with; the number of wallets folded. Called by the server on its clock.
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
  return private.fold_wallets(_wallets);
end $$;

create or replace function private.refuse_wallet_change() returns trigger
language plpgsql set search_path = '', pg_temp as $$
begin
  raise exception using errcode = '42501', message = 'A wallet is never deleted.',
    hint = 'It outlives its user: entries belong to it.';
end $$;

revoke execute on function
  private.wallet_of(uuid), private.wallet_of_kind(text), private.coin_balance(uuid),
  private.debit_wallet(uuid, bigint), private.balance_bounds(text), private.balance_max(), private.fold_wallets(uuid[]),
  private.fold_coins(integer), private.refuse_wallet_change()
  from public;
grant execute on function
  private.wallet_of(uuid), private.wallet_of_kind(text), private.coin_balance(uuid),
  private.debit_wallet(uuid, bigint), private.balance_bounds(text), private.balance_max(), private.fold_wallets(uuid[]),
  private.fold_coins(integer)
  to service_role;

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

-- The platform's share of what creators are given: the one place that says how much.

-- What the platform keeps of an amount, rounded down in the creator's favour. plpgsql keeps its plan: every gift asks.
create or replace function private.commission_of(_amount bigint) returns bigint
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  return _amount * (select settings.gift_commission_percent from private.settings) / 100;
end $$;

revoke execute on function private.commission_of(bigint) from public;
grant execute on function private.commission_of(bigint) to service_role;
