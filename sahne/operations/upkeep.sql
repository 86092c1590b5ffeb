-- name: messages_are_ours
-- Whether realtime's messages are kept by us; a hosted Supabase keeps its own.
select to_regprocedure('realtime.keep_message_partitions(integer, integer)') is not null as ours;

-- name: forget_notices
-- Events and notices of long ago.
select private.forget_notices(%(events_days)s, %(notices_days)s) as forgotten;

-- name: forget_webhook_messages
-- Messages to webhooks of long ago.
select private.forget_webhook_messages(%(days)s) as forgotten;

-- name: count_returned_followers
-- Followers whose suspension is over count again.
select private.count_returned_followers() as returned;

-- name: keep_message_partitions
-- Partitions of the coming days made, those of past days dropped.
select realtime.keep_message_partitions() as touched;
