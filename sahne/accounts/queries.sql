-- Named queries of accounts. They run as supabase_auth_admin unless the sentence above them says otherwise.

-- name: users_by_ids
-- Whole users, newest first, each with its identities and second factors in the shape the API shows.
select u.id, u.aud, u.role, u.email, u.phone, u.encrypted_password,
       u.email_confirmed_at, u.invited_at, u.phone_confirmed_at, u.confirmation_sent_at, u.confirmed_at,
       u.recovery_sent_at, u.email_change, u.email_change_sent_at,
       u.email_change_confirm_status, u.phone_change, u.phone_change_sent_at,
       u.reauthentication_sent_at, u.last_sign_in_at, u.created_at, u.updated_at, u.banned_until, u.deleted_at,
       u.is_anonymous,
       coalesce(u.raw_app_meta_data, '{}')  as app_metadata,
       coalesce(u.raw_user_meta_data, '{}') as user_metadata,
       coalesce(identities.list, '[]')      as identities,
       coalesce(factors.list, '[]')         as factors
  from auth.users u
  left join lateral (
         select jsonb_agg(jsonb_build_object(
                    'identity_id',     i.id,
                    'id',              i.provider_id,
                    'user_id',         i.user_id,
                    'identity_data',   i.identity_data,
                    'provider',        i.provider,
                    'last_sign_in_at', to_char(i.last_sign_in_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'created_at',      to_char(i.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'updated_at',      to_char(i.updated_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'email',           i.email) order by i.created_at, i.id) as list
           from auth.identities i
          where i.user_id = u.id) identities on true
  left join lateral (
         select jsonb_agg(jsonb_build_object(
                    'id',                 f.id,
                    'created_at',         to_char(f.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'updated_at',         to_char(f.updated_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'status',             f.status,
                    'friendly_name',      nullif(f.friendly_name, ''),
                    'factor_type',        f.factor_type,
                    'phone',              f.phone,
                    'last_challenged_at', to_char(f.last_challenged_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
                    order by f.created_at, f.id) as list
           from (select id, created_at, updated_at, status::text, friendly_name, factor_type::text, phone, last_challenged_at
                   from auth.mfa_factors
                  where user_id = u.id
                  union all
                 select id, created_at, updated_at, 'verified', friendly_name, 'recovery_code', null, null
                   from private.recovery_sets
                  where user_id = u.id) f) factors on true
 where u.id = any(%(user_ids)s::uuid[])
 order by u.created_at desc, u.id desc;

-- name: page_of_users
-- One page of ids, newest first; the filter is part of an address or a name, or a whole id.
select u.id
  from auth.users u
 where u.aud = 'authenticated'
   and (%(filter)s::text = ''
        or u.email ilike %(pattern)s
        or u.phone ilike %(pattern)s
        or u.raw_user_meta_data ->> 'full_name' ilike %(pattern)s
        or u.id::text = %(filter)s)
 order by u.created_at desc, u.id desc
 limit %(limit)s offset %(offset)s;

-- name: count_users
-- How many users the filter leaves.
select count(*) as total
  from auth.users u
 where u.aud = 'authenticated'
   and (%(filter)s::text = ''
        or u.email ilike %(pattern)s
        or u.phone ilike %(pattern)s
        or u.raw_user_meta_data ->> 'full_name' ilike %(pattern)s
        or u.id::text = %(filter)s);

-- name: credentials_of_email
-- What a password sign-in needs to know before it may begin.
select u.id, u.encrypted_password, u.email_confirmed_at, u.banned_until > now() as is_banned
  from auth.users u
 where u.email = %(email)s
   and not u.is_sso_user
   and u.deleted_at is null;

-- name: credentials_of_phone
-- The same of a number.
select u.id, u.encrypted_password, u.phone_confirmed_at, u.banned_until > now() as is_banned
  from auth.users u
 where u.phone = %(phone)s
   and u.deleted_at is null;

-- name: insert_user
-- A new user; the empty tokens are what Supabase's own server expects to find.
insert into auth.users (
       instance_id, id, aud, role, email, phone, encrypted_password,
       email_confirmed_at, phone_confirmed_at, banned_until,
       raw_app_meta_data, raw_user_meta_data, is_anonymous,
       confirmation_token, recovery_token, email_change_token_new, email_change,
       created_at, updated_at)
values ('00000000-0000-0000-0000-000000000000',
       coalesce(%(user_id)s::uuid, gen_random_uuid()), 'authenticated', %(role)s, %(email)s, %(phone)s, %(password_hash)s,
       case when %(email_confirmed)s then now() end,
       case when %(phone_confirmed)s then now() end,
       now() + make_interval(secs => %(ban_seconds)s),
       %(app_metadata)s::jsonb, %(user_metadata)s::jsonb, %(is_anonymous)s,
       '', '', '', '',
       now(), now())
returning id;

-- name: put_identity
-- The user's identity at the provider `email` or `phone`: made, or brought up to the new address.
insert into auth.identities (
       id, provider_id, user_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
values (gen_random_uuid(), %(user_id)s::uuid::text, %(user_id)s::uuid, %(provider)s, %(identity_data)s::jsonb, now(), now(), now())
on conflict (provider_id, provider) do update
   set identity_data = auth.identities.identity_data || excluded.identity_data,
       updated_at    = now();

-- name: update_user
-- Change what is given and leave what is null. Metadata is merged key by key; a null value removes its key.
update auth.users u
   set email               = coalesce(%(email)s, u.email),
       email_confirmed_at  = case when %(email_confirmed)s then coalesce(u.email_confirmed_at, now()) else u.email_confirmed_at end,
       phone               = coalesce(%(phone)s, u.phone),
       phone_confirmed_at  = case when %(phone_confirmed)s then coalesce(u.phone_confirmed_at, now()) else u.phone_confirmed_at end,
       encrypted_password  = coalesce(%(password_hash)s, u.encrypted_password),
       role                = coalesce(%(role)s, u.role),
       banned_until        = case when %(ban_seconds)s::float8 is null then u.banned_until
                                  when %(ban_seconds)s::float8 = 0 then null
                                  else now() + make_interval(secs => %(ban_seconds)s::float8) end,
       raw_user_meta_data  = (coalesce(u.raw_user_meta_data, '{}') || %(user_metadata)s::jsonb)
                             - array(select key from jsonb_each(%(user_metadata)s::jsonb) where value = 'null'),
       raw_app_meta_data   = (coalesce(u.raw_app_meta_data, '{}') || %(app_metadata)s::jsonb)
                             - array(select key from jsonb_each(%(app_metadata)s::jsonb) where value = 'null'),
       is_anonymous        = u.is_anonymous and %(email)s::text is null and %(phone)s::text is null,
       updated_at          = now()
 where u.id = %(user_id)s
returning u.id;

-- name: hold_presence
-- What is live with the user, held before they go.
select private.hold_presence_of(%(user_id)s);

-- name: delete_user
-- The user and, by cascade, everything that hangs on them.
delete from auth.users where id = %(user_id)s returning id;

-- name: soft_delete_user
-- Nothing left that names the person, the row and its id kept.
update auth.users u
   set email              = encode(sha256(convert_to(u.id::text || u.email, 'utf8')), 'hex'),
       phone              = left(encode(sha256(convert_to(u.id::text || u.phone, 'utf8')), 'hex'), 15),
       encrypted_password = '',
       raw_user_meta_data = '{}',
       raw_app_meta_data  = '{}',
       deleted_at         = now(),
       updated_at         = now()
 where u.id = %(user_id)s
   and u.deleted_at is null;

-- name: delete_identities
-- A softly deleted user signs in with nothing.
delete from auth.identities where user_id = %(user_id)s;

-- name: delete_factors
-- Nor with a second factor: the person's factors with all that hangs on them, and their recovery codes.
with codes as (
  delete from private.recovery_sets where user_id = %(user_id)s),
tries as (
  delete from private.factor_tries where user_id = %(user_id)s)
delete from auth.mfa_factors where user_id = %(user_id)s;

-- name: delete_passkeys
-- Nor with a passkey.
delete from auth.webauthn_credentials where user_id = %(user_id)s;

-- name: sign_in_user
-- Stamp the sign-in, if the password that was checked is still the user's.
update auth.users
   set last_sign_in_at = now(),
       updated_at      = now()
 where id = %(user_id)s
   and encrypted_password is not distinct from %(password_hash)s
returning id;

-- name: stamp_sign_in
-- Stamp the first sign-in of a user made in this transaction.
update auth.users set last_sign_in_at = now() where id = %(user_id)s;

-- name: insert_session
-- An auth session; whoever signs in keeps the account they had given up.
insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)
select gen_random_uuid(), %(user_id)s, now(), now(), 'aal1', %(user_agent)s, %(ip)s::inet
  from private.keep_account(%(user_id)s)
returning id;

-- name: insert_amr
-- How the session was opened.
insert into auth.mfa_amr_claims (id, session_id, authentication_method, created_at, updated_at)
values (gen_random_uuid(), %(session_id)s, %(method)s, now(), now());

-- name: insert_refresh_token
-- The session's next refresh token; its parent is the one it replaces.
insert into auth.refresh_tokens (instance_id, token, user_id, session_id, parent, revoked, created_at, updated_at)
values ('00000000-0000-0000-0000-000000000000', %(token)s, %(user_id)s::uuid::text, %(session_id)s, %(parent)s, false, now(), now());

-- name: session_of_user
-- Who the claims name: the user, and the session if it is still there.
select u.id as user_id, s.id as session_id, coalesce(s.aal::text, 'aal1') as aal
  from auth.users u
  left join auth.sessions s on s.user_id = u.id and s.id = %(session_id)s::uuid
 where u.id = %(user_id)s;

-- name: session
-- A session with the ways it was authenticated, the latest first.
select s.id, coalesce(s.aal::text, 'aal1') as aal,
       coalesce(amr.list, '[]') as amr
  from auth.sessions s
  left join lateral (
         select jsonb_agg(jsonb_build_object(
                    'method',    c.authentication_method,
                    'timestamp', extract(epoch from c.updated_at)::bigint) order by c.updated_at desc) as list
           from auth.mfa_amr_claims c
          where c.session_id = s.id) amr on true
 where s.id = %(session_id)s;

-- name: end_session
-- Sign out here.
delete from auth.sessions where id = %(session_id)s and user_id = %(user_id)s;

-- name: end_other_sessions
-- Sign out everywhere else.
delete from auth.sessions where id <> %(session_id)s and user_id = %(user_id)s;

-- name: end_all_sessions
-- Sign out everywhere.
delete from auth.sessions where user_id = %(user_id)s;

-- name: refresh_token
-- A refresh token with what decides whether it may be used.
select t.id, t.token, t.revoked, t.session_id, t.user_id::uuid as user_id,
       t.updated_at + make_interval(secs => %(reuse_seconds)s) > clock_timestamp() as is_recent,
       s.id is not null                     as has_session,
       case
         when s.not_after < now() or s.created_at + make_interval(secs => %(seconds_max)s) < now() then 'time'
         when coalesce(s.refreshed_at at time zone 'utc', s.created_at) + make_interval(secs => %(idle_seconds_max)s) < now()
           then 'inactivity'
         when %(is_single)s and exists (
           select from auth.sessions newer where newer.user_id = s.user_id and newer.created_at > s.created_at
         ) then 'newer_login'
       end as ended_by,
       coalesce(u.banned_until > now(), false) as is_banned
  from auth.refresh_tokens t
  left join auth.sessions s on s.id = t.session_id
  left join auth.users u on u.id = t.user_id::uuid
 where t.token = %(token)s;

-- name: lock_session
-- One refresh of a session at a time; nothing when another holds it.
select id from auth.sessions where id = %(session_id)s for no key update skip locked;

-- name: active_refresh_token
-- The token the session lives on.
select token, parent
  from auth.refresh_tokens
 where session_id = %(session_id)s
   and not revoked
 order by id desc
 limit 1;

-- name: revoke_refresh_token
-- Used; kept so that a second use is recognised.
update auth.refresh_tokens set revoked = true, updated_at = now() where id = %(id)s;

-- name: revoke_family
-- A token was used twice: whoever holds another one of this session has to sign in again.
update auth.refresh_tokens
   set revoked    = true,
       updated_at = now()
 where session_id = %(session_id)s
   and not revoked;

-- name: stamp_refresh
-- When and from where the session was last refreshed (the column has no time zone and holds UTC).
update auth.sessions
   set refreshed_at = now() at time zone 'utc',
       updated_at   = now(),
       user_agent   = %(user_agent)s,
       ip           = %(ip)s::inet
 where id = %(session_id)s;

-- name: insert_audit
-- A line of the audit log.
insert into auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
values ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), %(payload)s::json, now(), %(ip)s);

-- name: trigger_of_function
-- The trigger on auth.users that runs a function.
select t.tgname as trigger
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc f on f.oid = t.tgfoid
 where t.tgrelid = 'auth.users'::regclass
   and not t.tgisinternal
   and f.proname = %(function)s
 order by t.tgname
 limit 1;

-- name: make_creator
-- As service_role: this person may open the stage.
update public.profiles set is_creator = true where user_id = %(user_id)s and type = 'real' returning id;

-- name: make_admin
-- As service_role: this person may use the admin pages.
update public.profiles set role = 'admin' where user_id = %(user_id)s and type = 'real' returning id;

-- name: set_premium
-- As service_role: this person is premium, until when (null: without an end), or is not.
select given.id from private.set_premium(%(user_id)s, %(premium)s, %(until)s) given (id) where given.id is not null;

-- name: faces_of_users
-- As service_role: name and role on real profiles, and what premium there is: until when, null without an end.
select user_id, username, role, private.is_premium(user_id) as premium, subscription_expires_at as premium_until
  from public.profiles
 where user_id = any(%(ids)s) and type = 'real';

-- name: stamp_seen
-- These users are here now; who was stamped lately is left alone, and whose row somebody holds is stamped another time.
update public.profiles
   set last_seen_at = now()
 where id in (select id
                from public.profiles
               where id = any (%(users)s::uuid[])
                 and last_seen_at < now() - %(seconds)s * interval '1 second'
                 for no key update skip locked);
