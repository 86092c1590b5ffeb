-- Named queries of signing in by phone. They run as supabase_auth_admin.

-- name: spend_text
-- One more short message today, as long as the day's money reaches for it; nothing where it does not.
insert into private.text_days as d (day, texts, microdollars)
select (now() at time zone 'utc')::date, 1, %(microdollars)s
 where %(microdollars_max)s::bigint is null or %(microdollars)s <= %(microdollars_max)s::bigint
on conflict (day) do update
   set texts        = d.texts + 1,
       microdollars = d.microdollars + excluded.microdollars
 where %(microdollars_max)s::bigint is null or d.microdollars + excluded.microdollars <= %(microdollars_max)s::bigint
returning texts, microdollars;

-- name: renew_unproven_number
-- Nobody has proven anything of this account: who signs up with its number now begins anew, and what was set before is gone.
with renewed as (
  update auth.users
     set encrypted_password = %(password_hash)s,
         raw_user_meta_data = %(user_metadata)s::jsonb,
         raw_app_meta_data  = coalesce(raw_app_meta_data, '{}') || '{"provider": "phone", "providers": ["phone"]}',
         updated_at         = now()
   where phone = %(phone)s
     and phone_confirmed_at is null
     and email_confirmed_at is null
     and deleted_at is null
  returning id),
gone as (
  delete from auth.identities i using renewed r where i.user_id = r.id and i.provider <> 'phone'),
ended as (
  delete from auth.sessions s using renewed r where s.user_id = r.id),
unproven as (
  delete from auth.mfa_factors f using renewed r where f.user_id = r.id),
keys as (
  delete from auth.webauthn_credentials k using renewed r where k.user_id = r.id),
codes as (
  delete from private.recovery_sets c using renewed r where c.user_id = r.id)
select id from renewed;

-- name: confirm_number
-- The user's number is theirs. Whoever proves it first by another code than that of their own sign-up takes over: the
-- password, the address, the metadata, the identities, the sessions, the passkeys and the second factors of before are gone.
with confirmed as (
  update auth.users
     set phone_confirmed_at = coalesce(phone_confirmed_at, now()),
         email              = case when %(takes_over)s then null else email end,
         email_change       = case when %(takes_over)s then '' else email_change end,
         encrypted_password = case when %(takes_over)s then '' else encrypted_password end,
         raw_app_meta_data  = case when %(takes_over)s
                                   then coalesce(raw_app_meta_data, '{}') || '{"provider": "phone", "providers": ["phone"]}'
                                   else raw_app_meta_data end,
         raw_user_meta_data = case when %(takes_over)s then '{}' else coalesce(raw_user_meta_data, '{}') end
                              || '{"phone_verified": true}',
         last_sign_in_at    = now(),
         updated_at         = now()
   where id = %(user_id)s
  returning id),
gone as (
  delete from auth.identities i using confirmed c where %(takes_over)s and i.user_id = c.id and i.provider <> 'phone'),
ended as (
  delete from auth.sessions s using confirmed c where %(takes_over)s and s.user_id = c.id),
unproven as (
  delete from auth.mfa_factors f using confirmed c where %(takes_over)s and f.user_id = c.id),
keys as (
  delete from auth.webauthn_credentials k using confirmed c where %(takes_over)s and k.user_id = c.id),
codes as (
  delete from private.recovery_sets r using confirmed c where %(takes_over)s and r.user_id = c.id)
update auth.identities i
   set identity_data = i.identity_data || '{"phone_verified": true}', updated_at = now()
  from confirmed c
 where i.user_id = c.id
   and i.provider = 'phone';

-- name: unname_taken_over
-- Nor does the profile say what they called it.
select private.rename_taken_over(%(user_id)s, null);

-- name: ask_for_number
-- The user wants another number; what was asked before is forgotten.
with asked as (
  update auth.users
     set phone_change         = %(phone)s,
         phone_change_token   = '',
         phone_change_sent_at = now(),
         updated_at           = now()
   where id = %(user_id)s
  returning id)
delete from auth.one_time_tokens t using asked a where t.user_id = a.id and t.token_type = 'phone_change_token';

-- name: end_number_change
-- The user has the number; no code of before leads to them.
with changed as (
  update auth.users
     set phone_change       = '',
         phone_change_token = '',
         confirmation_token = '',
         recovery_token     = '',
         last_sign_in_at    = now()
   where id = %(user_id)s
  returning id)
delete from auth.one_time_tokens t using changed c where t.user_id = c.id;
