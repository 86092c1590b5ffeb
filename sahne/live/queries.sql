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
