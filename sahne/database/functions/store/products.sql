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
