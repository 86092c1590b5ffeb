-- The functions of the gift catalogue and of gifts given back as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

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

-- An admin gives a sent gift back, once. The receiver gives their share as far as they still have it, the platform its
-- commission; what is gone the house makes good, so that nobody's wallet becomes negative. Boards, goals and the session's
-- count follow; the line in the chat was said and stays.

-- `{"refund": {"live_gift_id", "coin_amount"}}`.
create or replace function private.refund_gift(_live_gift uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor      uuid := private.named_actor();
  _row        public.live_gifts;
  _payer      uuid;
  _payee      uuid;
  _share      bigint;
  _given      bigint;
begin
  if not private.is_admin() then
    perform private.refuse(403, 'forbidden', 'Only an admin can give a gift back.');
  end if;
  select * into _row from public.live_gifts where id = _live_gift;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such gift.');
  end if;
  perform private.hold_accounts(_row.sender_id, _row.receiver_id, _actor);
  select * into _row from public.live_gifts where id = _live_gift for no key update;
  if _row.refunded_at is not null then
    perform private.refuse(409, 'already_refunded', 'What this gift cost was given back already.');
  elsif _row.transaction_id is null then
    perform private.refuse(409, 'nothing_to_refund', 'This gift cost nothing.');
  end if;
  select transactions.initiator_wallet_id, entries.wallet_id, entries.amount
    into _payer, _payee, _share
    from public.coin_transactions transactions
    left join public.coin_entries entries
           on entries.transaction_id = transactions.id and entries.amount > 0
          and entries.wallet_id <> private.wallet_of_kind('platform')
   where transactions.id = _row.transaction_id;
  _given := case when _payee is null then 0 else least(_share, private.folded_balance(_payee)) end;
  perform private.return_of_gift(_row, _payer, _payee, _given);
  perform private.return_of_gift(_row, _payer, private.wallet_of_kind('platform'), _row.coin_amount - coalesce(_share, 0));
  perform private.return_of_gift(_row, _payer, private.wallet_of_kind('issuer'), coalesce(_share, 0) - _given);
  update public.live_gifts set refunded_at = now(), refunded_by = _actor where id = _live_gift;
  insert into private.gift_tallies (session_id, receiver_id, profile_id, given_at, coins, gifts)
  values (_row.session_id, _row.receiver_id, _row.sender_profile_id, _row.created_at, -_row.coin_amount, -_row.quantity);
  if _row.session_id is not null then
    insert into private.session_tallies (session_id, gifts) values (_row.session_id, -_row.quantity);
  end if;
  return jsonb_build_object('refund', jsonb_build_object('live_gift_id', _live_gift, 'coin_amount', _row.coin_amount));
end $$;

create or replace function private.return_of_gift(_row public.live_gifts, _payer uuid, _from uuid, _amount bigint) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if _amount > 0 then
    perform private.move_coins('gift_refund', 'gift_given_back:' || _row.id, 'live_gift', _row.id, _from,
      array[_payer], array[_amount]);
  end if;
end $$;

revoke execute on function
  private.refund_gift(uuid), private.return_of_gift(public.live_gifts, uuid, uuid, bigint)
  from public;
grant execute on function
  private.refund_gift(uuid), private.return_of_gift(public.live_gifts, uuid, uuid, bigint)
  to service_role;
