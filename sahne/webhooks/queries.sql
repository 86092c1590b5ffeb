-- Webhooks out: how admins keep them, and how messages are sent.

-- name: webhooks
-- All of them, for admins.
select private.webhooks() as answer;

-- name: create_webhook
-- One more, with its first secret.
select private.create_webhook(%(fields)s, %(secret_id)s, %(sealed)s) as answer;

-- name: change_webhook
-- What is said of it changes.
select private.change_webhook(%(webhook_id)s, %(fields)s) as answer;

-- name: rotate_webhook_secret
-- A new secret beside those of before.
select private.rotate_webhook_secret(%(webhook_id)s, %(secret_id)s, %(sealed)s, %(overlap_hours)s) as answer;

-- name: delete_webhook
-- Nobody is told there any more.
select private.delete_webhook(%(webhook_id)s) as answer;

-- name: try_webhook
-- A message to try it.
select private.try_webhook(%(webhook_id)s) as answer;

-- name: redeliver_webhook_message
-- A message once more.
select private.redeliver_webhook_message(%(webhook_id)s, %(message_id)s) as answer;

-- name: webhook_messages
-- What one was told, with each try.
select private.webhook_messages(%(webhook_id)s, %(status)s, %(before)s, %(limit)s) as answer;

-- name: take_webhook_messages
-- What is due, for a while nobody else's.
select private.take_webhook_messages(%(at_once)s, %(failing_at_once)s, %(hold_seconds)s) as taken;

-- name: close_webhook_attempt
-- What came of a try.
select private.close_webhook_attempt(%(message_id)s, %(outcome)s, %(tried)s, %(again_seconds)s);
