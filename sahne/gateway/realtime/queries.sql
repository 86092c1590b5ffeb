-- Questions of the realtime door to realtime.messages. Those to its policies run in a transaction that is rolled back.

-- name: put_probe
-- One row a kind of message, so that the topic's readers have something to see or not to see.
insert into realtime.messages (topic, extension, event, payload, private)
values (%(topic)s, 'broadcast', 'probe', '{}', true),
       (%(topic)s, 'presence', 'probe', '{}', true);

-- name: ask_about
-- From here on the questions are about this topic; older policies read the claims one by one.
select set_config('realtime.topic', %(topic)s, true),
       set_config('request.jwt.claim.sub', %(sub)s, true),
       set_config('request.jwt.claim.role', %(role)s, true),
       set_config('request.headers', %(headers)s, true);

-- name: kinds_read
-- The kinds of message the reader sees of the topic.
select distinct extension from realtime.messages where topic = %(topic)s and event = 'probe';

-- name: write_probe
-- Whether the reader may send: PostgreSQL refuses the row if not.
insert into realtime.messages (topic, extension, event, payload, private)
values (%(topic)s, %(extension)s, 'probe', '{}', true);

-- name: keep_message
-- A broadcast that was sent already is kept for who joins later.
insert into realtime.messages (id, topic, extension, event, payload, binary_payload, private, skip_broadcast, inserted_at, expires_at)
values (%(id)s, %(topic)s, 'broadcast', %(event)s, %(payload)s::jsonb, %(binary_payload)s, true, true,
        now() at time zone 'utc', now() at time zone 'utc' + make_interval(secs => %(seconds)s));

-- name: stored_since
-- The latest broadcasts of a private topic, oldest first: so many, and no more bytes than these, but for the last one.
select id::text, event, payload, binary_payload
  from (select latest.*, row_number() over counted as place,
               sum(octet_length(coalesce(payload, '')) + octet_length(coalesce(binary_payload, ''))) over counted as bytes
          from (
        select id, event, payload::text as payload, binary_payload, inserted_at
          from realtime.messages
         where topic = %(topic)s and extension = 'broadcast' and private
           and inserted_at >= to_timestamp(%(since)s / 1000.0) at time zone 'utc'
           and (expires_at is null or expires_at > now() at time zone 'utc')
         order by inserted_at desc
         limit %(limit)s) latest
        window counted as (order by inserted_at desc rows unbounded preceding)) counted
 where bytes <= %(bytes)s or place = 1
 order by inserted_at;
