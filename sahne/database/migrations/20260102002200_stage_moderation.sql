-- Order in the house: bans, kicks, mutes, roles, and what happens to a chat line. A host is above moderators, moderators
-- above the rest; nobody acts on themselves or upwards. People are named by profile id.

-- The actor's rank in a session: 3 host, 2 moderator; anybody else is refused.
create function private.moderator_rank(_session uuid) returns integer
language plpgsql stable security definer set search_path = '' as $$
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

create function private.role_rank(_role text) returns integer
language sql immutable set search_path = '' as $$
  select case _role when 'host' then 3 when 'moderator' then 2 else 1 end
$$;

-- The seat of a profile, which the actor outranks. The door is held.
create function private.seat_below(_session uuid, _profile uuid) returns public.live_participants
language plpgsql security definer set search_path = '' as $$
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

-- Put somebody out for good, or until `_expires_at`: `{"ban": row}`. Banning again changes reason and end.
create function private.ban_profile(
  _session uuid, _profile uuid, _reason text default null, _expires_at timestamptz default null
) returns jsonb
language plpgsql security definer set search_path = '' as $$
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
  if _profile = (select creator_profile_id from public.live_sessions where id = _session) or _user = private.actor() then
    perform private.refuse(403, 'forbidden', 'The host and moderators cannot do this to their equals.');
  end if;
  select * into _seat from public.live_participants where session_id = _session and profile_id = _profile;
  if private.role_rank(_seat.role) >= _rank and _seat.id is not null then
    perform private.refuse(403, 'forbidden', 'The host and moderators cannot do this to their equals.');
  end if;
  insert into public.live_session_bans as bans (session_id, banned_user_id, banned_by, banned_profile_id, reason, expires_at)
  values (_session, _user, private.actor(), _profile, _reason, _expires_at)
  on conflict (session_id, banned_user_id) do update
     set id                = case when bans.banned_profile_id = _profile then bans.id else excluded.id end,
         banned_by         = excluded.banned_by,
         banned_profile_id = excluded.banned_profile_id,
         reason            = excluded.reason,
         expires_at        = excluded.expires_at
   where bans.banned_profile_id is not distinct from _profile or _seat.id is not null
  returning * into _ban;
  if _ban.id is null then
    -- this person is put out already, under another profile: the first ban stays as it is, and the answer does not
    -- tell that both are one
    _ban.id := gen_random_uuid();
    _ban.session_id := _session;
    _ban.banned_profile_id := _profile;
    _ban.reason := _reason;
    _ban.expires_at := _expires_at;
    _ban.created_at := now();
  end if;
  if _seat.id is not null then
    perform private.remove_seat(_seat);
    -- a moderator reads the chat always; a banned one no longer
    update public.live_participants set role = private.audience_role(_session)
     where id = _seat.id and role = 'moderator';
  end if;
  return jsonb_build_object('ban', private.ban_row(_ban));
end $$;

-- Out of the room, off the stage, with every offer and request withdrawn. The door is held.
create function private.remove_seat(_seat public.live_participants) returns public.live_participants
language plpgsql security definer set search_path = '' as $$
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
  perform private.order_livekit('remove_participant', sessions.livekit_room_name, _seat.profile_id::text)
     from public.live_sessions sessions where sessions.id = _seat.session_id;
  return _row;
end $$;

-- What somebody is who is not on stage.
create function private.audience_role(_session uuid) returns text
language sql stable security definer set search_path = '' as $$
  select case sessions.session_type when 'audio_room' then 'listener' else 'viewer' end
    from public.live_sessions sessions where sessions.id = _session
$$;

-- Lift a ban: `{"ban": row}` as it was.
create function private.lift_ban(_session uuid, _ban uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
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

-- Out, but free to return: `{"participant": row}`.
create function private.kick_profile(_session uuid, _profile uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.hold_door(_session);
  return jsonb_build_object('participant',
    private.participant_row(private.remove_seat(private.seat_below(_session, _profile))));
end $$;

-- Silence or unsilence: `{"participant": row, "seat"}`.
create function private.mute_profile(_session uuid, _profile uuid, _muted boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _seat public.live_participants;
begin
  perform private.hold_door(_session);
  _seat := private.seat_below(_session, _profile);
  update public.live_participants set is_muted = _muted where id = _seat.id returning * into _seat;
  perform private.order_livekit('mute_participant', private.seat_of(_seat) ->> 'room', _profile::text,
    jsonb_build_object('muted', _muted));
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- The host gives a role that needs no consent: moderator, or back among the audience; in an audio room also speaker.
-- `{"participant": row, "seat"}`.
create function private.change_role(_session uuid, _profile uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _row  public.live_sessions := private.own_session(_session);
  _seat public.live_participants;
begin
  if _role is null or _role not in ('moderator', 'viewer', 'listener', 'speaker')
     or (_role = 'speaker' and _row.session_type <> 'audio_room') then
    perform private.refuse(422, 'unprocessable', 'This role is not given like that.',
      'Give moderator, viewer, listener (or speaker in an audio room); guests and co-hosts are invited.');
  elsif _row.status in ('ended', 'cancelled') then
    perform private.refuse(409, 'session_over', 'The session is over; everybody keeps the role they had.');
  end if;
  perform private.hold_door(_session);
  _seat := private.seat_below(_session, _profile);
  if _role in ('moderator', 'speaker') then
    perform private.refuse_role_of(profiles, _role) from public.profiles where profiles.id = _profile;
  end if;
  if _role = 'speaker' then
    perform private.refuse_full_stage(_session, _seat.id);
  end if;
  return private.give_role(_seat.id, case when _role in ('viewer', 'listener')
                                          then private.audience_role(_session) else _role end);
end $$;

-- The role in the row, and the order that makes LiveKit's permission follow. The door is held.
create function private.give_role(_participant uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  _seat public.live_participants;
begin
  update public.live_participants set role = _role where id = _participant returning * into _seat;
  perform private.order_livekit('update_permission', private.seat_of(_seat) ->> 'room', _seat.profile_id::text,
    private.seat_of(_seat));
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- Whether as many are on stage as fit, not counting one.
create function private.is_stage_full(_session uuid, _but_for uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select count(*) >= 8
    from public.live_participants
   where session_id = _session and is_active and id <> _but_for and role in ('co_host', 'invited_guest', 'speaker')
$$;

create function private.refuse_full_stage(_session uuid, _participant uuid) returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if private.is_stage_full(_session, _participant) then
    perform private.refuse(409, 'stage_full', 'The stage is full.', 'Send somebody back to the audience first.',
      jsonb_build_object('guests_max', 8));
  end if;
end $$;

-- Roles are for people who can be found again: an anonymous sign-in only watches, a shadow moderates nothing (ruling R1).
create function private.refuse_role_of(_profile public.profiles, _role text) returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if private.is_anonymous(_profile.user_id) then
    perform private.refuse(422, 'unprocessable', 'An anonymous sign-in can only watch.');
  elsif _profile.type = 'shadow' and _role in ('co_host', 'moderator') then
    perform private.refuse(422, 'unprocessable', 'A shadow profile is invited as a guest only.');
  end if;
end $$;

-- Pin or unpin a line: `{"message": row}`.
create function private.pin_message(_message uuid, _pinned boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
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
create function private.delete_message(_message uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
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
