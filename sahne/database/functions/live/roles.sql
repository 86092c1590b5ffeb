-- Who is what in a session, who is on its stage, and how many fit there.

-- The host gives a role that needs no consent: moderator, or back among the audience; in an audio room also speaker.
-- `{"participant": row, "seat"}`.
create or replace function private.change_role(_session uuid, _profile uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
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
  perform private.log_act(_session, 'role', _profile, _details => jsonb_build_object('role', _role));
  return private.give_role(_seat.id, case when _role in ('viewer', 'listener')
                                          then private.audience_role(_session) else _role end);
end $$;

-- The role in the row, and the order that makes LiveKit's permission follow; a chat is told who came up, of somebody who is away
-- when they enter (`private.untold_roles`). The door is held.
create or replace function private.give_role(_participant uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _old  text := (select role from public.live_participants where id = _participant);
  _seat public.live_participants;
begin
  update public.live_participants set role = _role where id = _participant returning * into _seat;
  perform private.order_for_seat('update_permission', _seat);
  insert into private.untold_roles (participant_id, old_role) values (_participant, _old) on conflict do nothing;
  if _seat.is_active then
    perform private.say_untold_role(_seat);
  end if;
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- What somebody who is there became since everybody was told last.
create or replace function private.say_untold_role(_seat public.live_participants) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _old text;
begin
  delete from private.untold_roles where participant_id = _seat.id returning old_role into _old;
  if found then
    perform private.say_role(_seat, _old);
  end if;
end $$;

-- Who came on stage, or keeps order from now on, is told to everybody.
create or replace function private.say_role(_seat public.live_participants, _old text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if _seat.role = 'moderator' and _old <> 'moderator' then
    perform private.say_system(_seat.session_id, 'became_moderator', jsonb_build_object('profile_id', _seat.profile_id));
  elsif private.is_on_stage(_seat.role) and not private.is_on_stage(_old) then
    perform private.say_system(_seat.session_id, 'came_on_stage',
      jsonb_build_object('profile_id', _seat.profile_id, 'role', _seat.role));
  end if;
end $$;

-- What somebody is who is not on stage.
create or replace function private.audience_role(_session uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select case sessions.session_type when 'audio_room' then 'listener' else 'viewer' end
    from public.live_sessions sessions where sessions.id = _session
$$;

-- Who is on stage beside the host. As an array, so that an index can answer `role = any (private.stage_roles())`.
create or replace function private.stage_roles() returns text[]
language sql immutable set search_path = '', pg_temp as $$
  select '{co_host,invited_guest,speaker}'::text[]
$$;

create or replace function private.is_on_stage(_role text) returns boolean
language sql immutable set search_path = '', pg_temp as $$
  select _role = any (private.stage_roles())
$$;

-- How many fit on a stage beside the host, by the settings.
create or replace function private.guests_max() returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select (private.settings()).stage_guests_max
$$;

-- Whether as many are on stage as fit, not counting one.
create or replace function private.is_stage_full(_session uuid, _but_for uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select count(*) >= private.guests_max()
    from public.live_participants
   where session_id = _session and is_active and id <> _but_for and role = any (private.stage_roles())
$$;

create or replace function private.refuse_full_stage(_session uuid, _participant uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if private.is_stage_full(_session, _participant) then
    perform private.refuse(409, 'stage_full', 'The stage is full.', 'Send somebody back to the audience first.',
      jsonb_build_object('guests_max', private.guests_max()));
  end if;
end $$;

-- Roles are for people who can be found again: an anonymous sign-in only watches, a shadow moderates nothing (ruling R1).
create or replace function private.refuse_role_of(_profile public.profiles, _role text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if private.is_anonymous(_profile.user_id) then
    perform private.refuse(422, 'unprocessable', 'An anonymous sign-in can only watch.');
  elsif _profile.type = 'shadow' and _role in ('co_host', 'moderator') then
    perform private.refuse(422, 'unprocessable', 'A shadow profile is invited as a guest only.');
  end if;
end $$;

revoke execute on function
  private.change_role(uuid, uuid, text), private.give_role(uuid, text), private.say_untold_role(public.live_participants),
  private.say_role(public.live_participants, text), private.audience_role(uuid),
  private.stage_roles(), private.is_on_stage(text), private.guests_max(), private.is_stage_full(uuid, uuid),
  private.refuse_full_stage(uuid, uuid), private.refuse_role_of(public.profiles, text)
  from public;
grant execute on function
  private.change_role(uuid, uuid, text), private.give_role(uuid, text), private.say_untold_role(public.live_participants),
  private.say_role(public.live_participants, text), private.audience_role(uuid),
  private.stage_roles(), private.is_on_stage(text), private.guests_max(), private.is_stage_full(uuid, uuid),
  private.refuse_full_stage(uuid, uuid), private.refuse_role_of(public.profiles, text)
  to service_role;
