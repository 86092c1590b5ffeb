-- name: messages_are_ours
-- Whether realtime's messages are kept by us; a hosted Supabase keeps its own.
select to_regprocedure('realtime.keep_message_partitions(integer, integer)') is not null as ours;

-- name: keep_message_partitions
-- Partitions of the coming days made, those of past days dropped.
select realtime.keep_message_partitions() as touched;
