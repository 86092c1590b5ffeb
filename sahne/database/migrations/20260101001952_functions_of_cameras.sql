-- The functions of cameras as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Whose camera is on, as LiveKit tells (`live_participants.is_video_enabled`): of those who are there, and coarsely. A camera is
-- a track of a connection. Its webhooks say that it came and went, not that it was muted, which is found when LiveKit is
-- looked at; a screen that is shown is no camera.

-- LiveKit told that a camera came, or went. In any order, any number of times: what went does not come again by a webhook.
create or replace function private.camera_told(_room text, _identity uuid, _sid text, _track text, _is_on boolean) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _participant uuid := private.hold_seat_of(_room, _identity);
begin
  if _participant is not null then
    insert into private.live_cameras as cameras (participant_id, livekit_sid, track_sid, is_on)
    values (_participant, _sid, _track, _is_on)
    on conflict (participant_id, livekit_sid, track_sid) do update set is_on = cameras.is_on and excluded.is_on;
    perform private.show_camera(_participant);
  end if;
end $$;

-- LiveKit shows the cameras of a connection that are on now: these, and no other.
create or replace function private.cameras_seen(_room text, _identity uuid, _sid text, _tracks text[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _participant uuid := private.hold_seat_of(_room, _identity);
begin
  if _participant is not null then
    update private.live_cameras set is_on = false
     where participant_id = _participant and livekit_sid = _sid and is_on and track_sid <> all (_tracks);
    insert into private.live_cameras (participant_id, livekit_sid, track_sid, is_on)
    select _participant, _sid, track, true from unnest(_tracks) track
    on conflict (participant_id, livekit_sid, track_sid) do update set is_on = true;
    perform private.show_camera(_participant);
  end if;
end $$;

-- The seat of somebody in a live session's room, with its door held; null where there is none.
create or replace function private.hold_seat_of(_room text, _identity uuid) returns uuid
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  select seats.* into _seat
    from public.live_sessions sessions
    join public.live_participants seats on seats.session_id = sessions.id and seats.profile_id = _identity
   where sessions.livekit_room_name = _room and sessions.status = 'live';
  if _seat.id is not null then
    perform private.hold_door(_seat.session_id);
  end if;
  return _seat.id;
end $$;

-- The row says what is so, when it does not yet. The door is held.
create or replace function private.show_camera(_participant uuid) returns void
language sql security definer set search_path = '', pg_temp as $$
  update public.live_participants seats
     set is_video_enabled = seats.is_active and shown.is_on
    from (select exists (select from private.live_cameras cameras
                           join private.live_intervals stays on stays.participant_id = cameras.participant_id
                                                            and stays.livekit_sid = cameras.livekit_sid
                          where cameras.participant_id = _participant and cameras.is_on and stays.left_at is null) as is_on) shown
   where seats.id = _participant and seats.is_video_enabled is distinct from (seats.is_active and shown.is_on)
$$;

-- Cameras of connections that are long over; how many. Called by the server on its clock.
create or replace function private.forget_cameras(_hours integer) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _forgotten integer;
begin
  delete from private.live_cameras where not is_on and told_at < now() - _hours * interval '1 hour';
  get diagnostics _forgotten = row_count;
  return _forgotten;
end $$;

revoke execute on function
  private.camera_told(text, uuid, text, text, boolean), private.cameras_seen(text, uuid, text, text[]),
  private.hold_seat_of(text, uuid), private.show_camera(uuid), private.forget_cameras(integer)
  from public;
grant execute on function
  private.camera_told(text, uuid, text, text, boolean), private.cameras_seen(text, uuid, text, text[]),
  private.hold_seat_of(text, uuid), private.show_camera(uuid), private.forget_cameras(integer)
  to service_role;
