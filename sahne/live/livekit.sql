-- What keeps rows and LiveKit in agreement: its events, our orders to it, rooms, and who is seen there.

-- name: store_event
-- A webhook of a server, once; what it means is found out later, and one that means nothing is done with.
insert into private.livekit_events (id, server, event, room_name, body, processed_at)
values (%(id)s, %(server)s, %(event)s, %(room)s, %(body)s, case when not %(matters)s::boolean then now() end)
on conflict (id) do nothing;

-- name: take_event
-- The oldest event of a server not dealt with; one that failed before waits 1, 3, 7 … seconds, and after `attempts_max`
-- for ever. It may tell of a room that lies on another server.
select id, body::text as body, received_at,
       exists (select from private.livekit_rooms placed
                where placed.room_name = livekit_events.room_name and placed.server <> livekit_events.server)
         as lies_elsewhere
  from private.livekit_events
 where processed_at is null
   and server = %(server)s
   and attempts < %(attempts_max)s
   and received_at + (2 ^ attempts - 1) * interval '1 second' <= now()
 order by received_at, id
 limit 1
   for update skip locked;

-- name: close_event
-- The event is dealt with.
update private.livekit_events set processed_at = now(), error = null where id = %(id)s;

-- name: fail_event
-- The event could not be dealt with.
update private.livekit_events set attempts = attempts + 1, error = %(error)s where id = %(id)s;

-- name: forget_events
-- Events of long ago, dealt with or given up.
delete from private.livekit_events where received_at < now() - %(hours)s * interval '1 hour';

-- name: seat_connected
-- LiveKit saw somebody connect to a session's room; no row when the room is not a session's.
select private.seat_connected(%(room)s, %(identity)s, %(sid)s,
         private.believable_moment(%(created_at)s, %(received_at)s), _room_sid => %(room_sid)s) as answer
  from public.live_sessions
 where livekit_room_name = %(room)s;

-- name: seat_disconnected
-- LiveKit saw a connection to a session's room end; no row when the room is not a session's.
select private.seat_disconnected(%(room)s, %(identity)s, %(sid)s,
         private.believable_moment(%(created_at)s, %(received_at)s)) as answer
  from public.live_sessions
 where livekit_room_name = %(room)s;

-- name: call_connected
-- The same of a call's room, by our clock; the answer is null when the room is not a call's.
select private.call_connected(%(room)s, %(identity)s, %(sid)s, %(received_at)s, %(room_sid)s) as answer;

-- name: call_disconnected
-- The same of a call's room, by our clock; the answer is null when the room is not a call's.
select private.call_disconnected(%(room)s, %(identity)s, %(sid)s, %(received_at)s) as answer;

-- name: seat_seen
-- LiveKit shows somebody connected to a session's room now.
select private.seat_connected(%(room)s, %(identity)s, %(sid)s, now(), %(is_there)s) as answer;

-- name: camera_told
-- LiveKit told that a camera came, or went; nothing where the room is not a session's.
select private.camera_told(%(room)s, %(identity)s, %(sid)s, %(track)s, %(is_on)s);

-- name: cameras_seen
-- LiveKit shows which cameras of a connection are on now.
select private.cameras_seen(%(room)s, %(identity)s, %(sid)s, %(tracks)s);

-- name: seat_missed
-- LiveKit shows a connection to a session's room no more.
select private.seat_disconnected(%(room)s, %(identity)s, %(sid)s, now()) as answer;

-- name: calls_going_on
-- Calls that people talk in on a server, and their connections that we believe to be open.
select calls.id as call_id, calls.livekit_room_name as room,
       array(select stays.livekit_sid from private.call_intervals stays
              where stays.call_id = calls.id and stays.left_at is null) as sids
  from public.calls
  left join private.livekit_rooms placed on placed.room_name = calls.livekit_room_name
 where calls.status = 'accepted'
   and coalesce(placed.server = %(server)s, %(is_default)s);

-- name: call_seen
-- LiveKit shows somebody connected to a call's room now.
select private.call_connected(%(room)s, %(identity)s, %(sid)s, now(), _is_there => %(is_there)s) as answer;

-- name: call_still_connected
-- LiveKit shows these connections to a call's room still.
select private.call_still_connected(%(call_id)s, %(sids)s);

-- name: call_missed
-- LiveKit shows a connection to a call's room no more.
select private.call_missed(%(call_id)s, %(sid)s);

-- name: order_removal
-- Whoever should not be in a room is put out of it.
select private.order_livekit('remove_participant', %(room)s, %(identity)s);

-- name: order_permission
-- What LiveKit lets somebody in a session's room do is not what their seat says: it is set, and looked at again.
select private.order_for_seat('update_permission', seats)
  from public.live_participants seats
  join public.live_sessions sessions on sessions.id = seats.session_id
 where sessions.livekit_room_name = %(room)s
   and seats.profile_id = %(identity)s::uuid;

-- name: take_orders
-- Orders to one LiveKit server that are due; those for rooms that lie nowhere yet are the default's.
select id, action, room_name, identity, payload
  from private.take_livekit_orders(%(orders_max)s, %(server)s, %(is_default)s)
 order by id;

-- name: close_order
-- An order is carried out, or failed and stays due.
select private.close_livekit_order(%(id)s, %(error)s);

-- name: forget_orders
-- Orders carried out long ago, or due for longer: their server is named no more.
delete from private.livekit_outbox
 where done_at < now() - %(hours)s * interval '1 hour'
    or (done_at is null and created_at < now() - %(hours)s * interval '1 hour');

-- name: place_room
-- The server that a room lies on: this one, when it is opened for the first time.
select private.place_room(%(room)s, %(server)s) as server;

-- name: rooms_astray
-- How many rooms that should be open lie on servers other than these.
select placed.server, count(*) as rooms
  from private.livekit_rooms placed
 where placed.server <> all (%(servers)s)
   and private.is_room_wanted(placed.room_name)
 group by placed.server
 order by placed.server;

-- name: forget_cameras
-- Cameras that went long ago.
select private.forget_cameras(%(hours)s) as forgotten;

-- name: forget_rooms
-- Where rooms lay that were over long ago.
delete from private.livekit_rooms
 where placed_at < now() - %(hours)s * interval '1 hour' and not private.is_room_wanted(room_name);

-- name: is_room_wanted
-- Whether a room has a live session or a call that goes on.
select private.is_room_wanted(%(room)s) as wanted;

-- name: is_room_ours
-- Whether a room is a session's or a call's: others may use the same LiveKit.
select exists (select from public.live_sessions where livekit_room_name = %(room)s)
    or exists (select from public.calls where livekit_room_name = %(room)s) as is_ours;

-- name: seat_in_room
-- What LiveKit is to know of somebody in a live session's room now.
select private.seat_in_room(%(room)s, %(identity)s) as answer;

-- name: rooms_wanted
-- Every room that should be open on a server: a live session's (with its session) or an accepted call's (with its
-- call); those that lie nowhere yet are the default's.
select wanted.*
  from (select livekit_room_name as room, id as session_id, null::uuid as call_id, started_at as since
          from public.live_sessions
         where status = 'live'
         union all
        select livekit_room_name, null, id, answered_at
          from public.calls
         where status = 'accepted') wanted
  left join private.livekit_rooms placed on placed.room_name = wanted.room
 where coalesce(placed.server = %(server)s, %(is_default)s);

-- name: rooms_over
-- Those of the given rooms whose session or call is over.
select livekit_room_name as room
  from public.live_sessions
 where livekit_room_name = any (%(rooms)s) and status in ('ended', 'cancelled')
 union all
select livekit_room_name
  from public.calls
 where livekit_room_name = any (%(rooms)s) and status in ('rejected', 'missed', 'busy', 'ended', 'failed');

-- name: open_stays
-- Connections of a session that we believe to be open, what their seats are, and which of their cameras we believe to be on.
select seats.profile_id::text as identity, stays.livekit_sid as sid, private.seat_of(seats) as seat,
       array(select cameras.track_sid from private.live_cameras cameras
              where cameras.participant_id = seats.id and cameras.livekit_sid = stays.livekit_sid and cameras.is_on) as cameras
  from private.live_intervals stays
  join public.live_participants seats on seats.id = stays.participant_id
 where seats.session_id = %(session_id)s
   and stays.left_at is null
   and stays.livekit_sid is not null;

-- name: close_unnamed_stays
-- Seats taken by people who never connected.
select private.close_unnamed_stays(%(session_id)s, %(seconds)s) as closed;

-- name: close_session_of_room
-- A live session whose room is gone ends.
select private.close_session(id) as answer
  from public.live_sessions
 where livekit_room_name = %(room)s and status = 'live';
