-- What a client's own statement is told when it may not (ruling R8): triggers that only fire for `anon` and
-- `authenticated`, ask what the policies ask, and answer with a sentence. The policies remain the authority.
-- Who has no business in a session learns nothing from them and gets the policy's plain refusal.

-- Why the caller may not write in a session, or null when the policy should decide.
create function private.silence_reason(_session uuid, _profile uuid) returns text
language sql stable security definer set search_path = '' as $$
  select case
           when private.is_anonymous(auth.uid()) then 'anonymous'
           when private.is_suspended(auth.uid()) then 'suspended'
           when private.is_banned(_session, auth.uid()) then 'banned'
           when seats.id is null or not seats.is_active then 'absent'
           when sessions.status <> 'live' then 'not_live'
           when seats.profile_id <> _profile then 'profile'
         end
    from public.live_sessions sessions
    left join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = auth.uid()
   where sessions.id = _session
$$;

create function private.forbid_for(_reason text, _who text, _what text) returns void
language plpgsql immutable set search_path = '' as $$
begin
  case _reason
    when 'anonymous' then
      perform private.forbid('An anonymous sign-in cannot ' || _what, 'Add an e-mail or a phone to the account first.');
    when 'suspended' then
      perform private.forbid('An account that is suspended cannot ' || _what, 'Ask the people who run the app.');
    when 'banned' then
      perform private.forbid(_who || ' who is banned cannot ' || _what, 'The host or a moderator can lift the ban.');
    when 'not_live' then
      perform private.forbid('The session is not live', 'Wait until it starts, or join another one.');
    when 'profile' then
      perform private.forbid('The profile worn in this session must be used',
        'The first join fixes it: send that profile''s id.');
    else
      null;
  end case;
end $$;

-- One sentence for every session somebody is not in, ended, hidden or not there at all: it tells no two apart.
create function private.forbid_outside(_session uuid, _what text) returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if not exists (select from private.open_seats() seats where seats.session_id = _session) then
    perform private.forbid('Only who is in a live session can ' || _what, 'Join the session first.');
  end if;
end $$;

create function private.check_client_message() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.message_type <> 'text' then
    perform private.forbid('Only text messages can be posted', 'Gifts are sent through their operation.');
  end if;
  perform private.forbid_for(private.silence_reason(new.session_id, new.sender_profile_id), 'A viewer', 'post');
  if new.session_id in (select private.active_session_ids())
     and not (select chat_enabled from public.live_sessions where id = new.session_id) then
    perform private.forbid('The chat of this session is off', 'The host can turn it on.');
  end if;
  perform private.forbid_outside(new.session_id, 'post');
  return new;
end $$;

create trigger check_client_live_message before insert on public.live_messages
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_message();

create function private.check_client_session() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    if private.is_suspended(auth.uid()) then
      perform private.forbid_for('suspended', 'A creator', 'open a session');
    elsif not exists (select private.creator_profile_ids()) then
      perform private.forbid('Only creators can open a session', 'Ask to be made a creator.');
    elsif new.creator_profile_id is null or new.creator_profile_id not in (select private.creator_profile_ids()) then
      perform private.forbid('A session is opened under the creator''s real profile',
        'Send your own id as creator_profile_id too.');
    end if;
    return new;
  end if;
  if (new.access_type, new.ppv_coin_price) is distinct from (old.access_type, old.ppv_coin_price) then
    if old.status in ('ended', 'cancelled') then
      perform private.forbid('The session is over; its price and access stay as they were');
    elsif private.has_sold_tickets(old.id) then
      perform private.forbid('Price and access are fixed once a ticket is sold',
        'Cancel the session to refund its tickets, and create another.');
    end if;
  end if;
  return new;
end $$;

create trigger check_client_live_session before insert or update on public.live_sessions
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_session();

-- Requests that ran out no longer stand in the way of a new one.
create function private.expire_requests_of(_session uuid, _user uuid) returns void
language sql security definer set search_path = '' as $$
  update public.live_guest_requests
     set status = 'expired'
   where session_id = _session and requester_id = _user and status = 'pending' and expires_at <= now()
$$;

create function private.check_client_guest_request() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.forbid_for(
    private.silence_reason(new.session_id, new.requester_profile_id), 'A viewer', 'ask to join');
  perform private.forbid_outside(new.session_id, 'ask to join the stage');
  if exists (select from private.open_seats() seats
              where seats.session_id = new.session_id and seats.role not in ('viewer', 'listener')) then
    perform private.forbid('Who is on stage already need not ask');
  end if;
  perform private.expire_requests_of(new.session_id, new.requester_id);
  if exists (select from public.live_guest_requests
              where session_id = new.session_id and requester_id = new.requester_id and status = 'pending') then
    raise exception using errcode = '23505', constraint = 'idx_guest_requests_one_pending',
      message = 'One request can be pending at a time', hint = 'Wait for the answer, or cancel it.';
  end if;
  return new;
end $$;

create trigger check_client_live_guest_request before insert on public.live_guest_requests
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_guest_request();

