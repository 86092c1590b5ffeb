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
