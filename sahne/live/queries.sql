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

-- name: refund_gift
-- An admin gives a sent gift back.
select private.refund_gift(%(live_gift_id)s) as answer;

-- name: session_supporters
-- Who gave most in a session.
select private.session_supporters(%(session_id)s, %(supporters_max)s) as answer;

-- name: creator_supporters
-- Who gave a creator most in a day, a week, at all times.
select private.creator_supporters(%(profile_id)s, %(period)s, %(supporters_max)s) as answer;

-- name: add_goal
-- The host would like to reach something with the gifts of a session.
select private.add_goal(%(session_id)s, %(title)s, %(target_coins)s) as answer;

-- name: drop_goal
-- The host no longer would.
select private.drop_goal(%(goal_id)s) as answer;

-- name: catalogue
-- Every gift, also those that are not offered now, for an admin.
select private.catalogue() as answer;

-- name: add_gift
-- An admin adds a gift to the catalogue.
select private.add_gift(%(fields)s) as answer;

-- name: edit_gift
-- An admin changes what is given of a gift, nothing else.
select private.edit_gift(%(gift_id)s, %(fields)s) as answer;

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

-- name: post_pinned_line
-- A line of the host's or a moderator's that stands above the others.
select private.post_pinned_line(%(session_id)s, %(content)s) as answer;

-- name: edit_chat
-- A chat's rules, those that are given.
select private.edit_chat(%(session_id)s, %(fields)s) as answer;

-- name: time_out_profile
-- Writes nothing for a while.
select private.time_out_profile(%(session_id)s, %(profile_id)s, %(seconds)s, %(reason)s) as answer;

-- name: lift_timeout
-- May write again.
select private.lift_timeout(%(session_id)s, %(profile_id)s) as answer;

-- name: own_blocked_words
-- The words that the actor's chats do not take.
select private.own_blocked_words() as answer;

-- name: house_words
-- The words that no chat takes, anew where any are given.
select private.house_words(%(words)s) as answer;

-- name: read_log
-- Who did what in a session.
select private.read_log(%(session_id)s, %(before)s, %(limit)s) as answer;

-- name: read_own_log
-- What the actor did in all of their sessions at once.
select private.read_own_log(%(before)s, %(limit)s) as answer;

-- name: report
-- The actor found something wrong.
select private.report(%(kind)s, %(subject_id)s, %(reason)s, %(note)s) as answer;

-- name: read_reports
-- What waits for an admin, or is done.
select private.read_reports(%(status)s, %(after)s, %(limit)s) as answer;

-- name: handle_report
-- An admin takes one up, or closes it.
select private.handle_report(%(report_id)s, %(status)s, %(outcome)s) as answer;

-- name: a_moment_ago
-- Where a server that starts begins to read along.
select now() - interval '1 minute' as moment;

-- name: lines_since
-- What people wrote in live sessions since a moment.
select id, session_id, content, words, created_at from private.lines_since(%(moment)s, %(lines_max)s);

-- name: act_on_line
-- A program takes a line out, and may let its writer pause.
select private.act_on_line(%(line_id)s, %(seconds)s, %(reason)s) as was_there;

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

-- name: ban_from_all
-- A profile is put out of all of the actor's sessions, and kept out.
select private.ban_from_all(%(profile_id)s, %(reason)s, %(expires_at)s) as answer;

-- name: lift_ban_from_all
-- The actor lets somebody come again.
select private.lift_ban_from_all(%(ban_id)s) as answer;

-- name: own_bans
-- Who is kept out of all of the actor's sessions.
select private.own_bans() as answer;

-- name: block_profile
-- The actor wants to have nothing to do with somebody.
select private.block_profile(%(profile_id)s) as answer;

-- name: unblock_profile
-- They take it back.
select private.unblock_profile(%(profile_id)s) as answer;

-- name: own_blocks
-- Whom the actor has blocked.
select private.own_blocks() as answer;

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
-- Orders to one LiveKit server that are due; those for rooms that lie nowhere yet are the default's.
select id, action, room_name, identity, payload
  from private.take_livekit_orders(%(orders_max)s, %(server)s, %(is_default)s)
 order by id;

-- name: close_order
-- An order is carried out, or failed and stays due.
select private.close_livekit_order(%(id)s, %(error)s);

-- name: forget_paces
-- How often people did what, when that is long ago.
select private.forget_paces() as forgotten;

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

-- name: fold_gift_tallies
-- Gifts become visible on boards and in goals.
select private.fold_gift_tallies() as folded;

-- name: forget_combos
-- Gifts in a row that are over.
select private.forget_combos() as forgotten;

-- name: forget_boards
-- Boards of days and weeks long over.
select private.forget_boards() as forgotten;

-- name: cancel_no_shows
-- Sessions whose host never came are called off, and drafts nobody went on with.
select private.cancel_no_shows() as cancelled;

-- name: tell_reminders
-- Who waits for a session is told of it, each in time.
select private.tell_reminders() as told;

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

-- name: feed
-- What goes on at and is planned by the creators whom the actor follows.
select private.feed(%(after)s, %(limit)s) as answer;

-- name: search
-- Creators and sessions by words and by what they are about.
select private.search(%(words)s, %(category)s, %(tag)s, %(language)s, %(found_max)s) as answer;

-- name: remind_of_session
-- The actor wants to be reminded.
select private.remind_of_session(%(session_id)s) as answer;

-- name: forget_reminder
-- No longer.
select private.forget_reminder(%(session_id)s) as answer;

-- name: repeat_session
-- A plan comes again.
select private.repeat_session(%(session_id)s, %(every)s, %(time_zone)s) as answer;

-- name: stop_repeating
-- No longer.
select private.stop_repeating(%(session_id)s) as answer;
