-- What the stage asks of the database. The verbs decide everything in functions of schema `private`, for the actor
-- whose claims the transaction carries; each answers one JSON object.

-- name: create_session
-- A creator plans a session.
select private.create_session(%(fields)s) as answer;

-- name: edit_session
-- The host changes what is given, nothing else.
select private.edit_session(%(session_id)s, %(fields)s) as answer;

-- name: start_session
-- The session goes live, once.
select private.start_session(%(session_id)s) as answer;

-- name: end_session
-- The host ends it.
select private.end_session(%(session_id)s) as answer;

-- name: cancel_session
-- The host calls it off before it starts.
select private.cancel_session(%(session_id)s) as answer;

-- name: join_session
-- The actor takes a seat, if nothing speaks against it.
select private.join_session(%(session_id)s, %(profile_id)s) as answer;

-- name: leave_session
-- The actor leaves their seat.
select private.leave_session(%(session_id)s) as answer;

-- name: buy_ticket
-- Paid entry, once.
select private.buy_ticket(%(session_id)s, %(key)s, %(expected_price)s) as answer;

-- name: own_tickets
-- What the actor holds for sessions that are not over.
select private.own_tickets() as answer;

-- name: takings
-- What a session brought the actor, its host.
select private.takings(%(session_id)s) as answer;

-- name: send_gifts
-- Money, gift rows, chat lines and totals of the plain ones among many people's gifts, each once per its key; arrays.
select private.send_gifts(%(sender_id)s, %(session_id)s, %(gift_id)s, %(quantity)s, %(receiver_id)s, %(key)s,
                          %(expected_price)s) as answer;

-- name: send_gift
-- The same of any gift of the actor's.
select private.send_gift(%(session_id)s, %(gift_id)s, %(quantity)s, %(receiver_id)s, %(key)s, %(expected_price)s)
         as answer;

-- name: ban_profile
-- Out, and not to return before `expires_at`.
select private.ban_profile(%(session_id)s, %(profile_id)s, %(reason)s, %(expires_at)s) as answer;

-- name: lift_ban
-- May return.
select private.lift_ban(%(session_id)s, %(ban_id)s) as answer;

-- name: kick_profile
-- Out, but free to return.
select private.kick_profile(%(session_id)s, %(profile_id)s) as answer;

-- name: mute_profile
-- Silenced, or no longer.
select private.mute_profile(%(session_id)s, %(profile_id)s, %(muted)s) as answer;

-- name: change_role
-- A role that needs no consent.
select private.change_role(%(session_id)s, %(profile_id)s, %(role)s) as answer;

-- name: pin_message
-- A chat line stands above the others, or no longer.
select private.pin_message(%(message_id)s, %(pinned)s) as answer;

-- name: delete_message
-- A chat line is taken out of sight.
select private.delete_message(%(message_id)s) as answer;

-- name: invite_profile
-- A place on stage is offered.
select private.invite_profile(%(session_id)s, %(profile_id)s, %(role)s) as answer;

-- name: accept_invitation
-- The offer is taken.
select private.accept_invitation(%(participant_id)s) as answer;

-- name: reject_invitation
-- The offer is declined.
select private.reject_invitation(%(participant_id)s) as answer;

-- name: leave_stage
-- A guest steps down.
select private.leave_stage(%(session_id)s) as answer;

-- name: request_to_join
-- A viewer asks to come on stage.
select private.request_to_join(%(session_id)s, %(message)s) as answer;

-- name: approve_request
-- The host lets them.
select private.approve_request(%(request_id)s) as answer;

-- name: reject_request
-- The host does not.
select private.reject_request(%(request_id)s) as answer;

-- name: cancel_request
-- The viewer thinks better of it.
select private.cancel_request(%(request_id)s) as answer;

-- name: start_call
-- Somebody calls somebody.
select private.start_call(%(callee_id)s, %(call_type)s, %(expected_price)s) as answer;

-- name: step_call
-- The call rings, is accepted, is rejected.
select private.step_call(%(call_id)s, %(step)s) as answer;

-- name: end_call
-- Somebody hangs up.
select private.end_call(%(call_id)s) as answer;

-- name: join_call
-- A party comes (back) into an accepted call.
select private.join_call(%(call_id)s) as answer;

-- name: refund_call
-- An admin gives back what a call cost.
select private.refund_call(%(call_id)s) as answer;

-- name: set_call_prices
-- A creator changes what is given of their prices and hours, nothing else.
select private.set_call_prices(%(fields)s) as answer;

-- name: own_call_prices
-- A creator's own prices and hours.
select private.own_call_prices() as answer;

-- name: call_prices_of
-- What it costs to call somebody, and whether they take calls now.
select private.call_prices_of(%(profile_id)s) as answer;

-- name: store_event
-- A webhook, once; what it means is found out later, and one that means nothing is done with.
insert into private.livekit_events (id, event, room_name, body, processed_at)
values (%(id)s, %(event)s, %(room)s, %(body)s, case when not %(matters)s::boolean then now() end)
on conflict (id) do nothing;

-- name: take_event
-- The oldest event not dealt with; one that failed before waits 1, 3, 7 … seconds, and after `attempts_max` for ever.
select id, body::text as body, received_at
  from private.livekit_events
 where processed_at is null
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
-- Events dealt with long ago.
delete from private.livekit_events where processed_at < now() - %(hours)s * interval '1 hour';

-- name: seat_connected
-- LiveKit saw somebody connect to a session's room; no row when the room is not a session's.
select private.seat_connected(%(room)s, %(identity)s, %(sid)s,
         private.believable_moment(%(created_at)s, %(received_at)s)) as answer
  from public.live_sessions
 where livekit_room_name = %(room)s;

-- name: seat_disconnected
-- LiveKit saw a connection to a session's room end; no row when the room is not a session's.
select private.seat_disconnected(%(room)s, %(identity)s, %(sid)s,
         private.believable_moment(%(created_at)s, %(received_at)s)) as answer
  from public.live_sessions
 where livekit_room_name = %(room)s;

-- name: ban_from_all
-- A profile is put out of all of the actor's sessions, and kept out.
select private.ban_from_all(%(profile_id)s, %(reason)s, %(expires_at)s) as answer;

-- name: lift_ban_from_all
-- The actor lets somebody come again.
select private.lift_ban_from_all(%(ban_id)s) as answer;

-- name: own_bans
-- Who is kept out of all of the actor's sessions.
select private.own_bans() as answer;

-- name: call_connected
-- The same of a call's room, by our clock; the answer is null when the room is not a call's.
select private.call_connected(%(room)s, %(identity)s, %(sid)s, %(received_at)s, %(room_sid)s) as answer;

-- name: call_disconnected
-- The same of a call's room, by our clock; the answer is null when the room is not a call's.
select private.call_disconnected(%(room)s, %(identity)s, %(sid)s, %(received_at)s) as answer;

-- name: seat_seen
-- LiveKit shows somebody connected to a session's room now.
select private.seat_connected(%(room)s, %(identity)s, %(sid)s, now(), %(is_there)s) as answer;

-- name: seat_missed
-- LiveKit shows a connection to a session's room no more.
select private.seat_disconnected(%(room)s, %(identity)s, %(sid)s, now()) as answer;

-- name: call_seen
-- LiveKit shows somebody connected to a call's room now.
select private.call_connected(%(room)s, %(identity)s, %(sid)s, now()) as answer;

-- name: call_missed
-- LiveKit shows a connection to a call's room no more, since so many seconds.
select private.call_disconnected(%(room)s, %(identity)s, %(sid)s, now() - %(seconds)s * interval '1 second') as answer;

-- name: open_call_stays
-- Connections of a call that we believe to be open.
select user_id::text as identity, livekit_sid as sid
  from private.call_intervals
 where call_id = %(call_id)s
   and left_at is null;

-- name: calls_to_keep
-- Calls that are to end, or whose next minute begins, or whose people are to be told that the coins will end.
select private.calls_to_keep(%(both_seconds)s, %(one_seconds)s, %(connect_seconds)s) as id;

-- name: keep_call
-- Do it; why the call ended, if it did.
select private.keep_call(%(call_id)s, %(both_seconds)s, %(one_seconds)s, %(connect_seconds)s) as ended;

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
-- Orders to LiveKit that are due.
select id, action, room_name, identity, payload from private.take_livekit_orders(%(orders_max)s) order by id;

-- name: close_order
-- An order is carried out, or failed and stays due.
select private.close_livekit_order(%(id)s, %(error)s);

-- name: forget_paces
-- How often people did what, when that is long ago.
select private.forget_paces() as forgotten;

-- name: forget_orders
-- Orders carried out long ago.
delete from private.livekit_outbox where done_at < now() - %(hours)s * interval '1 hour';

-- name: is_room_wanted
-- Whether a room has a live session or a call that goes on.
select exists (select from public.live_sessions where livekit_room_name = %(room)s and status = 'live')
    or exists (select from public.calls where livekit_room_name = %(room)s and status = 'accepted') as wanted;

-- name: is_room_ours
-- Whether a room is a session's or a call's: others may use the same LiveKit.
select exists (select from public.live_sessions where livekit_room_name = %(room)s)
    or exists (select from public.calls where livekit_room_name = %(room)s) as is_ours;

-- name: seat_in_room
-- What LiveKit is to know of somebody in a live session's room now.
select private.seat_in_room(%(room)s, %(identity)s) as answer;

-- name: rooms_wanted
-- Every room that should be open: a live session's (with its session) or an accepted call's (with its call).
select livekit_room_name as room, id as session_id, null::uuid as call_id, started_at as since
  from public.live_sessions
 where status = 'live'
 union all
select livekit_room_name, null, id, answered_at
  from public.calls
 where status = 'accepted';

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
-- Connections of a session that we believe to be open, and what their seats are.
select seats.profile_id::text as identity, stays.livekit_sid as sid, private.seat_of(seats) as seat
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

-- name: sessions_to_end
-- Live sessions whose host has been away too long, and those that forgot to end.
select id, interrupted_at is not null as is_deserted
  from public.live_sessions
 where status = 'live'
   and (interrupted_at < now() - %(seconds)s * interval '1 second' or started_at < now() - %(hours)s * interval '1 hour');

-- name: close_session
-- The server ends a session.
select private.close_session(%(session_id)s) as answer;

-- name: fold_session_counters
-- Viewer counts, messages and gifts become visible.
select private.fold_session_counters() as folded;

-- name: cancel_no_shows
-- Sessions whose host never came are called off, and drafts nobody went on with.
select private.cancel_no_shows() as cancelled;

-- name: expire_guests
-- Invitations and requests whose time is over.
select private.expire_guests() as expired;

-- name: expire_calls
-- Calls nobody answered.
select count(*) as expired from private.expire_calls();

-- name: follow_profile
-- The actor wants to hear of a creator's sessions.
select private.follow_profile(%(profile_id)s) as answer;

-- name: unfollow_profile
-- No longer.
select private.unfollow_profile(%(profile_id)s) as answer;
