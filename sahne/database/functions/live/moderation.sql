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
  perform private.log_act(_session, 'ban', _profile, _reason, jsonb_build_object('expires_at', _expires_at));
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
  perform private.log_act(_session, 'lift_ban', _row.banned_profile_id);
  return jsonb_build_object('ban', private.ban_row(_row));
end $$;

-- Whether a ban of the user in the session stands. A user seated under one profile is not touched by a ban of another
-- profile of theirs: its effect would tell who is behind the first (ruling L17). The creator's bans are of the person at the
-- door, and of the very profile on a seat that is taken; so is whom they blocked.
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
  or exists (
    select
      from public.live_sessions sessions
      left join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = _user
      join private.blocks on blocks.blocker_id = sessions.creator_id
                         and blocks.blocked_profile_id = coalesce(seats.profile_id, _user)
     where sessions.id = _session)
$$;

-- Out, but free to return: `{"participant": row}`.
create or replace function private.kick_profile(_session uuid, _profile uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  perform private.hold_door(_session);
  _seat := private.remove_seat(private.seat_below(_session, _profile));
  perform private.log_act(_session, 'kick', _profile);
  return jsonb_build_object('participant', private.participant_row(_seat));
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
  perform private.log_act(_session, case when _muted then 'mute' else 'unmute' end, _profile);
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

-- Pin or unpin a line: `{"message": row}`. One is pinned at a time, so that the one before is no longer.
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
  perform private.hold_door(_line.session_id);
  if _pinned then
    perform private.refuse_house_words(array[_line.content]);
    update public.live_messages set is_pinned = false
     where session_id = _line.session_id and is_pinned and id <> _message;
  end if;
  update public.live_messages set is_pinned = _pinned
   where id = _message and not is_deleted
  returning * into _line;
  if not found then
    perform private.refuse(409, 'message_deleted', 'The message is deleted.');
  end if;
  perform private.log_act(_line.session_id, case when _pinned then 'pin' else 'unpin' end, _line.sender_profile_id,
    _details => jsonb_build_object('message_id', _message));
  return jsonb_build_object('message', private.message_row(_line));
end $$;

-- A line that is written to be pinned, by the host or a moderator in their own name: `{"message": row}`.
create or replace function private.post_pinned_line(_session uuid, _content text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _line public.live_messages;
begin
  perform private.moderator_rank(_session);
  perform private.hold_door(_session);
  perform private.refuse_unless_live(sessions, private.named_actor())
     from public.live_sessions sessions where sessions.id = _session;
  perform private.refuse_house_words(array[_content]);
  update public.live_messages set is_pinned = false where session_id = _session and is_pinned;
  perform private.hold_accounts(private.actor());
  insert into public.live_messages (session_id, sender_id, sender_profile_id, message_type, content, is_pinned)
  values (_session, private.actor(), private.actor(), 'pinned', _content, true)
  returning * into _line;
  perform private.log_act(_session, 'pin', _line.sender_profile_id, _details => jsonb_build_object('message_id', _line.id));
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
  perform private.hold_accounts(private.actor());
  update public.live_messages
     set is_deleted = true, is_pinned = false, deleted_by = private.actor(), deleted_at = now()
   where id = _message and not is_deleted
  returning * into _line;
  if not found then
    select * into _line from public.live_messages where id = _message;
  elsif _line.sender_id <> private.actor() then
    perform private.log_act(_line.session_id, 'delete_message', _line.sender_profile_id,
      _details => jsonb_build_object('message_id', _message));
  end if;
  return jsonb_build_object('message', private.message_row(_line));
end $$;

revoke execute on function
  private.ban_profile(uuid, uuid, text, timestamptz), private.put_out(public.live_participants),
  private.lift_ban(uuid, uuid), private.is_banned(uuid, uuid), private.kick_profile(uuid, uuid),
  private.remove_seat(public.live_participants, text), private.mute_profile(uuid, uuid, boolean),
  private.moderator_rank(uuid), private.role_rank(text), private.seat_below(uuid, uuid),
  private.pin_message(uuid, boolean), private.post_pinned_line(uuid, text), private.delete_message(uuid)
  from public;
grant execute on function
  private.ban_profile(uuid, uuid, text, timestamptz), private.put_out(public.live_participants),
  private.lift_ban(uuid, uuid), private.is_banned(uuid, uuid), private.kick_profile(uuid, uuid),
  private.remove_seat(public.live_participants, text), private.mute_profile(uuid, uuid, boolean),
  private.moderator_rank(uuid), private.role_rank(text), private.seat_below(uuid, uuid),
  private.pin_message(uuid, boolean), private.post_pinned_line(uuid, text), private.delete_message(uuid)
  to service_role;
