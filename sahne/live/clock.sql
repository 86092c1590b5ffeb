-- What happens because time passes.

-- name: calls_to_keep
-- Calls that are to end, or whose next minute begins, or whose people are to be told that the coins will end.
select private.calls_to_keep(%(both_seconds)s, %(one_seconds)s, %(connect_seconds)s) as id;

-- name: keep_call
-- Do it; why the call ended, if it did.
select private.keep_call(%(call_id)s, %(both_seconds)s, %(one_seconds)s, %(connect_seconds)s) as ended;

-- name: forget_paces
-- How often people did what, when that is long ago.
select private.forget_paces() as forgotten;

-- name: sessions_to_end
-- Live sessions whose host has been away too long, and those that forgot to end; at most so many.
select id, interrupted_at is not null as is_deserted
  from public.live_sessions
 where status = 'live'
   and (interrupted_at < now() - %(seconds)s * interval '1 second' or started_at < now() - %(hours)s * interval '1 hour')
   and not private.is_put_off('end_sessions', id)
 order by id
 limit %(sessions_max)s;

-- name: put_off_session
-- A session could not be ended: it is tried again later.
select private.put_off('end_sessions', %(session_id)s, %(error)s);

-- name: put_off_now
-- What the sweeps of this very transaction could not deal with.
select sweep, row_id, error from private.sweep_failures where failed_at = now();

-- name: forget_failures
-- What could not be dealt with and was not tried again for long: it went some other way.
select private.forget_failures(%(hours)s) as forgotten;

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
