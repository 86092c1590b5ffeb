-- What a client's own statement is told when it may not (ruling R8): triggers that only fire for `anon` and
-- `authenticated`, ask what the policies ask, and answer with a sentence. The policies remain the authority.
-- Who has no business in a session learns nothing from them and gets the policy's plain refusal. A chat's lines have theirs in
-- `chat.sql`.

create or replace function private.check_client_session() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_op = 'INSERT' then
    perform private.forbid_for(private.standing(auth.uid()), 'A creator', 'open a session');
    if not private.is_creator() then
      perform private.forbid('Only creators can open a session', 'Ask to be made a creator.');
    elsif new.creator_profile_id is null or new.creator_profile_id not in (select private.creator_profile_ids()) then
      perform private.forbid('A session is opened under the creator''s real profile',
        'Send your own id as creator_profile_id too.');
    end if;
    perform private.forbid_false_promise(null, new);
    if private.has_planned_enough(new.creator_id) then
      perform private.forbid('You have planned as many sessions as may wait at once', 'Start or cancel one first.');
    end if;
    perform private.forbid_house_words(private.texts_of_session(null, new));
    perform private.forbid_haste('plan', private.nobody());
    return new;
  end if;
  perform private.forbid_false_promise(old, new);
  perform private.forbid_house_words(private.texts_of_session(old, new));
  case private.why_price_is_fixed(old, new)
    when 'session_over' then
      perform private.forbid('The session is over; its price and access stay as they were');
    when 'tickets_sold' then
      perform private.forbid('Price and access are fixed once a ticket is sold',
        'Cancel the session to refund its tickets, and create another.');
    else
      null;
  end case;
  if private.is_moved(old, new) then
    perform private.forbid_haste('move', private.nobody());
  end if;
  return new;
end $$;

-- The sentences of `refuse_false_promise` for a client's own statement.
create or replace function private.forbid_false_promise(_old public.live_sessions, _new public.live_sessions) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  case private.false_promise_of(_old, _new)
    when 'past' then
      perform private.forbid('A session is planned for a time to come',
        'Send scheduled_at as a moment from now on, or leave it out.');
    when 'too_far' then
      perform private.forbid('A session is planned for a time within a year',
        'Send scheduled_at as an earlier moment, or leave it out.');
    when 'no_moment' then
      perform private.forbid('A session is planned for a moment', 'Send scheduled_at as a date and a time.');
    when 'recording' then
      perform private.forbid('Sessions are not recorded yet', 'Leave recording_enabled out.');
    else
      null;
  end case;
end $$;

create or replace function private.check_client_guest_request() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.forbid_for(
    private.silence_reason(new.session_id, new.requester_profile_id), 'A viewer', 'ask to join');
  perform private.forbid_outside(new.session_id, 'ask to join the stage');
  if exists (select from private.open_seats() seats
              where seats.session_id = new.session_id and seats.role not in ('viewer', 'listener')) then
    perform private.forbid('You are on stage already');
  end if;
  perform private.expire_requests_of(new.session_id, new.requester_id);
  if exists (select from public.live_guest_requests
              where session_id = new.session_id and requester_id = new.requester_id and status = 'pending') then
    raise exception using errcode = '23505', constraint = 'idx_guest_requests_one_pending',
      message = 'One request can be pending at a time', hint = 'Wait for the answer, or cancel it.';
  end if;
  perform private.forbid_content(new.message, _seats.role, sessions.creator_id, sessions.chat_links_enabled)
     from public.live_sessions sessions, private.open_seats() _seats
    where sessions.id = new.session_id and _seats.session_id = new.session_id;
  perform private.forbid_haste('request', new.session_id);
  return new;
end $$;

-- What all may read of somebody is asked of the house's list where it is new; a profile's trigger on the client's path.
create or replace function private.check_client_names() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_op = 'INSERT' or new.username is distinct from old.username then
    perform private.forbid_house_words(array[new.username]);
  end if;
  if tg_op = 'INSERT' or new.display_name is distinct from old.display_name then
    perform private.forbid_house_words(array[new.display_name]);
  end if;
  return new;
end $$;

-- Runs before the slots are taken: triggers of a table fire in the order of their names.
create or replace function private.check_client_call() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.forbid_for(private.standing(new.caller_id), 'A caller', 'call');
  if new.callee_id = new.caller_id then
    perform private.forbid('Nobody can call themselves');
  elsif private.is_anonymous(new.callee_id) then
    perform private.forbid('This person cannot be called');
  end if;
  perform private.forbid_haste('call', private.nobody());
  perform private.forbid_haste('call_to', new.callee_id);
  return new;
end $$;

create or replace function private.check_client_call_step() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
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

-- Why the caller may not write in a session, or null when the policy should decide.
create or replace function private.silence_reason(_session uuid, _profile uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(
           nullif(private.standing(auth.uid()), 'named'),
           case
             when private.is_banned(_session, auth.uid()) then 'banned'
             when seats.joined_at is not null and sessions.status = 'ended' then 'over'
             when seats.id is null or not seats.is_active then 'absent'
             when sessions.status <> 'live' then 'not_live'
             when seats.profile_id <> _profile then 'profile'
           end)
    from public.live_sessions sessions
    left join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = auth.uid()
   where sessions.id = _session
$$;

-- One sentence for every session somebody is not in, hidden or not there at all: it tells no two apart.
create or replace function private.forbid_outside(_session uuid, _what text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if exists (select from private.open_seats() seats where seats.session_id = _session) then
    return;
  end if;
  perform private.forbid('Only people in a live session can ' || _what, 'Join the session first.');
end $$;

revoke execute on function
  private.check_client_session(), private.check_client_names(),
  private.forbid_false_promise(public.live_sessions, public.live_sessions), private.check_client_guest_request(),
  private.check_client_call(), private.check_client_call_step(), private.silence_reason(uuid, uuid),
  private.forbid_outside(uuid, text)
  from public;
grant execute on function
  private.forbid_false_promise(public.live_sessions, public.live_sessions),
  private.silence_reason(uuid, uuid), private.forbid_outside(uuid, text)
  to service_role;
