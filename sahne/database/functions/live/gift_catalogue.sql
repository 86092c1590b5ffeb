-- The catalogue of gifts: admins edit it, everybody else sees what is offered now (the policy of `public.gifts`). A price that
-- changes changes nothing that was sent: a sent gift has what it cost.

-- Every gift, in the order in which they are shown: `{"gifts": [row]}`.
create or replace function private.catalogue() returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('gifts', (
    select coalesce(jsonb_agg(private.gift_row(gifts) order by gifts.order_index, gifts.id), '[]') from public.gifts));
end $$;

-- A gift more, made of `_fields`: `{"gift": row}`.
create or replace function private.add_gift(_fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.gifts := jsonb_populate_record(null::public.gifts, '{"is_active": true, "order_index": 0}' || _fields);
begin
  perform private.refuse_unless_admin();
  perform private.refuse_false_gift(_row);
  insert into public.gifts (name, icon_url, animation_url, coin_price, is_active, order_index, available_from,
                            available_until)
  select _row.name, _row.icon_url, _row.animation_url, _row.coin_price, _row.is_active, _row.order_index,
         _row.available_from, _row.available_until
  returning * into _row;
  return jsonb_build_object('gift', private.gift_row(_row));
end $$;

-- What is in `_fields` changes; one with `is_active` false is retired: `{"gift": row}`.
create or replace function private.edit_gift(_gift uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.gifts;
begin
  perform private.refuse_unless_admin();
  select * into _row from public.gifts where id = _gift for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such gift.');
  end if;
  _row := jsonb_populate_record(_row, _fields);
  perform private.refuse_false_gift(_row);
  update public.gifts
     set name = _row.name, icon_url = _row.icon_url, animation_url = _row.animation_url, coin_price = _row.coin_price,
         is_active = _row.is_active, order_index = _row.order_index, available_from = _row.available_from,
         available_until = _row.available_until
   where id = _gift
  returning * into _row;
  return jsonb_build_object('gift', private.gift_row(_row));
end $$;

-- A gift has a name one can see, pictures that lie where admins upload them or in the page, and a season that ends after
-- it begins.
create or replace function private.refuse_false_gift(_row public.gifts) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  pictures constant text := '^/(gifts|storage/v1/object/public/thumbnails/gifts)/[A-Za-z0-9_][A-Za-z0-9_.-]*$';
begin
  if not coalesce(private.is_visible(_row.name), false) then
    perform private.refuse(422, 'unprocessable', 'A gift has a name that shows something.');
  elsif _row.icon_url !~ pictures or _row.animation_url !~ pictures then
    perform private.refuse(422, 'unprocessable', 'A gift''s picture is not where such pictures lie.',
      'Upload it to the bucket thumbnails as gifts/<name>; send /storage/v1/object/public/thumbnails/gifts/<name>.');
  elsif _row.available_from >= _row.available_until then
    perform private.refuse(422, 'unprocessable', 'A season ends after it begins.',
      'Send available_from and available_until together; null for no bound.');
  end if;
end $$;

create or replace function private.gift_row(_row public.gifts) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',              _row.id,
           'name',            _row.name,
           'icon_url',        _row.icon_url,
           'animation_url',   _row.animation_url,
           'coin_price',      _row.coin_price,
           'is_active',       _row.is_active,
           'order_index',     _row.order_index,
           'created_at',      _row.created_at,
           'updated_at',      _row.updated_at,
           'available_from',  _row.available_from,
           'available_until', _row.available_until)
$$;

revoke execute on function
  private.catalogue(), private.add_gift(jsonb), private.edit_gift(uuid, jsonb),
  private.refuse_false_gift(public.gifts), private.gift_row(public.gifts)
  from public;
grant execute on function
  private.catalogue(), private.add_gift(jsonb), private.edit_gift(uuid, jsonb),
  private.refuse_false_gift(public.gifts), private.gift_row(public.gifts)
  to service_role;
