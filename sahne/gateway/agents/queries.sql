-- Queries about what agents asked a person.

-- name: use_up
-- Whether the answer to a question is used now for the first time.
select to_jsonb(private.use_key_once(%(user_id)s::uuid, 'agent_asked', %(key)s::text));
