-- Questions of the realtime door to the policies of realtime.messages. Each runs in a transaction that is rolled back.

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
