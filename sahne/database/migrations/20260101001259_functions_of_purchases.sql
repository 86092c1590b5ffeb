-- The functions of purchases and products as they were first: today's text is in sahne/database/functions/store.

set local check_function_bodies = off;

-- Coins that were bought: given once for each purchase in a store, and taken back when the store gives the money back, as far as
-- there are any. The rest is owed, and paid from what comes next, before anything is spent.

-- What the events of these names say of coins: each purchase with its owner, and whether it is refunded now. It is whose it was when
-- it was bought: coins are not handed on.
create or replace function private.purchases_of_events(_customers text[], _owners jsonb)
returns table (line text, owner text, store text, product_id text, coins bigint, bought_at timestamptz, refunded_at timestamptz)
language sql stable security definer set search_path = '', pg_temp as $$
  with told as (
    select events.*, products.coins as product_coins,
           row_number() over (partition by events.line, events.effect = 'bought'
                                  order by events.happened_at, events.source, events.id collate "C") as place,
           row_number() over (partition by events.line
                                  order by events.happened_at desc, events.effect = 'refunded' desc) as from_last
      from private.store_events events
      left join private.store_products products
             on products.product_id = events.product_id and products.kind = 'coins' and events.effect = 'bought'
     where events.customers && _customers
       and events.line is not null
       and (events.effect = 'bought' and products.coins is not null or events.effect in ('refunded', 'running'))
       and private.event_counts(events)
  )
  select bought.line, private.owner_in(bought.customers, _owners), coalesce(bought.store, bought.source), bought.product_id,
         bought.product_coins, bought.happened_at, case when last.effect = 'refunded' then last.happened_at end
    from told bought
    join told last on last.line = bought.line and last.from_last = 1
   where bought.effect = 'bought' and bought.place = 1
$$;

-- Bring the ledger to what the events say.
create or replace function private.settle_purchases(_customers text[], _owners jsonb) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _told record;
  _row  private.store_purchases;
begin
  for _told in
    select purchases.*, users.id as user_id
      from private.purchases_of_events(_customers, _owners) purchases
      join auth.users on users.id = private.as_user_id(purchases.owner)
     order by purchases.bought_at, purchases.line collate "C"
  loop
    insert into private.store_purchases (line, wallet_id, store, product_id, coins, bought_at)
    values (_told.line, private.wallet_of(_told.user_id), _told.store, _told.product_id, _told.coins, _told.bought_at)
    on conflict (line) do nothing
    returning * into _row;
    if found then
      perform private.give_bought_coins(_row, _row.coins);
      perform private.tell(_told.user_id, 'coins_bought', null, jsonb_build_object('coins', _row.coins));
    end if;
    select * into _row from private.store_purchases where line = _told.line;
    if _told.refunded_at is not null and _row.refunded_at is null then
      perform private.refund_purchase(_row, _told.refunded_at);
    elsif _told.refunded_at is null and _row.refunded_at is not null then
      perform private.restore_purchase(_row);
    end if;
    perform private.pay_owed(_row.wallet_id);
  end loop;
end $$;

-- Coins out of nothing for a purchase; each move of it has a key of its own.
create or replace function private.give_bought_coins(_row private.store_purchases, _coins bigint) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update private.store_purchases set moves = moves + 1 where id = _row.id returning moves into _row.moves;
  perform private.move_coins('purchase', 'purchase:' || _row.id || ':' || _row.moves, 'store_purchase', _row.id,
                             private.wallet_of_kind('issuer'), array[_row.wallet_id], array[_coins]);
end $$;

-- The store gave the money back: all of it is owed, until it is paid.
create or replace function private.refund_purchase(_row private.store_purchases, _at timestamptz) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _owed bigint;
begin
  update public.wallets set owed = owed + _row.coins where id = _row.wallet_id;
  update private.store_purchases set refunded_at = _at, owed = coins where id = _row.id;
  _owed := private.pay_owed(_row.wallet_id);
  perform private.tell(wallets.user_id, 'coins_taken_back', null, jsonb_build_object('coins', _row.coins, 'owed', _owed))
     from public.wallets
    where wallets.id = _row.wallet_id and wallets.user_id is not null;
end $$;

-- The refund was taken back: nothing is owed for it, and what was taken is given again.
create or replace function private.restore_purchase(_row private.store_purchases) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.wallets set owed = owed - _row.owed where id = _row.wallet_id;
  update private.store_purchases set refunded_at = null, owed = 0, taken_back = 0 where id = _row.id;
  if _row.taken_back > 0 then
    perform private.give_bought_coins(_row, _row.taken_back);
  end if;
end $$;

-- Pay what a wallet owes as far as its coins reach, the oldest purchase first; what is owed then. While it is paid the wallet,
-- which is held, may be debited.
create or replace function private.pay_owed(_wallet uuid) returns bigint
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _purse public.wallets;
  _row   private.store_purchases;
  _part  bigint;
begin
  select * into _purse from public.wallets where id = _wallet;
  if _purse.owed = 0 then return 0; end if;
  perform from public.wallets where id = _wallet for no key update;
  perform private.fold_wallets(array[_wallet]);
  select * into _purse from public.wallets where id = _wallet;
  update public.wallets set owed = 0 where id = _wallet;
  for _row in
    select * from private.store_purchases where wallet_id = _wallet and owed > 0 order by bought_at, line collate "C"
  loop
    _part := least(_row.owed, _purse.balance);
    exit when _part = 0;
    update private.store_purchases
       set owed = owed - _part, taken_back = taken_back + _part, moves = moves + 1
     where id = _row.id
    returning moves into _row.moves;
    perform private.move_coins('adjustment', 'purchase_refund:' || _row.id || ':' || _row.moves, 'store_purchase', _row.id,
                               _wallet, array[private.wallet_of_kind('issuer')], array[_part]);
    _purse.balance := _purse.balance - _part;
    _purse.owed := _purse.owed - _part;
  end loop;
  update public.wallets set owed = _purse.owed where id = _wallet;
  return _purse.owed;
end $$;

-- What the actor has bought, the newest first, and what they owe: `{purchases: […], owed}`.
create or replace function private.own_purchases(_limit integer default 100) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _user constant uuid := private.actor();
begin
  return jsonb_build_object(
    'owed', coalesce((select wallets.owed from public.wallets where wallets.user_id = _user), 0),
    'purchases', coalesce((
      select jsonb_agg(jsonb_build_object(
               'id', newest.id, 'store', newest.store, 'product_id', newest.product_id, 'coins', newest.coins,
               'bought_at', newest.bought_at, 'refunded_at', newest.refunded_at, 'owed', newest.owed)
               order by newest.bought_at desc, newest.id)
        from (select purchases.*
                from private.store_purchases purchases
                join public.wallets on wallets.id = purchases.wallet_id
               where wallets.user_id = _user
               order by purchases.bought_at desc, purchases.id
               limit _limit) newest), '[]'));
end $$;

revoke execute on function
  private.purchases_of_events(text[], jsonb), private.settle_purchases(text[], jsonb),
  private.give_bought_coins(private.store_purchases, bigint), private.refund_purchase(private.store_purchases, timestamptz),
  private.restore_purchase(private.store_purchases), private.pay_owed(uuid), private.own_purchases(integer)
  from public;
grant execute on function
  private.purchases_of_events(text[], jsonb), private.settle_purchases(text[], jsonb),
  private.give_bought_coins(private.store_purchases, bigint), private.refund_purchase(private.store_purchases, timestamptz),
  private.restore_purchase(private.store_purchases), private.pay_owed(uuid), private.own_purchases(integer)
  to service_role;

-- What is sold through the app stores, which admins say; everybody signed in reads what is sold now.

-- What is sold, in its order: `{products: […]}`; for admins what is sold no more too.
create or replace function private.products(_all boolean default false) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if _all then
    perform private.refuse_unless_admin();
  else
    perform private.actor();
  end if;
  return jsonb_build_object('products', coalesce((
    select jsonb_agg(private.product_row(products) order by products.order_index, products.product_id)
      from private.store_products products
     where _all or products.is_active), '[]'));
end $$;

-- Add a product, or say anew what it is; what was bought of it stays as it was. What was bought before it was known is read again.
create or replace function private.set_product(_product_id text, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _was private.store_products;
  _row private.store_products;
begin
  perform private.refuse_unless_admin();
  perform private.hold_store();
  select * into _was from private.store_products where product_id = _product_id;
  _row := jsonb_populate_record(
    row(_product_id, null, null, true, 0, now(), now())::private.store_products, _fields);
  _row.product_id := _product_id;
  if (_row.kind = 'coins') is distinct from (_row.coins is not null) then
    perform private.refuse(422, 'unprocessable', 'Coins are how many, and premium is not.',
                           'Send coins with kind "coins", and without it for "premium".');
  end if;
  insert into private.store_products as known (product_id, kind, coins, is_active, order_index)
  values (_row.product_id, _row.kind, _row.coins, _row.is_active, _row.order_index)
  on conflict (product_id) do update
    set kind = excluded.kind, coins = excluded.coins, is_active = excluded.is_active, order_index = excluded.order_index
  returning * into _row;
  update private.store_events
     set folded_at = null, attempts = 0
   where product_id = _product_id
     and _was.kind is distinct from _row.kind  -- a new price or place changes nothing that was bought
     and effect in ('running', 'bought')
     and not exists (select from private.store_purchases where store_purchases.line = store_events.line);
  return jsonb_build_object('product', private.product_row(_row));
end $$;

create or replace function private.product_row(_row private.store_products) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object('product_id', _row.product_id, 'kind', _row.kind, 'coins', _row.coins,
                            'is_active', _row.is_active, 'order_index', _row.order_index)
$$;

revoke execute on function
  private.products(boolean), private.set_product(text, jsonb), private.product_row(private.store_products)
  from public;
grant execute on function
  private.products(boolean), private.set_product(text, jsonb), private.product_row(private.store_products)
  to service_role;
