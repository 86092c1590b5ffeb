-- Named queries of one-time tokens and half-way sign-ins. They run as supabase_auth_admin.

-- name: put_one_time_token
-- The user's token of a kind, in place of the one before; the users' columns are what Supabase's own server reads.
with stamped as (
  update auth.users
     set confirmation_token         = case %(kind)s when 'confirmation_token' then %(token_hash)s else confirmation_token end,
         confirmation_sent_at       = case %(kind)s when 'confirmation_token' then now() else confirmation_sent_at end,
         recovery_token             = case %(kind)s when 'recovery_token' then %(token_hash)s else recovery_token end,
         recovery_sent_at           = case %(kind)s when 'recovery_token' then now() else recovery_sent_at end,
         email_change_token_new     = case %(kind)s when 'email_change_token_new' then %(token_hash)s else email_change_token_new end,
         email_change_token_current = case %(kind)s when 'email_change_token_current' then %(token_hash)s else email_change_token_current end,
         email_change_sent_at       = case when %(kind)s like 'email_change%%' then now() else email_change_sent_at end,
         phone_change_token         = case %(kind)s when 'phone_change_token' then %(token_hash)s else phone_change_token end,
         phone_change_sent_at       = case %(kind)s when 'phone_change_token' then now() else phone_change_sent_at end,
         reauthentication_token     = case %(kind)s when 'reauthentication_token' then %(token_hash)s else reauthentication_token end,
         reauthentication_sent_at   = case %(kind)s when 'reauthentication_token' then now() else reauthentication_sent_at end,
         updated_at                 = now()
   where id = %(user_id)s
  returning id)
insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
select gen_random_uuid(), id, %(kind)s::auth.one_time_token_type, %(token_hash)s, %(relates_to)s,
       now() at time zone 'utc', now() at time zone 'utc'
  from stamped
on conflict (user_id, token_type) do update
   set token_hash = excluded.token_hash,
       relates_to = excluded.relates_to,
       created_at = excluded.created_at,
       updated_at = excluded.updated_at;

-- name: take_one_time_token
-- Whoever deletes the token has it: of twenty at once one. What it was for, and whether it came in time.
with taken as (
  delete from auth.one_time_tokens
   where token_hash = any(%(hashes)s::text[])
     and token_type::text = any(%(kinds)s::text[])
  returning user_id, token_type::text as kind, token_hash, relates_to, created_at)
update auth.users u
   set confirmation_token         = case t.kind when 'confirmation_token' then '' else u.confirmation_token end,
       recovery_token             = case t.kind when 'recovery_token' then '' else u.recovery_token end,
       email_change_token_new     = case t.kind when 'email_change_token_new' then '' else u.email_change_token_new end,
       email_change_token_current = case t.kind when 'email_change_token_current' then '' else u.email_change_token_current end,
       phone_change_token         = case t.kind when 'phone_change_token' then '' else u.phone_change_token end,
       reauthentication_token     = case t.kind when 'reauthentication_token' then '' else u.reauthentication_token end
  from taken t
 where u.id = t.user_id
   and u.deleted_at is null
returning u.id as user_id, u.email, u.email_change, u.email_change_confirm_status, u.phone, u.phone_change, t.kind, t.token_hash, t.relates_to,
          u.email_confirmed_at is not null as is_confirmed, u.phone_confirmed_at is not null as is_phone_confirmed,
          coalesce(u.banned_until > now(), false) as is_banned,
          t.created_at + make_interval(secs => %(seconds)s) > now() at time zone 'utc' as is_fresh;

-- name: forget_one_time_tokens
-- None of these kinds leads to the user any more.
delete from auth.one_time_tokens where user_id = %(user_id)s and token_type::text = any(%(kinds)s::text[]);

-- name: renew_unconfirmed
-- Nobody has proven yet that the address is theirs, or the number beside it: who signs up with it now begins anew, and what was set before is gone.
with renewed as (
  update auth.users
     set encrypted_password = %(password_hash)s,
         raw_user_meta_data = %(user_metadata)s::jsonb,
         raw_app_meta_data  = coalesce(raw_app_meta_data, '{}') || '{"provider": "email", "providers": ["email"]}',
         updated_at         = now()
   where email = %(email)s
     and email_confirmed_at is null
     and phone_confirmed_at is null
     and not is_sso_user
     and deleted_at is null
  returning id),
gone as (
  delete from auth.identities i using renewed r where i.user_id = r.id and i.provider <> 'email'),
ended as (
  delete from auth.sessions s using renewed r where s.user_id = r.id),
unproven as (
  delete from auth.mfa_factors f using renewed r where f.user_id = r.id),
keys as (
  delete from auth.webauthn_credentials k using renewed r where k.user_id = r.id),
codes as (
  delete from private.recovery_sets c using renewed r where c.user_id = r.id)
select id from renewed;

-- name: confirm_address
-- The user's address is theirs. Whoever proves it first by another letter than that of their own sign-up takes over: the
-- password, the identities, the sessions, the passkeys and the second factors of before are gone.
with confirmed as (
  update auth.users
     set email_confirmed_at = coalesce(email_confirmed_at, now()),
         encrypted_password = case when %(takes_over)s then '' else encrypted_password end,
         raw_app_meta_data  = case when %(takes_over)s
                                   then coalesce(raw_app_meta_data, '{}') || '{"provider": "email", "providers": ["email"]}'
                                   else raw_app_meta_data end,
         raw_user_meta_data = coalesce(raw_user_meta_data, '{}') || '{"email_verified": true}',
         last_sign_in_at    = now(),
         updated_at         = now()
   where id = %(user_id)s
  returning id, email),
gone as (
  delete from auth.identities i using confirmed c where %(takes_over)s and i.user_id = c.id and i.provider <> 'email'),
ended as (
  delete from auth.sessions s using confirmed c where %(takes_over)s and s.user_id = c.id),
unproven as (
  delete from auth.mfa_factors f using confirmed c where %(takes_over)s and f.user_id = c.id),
keys as (
  delete from auth.webauthn_credentials k using confirmed c where %(takes_over)s and k.user_id = c.id),
codes as (
  delete from private.recovery_sets r using confirmed c where %(takes_over)s and r.user_id = c.id)
update auth.identities i
   set identity_data = i.identity_data || '{"email_verified": true}', updated_at = now()
  from confirmed c
 where i.user_id = c.id
   and i.provider = 'email';

-- name: add_flow
-- A sign-in that goes on where it began (PKCE). Of those that nobody ended a few old ones go.
with old as (
  delete from auth.flow_state
   where id in (select id from auth.flow_state where created_at < now() - interval '2 days' limit 20))
insert into auth.flow_state (
       id, user_id, auth_code, code_challenge_method, code_challenge, provider_type, authentication_method,
       created_at, updated_at)
values (gen_random_uuid(), %(user_id)s, %(auth_code)s, %(method)s::auth.code_challenge_method, %(challenge)s, 'email',
       %(amr)s, now(), now());

-- name: open_flow
-- Its letter came back: from now on the code may be exchanged.
update auth.flow_state
   set auth_code_issued_at = now(), updated_at = now()
 where auth_code = %(auth_code)s
   and user_id = %(user_id)s
returning id;

-- name: take_flow
-- Whoever deletes it has it.
delete from auth.flow_state
 where auth_code = %(auth_code)s
   and user_id is not null
   and auth_code_issued_at is not null
returning user_id, code_challenge_method::text as method, code_challenge as challenge, authentication_method as amr,
          auth_code_issued_at + make_interval(secs => %(seconds)s) > now() as is_fresh;

-- name: ask_to_move
-- The user wants another address; what was asked before is forgotten.
with asked as (
  update auth.users
     set email_change                = %(email)s,
         email_change_confirm_status = 0,
         email_change_token_new      = '',
         email_change_token_current  = '',
         email_change_sent_at        = now(),
         updated_at                  = now()
   where id = %(user_id)s
  returning id)
delete from auth.one_time_tokens t
 using asked a
 where t.user_id = a.id
   and t.token_type in ('email_change_token_new', 'email_change_token_current');

-- name: agree_to_move
-- One side has said yes: 1 is the present address, 2 the new one.
update auth.users set email_change_confirm_status = %(side)s, updated_at = now() where id = %(user_id)s;

-- name: end_move
-- The user has moved; no letter of before leads to them.
with moved as (
  update auth.users
     set email_change                = '',
         email_change_confirm_status = 0,
         confirmation_token          = '',
         recovery_token              = '',
         email_change_token_new      = '',
         email_change_token_current  = '',
         reauthentication_token      = '',
         last_sign_in_at             = now()
   where id = %(user_id)s
  returning id)
delete from auth.one_time_tokens t using moved m where t.user_id = m.id;

-- name: mark_invited
-- When the user was invited.
update auth.users set invited_at = now(), updated_at = now() where id = %(user_id)s;

-- name: is_session_new
-- Whether the session was opened a short while ago.
select created_at + make_interval(secs => %(seconds)s) > now() as is_new from auth.sessions where id = %(session_id)s;
