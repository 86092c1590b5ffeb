-- The functions of calls that time passes in as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- What an accepted call needs because time passes: that it ends, that its next minute is paid, that its people are told that
-- the coins will end. The question is asked of all of them every second, and of one again under its lock. `_now` is the
-- database's clock.

-- Calls that need something: both may be gone for `_both_seconds` (a reconnect), one of them for `_one_seconds`, and who
-- never came has `_connect_seconds` to.
create or replace function private.calls_to_keep(
  _both_seconds integer, _one_seconds integer, _connect_seconds integer, _now timestamptz default now()
) returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select calls.id
    from public.calls
   where calls.status = 'accepted'
     and private.call_need(calls, _both_seconds, _one_seconds, _connect_seconds, _now) is not null
   order by calls.id
$$;

-- Do for a call what it needs; why it ended, null when it goes on. One that somebody else holds is looked at again.
create or replace function private.keep_call(
  _call uuid, _both_seconds integer, _one_seconds integer, _connect_seconds integer, _now timestamptz default now()
) returns text
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.calls;
  _need text;
begin
  select * into _row from public.calls where id = _call and status = 'accepted' for no key update skip locked;
  if _row.id is null then
    return null;
  end if;
  perform private.hold_purse(_row);
  loop
    _need := private.call_need(_row, _both_seconds, _one_seconds, _connect_seconds, _now);
    case _need
      when 'minute' then
        _row.total_coin_spent := private.pay_minute(_row)::bigint * _row.coin_per_minute;
        update public.calls set total_coin_spent = _row.total_coin_spent where id = _call;
      when 'warning' then
        _row.coins_last_until := private.coins_last_until(_row, _now);
        update public.calls set coins_last_until = _row.coins_last_until where id = _call;
      else
        if _need is not null then
          perform private.close_call(_call, _need, private.talk_ended_at(_row, _need, _now));
        end if;
        return _need;
    end case;
  end loop;
end $$;

-- `both_gone`, `one_gone`, `never_connected` and `insufficient_funds` end the call; `minute` and `warning` do not. Null: nothing.
create or replace function private.call_need(
  _row public.calls, _both_seconds integer, _one_seconds integer, _connect_seconds integer, _now timestamptz
) returns text
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _caller_until timestamptz := private.last_in_call(_row.id, true);
  _callee_until timestamptz := private.last_in_call(_row.id, false);
begin
  if _caller_until is null or _callee_until is null then
    return case when _row.answered_at <= _now - _connect_seconds * interval '1 second' then 'never_connected' end;
  elsif greatest(_caller_until, _callee_until) <= _now - _both_seconds * interval '1 second' then
    return 'both_gone';
  elsif least(_caller_until, _callee_until) <= _now - _one_seconds * interval '1 second' then
    return 'one_gone';
  elsif _row.is_paid then
    return private.bill_need(_row, least(_caller_until, _callee_until) = 'infinity', _now);
  end if;
  return null;
end $$;

-- What a paid call's bill needs, whose people are both there now or not.
create or replace function private.bill_need(_row public.calls, _are_together boolean, _now timestamptz) returns text
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  told_again_seconds constant integer := 2;
  _ends_at timestamptz;
begin
  if private.minutes_begun(private.talked_seconds(_row.id, _now), _are_together) > private.minutes_paid(_row.id) then
    return case when private.reaches_a_minute(_row) then 'minute' else 'insufficient_funds' end;
  elsif _are_together then
    _ends_at := private.coins_last_until(_row, _now);
    return case when (_ends_at is null) <> (_row.coins_last_until is null)
                  or abs(extract(epoch from _ends_at - _row.coins_last_until)) > told_again_seconds
                then 'warning' end;
  end if;
  return null;
end $$;

-- When the minutes that are paid are over, where the coins do not reach for another; null where they do.
create or replace function private.coins_last_until(_row public.calls, _now timestamptz) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select case when not private.reaches_a_minute(_row) then _now + interval '1 second'
                * (60 * private.minutes_paid(_row.id) - private.talked_seconds(_row.id, _now))::double precision end
$$;

-- When a call that ends at `_now` for a reason was over: when the first of them was last there, or the last paid minute.
create or replace function private.talk_ended_at(_row public.calls, _reason text, _now timestamptz) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select least(coalesce(private.last_in_call(_row.id, true), _row.answered_at),
               coalesce(private.last_in_call(_row.id, false), _row.answered_at),
               case when _reason = 'insufficient_funds' then private.coins_last_until(_row, _now) end)
$$;

revoke execute on function
  private.calls_to_keep(integer, integer, integer, timestamptz),
  private.keep_call(uuid, integer, integer, integer, timestamptz),
  private.call_need(public.calls, integer, integer, integer, timestamptz),
  private.bill_need(public.calls, boolean, timestamptz), private.coins_last_until(public.calls, timestamptz),
  private.talk_ended_at(public.calls, text, timestamptz)
  from public;
grant execute on function
  private.calls_to_keep(integer, integer, integer, timestamptz),
  private.keep_call(uuid, integer, integer, integer, timestamptz),
  private.call_need(public.calls, integer, integer, integer, timestamptz),
  private.bill_need(public.calls, boolean, timestamptz), private.coins_last_until(public.calls, timestamptz),
  private.talk_ended_at(public.calls, text, timestamptz)
  to service_role;
