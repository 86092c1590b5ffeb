-- Named queries of passkeys. They run as supabase_auth_admin.

-- name: add_challenge
-- A challenge that one answer can meet; a few that nobody met in time are gone.
with old as (
  delete from auth.webauthn_challenges
   where id in (select id from auth.webauthn_challenges where expires_at < now() limit 20 for update skip locked))
insert into auth.webauthn_challenges (user_id, challenge_type, session_data, expires_at)
values (%(user_id)s, %(ceremony)s, %(session_data)s::jsonb, now() + make_interval(secs => %(seconds)s))
returning id, extract(epoch from expires_at)::bigint as expires_at;

-- name: use_challenge
-- Whoever deletes it has met it, in time or not; nobody else can.
delete from auth.webauthn_challenges
 where id = %(challenge_id)s
   and challenge_type = %(ceremony)s
   and user_id is not distinct from %(user_id)s::uuid
returning session_data ->> 'challenge' as challenge, expires_at > now() as is_fresh;

-- name: passkeys_of_user
-- A person's passkeys, the first one first.
select id, credential_id, friendly_name, created_at, last_used_at
  from auth.webauthn_credentials
 where user_id = %(user_id)s
 order by created_at, id;

-- name: add_passkey
-- Nothing when the key is somebody's already.
insert into auth.webauthn_credentials (
       user_id, credential_id, public_key, attestation_type, aaguid, sign_count, transports, backup_eligible, backed_up,
       friendly_name)
values (%(user_id)s, %(credential_id)s, %(public_key)s, %(attestation_type)s, %(aaguid)s, %(sign_count)s,
       %(transports)s::jsonb, %(backup_eligible)s, %(backed_up)s, %(friendly_name)s)
on conflict (credential_id) do nothing
returning id, friendly_name, created_at, last_used_at;

-- name: hold_passkey
-- A person's key, held: one signature opens no two sessions.
select id, public_key, sign_count
  from auth.webauthn_credentials
 where credential_id = %(credential_id)s
   and user_id = %(user_id)s
   for no key update;

-- name: stamp_passkey
-- It was used now.
update auth.webauthn_credentials
   set sign_count   = %(sign_count)s,
       backed_up    = %(backed_up)s,
       last_used_at = now(),
       updated_at   = now()
 where id = %(passkey_id)s;

-- name: rename_passkey
-- It has another name.
update auth.webauthn_credentials
   set friendly_name = %(friendly_name)s,
       updated_at    = now()
 where id = %(passkey_id)s
   and user_id = %(user_id)s
returning id, friendly_name, created_at, last_used_at;

-- name: delete_passkey
-- It opens nothing any more.
delete from auth.webauthn_credentials where id = %(passkey_id)s and user_id = %(user_id)s returning id;
