-- The functions of order in the house as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Order in the house: bans, kicks, mutes, and what happens to a chat line. A host is above moderators, moderators above
-- the rest; nobody acts on themselves or upwards. People are named by profile id.

-- Put somebody out for good, or until `_expires_at`: `{"ban": row}`. Banning again changes reason and end. Only a profile
-- that has a seat: of the others nobody can know who is behind, and two of one person would tell (ruling L17).
create or replace function private.ban_profile(
  _session uuid, _profile uuid, _reason text default null, _expires_at timestamptz default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _rank integer := private.moderator_rank(_session);
  _user uuid := (select user_id from public.profiles where id = _profile);
  _seat public.live_participants;
  _ban  public.live_session_bans;
begin
  if _user is null then
    perform private.refuse(404, 'not_found', 'There is no such profile.');
  elsif _expires_at <= now() then
    perform private.refuse(422, 'unprocessable', 'A ban ends in the future.');
  end if;
  perform private.hold_door(_session);
  select * into _seat from public.live_participants where session_id = _session and profile_id = _profile;
  if _profile = (select creator_profile_id from public.live_sessions where id = _session) or _user = private.actor()
     or private.role_rank(_seat.role) >= _rank then
    perform private.refuse(403, 'forbidden', 'The host and moderators cannot do this to their equals.');
  elsif _seat.id is null then
    perform private.refuse(409, 'not_in_session', 'Only people in the session can be banned from it.',
      'A creator bans others from all of their sessions.');
  end if;
  insert into public.live_session_bans as bans (session_id, banned_user_id, banned_by, banned_profile_id, reason, expires_at)
  values (_session, _user, private.actor(), _profile, _reason, _expires_at)
  on conflict (session_id, banned_user_id) do update
     set id                = case when bans.banned_profile_id = _profile then bans.id else excluded.id end,
         created_at        = case when bans.banned_profile_id = _profile then bans.created_at else excluded.created_at end,
         banned_by         = excluded.banned_by,
         banned_profile_id = excluded.banned_profile_id,
         reason            = excluded.reason,
         expires_at        = excluded.expires_at
  returning * into _ban;
  perform private.put_out(_seat);
  return jsonb_build_object('ban', private.ban_row(_ban));
end $$;

-- A banned seat is left, gives back a ticket that was not used, and moderates no more: a moderator reads the chat always.
-- The door is held.
create or replace function private.put_out(_seat public.live_participants) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.remove_seat(_seat);
  perform private.refund_unseen(_seat.session_id, _seat.user_id);
  update public.live_participants set role = private.audience_role(_seat.session_id)
   where id = _seat.id and role = 'moderator';
end $$;

-- Lift a ban: `{"ban": row}` as it was.
create or replace function private.lift_ban(_session uuid, _ban uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_session_bans;
begin
  perform private.moderator_rank(_session);
  delete from public.live_session_bans where id = _ban and session_id = _session returning * into _row;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such ban.');
  end if;
  return jsonb_build_object('ban', private.ban_row(_row));
end $$;

-- Whether a ban of the user in the session stands. A user seated under one profile is not touched by a ban of another
-- profile of theirs: its effect would tell who is behind the first (ruling L17). The creator's bans are of the person at the
-- door, and of the very profile on a seat that is taken.
create or replace function private.is_banned(_session uuid, _user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select
      from public.live_session_bans bans
      left join public.live_participants seats
             on seats.session_id = bans.session_id and seats.user_id = bans.banned_user_id
     where bans.session_id = _session
       and bans.banned_user_id = _user
       and (bans.expires_at is null or bans.expires_at > now())
       and (bans.banned_profile_id is null or seats.id is null or seats.profile_id = bans.banned_profile_id))
  or exists (
    select
      from public.live_sessions sessions
      join private.creator_bans bans on bans.creator_id = sessions.creator_id and bans.user_id = _user
      left join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = _user
     where sessions.id = _session
       and (bans.expires_at is null or bans.expires_at > now())
       and (seats.id is null or seats.profile_id = bans.profile_id))
$$;

-- Out, but free to return: `{"participant": row}`.
create or replace function private.kick_profile(_session uuid, _profile uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.hold_door(_session);
  return jsonb_build_object('participant',
    private.participant_row(private.remove_seat(private.seat_below(_session, _profile))));
end $$;

-- Out of the room, off the stage, with every offer and request withdrawn. The door is held.
create or replace function private.remove_seat(
  _seat public.live_participants, _reason text default 'removed'
) returns public.live_participants
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_participants;
begin
  _row := private.leave_seat(_seat.id);
  update public.live_participants
     set role                = private.audience_role(session_id),
         invitation_response = case when invitation_response = 'pending' then 'expired' else invitation_response end
   where id = _seat.id and (role not in ('viewer', 'listener') or invitation_response = 'pending')
  returning * into _row;
  if not found then
    select * into _row from public.live_participants where id = _seat.id;
  end if;
  update public.live_guest_requests set status = 'expired'
   where session_id = _seat.session_id and requester_id = _seat.user_id and status = 'pending';
  perform private.depart(_row, _reason);
  return _row;
end $$;

-- Silence or unsilence: `{"participant": row, "seat"}`.
create or replace function private.mute_profile(_session uuid, _profile uuid, _muted boolean) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  perform private.hold_door(_session);
  _seat := private.seat_below(_session, _profile);
  update public.live_participants set is_muted = _muted where id = _seat.id returning * into _seat;
  perform private.order_for_seat('mute_participant', _seat);
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- The actor's rank in a session: 3 host, 2 moderator; anybody else is refused.
create or replace function private.moderator_rank(_session uuid) returns integer
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _row public.live_sessions;
begin
  select * into _row from public.live_sessions where id = _session;
  if _row.creator_id = private.actor() then
    return 3;
  elsif exists (select from public.live_participants
                 where session_id = _session and user_id = private.actor() and role = 'moderator')
        and not private.is_banned(_session, private.actor()) then
    return 2;
  end if;
  perform private.refuse_in(_row, 'Only the host and moderators can do this.');
  return 0;
end $$;

create or replace function private.role_rank(_role text) returns integer
language sql immutable set search_path = '', pg_temp as $$
  select case _role when 'host' then 3 when 'moderator' then 2 else 1 end
$$;

-- The seat of a profile, which the actor outranks. The door is held.
create or replace function private.seat_below(_session uuid, _profile uuid) returns public.live_participants
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _rank integer := private.moderator_rank(_session);
  _seat public.live_participants;
begin
  select * into _seat from public.live_participants where session_id = _session and profile_id = _profile;
  if _seat.id is null then
    perform private.refuse(404, 'not_found', 'This person is not in the session.');
  elsif _seat.user_id = private.actor() or private.role_rank(_seat.role) >= _rank then
    perform private.refuse(403, 'forbidden', 'The host and moderators cannot do this to their equals.');
  end if;
  return _seat;
end $$;

-- Pin or unpin a line: `{"message": row}`.
create or replace function private.pin_message(_message uuid, _pinned boolean) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _line public.live_messages;
begin
  select * into _line from public.live_messages where id = _message;
  if _line.id is null then
    perform private.refuse(404, 'not_found', 'There is no such message.');
  end if;
  perform private.moderator_rank(_line.session_id);
  update public.live_messages set is_pinned = _pinned
   where id = _message and not is_deleted
  returning * into _line;
  if not found then
    perform private.refuse(409, 'message_deleted', 'The message is deleted.');
  end if;
  return jsonb_build_object('message', private.message_row(_line));
end $$;

-- Take a line out of sight: its sender, the host or a moderator. `{"message": row}`; the row stays for moderators.
create or replace function private.delete_message(_message uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _line public.live_messages;
begin
  select * into _line from public.live_messages where id = _message;
  if _line.id is null then
    perform private.refuse(404, 'not_found', 'There is no such message.');
  elsif _line.sender_id <> private.actor() then
    perform private.moderator_rank(_line.session_id);
  end if;
  update public.live_messages
     set is_deleted = true, is_pinned = false, deleted_by = private.actor(), deleted_at = now()
   where id = _message and not is_deleted
  returning * into _line;
  if not found then
    select * into _line from public.live_messages where id = _message;
  end if;
  return jsonb_build_object('message', private.message_row(_line));
end $$;

revoke execute on function
  private.ban_profile(uuid, uuid, text, timestamptz), private.put_out(public.live_participants),
  private.lift_ban(uuid, uuid), private.is_banned(uuid, uuid), private.kick_profile(uuid, uuid),
  private.remove_seat(public.live_participants, text), private.mute_profile(uuid, uuid, boolean),
  private.moderator_rank(uuid), private.role_rank(text), private.seat_below(uuid, uuid),
  private.pin_message(uuid, boolean), private.delete_message(uuid)
  from public;
grant execute on function
  private.ban_profile(uuid, uuid, text, timestamptz), private.put_out(public.live_participants),
  private.lift_ban(uuid, uuid), private.is_banned(uuid, uuid), private.kick_profile(uuid, uuid),
  private.remove_seat(public.live_participants, text), private.mute_profile(uuid, uuid, boolean),
  private.moderator_rank(uuid), private.role_rank(text), private.seat_below(uuid, uuid),
  private.pin_message(uuid, boolean), private.delete_message(uuid)
  to service_role;

-- A creator's own list of who should never come: named by profile, kept from every client, enforced by person at the door
-- and at once on the seat of that very profile alone, so that nobody learns who else it is (ruling L17).

-- Out of all of the actor's sessions, for good or until `_expires_at`: `{"ban": row}`. Banning again changes reason and end.
create or replace function private.ban_from_all(
  _profile uuid, _reason text default null, _expires_at timestamptz default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _user  uuid := (select user_id from public.profiles where id = _profile);
  _ban   private.creator_bans;
begin
  perform private.refuse_unless_creator('ban somebody from their sessions');
  if _user is null then
    perform private.refuse(404, 'not_found', 'There is no such profile.');
  elsif _user = _actor then
    perform private.refuse(422, 'unprocessable', 'Nobody bans themselves.');
  elsif _expires_at <= now() then
    perform private.refuse(422, 'unprocessable', 'A ban ends in the future.');
  end if;
  insert into private.creator_bans (creator_id, profile_id, user_id, reason, expires_at)
  values (_actor, _profile, _user, _reason, _expires_at)
  on conflict (creator_id, profile_id) do update set reason = excluded.reason, expires_at = excluded.expires_at
  returning * into _ban;
  perform private.put_out_of_all(_actor, _profile, _user);
  return jsonb_build_object('ban', private.creator_ban_row(_ban));
end $$;

-- The seats of the profile are left, and tickets of the person that were not used are given back.
create or replace function private.put_out_of_all(_creator uuid, _profile uuid, _user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _session uuid;
begin
  for _session in
    select sessions.id
      from public.live_sessions sessions
     where sessions.creator_id = _creator and sessions.status in ('scheduled', 'live')
     order by sessions.id
  loop
    perform private.hold_door(_session);
    perform private.put_out(seats)
       from public.live_participants seats where seats.session_id = _session and seats.profile_id = _profile;
    perform private.refund_unseen(_session, _user);
  end loop;
end $$;

-- Lift it: `{"ban": row}` as it was.
create or replace function private.lift_ban_from_all(_ban uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.creator_bans;
begin
  delete from private.creator_bans where id = _ban and creator_id = private.actor() returning * into _row;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such ban.');
  end if;
  return jsonb_build_object('ban', private.creator_ban_row(_row));
end $$;

-- The actor's list, newest first: `{"bans": [row, …]}`.
create or replace function private.own_bans(_bans_max integer default 1000) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('bans', coalesce(jsonb_agg(private.creator_ban_row(bans) order by bans.created_at desc), '[]'))
    from (select creator_bans.* from private.creator_bans
           where creator_bans.creator_id = private.actor()
           order by creator_bans.created_at desc
           limit _bans_max) bans
$$;

create or replace function private.creator_ban_row(_row private.creator_bans) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'profile_id', _row.profile_id,
           'reason',     _row.reason,
           'expires_at', _row.expires_at,
           'created_at', _row.created_at)
$$;

revoke execute on function
  private.ban_from_all(uuid, text, timestamptz), private.put_out_of_all(uuid, uuid, uuid),
  private.lift_ban_from_all(uuid), private.own_bans(integer), private.creator_ban_row(private.creator_bans)
  from public;
grant execute on function
  private.ban_from_all(uuid, text, timestamptz), private.put_out_of_all(uuid, uuid, uuid),
  private.lift_ban_from_all(uuid), private.own_bans(integer), private.creator_ban_row(private.creator_bans)
  to service_role;

-- What a client's own statement is told when it may not (ruling R8): triggers that only fire for `anon` and
-- `authenticated`, ask what the policies ask, and answer with a sentence. The policies remain the authority.
-- Who has no business in a session learns nothing from them and gets the policy's plain refusal.

create or replace function private.check_client_message() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
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
  perform private.keep_pace(new.session_id);
  return new;
end $$;

-- The floor under a chat: one line a statement, and no more a seat than its bucket holds. It fills with time; what is
-- refused costs nothing.
create or replace function private.keep_pace(_session uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _rules constant private.settings := private.settings();
  _seat  uuid := (select id from public.live_participants where session_id = _session and user_id = auth.uid());
  _pace  private.chat_pace;
begin
  insert into private.chat_pace (participant_id, lines_left, posted_at)
  values (_seat, _rules.chat_lines_at_once, '-infinity')
  on conflict (participant_id) do nothing;
  select * into _pace from private.chat_pace where participant_id = _seat for no key update;
  if _pace.posted_at = statement_timestamp() then
    perform private.forbid('One line is posted at a time', 'Send each in a request of its own.');
  end if;
  if isfinite(_pace.posted_at) then
    _pace.lines_left := least(_rules.chat_lines_at_once,
      _pace.lines_left + extract(epoch from clock_timestamp() - _pace.posted_at) * _rules.chat_lines_per_minute / 60.0);
  end if;
  if _pace.lines_left < 1 then
    perform private.forbid('Lines come faster than this chat takes them', 'Wait a few seconds, then post the next one.');
  end if;
  update private.chat_pace set lines_left = _pace.lines_left - 1, posted_at = statement_timestamp()
   where participant_id = _seat;
end $$;

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
    return new;
  end if;
  perform private.forbid_false_promise(old, new);
  case private.why_price_is_fixed(old, new)
    when 'session_over' then
      perform private.forbid('The session is over; its price and access stay as they were');
    when 'tickets_sold' then
      perform private.forbid('Price and access are fixed once a ticket is sold',
        'Cancel the session to refund its tickets, and create another.');
    else
      null;
  end case;
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
  select case
           when private.standing(auth.uid()) <> 'named' then private.standing(auth.uid())
           when private.is_banned(_session, auth.uid()) then 'banned'
           when seats.id is null or not seats.is_active then 'absent'
           when sessions.status <> 'live' then 'not_live'
           when seats.profile_id <> _profile then 'profile'
         end
    from public.live_sessions sessions
    left join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = auth.uid()
   where sessions.id = _session
$$;

-- One sentence for every session somebody is not in, ended, hidden or not there at all: it tells no two apart.
create or replace function private.forbid_outside(_session uuid, _what text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not exists (select from private.open_seats() seats where seats.session_id = _session) then
    perform private.forbid('Only people in a live session can ' || _what, 'Join the session first.');
  end if;
end $$;

revoke execute on function
  private.check_client_message(), private.keep_pace(uuid), private.check_client_session(),
  private.forbid_false_promise(public.live_sessions, public.live_sessions), private.check_client_guest_request(),
  private.check_client_call(), private.check_client_call_step(), private.silence_reason(uuid, uuid),
  private.forbid_outside(uuid, text)
  from public;
grant execute on function
  private.keep_pace(uuid), private.forbid_false_promise(public.live_sessions, public.live_sessions),
  private.silence_reason(uuid, uuid), private.forbid_outside(uuid, text)
  to service_role;
