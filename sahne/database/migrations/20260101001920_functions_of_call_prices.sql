-- The functions of what calls cost as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- What a call costs: a creator's list of prices by the minute, when they take calls, and what a call that starts takes from
-- it. Nobody else has a list: calling them is free at any time, as it is to call a creator who made none.

-- What is in `_fields` changes in the actor's list: audio_coin_per_minute, video_coin_per_minute (0 is free, null is off),
-- is_available, quiet_from, quiet_until (both or none, by the clock of time_zone): `{"call_prices": row}`.
create or replace function private.set_call_prices(_fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   private.call_prices;
begin
  perform private.refuse_unless_creator('have prices for calls');
  perform private.hold_accounts(_actor);
  insert into private.call_prices (creator_id) values (_actor) on conflict (creator_id) do nothing;
  select * into _row from private.call_prices where creator_id = _actor for no key update;
  _row := jsonb_populate_record(_row, _fields);
  perform private.refuse_time_zone(_row.time_zone);
  if (_row.quiet_from is null) <> (_row.quiet_until is null) or _row.quiet_from = _row.quiet_until then
    perform private.refuse(422, 'unprocessable', 'Quiet hours begin at one time of the day and end at another.',
      'Send quiet_from and quiet_until together; null for none.');
  end if;
  update private.call_prices
     set audio_coin_per_minute = _row.audio_coin_per_minute, video_coin_per_minute = _row.video_coin_per_minute,
         is_available = _row.is_available, quiet_from = _row.quiet_from, quiet_until = _row.quiet_until,
         time_zone = _row.time_zone
   where creator_id = _actor
  returning * into _row;
  return jsonb_build_object('call_prices', private.call_prices_row(_row));
end $$;

create or replace function private.refuse_time_zone(_time_zone text) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  perform now() at time zone _time_zone;
exception when invalid_parameter_value then
  perform private.refuse(422, 'unprocessable', 'There is no such time zone.', 'Send a name such as Europe/Istanbul.');
end $$;

-- The actor's own list: `{"call_prices": row}`; where none was made, what holds without one.
create or replace function private.own_call_prices() returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   private.call_prices;
begin
  perform private.refuse_unless_creator('have prices for calls');
  select * into _row from private.call_prices where creator_id = _actor;
  if not found then
    _row.creator_id := _actor;
    _row.audio_coin_per_minute := 0;
    _row.video_coin_per_minute := 0;
    _row.is_available := true;
    _row.time_zone := 'UTC';
    _row.updated_at := now();
  end if;
  return jsonb_build_object('call_prices', private.call_prices_row(_row));
end $$;

create or replace function private.call_prices_row(_row private.call_prices) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'profile_id',            _row.creator_id,
           'audio_coin_per_minute', _row.audio_coin_per_minute,
           'video_coin_per_minute', _row.video_coin_per_minute,
           'is_available',          _row.is_available,
           'quiet_from',            to_char(_row.quiet_from, 'HH24:MI'),
           'quiet_until',           to_char(_row.quiet_until, 'HH24:MI'),
           'time_zone',             _row.time_zone,
           'updated_at',            _row.updated_at)
$$;

-- What it costs to call somebody, asked before it rings: `{"call_prices": {profile_id, audio_coin_per_minute,
-- video_coin_per_minute, takes_calls}}`. A price is null where such calls are off.
create or replace function private.call_prices_of(_profile uuid) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.actor();
  if private.is_anonymous(_profile) then
    perform private.refuse(404, 'not_found', 'There is nobody to call here.');
  end if;
  return jsonb_build_object('call_prices', jsonb_build_object(
    'profile_id',            _profile,
    'audio_coin_per_minute', private.call_price(_profile, 'audio_call'),
    'video_coin_per_minute', private.call_price(_profile, 'video_call'),
    'takes_calls',           private.takes_calls(_profile, now())));
end $$;

-- The list that holds for somebody; all null for who is no creator, or made none.
create or replace function private.call_list_of(_callee uuid) returns private.call_prices
language sql stable security definer set search_path = '', pg_temp as $$
  select prices
    from private.call_prices prices
    join public.profiles on profiles.id = prices.creator_id and profiles.is_creator
   where prices.creator_id = _callee
$$;

-- Coins a minute; 0 is free, null is off.
create or replace function private.call_price(_callee uuid, _call_type text) returns integer
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _list private.call_prices := private.call_list_of(_callee);
begin
  return case when _list.creator_id is null then 0
              when _call_type = 'audio_call' then _list.audio_coin_per_minute
              else _list.video_coin_per_minute end;
end $$;

-- Whether somebody takes the actor's calls at a moment: in good standing, neither blocked nor kept out, available, and not within
-- their quiet hours, which may go over midnight.
create or replace function private.takes_calls(_callee uuid, _at timestamptz) returns boolean
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _list private.call_prices := private.call_list_of(_callee);
  _time time := (_at at time zone _list.time_zone)::time;
begin
  return not private.is_suspended(_callee) and not private.is_shut_out(auth.uid(), _callee)
     and coalesce(_list.is_available, true) and not coalesce(
    case when _list.quiet_from < _list.quiet_until
         then _time >= _list.quiet_from and _time < _list.quiet_until
         else _time >= _list.quiet_from or _time < _list.quiet_until end, false);
end $$;

-- A call that starts, with the price that it keeps: the callee's of this moment, whatever the caller sent. Refused where they
-- take none, or the coins do not reach for a minute.
create or replace function private.priced_call(_row public.calls, _is_clients boolean) returns public.calls
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _price integer := private.call_price(_row.callee_id, _row.call_type);
begin
  if _price is null or not private.takes_calls(_row.callee_id, now()) then
    perform private.refuse_call(case when _price is null then 'off' else 'unavailable' end, _is_clients);
  elsif _price > 0 and private.coin_balance(_row.caller_id) < _price then
    perform private.refuse_call(
      case when exists (select from public.wallets where user_id = _row.caller_id and owed > 0)
           then 'coins_owed' else 'insufficient_coins' end, _is_clients);
  end if;
  _row.is_paid := _price > 0;
  _row.coin_per_minute := _price;
  _row.total_coin_spent := 0;
  return _row;
end $$;

-- Why a call does not start, to an operation or to a client's own statement.
create or replace function private.refuse_call(_reason text, _is_clients boolean) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  if _reason = 'coins_owed' and _is_clients then
    perform private.forbid('Coins of a refunded purchase are still owed', 'Buy coins: what is owed is paid first.');
  elsif _reason = 'coins_owed' then
    perform private.refuse(402, 'coins_owed', 'Coins of a refunded purchase are still owed.',
      'Buy coins: what is owed is paid first.');
  elsif _reason = 'insufficient_coins' and _is_clients then
    perform private.forbid('There are not enough coins for a minute of this call', 'Buy coins first.');
  elsif _reason = 'insufficient_coins' then
    perform private.refuse(402, 'insufficient_coins', 'There are not enough coins for a minute of this call.',
      'Buy coins first.');
  elsif _is_clients then
    perform private.forbid('This person takes no such calls now', 'Look at their prices: GET calls/prices/{profile_id}.');
  else
    perform private.refuse(409, 'not_taking_calls', 'This person takes no such calls now.',
      'Look at their prices: GET calls/prices/{profile_id}.', jsonb_build_object('reason', _reason));
  end if;
end $$;

revoke execute on function
  private.set_call_prices(jsonb), private.refuse_time_zone(text), private.own_call_prices(),
  private.call_prices_row(private.call_prices), private.call_prices_of(uuid), private.call_list_of(uuid),
  private.call_price(uuid, text), private.takes_calls(uuid, timestamptz), private.priced_call(public.calls, boolean),
  private.refuse_call(text, boolean)
  from public;
grant execute on function
  private.set_call_prices(jsonb), private.refuse_time_zone(text), private.own_call_prices(),
  private.call_prices_row(private.call_prices), private.call_prices_of(uuid), private.call_list_of(uuid),
  private.call_price(uuid, text), private.takes_calls(uuid, timestamptz), private.priced_call(public.calls, boolean),
  private.refuse_call(text, boolean)
  to service_role;
