-- What automatic moderation looks at and does.

-- name: a_moment_ago
-- Where a server that starts begins to read along.
select now() - interval '1 minute' as moment;

-- name: lines_since
-- What people wrote in live sessions since a moment.
select id, session_id, content, words, created_at from private.lines_since(%(moment)s, %(lines_max)s);

-- name: act_on_line
-- A program takes a line out, and may let its writer pause.
select private.act_on_line(%(line_id)s, %(seconds)s, %(reason)s) as was_there;
