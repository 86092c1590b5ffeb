-- Somebody's profiles, as service_role.

-- name: own_profiles
-- The actor's own.
select private.own_profiles() as answer;

-- name: add_shadow
-- One more.
select private.add_shadow(%(fields)s) as answer;

-- name: edit_own_profile
-- How one of them looks.
select private.edit_own_profile(%(profile_id)s, %(fields)s) as answer;

-- name: delete_shadow
-- A shadow goes.
select private.delete_shadow(%(profile_id)s) as answer;

-- name: forget_usernames
-- Names that were held long enough are free.
select private.forget_usernames();
