-- The life of a call (rulings L2, L3, L15), the same for a client's own statement and for our operations: slots keep a
-- user to one active call, a table of steps says what follows what, the server stamps times.

-- Slots are taken in sorted order, so that two people calling each other cannot deadlock. A busy callee makes the row
-- `busy`; a busy caller is refused.
create function private.take_call_slots() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  _user  uuid;
  _taken uuid[] := '{}';
begin
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
    perform private.forbid('Who is in a call cannot start another', 'End the other call first.');
  end if;
  perform private.refuse(409, 'in_another_call', 'Who is in a call cannot start another.', 'End the other call first.');
  return null;
end $$;

create trigger take_client_call_slots before insert on public.calls
  for each row when (new.status = 'initiated' and current_user in ('anon', 'authenticated'))
  execute function private.take_call_slots('client');
create trigger take_server_call_slots before insert on public.calls
  for each row when (new.status = 'initiated' and current_user not in ('anon', 'authenticated'))
  execute function private.take_call_slots('server');

-- Runs before the slots are taken: triggers of a table fire in the order of their names.
create function private.check_client_call() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if private.is_anonymous(new.caller_id) then
    perform private.forbid_for('anonymous', 'A caller', 'call');
  elsif private.is_suspended(new.caller_id) then
    perform private.forbid_for('suspended', 'A caller', 'call');
  elsif new.callee_id = new.caller_id then
    perform private.forbid('Nobody can call themselves');
  elsif private.is_anonymous(new.callee_id) then
    perform private.forbid('This person cannot be called');
  end if;
  return new;
end $$;

create trigger check_client_call before insert on public.calls
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_call();

-- What a caller or callee may do to a call (ruling L2).
create function private.may_step_call(_row public.calls, _user uuid, _to text) returns boolean
language sql immutable set search_path = '' as $$
  select case
    when _row.status = 'accepted' then _to = 'ended' and _user in (_row.caller_id, _row.callee_id)
    when _row.status not in ('initiated', 'ringing') then false
    when _user = _row.caller_id then _to = 'missed'
    when _user = _row.callee_id then
      _to in ('accepted', 'rejected') or (_to = 'ringing' and _row.status = 'initiated')
    else false
  end
$$;

create function private.check_client_call_step() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.status = old.status then
    return new;
  elsif not coalesce(private.may_step_call(old, auth.uid(), new.status), false) then
    perform private.forbid('A call that is ' || old.status || ' cannot be made ' || new.status || ' by you',
      'The callee rings, accepts or rejects; the caller can give up; either can end it.');
  end if;
  new.ended_by := case when new.status in ('rejected', 'missed', 'ended') then auth.uid() end;
  if new.status = 'missed' then
    new.end_reason := 'cancelled_by_caller';
  end if;
  return new;
end $$;

create trigger check_client_call_step before update on public.calls
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_call_step();

-- Who is left alone in a call by an erased account is free again. Runs before the times are stamped.
create function private.end_call_of_erased() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  new.status := case old.status when 'accepted' then 'ended' else 'failed' end;
  new.end_reason := 'account_erased';
  return new;
end $$;

create trigger end_call_of_erased before update on public.calls
  for each row when (old.status in ('initiated', 'ringing', 'accepted')
                     and (new.caller_id is null and old.caller_id is not null
                          or new.callee_id is null and old.callee_id is not null))
  execute function private.end_call_of_erased();

-- Times and length are the server's.
create function private.stamp_call() returns trigger
language plpgsql set search_path = '' as $$
begin
  if new.status = 'accepted' then
    new.answered_at := now();
  elsif new.status in ('rejected', 'missed', 'busy', 'ended', 'failed') then
    new.ended_at := coalesce(new.ended_at, now());
    new.duration_seconds := coalesce(greatest(0, extract(epoch from new.ended_at - new.answered_at)), 0);
    new.end_reason := coalesce(new.end_reason, new.status);
  end if;
  return new;
end $$;

create trigger stamp_call before update on public.calls
  for each row when (new.status <> old.status) execute function private.stamp_call();

create function private.release_call_slots() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.call_slots where call_id = new.id;
  if old.status = 'accepted' then
    perform private.order_livekit('delete_room', new.livekit_room_name);
  end if;
  return null;
end $$;

create trigger release_call_slots after update on public.calls
  for each row when (new.status <> old.status and new.status in ('rejected', 'missed', 'busy', 'ended', 'failed'))
  execute function private.release_call_slots();

-- What LiveKit is told of a party: `{room, identity, call_type, name, avatar_url}`.
create function private.call_seat_of(_row public.calls, _user uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
           'room',       _row.livekit_room_name,
           'identity',   _user,
           'call_type',  _row.call_type,
           'name',       (select coalesce(display_name, username) from public.public_profiles where id = _user),
           'avatar_url', (select avatar_url from public.public_profiles where id = _user))
$$;

-- Call somebody: `{"call": row}`; its status is `busy` when the callee is in another call.
create function private.start_call(_callee uuid, _call_type text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _actor uuid := private.named_actor();
  _row   public.calls;
begin
  if _callee = _actor then
    perform private.refuse(422, 'unprocessable', 'Nobody can call themselves.');
  elsif private.is_anonymous(_callee) then
    perform private.refuse(404, 'not_found', 'There is nobody to call here.');
  end if;
  insert into public.calls (caller_id, callee_id, call_type) values (_actor, _callee, _call_type) returning * into _row;
  return jsonb_build_object('call', private.call_row(_row));
end $$;

-- The actor's call, locked.
create function private.own_call(_call uuid) returns public.calls
language plpgsql security definer set search_path = '' as $$
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
create function private.step_call(_call uuid, _to text) returns jsonb
language plpgsql security definer set search_path = '' as $$
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

-- Hang up, whatever the state: accepted → ended; before that the caller gives up and the callee rejects.
create function private.end_call(_call uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
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
create function private.join_call(_call uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _row public.calls := private.own_call(_call);
begin
  if _row.status <> 'accepted' then
    perform private.refuse(409, 'call_state', 'The call is not going on.', null,
      jsonb_build_object('status', _row.status));
  end if;
  return jsonb_build_object('call', private.call_row(_row), 'seat', private.call_seat_of(_row, private.actor()));
end $$;

-- Calls nobody answered in time become `missed`; their ids. Called by the server on its clock.
create function private.expire_calls(_ring_timeout_seconds integer default 45) returns setof uuid
language sql security definer set search_path = '' as $$
  update public.calls set status = 'missed', end_reason = 'no_answer'
   where id in (select id from public.calls
                 where status in ('initiated', 'ringing')
                   and initiated_at <= now() - _ring_timeout_seconds * interval '1 second'
                   for no key update skip locked)
  returning id
$$;

-- The server ends a call both sides have gone from: `ended` at the moment they were last seen, or `failed`.
create function private.close_call(_call uuid, _reason text, _last_seen_at timestamptz default now()) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _row public.calls;
begin
  update public.calls
     set status     = case status when 'accepted' then 'ended' else 'failed' end,
         ended_at   = greatest(coalesce(answered_at, initiated_at), _last_seen_at),
         end_reason = _reason
   where id = _call and status in ('initiated', 'ringing', 'accepted')
  returning * into _row;
  return jsonb_build_object('call', private.call_row(_row));
end $$;
