-- What notices ask of the database.

-- name: own_notices
-- A page of what the actor was told.
select private.own_notices(%(after)s, %(limit)s) as answer;

-- name: read_notices
-- Some of it was read, or all up to a moment.
select private.read_notices(%(ids)s::uuid[], %(until)s::timestamptz) as answer;

-- name: own_notice_preferences
-- What the actor wants to hear of, and where.
select private.own_notice_preferences() as answer;

-- name: change_notice_preferences
-- The actor wants something otherwise.
select private.change_notice_preferences(%(changes)s::jsonb) as answer;

-- name: put_device
-- A device of the actor.
select private.put_device(%(platform)s, %(app)s, %(token)s, %(locale)s, %(subscription)s::jsonb) as answer;

-- name: own_devices
-- The devices of the actor.
select private.own_devices() as answer;

-- name: forget_device
-- A device of the actor is told no more.
select private.forget_device(%(device_id)s) as answer;

-- name: set_notice_channels
-- The ways out that are set up.
select private.set_notice_channels(%(platforms)s::text[]);

-- name: fan_out
-- Tell the next of those who follow; null where nobody waits to be told.
select private.fan_out(%(followers_max)s) as followers;

-- name: take_deliveries
-- What is due, held for a while.
select * from private.take_deliveries(%(urgent)s, %(limit)s, %(hold_seconds)s);

-- name: note_sent
-- The service took it.
select private.note_sent(%(id)s, %(service_id)s, %(has_receipt)s);

-- name: refuse_delivery
-- It will never be taken.
select private.refuse_delivery(%(id)s, %(reason)s);

-- name: put_off_delivery
-- Again after a while.
select private.put_off_delivery(%(id)s, %(seconds)s, %(reason)s);

-- name: forget_gone_device
-- The device it was for is no more.
select private.forget_gone_device(%(id)s);

-- name: take_receipts
-- Whose receipts are to be asked for now.
select * from private.take_receipts(%(platform)s, %(limit)s);

-- name: note_received
-- The devices have them.
select private.note_received(%(ids)s::uuid[]);

-- name: send_again
-- It was taken, and not handed on.
select private.put_off_delivery(%(id)s, %(seconds)s, %(reason)s, 'sent');

-- name: is_any_due
-- Whether anybody waits to be told, or anything to be sent, now.
select exists (select from private.fan_outs)
    or exists (select from private.deliveries where state in ('waiting', 'sending') and due_at <= now()) as yes;
