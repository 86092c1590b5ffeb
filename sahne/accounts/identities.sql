-- Named queries of identities at other providers, and of sign-ins on their way there and back. They run as
-- supabase_auth_admin.

-- name: identity
-- Whose an identity is.
select i.id, i.user_id,
       u.deleted_at is not null or coalesce(u.banned_until > now(), false) as is_suspended
  from auth.identities i
  join auth.users u on u.id = i.user_id
 where i.provider = %(provider)s
   and i.provider_id = %(subject)s;

-- name: hold_user_of_address
-- Whose an address is, held until the decision about it is made. `is_proven_elsewhere`: another provider checked it too.
select u.id, u.email_confirmed_at is not null as is_confirmed,
       coalesce(u.encrypted_password, '') <> '' as has_password,
       u.phone_confirmed_at is not null as has_phone,
       coalesce(u.banned_until > now(), false) as is_suspended,
       exists (select
                 from auth.identities i
                where i.user_id = u.id
                  and i.email = u.email
                  and i.provider not in ('email', 'phone')
                  and i.identity_data -> 'email_verified' = 'true') as is_proven_elsewhere
  from auth.users u
 where u.email = %(email)s
   and not u.is_sso_user
   and u.deleted_at is null
   for no key update of u;

-- name: forget_the_one_before
-- Whoever took the address before it was proven leaves nothing: no words, no wish to move, no letter on its way.
with emptied as (
  update auth.users
     set raw_user_meta_data          = '{}',
         phone                       = null,
         phone_confirmed_at          = null,
         email_change                = '',
         email_change_confirm_status = 0,
         confirmation_token          = '',
         recovery_token              = '',
         email_change_token_new      = '',
         email_change_token_current  = '',
         reauthentication_token      = ''
   where id = %(user_id)s
  returning id)
delete from auth.one_time_tokens t using emptied e where t.user_id = e.id;

-- name: rename_taken_over
-- Nor does the profile say what they called it: it has the newcomer's name, or none.
select private.rename_taken_over(%(user_id)s, %(name)s);

-- name: add_identity
-- Another provider's identity of a user.
insert into auth.identities (
       id, provider_id, user_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
values (gen_random_uuid(), %(subject)s, %(user_id)s, %(provider)s, %(identity_data)s::jsonb, now(), now(), now());

-- name: renew_identity
-- What the provider says of it by now.
update auth.identities
   set identity_data   = %(identity_data)s::jsonb,
       last_sign_in_at = now(),
       updated_at      = now()
 where id = %(identity_id)s;

-- name: note_providers
-- By which ways the user comes in, the first one first; a user with any is a permanent one.
update auth.users u
   set raw_app_meta_data = coalesce(u.raw_app_meta_data, '{}') || jsonb_build_object(
         'provider', case when ways.names ? (u.raw_app_meta_data ->> 'provider')
                          then u.raw_app_meta_data ->> 'provider' else ways.names ->> 0 end,
         'providers', ways.names),
       is_anonymous      = false,
       updated_at        = now()
  from (select jsonb_agg(provider order by first_at, provider) as names
          from (select provider, min(created_at) as first_at
                  from auth.identities
                 where user_id = %(user_id)s
                 group by provider) each_way) ways
 where u.id = %(user_id)s;

-- name: hold_account
-- Two who remove the last two ways in wait for each other.
select id from auth.users where id = %(user_id)s for no key update;

-- name: identities_of_user
-- All of a user's, the oldest first.
select i.id, i.provider, i.provider_id, i.email,
       coalesce(i.identity_data -> 'email_verified' = 'true', false) as is_verified
  from auth.identities i
 where i.user_id = %(user_id)s
 order by i.created_at, i.id;

-- name: remove_identity
-- One way in less.
delete from auth.identities where id = %(identity_id)s and user_id = %(user_id)s;

-- name: forget_password
-- Without the identity of an address there is no password to it.
update auth.users set encrypted_password = '', updated_at = now() where id = %(user_id)s;

-- name: forget_number
-- Without the identity of a number it signs nobody in.
update auth.users set phone = null, phone_confirmed_at = null, updated_at = now() where id = %(user_id)s;

-- name: move_to_address
-- The user's address is one that another provider has checked.
update auth.users
   set email              = %(email)s,
       email_confirmed_at = now(),
       updated_at         = now()
 where id = %(user_id)s;

-- name: use_id_token
-- Whoever writes it uses it. Of those that have ended by themselves a few go.
with old as (
  delete from private.used_id_tokens
   where digest in (select digest from private.used_id_tokens where expires_at < now() - interval '1 hour' limit 20))
insert into private.used_id_tokens (digest, expires_at)
values (%(digest)s, to_timestamp(%(expires_at)s))
on conflict do nothing
returning digest;

-- name: add_oauth_flow
-- Somebody is sent away. Of those that never came back a few old ones go.
with old as (
  delete from private.oauth_flows
   where state_hash in (select state_hash from private.oauth_flows where created_at < now() - interval '1 hour' limit 20))
insert into private.oauth_flows (
       state_hash, provider, redirect_to, code_challenge_method, code_challenge, linking_user_id)
values (%(state_hash)s, %(provider)s, %(redirect_to)s, %(method)s, %(challenge)s, %(linking_user_id)s);

-- name: take_oauth_flow
-- Whoever deletes it has it.
delete from private.oauth_flows
 where state_hash = %(state_hash)s
returning provider, redirect_to, code_challenge_method as method, code_challenge as challenge, linking_user_id,
          created_at + make_interval(secs => %(seconds)s) > now() as is_fresh;

-- name: add_oauth_code
-- Somebody came back. Of codes that nobody exchanged a few old ones go.
with old as (
  delete from private.oauth_codes
   where code_hash in (select code_hash from private.oauth_codes where created_at < now() - interval '1 hour' limit 20))
insert into private.oauth_codes (code_hash, provider, user_id, links, code_challenge_method, code_challenge, sealed)
values (%(code_hash)s, %(provider)s, %(user_id)s, %(links)s, %(method)s, %(challenge)s, %(sealed)s);

-- name: take_oauth_code
-- Whoever deletes it has it.
delete from private.oauth_codes
 where code_hash = %(code_hash)s
returning provider, user_id, links, code_challenge_method as method, code_challenge as challenge, sealed,
          created_at + make_interval(secs => %(seconds)s) > now() as is_fresh;
