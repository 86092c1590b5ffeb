-- The verbs of the ledger. A move debits one wallet and appends the credits: the debited user's row is the only wallet
-- row it locks, so two moves cannot deadlock. System wallets are never locked; what they give and take is appended too.

create function private.wallet_of_kind(_kind text) returns uuid
language sql stable set search_path = '' as $$
  select wallets.id from public.wallets where wallets.kind = _kind and wallets.kind <> 'user'
$$;

-- The user's wallet, made at its first use.
create function private.wallet_of(_user uuid) returns uuid
language plpgsql security definer set search_path = '' as $$
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

-- Balance in coins with the credits that are not folded yet; one snapshot, so never counted twice. The queue is empty one
-- moment and long the next, so that a plan which reads it whole must never be kept: here and wherever it is read.
create function private.coin_balance(_user uuid) returns bigint
language plpgsql stable security definer set search_path = '' set enable_seqscan = 'off' as $$
begin
  return coalesce((
    select wallets.balance + coalesce((
             select sum(pending.amount) from private.coin_pending pending where pending.wallet_id = wallets.id), 0)
      from public.wallets
     where wallets.user_id = _user), 0);
end $$;

-- The pending credits of these wallets become balance. A statement before has locked the wallets, so two folders never
-- meet inside the queue.
create function private.fold_wallets(_wallets uuid[]) returns void
language plpgsql security definer set search_path = '' set enable_seqscan = 'off' as $$
begin
  with folded as (
    delete from private.coin_pending where wallet_id = any (_wallets) returning wallet_id, amount
  ), sums as (
    select folded.wallet_id, sum(folded.amount) amount from folded group by 1
  )
  update public.wallets set balance = balance + sums.amount from sums where wallets.id = sums.wallet_id;
end $$;

-- Fold every wallet nobody else is busy with; the number of wallets folded. Called by the server on its clock.
create function private.fold_coins(_wallets_max integer default 1000) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  _wallets uuid[];
begin
  select array_agg(waiting.id) into _wallets
    from (select wallets.id
            from public.wallets
           where wallets.id in (select pending.wallet_id from private.coin_pending pending)
           limit _wallets_max
             for no key update skip locked) waiting;
  perform private.fold_wallets(_wallets);
  return coalesce(cardinality(_wallets), 0);
end $$;

-- What the platform keeps of an amount, rounded down in the creator's favour.
create function private.commission_of(_amount bigint) returns bigint
language sql stable security definer set search_path = '' as $$
  select _amount * private.commission_percent() / 100
$$;

-- Take coins from a wallet, folding its own credits only when the balance alone does not reach.
create function private.debit_wallet(_wallet uuid, _amount bigint) returns void
language plpgsql security definer set search_path = '' as $$
declare
  _balance bigint;
begin
  update public.wallets set balance = balance - _amount where id = _wallet and balance >= _amount;
  if found then return; end if;
  perform from public.wallets where id = _wallet for no key update;
  perform private.fold_wallets(array[_wallet]);
  update public.wallets set balance = balance - _amount where id = _wallet and balance >= _amount;
  if found then return; end if;
  select balance into _balance from public.wallets where id = _wallet;
  perform private.refuse(402, 'insufficient_coins', 'There are not enough coins in the wallet.',
    'Buy coins, or choose something smaller.', jsonb_build_object('balance', _balance, 'needed', _amount));
end $$;

-- One transaction: `_from` pays, each `_to[i]` gets `_amounts[i]` ≥ 0. The id of the transaction.
-- A key the paying wallet used before is a unique violation; operations ask `claim_key` first.
create function private.move_coins(
  _kind           text,
  _key            text,
  _reference_type text,
  _reference_id   uuid,
  _from           uuid,
  _to             uuid[],
  _amounts        bigint[]
) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  _transaction uuid   := gen_random_uuid();
  _total       bigint := 0;
  _amount      bigint;
begin
  foreach _amount in array _amounts loop
    if _amount < 0 then
      _total := null;
    end if;
    _total := _total + _amount;
  end loop;
  if _total > 0 is not true or _from = any (_to) then
    perform private.refuse(422, 'unprocessable', 'Coins move from one wallet to others in positive amounts.');
  end if;
  update public.wallets set balance = balance - _total where id = _from and kind = 'user' and balance >= _total;
  if found then
    null;
  elsif exists (select from public.wallets where id = _from and kind <> 'user') then
    insert into private.coin_pending (wallet_id, amount) values (_from, -_total);
  else
    perform private.debit_wallet(_from, _total);
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

-- Null when the key is new: the verb does its work and ends with `keep_answer`. The stored answer when this very request
-- was answered before. A second request with the key waits here until the first has committed or failed.
create function private.claim_key(_user uuid, _operation text, _key text, _request jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _known private.idempotency_keys;
begin
  if _key is null or char_length(_key) not between 1 and 200 then
    perform private.refuse(400, 'idempotency_key_required', 'A request that spends needs an Idempotency-Key.',
      'Send a header Idempotency-Key of 1 to 200 characters, a new one for each purchase.');
  end if;
  perform pg_advisory_xact_lock(hashtextextended(_user || _key, 0));
  select * into _known from private.idempotency_keys where user_id = _user and key = _key;
  if _known.operation <> _operation or _known.request <> _request then
    perform private.refuse(422, 'idempotency_key_reused', 'This Idempotency-Key was used with another request.',
      'Use a new key for a new request.');
  end if;
  return _known.answer;
end $$;

-- What the verb answers, kept under the key it claimed.
create function private.keep_answer(_user uuid, _operation text, _key text, _request jsonb, _answer jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.idempotency_keys (user_id, key, operation, request, answer)
  values (_user, _key, _operation, _request, _answer);
  return _answer;
end $$;

-- Keys older than they are promised for; how many.
create function private.forget_keys(_hours integer) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  _forgotten integer;
begin
  delete from private.idempotency_keys where created_at < now() - _hours * interval '1 hour';
  get diagnostics _forgotten = row_count;
  return _forgotten;
end $$;

-- Coins out of nothing, once per key over all users: `{"balance", "granted"}`; `granted` false when the key was used.
create function private.grant_coins(_user uuid, _amount bigint, _key text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _issuer uuid := private.wallet_of_kind('issuer');
  _wallet uuid := private.wallet_of(_user);
  _known  uuid;
begin
  if _amount is null or _amount <= 0 then
    perform private.refuse(422, 'unprocessable', 'A grant is a positive number of coins.');
  end if;
  if coalesce(char_length(_key), 0) not between 1 and 200 then
    perform private.refuse(400, 'idempotency_key_required', 'A grant needs a key.', 'Give a key of 1 to 200 characters.');
  end if;
  begin
    perform private.move_coins('grant', _key, 'wallet', _wallet, _issuer, array[_wallet], array[_amount]);
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

-- Wallets whose balance is not the fold of their entries. Empty, or money is broken.
create function private.ledger_faults() returns table (wallet_id uuid, balance bigint, entries_sum bigint)
language sql stable security definer set search_path = '' as $$
  select wallets.id, wallets.balance + coalesce(pending.amount, 0)::bigint, coalesce(entries.amount, 0)::bigint
    from public.wallets
    left join (select p.wallet_id, sum(p.amount) amount from private.coin_pending p group by 1) pending
           on pending.wallet_id = wallets.id
    left join (select e.wallet_id, sum(e.amount) amount from public.coin_entries e group by 1) entries
           on entries.wallet_id = wallets.id
   where wallets.balance + coalesce(pending.amount, 0) <> coalesce(entries.amount, 0)
$$;
