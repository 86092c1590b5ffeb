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

-- Balance in coins with the credits that are not folded yet; one snapshot, so never counted twice.
create function private.coin_balance(_user uuid) returns bigint
language sql stable security definer set search_path = '' as $$
  select coalesce(sum(wallets.balance), 0)::bigint + coalesce(sum((
           select sum(pending.amount) from private.coin_pending pending where pending.wallet_id = wallets.id)), 0)::bigint
    from public.wallets
   where wallets.user_id = _user
$$;

-- Pending credits become balance. The wallet is locked first, so two folders never meet inside the queue.
create function private.fold_wallet(_wallet uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform from public.wallets where id = _wallet for no key update;
  with folded as (
    delete from private.coin_pending where wallet_id = _wallet returning amount
  )
  update public.wallets
     set balance = balance + (select sum(amount) from folded)
   where id = _wallet and exists (select from folded);
end $$;

-- Fold every wallet nobody else is busy with; the number of wallets folded. Called by the server on its clock.
create function private.fold_coins(_wallets_max integer default 1000) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  _wallet uuid;
  _folded integer := 0;
begin
  for _wallet in
    select wallets.id
      from public.wallets
     where wallets.id in (select pending.wallet_id from private.coin_pending pending)
     limit _wallets_max
       for no key update skip locked
  loop
    perform private.fold_wallet(_wallet);
    _folded := _folded + 1;
  end loop;
  return _folded;
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
  perform private.fold_wallet(_wallet);
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
  _transaction uuid;
  _total       bigint := (select sum(amount) from unnest(_amounts) amount);
begin
  if _total <= 0 or exists (select from unnest(_amounts) amount where amount < 0) or _from = any (_to) then
    perform private.refuse(422, 'unprocessable', 'Coins move from one wallet to others in positive amounts.');
  end if;
  if (select wallets.kind = 'user' from public.wallets where wallets.id = _from) then
    perform private.debit_wallet(_from, _total);
  else
    insert into private.coin_pending (wallet_id, amount) values (_from, -_total);
  end if;
  insert into public.coin_transactions (kind, initiator_wallet_id, idempotency_key, reference_type, reference_id)
  values (_kind, _from, _key, _reference_type, _reference_id)
  returning id into _transaction;
  insert into public.coin_entries (transaction_id, wallet_id, amount)
  select _transaction, _from, -_total
  union all
  select _transaction, credit.wallet_id, credit.amount
    from unnest(_to, _amounts) credit (wallet_id, amount)
   where credit.amount > 0;
  insert into private.coin_pending (wallet_id, amount)
  select credit.wallet_id, credit.amount
    from unnest(_to, _amounts) credit (wallet_id, amount)
   where credit.amount > 0;
  return _transaction;
end $$;

-- Null when the key is new and now ours; the stored answer when this very request was answered before.
-- A second request with the key waits here until the first has committed or failed.
create function private.claim_key(_operation text, _key text, _request jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _known private.idempotency_keys;
begin
  if _key is null or char_length(_key) not between 1 and 200 then
    perform private.refuse(400, 'idempotency_key_required', 'A request that spends needs an Idempotency-Key.',
      'Send a header Idempotency-Key of 1 to 200 characters, a new one for each purchase.');
  end if;
  insert into private.idempotency_keys (user_id, key, operation, request)
  values (private.actor(), _key, _operation, _request)
  on conflict (user_id, key) do nothing;
  if found then return null; end if;
  select * into _known from private.idempotency_keys where user_id = private.actor() and key = _key;
  if _known.operation <> _operation or _known.request <> _request then
    perform private.refuse(422, 'idempotency_key_reused', 'This Idempotency-Key was used with another request.',
      'Use a new key for a new request.');
  end if;
  return _known.answer;
end $$;

create function private.keep_answer(_key text, _answer jsonb) returns jsonb
language sql security definer set search_path = '' as $$
  update private.idempotency_keys
     set answer = _answer
   where user_id = private.actor() and key = _key
  returning answer
$$;

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
    perform private.move_coins('grant', _key, 'user', _user, _issuer, array[_wallet], array[_amount]);
    return jsonb_build_object('balance', private.coin_balance(_user), 'granted', true);
  exception when unique_violation then
    select entries.transaction_id into _known
      from public.coin_transactions transactions
      join public.coin_entries entries on entries.transaction_id = transactions.id
     where transactions.initiator_wallet_id = _issuer
       and transactions.idempotency_key = _key
       and transactions.reference_id = _user
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
