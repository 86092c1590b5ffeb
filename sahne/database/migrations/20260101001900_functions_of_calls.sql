-- The functions of calls as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- The life of a call (rulings L2, L3, L15), the same for a client's own statement and for our operations: slots keep a
-- user to one active call, a table of steps says what follows what, the server stamps times and settles the bill.

-- Call somebody: `{"call": row}`; its status is `busy` when the callee is in another call. `_expected_price` is what a minute
-- was shown to cost; null where nothing was.
create or replace function private.start_call(_callee uuid, _call_type text, _expected_price integer default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.calls;
begin
  if _callee = _actor then
    perform private.refuse(422, 'unprocessable', 'Nobody can call themselves.');
  elsif private.is_anonymous(_callee) then
    perform private.refuse(404, 'not_found', 'There is nobody to call here.');
  end if;
  perform private.refuse_haste('call', private.nobody());
  perform private.refuse_haste('call_to', _callee);
  insert into public.calls (caller_id, callee_id, call_type) values (_actor, _callee, _call_type) returning * into _row;
  perform private.refuse_other_price(_row.coin_per_minute, _expected_price);
  return jsonb_build_object('call', private.call_row(_row));
end $$;

-- The actor's call, locked.
create or replace function private.own_call(_call uuid) returns public.calls
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls;
begin
  select * into _row from public.calls where id = _call for no key update;
  if _row.id is null or coalesce(private.actor() not in (_row.caller_id, _row.callee_id), true) then
    perform private.refuse(404, 'not_found', 'There is no such call.');
  end if;
  return _row;
end $$;

-- One step: ringing, accepted, rejected, missed or ended: `{"call": row, "seat"}`. A step that is done answers the same.
create or replace function private.step_call(_call uuid, _to text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
  _row   public.calls := private.own_call(_call);
begin
  if _row.status <> _to then
    if not coalesce(private.may_step_call(_row, _actor, _to), false) then
      perform private.refuse(409, 'call_state', 'The call cannot be made ' || _to || ' by you now.', null,
        jsonb_build_object('status', _row.status));
    end if;
    update public.calls
       set status     = _to,
           ended_by   = case when _to in ('rejected', 'missed', 'ended') then _actor end,
           end_reason = case when _to = 'missed' then 'cancelled_by_caller' end
     where id = _call
    returning * into _row;
    if _to = 'accepted' then
      perform private.order_livekit('create_room', _row.livekit_room_name);
    end if;
  end if;
  return jsonb_build_object('call', private.call_row(_row), 'seat', private.call_seat_of(_row, _actor));
end $$;

-- What a caller or callee may do to a call (ruling L2).
create or replace function private.may_step_call(_row public.calls, _user uuid, _to text) returns boolean
language sql immutable set search_path = '', pg_temp as $$
  select case
    when _row.status = 'accepted' then _to = 'ended' and _user in (_row.caller_id, _row.callee_id)
    when _row.status not in ('initiated', 'ringing') then false
    when _user = _row.caller_id then _to = 'missed'
    when _user = _row.callee_id then
      _to in ('accepted', 'rejected') or (_to = 'ringing' and _row.status = 'initiated')
    else false
  end
$$;

-- Hang up, whatever the state: accepted → ended; before that the caller gives up and the callee rejects.
create or replace function private.end_call(_call uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls := private.own_call(_call);
begin
  if _row.status in ('initiated', 'ringing') then
    return private.step_call(_call, case when private.actor() = _row.caller_id then 'missed' else 'rejected' end);
  elsif _row.status = 'accepted' then
    return private.step_call(_call, 'ended');
  end if;
  return jsonb_build_object('call', private.call_row(_row));
end $$;

-- A token for a call that was accepted: `{"call": row, "seat"}`.
create or replace function private.join_call(_call uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls := private.own_call(_call);
begin
  if _row.status <> 'accepted' then
    perform private.refuse(409, 'call_state', 'The call is not going on.', null,
      jsonb_build_object('status', _row.status));
  end if;
  return jsonb_build_object('call', private.call_row(_row), 'seat', private.call_seat_of(_row, private.actor()));
end $$;

-- What LiveKit is told of a party: `{room, identity, call_type, name, avatar_url}`.
create or replace function private.call_seat_of(_row public.calls, _user uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'room',       _row.livekit_room_name,
           'identity',   _user,
           'call_type',  _row.call_type,
           'name',       (select coalesce(display_name, username) from public.public_profiles where id = _user),
           'avatar_url', (select avatar_url from public.public_profiles where id = _user))
$$;

-- Calls nobody answered in time become `missed`; their ids. Called by the server on its clock.
create or replace function private.expire_calls(_ring_timeout_seconds integer default 45, _calls_max integer default 100)
returns setof uuid
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _call uuid;
begin
  for _call in
    select id from public.calls
     where status in ('initiated', 'ringing')
       and initiated_at <= now() - _ring_timeout_seconds * interval '1 second'
       and not private.is_put_off('expire_calls', id)
     limit _calls_max
       for no key update skip locked
  loop
    begin
      update public.calls set status = 'missed', end_reason = 'no_answer' where id = _call;
      return next _call;
    exception when others then
      perform private.put_off('expire_calls', _call, sqlerrm);
    end;
  end loop;
end $$;

-- The server ends a call: `ended` at the moment it was over, or `failed` where its people never came together.
create or replace function private.close_call(_call uuid, _reason text, _last_seen_at timestamptz default now()) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls;
begin
  update public.calls
     set status     = case when status = 'accepted' and _reason <> 'never_connected' then 'ended' else 'failed' end,
         ended_at   = greatest(coalesce(answered_at, initiated_at), _last_seen_at),
         end_reason = _reason
   where id = _call and status in ('initiated', 'ringing', 'accepted')
  returning * into _row;
  return jsonb_build_object('call', private.call_row(_row));
end $$;

-- A call that starts has its price, and its slots. They are taken in sorted order, so that two people calling each other
-- cannot deadlock. A busy callee makes the row `busy`; a busy caller is refused.
create or replace function private.take_call_slots() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _user  uuid;
  _taken uuid[] := '{}';
begin
  new := private.priced_call(new, tg_argv[0] = 'client');
  for _user in select party from unnest(array[new.caller_id, new.callee_id]) party order by party loop
    insert into private.call_slots (user_id, call_id) values (_user, new.id) on conflict (user_id) do nothing;
    if found then _taken := _taken || _user; end if;
  end loop;
  if new.caller_id = any (_taken) and new.callee_id = any (_taken) then
    return new;
  end if;
  delete from private.call_slots where call_id = new.id;
  if new.caller_id = any (_taken) then
    new.status := 'busy';
    new.ended_at := now();
    new.end_reason := 'busy';
    return new;
  end if;
  if tg_argv[0] = 'client' then
    perform private.forbid('You cannot start a call while you are in one', 'End the other call first.');
  end if;
  perform private.refuse(409, 'in_another_call', 'You cannot start a call while you are in one.', 'End the other call first.');
  return null;
end $$;

create or replace function private.release_call_slots() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  delete from private.call_slots where call_id = new.id;
  if old.status = 'accepted' then
    perform private.order_livekit('delete_room', new.livekit_room_name);
  end if;
  return null;
end $$;

-- Times and length are the server's, and what it cost in the end. Whom somebody answered may call them again as before.
create or replace function private.stamp_call() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.status = 'accepted' then
    new.answered_at := now();
    delete from private.paces where user_id = new.caller_id and act = 'call_to' and about = new.callee_id;
    if new.is_paid then
      perform private.open_bill(new);
    end if;
  elsif new.status in ('rejected', 'missed', 'busy', 'ended', 'failed') then
    new.ended_at := coalesce(new.ended_at, now());
    new.duration_seconds := coalesce(greatest(0, extract(epoch from new.ended_at - new.answered_at)), 0);
    new.end_reason := coalesce(new.end_reason, new.status);
    new.coins_last_until := null;
    if old.status = 'accepted' and new.is_paid then
      new.total_coin_spent := private.settle_call(new);
    end if;
  end if;
  return new;
end $$;

-- Who is left alone in a call by an erased account is free again. Runs before the times are stamped.
create or replace function private.end_call_of_erased() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  new.status := case old.status when 'accepted' then 'ended' else 'failed' end;
  new.end_reason := 'account_erased';
  return new;
end $$;

revoke execute on function
  private.start_call(uuid, text, integer), private.own_call(uuid), private.step_call(uuid, text),
  private.may_step_call(public.calls, uuid, text), private.end_call(uuid), private.join_call(uuid),
  private.call_seat_of(public.calls, uuid), private.expire_calls(integer, integer),
  private.close_call(uuid, text, timestamptz), private.take_call_slots(), private.release_call_slots(),
  private.stamp_call(), private.end_call_of_erased()
  from public;
grant execute on function
  private.start_call(uuid, text, integer), private.own_call(uuid), private.step_call(uuid, text),
  private.may_step_call(public.calls, uuid, text), private.end_call(uuid), private.join_call(uuid),
  private.call_seat_of(public.calls, uuid), private.expire_calls(integer, integer), private.close_call(uuid, text, timestamptz)
  to service_role;

-- What LiveKit reports of connections to a call's room, in any order and any number of times, becomes intervals. A call is
-- paid by the minute, so its moments are by one clock, ours: when a report came, not when LiveKit says it was.

-- A party connected as `_sid`: `{"state": "in" | "gone" | "refused", "reason"?}`; null when the room is no call's.
-- `_is_there` says that it was seen now and not reported: then no end of before holds.
create or replace function private.call_connected(
  _room text, _identity uuid, _sid text, _at timestamptz, _room_sid text default null, _is_there boolean default false
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.calls;
  _left timestamptz;
begin
  select * into _row from public.calls where livekit_room_name = _room for no key update;
  if _row.id is null then
    return null;
  elsif coalesce(_identity not in (_row.caller_id, _row.callee_id), true) then
    return jsonb_build_object('state', 'refused', 'reason', 'not_joined');
  elsif _row.status <> 'accepted' then
    return jsonb_build_object('state', 'refused', 'reason', 'call_over');
  end if;
  if _room_sid <> '' and _room_sid is distinct from _row.livekit_room_sid then
    update public.calls set livekit_room_sid = _room_sid where id = _row.id;
  end if;
  insert into private.call_intervals as stays (call_id, user_id, is_caller, livekit_sid, joined_at)
  values (_row.id, _identity, _identity is not distinct from _row.caller_id, _sid, _at)
  on conflict (call_id, livekit_sid) do update
     set joined_at = least(stays.joined_at, excluded.joined_at),
         left_at   = case when not _is_there then stays.left_at end
  returning left_at into _left;
  return jsonb_build_object('state', case when _left is null then 'in' else 'gone' end);
end $$;

-- Connection `_sid` ended: `{"state": "gone"}`; null when the room is no call's.
create or replace function private.call_disconnected(_room text, _identity uuid, _sid text, _at timestamptz) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.calls;
begin
  select * into _row from public.calls where livekit_room_name = _room for no key update;
  if _row.id is null then
    return null;
  elsif _identity in (_row.caller_id, _row.callee_id) then
    insert into private.call_intervals as stays (call_id, user_id, is_caller, livekit_sid, joined_at, left_at)
    values (_row.id, _identity, _identity is not distinct from _row.caller_id, _sid, _at, _at)
    on conflict (call_id, livekit_sid) do update
       set left_at = coalesce(stays.left_at, greatest(stays.joined_at, excluded.left_at));
  end if;
  return jsonb_build_object('state', 'gone');
end $$;

-- LiveKit lists these connections of a call still.
create or replace function private.call_still_connected(_call uuid, _sids text[], _at timestamptz default now()) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from public.calls where id = _call for no key update;
  update private.call_intervals set seen_at = greatest(seen_at, _at)
   where call_id = _call and livekit_sid = any (_sids) and left_at is null;
end $$;

-- LiveKit lists connection `_sid` no more, and nobody told us of its end: it was there for as long as it was seen.
create or replace function private.call_missed(_call uuid, _sid text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from public.calls where id = _call for no key update;
  update private.call_intervals set left_at = greatest(joined_at, seen_at)
   where call_id = _call and livekit_sid = _sid and left_at is null;
end $$;

-- Until when one side was there: infinity while they are, null when they never came.
create or replace function private.last_in_call(_call uuid, _is_caller boolean) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select max(coalesce(left_at, 'infinity')) from private.call_intervals where call_id = _call and is_caller = _is_caller
$$;

revoke execute on function
  private.call_connected(text, uuid, text, timestamptz, text, boolean),
  private.call_disconnected(text, uuid, text, timestamptz), private.call_still_connected(uuid, text[], timestamptz),
  private.call_missed(uuid, text), private.last_in_call(uuid, boolean)
  from public;
grant execute on function
  private.call_connected(text, uuid, text, timestamptz, text, boolean),
  private.call_disconnected(text, uuid, text, timestamptz), private.call_still_connected(uuid, text[], timestamptz),
  private.call_missed(uuid, text), private.last_in_call(uuid, boolean)
  to service_role;
