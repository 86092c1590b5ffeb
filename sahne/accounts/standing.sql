-- Creators, consents, and the people of the app as admins see them: as service_role, unless the sentence says otherwise.

-- name: own_creator
-- Whether the actor is one, and how their request stands.
select private.own_creator() as answer;

-- name: ask_to_create
-- They want to be one.
select private.ask_to_create(%(message)s) as answer;

-- name: read_creator_requests
-- Who wants to.
select private.read_creator_requests(%(status)s, %(after)s, %(limit)s) as answer;

-- name: decide_creator_request
-- An admin says so.
select private.decide_creator_request(%(request_id)s, %(status)s, %(reason)s) as answer;

-- name: own_consents
-- The texts of today, and what the actor answered.
select private.own_consents() as answer;

-- name: say_consent
-- One answer more.
select private.say_consent(%(kind)s, %(version)s, %(locale)s, %(is_given)s) as answer;

-- name: own_auth_sessions
-- Where the actor is signed in.
select private.own_auth_sessions() as answer;

-- name: read_users
-- A page of people.
select private.read_users(%(words)s, %(standing)s, %(after)s, %(limit)s) as answer;

-- name: read_user
-- One of them.
select private.read_user(%(user_id)s) as answer;

-- name: grant_premium
-- Premium that nobody paid for.
select private.grant_premium(%(user_id)s, %(is_premium)s, %(until)s) as answer;

-- name: accept_auth_session
-- As supabase_auth_admin: the session is the actor's own.
select private.refuse_unless_auth_session(%(session_id)s);

-- name: note_suspension
-- As supabase_auth_admin: an admin may, and for how long.
select private.note_suspension(%(user_id)s, %(ends_at)s, %(reason)s) as seconds;

-- name: lift_suspension
-- As supabase_auth_admin: an admin may.
select private.lift_suspension(%(user_id)s);

-- name: accept_sign_out
-- As supabase_auth_admin: an admin may, and there is such a person.
select private.accept_sign_out(%(user_id)s);
