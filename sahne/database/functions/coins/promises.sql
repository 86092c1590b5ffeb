-- What is asked before coins are spent (ruling R14): that the price is the one shown, and that there is somebody to pay.

-- `_expected` is the price the buyer was shown; null where nothing was. A key that paid before is answered before this is asked.
create or replace function private.refuse_other_price(_price integer, _expected integer) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  if _price <> _expected then
    perform private.refuse(409, 'price_changed', 'The price is another one by now.', 'Show it, and ask again.',
      jsonb_build_object('price', _price, 'expected_price', _expected));
  end if;
end $$;

-- Nothing is sold in the name of an account that is suspended or erased: it could not keep what it promises.
create or replace function private.refuse_unless_open(_creator uuid) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  if private.is_suspended(_creator) then
    perform private.refuse(409, 'creator_unavailable', 'Nothing of this creator is sold now.');
  end if;
end $$;

revoke execute on function private.refuse_other_price(integer, integer), private.refuse_unless_open(uuid) from public;
grant execute on function private.refuse_other_price(integer, integer), private.refuse_unless_open(uuid) to service_role;
