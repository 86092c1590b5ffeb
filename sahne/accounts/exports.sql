-- Copies of everything that is somebody's, as service_role.

-- name: ask_export
-- The actor asks for one.
select private.ask_export() as answer;

-- name: own_export
-- The one that the actor asked for last.
select private.own_export() as answer;

-- name: take_export
-- The next one to be made.
select taken.id, taken.user_id from private.take_export(%(seconds)s) as taken;

-- name: finish_export
-- It lies there, unless nobody wants it by now.
select private.finish_export(%(id)s, %(file)s, %(bytes)s, %(pictures)s) as is_wanted;

-- name: fail_export
-- It could not be made.
select private.fail_export(%(id)s);

-- name: expire_exports
-- Those that were kept for a day go.
select private.expire_exports() as expired;
