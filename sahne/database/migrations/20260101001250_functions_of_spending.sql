-- The functions of spending (keys, promises) as they were first: today's text is in sahne/database/functions/coins.

set local check_function_bodies = off;

-- A request that spends is carried out once per key: the same key and request give the same answer again.

-- Null when the key is new: the verb does its work and ends with `keep_answer`. The stored answer when this very request
-- was answered before. A second request with the key waits here until the first has committed or failed.
create or replace function private.claim_key(_user uuid, _operation text, _key text, _request jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
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
create or replace function private.keep_answer(_user uuid, _operation text, _key text, _request jsonb, _answer jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.idempotency_keys (user_id, key, operation, request, answer)
  values (_user, _key, _operation, _request, _answer);
  return _answer;
end $$;

-- Whether a key is used for the first time: true once, for whoever asks first.
create or replace function private.use_key_once(_user uuid, _operation text, _key text) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.idempotency_keys (user_id, key, operation, request, answer)
  values (_user, _operation || ' ' || _key, _operation, 'null', 'null')
  on conflict do nothing;
  return found;
end $$;

-- Keys older than they are promised for; how many.
create or replace function private.forget_keys(_hours integer) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _forgotten integer;
begin
  delete from private.idempotency_keys where created_at < now() - _hours * interval '1 hour';
  get diagnostics _forgotten = row_count;
  return _forgotten;
end $$;

revoke execute on function
  private.claim_key(uuid, text, text, jsonb), private.keep_answer(uuid, text, text, jsonb, jsonb),
  private.use_key_once(uuid, text, text), private.forget_keys(integer)
  from public;
grant execute on function
  private.claim_key(uuid, text, text, jsonb), private.keep_answer(uuid, text, text, jsonb, jsonb),
  private.use_key_once(uuid, text, text), private.forget_keys(integer)
  to service_role;

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
