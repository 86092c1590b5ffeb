-- What the inbox knows of a LiveKit server's webhooks.

-- name: last_event
-- How long ago a server's last webhook came, and how many of them wait.
select extract(epoch from now() - max(received_at))::float8 as seconds,
       count(*) filter (where processed_at is null) as waiting
  from private.livekit_events
 where server = %(server)s;

-- name: event_of_room
-- As whose the first webhook of a room came.
select server from private.livekit_events where room_name = %(room)s order by received_at limit 1;
