-- Named queries of second factors and of how much a session has proven. They run as supabase_auth_admin.

-- name: hold_user
-- One change of a person's factors at a time: ten at once make no eleventh, and one code no two sessions.
select id from auth.users where id = %(user_id)s for no key update;

-- name: delete_unfinished
-- What was begun and not proven in time, and has no place here any more.
delete from auth.mfa_factors
 where user_id = %(user_id)s
   and status = 'unverified'
   and created_at + make_interval(secs => %(seconds)s) < now();

-- name: factors_of_user
-- What decides whether there may be another one.
select f.id, f.status::text as status, coalesce(f.friendly_name, '') as friendly_name, f.factor_type::text as factor_type
  from auth.mfa_factors f
 where f.user_id = %(user_id)s
 union all
select r.id, 'verified', coalesce(r.friendly_name, ''), 'recovery_code'
  from private.recovery_sets r
 where r.user_id = %(user_id)s;

-- name: add_factor
-- A factor that nobody has proven yet.
insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at)
values (%(id)s, %(user_id)s, %(friendly_name)s, 'totp', 'unverified', %(secret)s, now(), now());

-- name: delete_unproven_phone
-- A phone that was begun and never proven begins anew.
delete from auth.mfa_factors where user_id = %(user_id)s and phone = %(phone)s and status = 'unverified';

-- name: add_phone_factor
-- A phone that nobody has proven yet; nothing where it is the person's second factor already.
insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, phone, created_at, updated_at)
values (%(id)s, %(user_id)s, %(friendly_name)s, 'phone', 'unverified', %(phone)s, now(), now())
on conflict (user_id, phone) do nothing
returning id;

-- name: factor
-- A person's own factor; its codes can be tried when it is one of ours.
select id, factor_type::text as factor_type, status::text as status, secret, phone
  from auth.mfa_factors
 where id = %(factor_id)s
   and user_id = %(user_id)s;

-- name: add_challenge
-- A challenge that the next code answers; those that nobody answered in an hour are gone.
with old as (
  delete from auth.mfa_challenges where factor_id = %(factor_id)s and created_at < now() - interval '1 hour'),
stamped as (
  update auth.mfa_factors set last_challenged_at = clock_timestamp() where id = %(factor_id)s)
insert into auth.mfa_challenges (id, factor_id, created_at, ip_address, otp_code)
values (%(id)s, %(factor_id)s, now(), coalesce(%(ip)s::inet, '::'), %(otp_code)s)
returning extract(epoch from created_at)::bigint + %(seconds)s::int as expires_at;

-- name: challenge
-- A factor's challenge: whether it is still to be answered, from where it was asked for, and in time.
select verified_at is null and ip_address = coalesce(%(ip)s::inet, '::') as fits,
       created_at + make_interval(secs => %(seconds)s) > now()           as is_fresh,
       otp_code
  from auth.mfa_challenges
 where id = %(challenge_id)s
   and factor_id = %(factor_id)s;

-- name: use_step
-- Nothing when this half minute's code, or a later one's, was taken before.
insert into private.factor_steps as taken (factor_id, step)
values (%(factor_id)s, %(step)s)
on conflict (factor_id) do update set step = excluded.step where taken.step < excluded.step
returning step;

-- name: answer_challenge
-- A good code came: no other answers this challenge.
update auth.mfa_challenges set verified_at = now() where id = %(challenge_id)s;

-- name: prove_factor
-- The factor is proven, if it is still there, and what else was begun is gone.
with gone as (
  delete from auth.mfa_factors where user_id = %(user_id)s and status = 'unverified' and id <> %(factor_id)s)
update auth.mfa_factors
   set status = 'verified', updated_at = now()
 where id = %(factor_id)s
   and user_id = %(user_id)s
returning id;

-- name: raise_session
-- This session has proven more, and every other one that has not is over. Its refresh tokens of before are forgotten, not
-- used up: a used one would lead, for a moment, to what they never proved.
with said as (
  insert into auth.mfa_amr_claims (id, session_id, authentication_method, created_at, updated_at)
  values (gen_random_uuid(), %(session_id)s, %(method)s, now(), now())
  on conflict (session_id, authentication_method) do update set updated_at = now()),
over as (
  delete from auth.sessions where user_id = %(user_id)s and id <> %(session_id)s and (aal is null or aal < 'aal2')),
forgotten as (
  delete from auth.refresh_tokens where session_id = %(session_id)s)
update auth.sessions
   set aal = 'aal2', factor_id = %(factor_id)s, updated_at = now()
 where id = %(session_id)s
   and user_id = %(user_id)s
returning id;

-- name: lower_sessions
-- What a factor proved is proven no more, and when none is left, nothing is. Who gave up their recovery codes has opened the
-- session that says so with something they had: it stays as it is, else they could not remove the lost phone too.
with lowered as (
  update auth.sessions
     set aal = 'aal1', factor_id = null, updated_at = now()
   where user_id = %(user_id)s
     and id is distinct from %(kept_id)s::uuid
     and (factor_id = %(factor_id)s
          or not exists (select from auth.mfa_factors where user_id = %(user_id)s and status = 'verified'))
  returning id)
delete from auth.mfa_amr_claims c
 using lowered l
 where c.session_id = l.id
   and c.authentication_method in ('totp', 'mfa/phone', 'mfa/webauthn', 'mfa/recovery_code');

-- name: delete_factor
-- The factor with its challenges.
delete from auth.mfa_factors where id = %(factor_id)s and user_id = %(user_id)s returning id;

-- name: wait_for_tries
-- In how many seconds a code may be tried from a place; nothing when it may now.
select ceil(extract(epoch from max(t.locked_until) - now()))::int as seconds
  from private.factor_tries t
 where t.user_id = %(user_id)s
   and t.locked_until > now()
   and (t.place = %(place)s
        or (t.place = '*'
            and not exists (select from private.factor_tries home
                             where home.user_id = t.user_id and home.place = %(place)s and home.is_home)))
having count(*) > 0;

-- name: count_wrong_code
-- One more wrong code of this place and, where no good one ever came from, of all such places. From the tenth on (of all
-- together the twentieth) every fifth begins a pause, each twice as long as the one before, a day at most.
insert into private.factor_tries as tries (user_id, place, failures)
select %(user_id)s, places.place, 1
  from (values (%(place)s::text), ('*')) places (place)
 where places.place <> '*'
    or not exists (select from private.factor_tries home
                    where home.user_id = %(user_id)s and home.place = %(place)s and home.is_home)
 order by places.place
on conflict (user_id, place) do update
   set failures     = tries.failures + 1,
       updated_at   = now(),
       locked_until = case when (tries.failures + 1) %% 5 = 0
                            and tries.failures + 1 >= case tries.place when '*' then 20 else 10 end
                           then now() + interval '1 second' * least(86400,
                                  450 * 2 ^ least(15, (tries.failures + 1) / 5 - case tries.place when '*' then 3 else 1 end))
                           else tries.locked_until end;

-- name: forget_wrong_codes
-- A good code: here the person is at home, and what strangers tried counts no more. Places of long ago are forgotten.
with counted as (
  update private.factor_tries set failures = 0, locked_until = null where user_id = %(user_id)s and place = '*'),
old as (
  delete from private.factor_tries
   where user_id = %(user_id)s and place not in ('*', %(place)s) and updated_at < now() - interval '90 days')
insert into private.factor_tries as tries (user_id, place, is_home)
values (%(user_id)s, %(place)s, true)
on conflict (user_id, place) do update set is_home = true, failures = 0, locked_until = null, updated_at = now();

-- name: add_recovery_set
-- The person's set of recovery codes, of which there is one.
insert into private.recovery_sets (user_id, friendly_name)
values (%(user_id)s, nullif(%(friendly_name)s::text, ''))
returning id, friendly_name;

-- name: recovery_set
-- The person's set: how many codes there are and how many are left.
select r.id, r.friendly_name,
       count(c.code_hash)                                 as total,
       count(c.code_hash) filter (where c.used_at is null) as remaining
  from private.recovery_sets r
  left join private.recovery_codes c on c.set_id = r.id
 where r.user_id = %(user_id)s
 group by r.id;

-- name: replace_recovery_codes
-- New codes; none of those before is good any more.
with gone as (
  delete from private.recovery_codes where set_id = %(set_id)s and code_hash <> all (%(hashes)s::text[])),
renewed as (
  update private.recovery_sets set updated_at = now() where id = %(set_id)s)
insert into private.recovery_codes (set_id, code_hash)
select %(set_id)s, unnest(%(hashes)s::text[]);

-- name: use_recovery_code
-- Whoever marks the code has used it.
update private.recovery_codes c
   set used_at = now()
  from private.recovery_sets r
 where r.user_id = %(user_id)s
   and c.set_id = r.id
   and c.code_hash = %(code_hash)s
   and c.used_at is null
returning r.id;

-- name: delete_recovery_set
-- The set with its codes.
delete from private.recovery_sets where user_id = %(user_id)s returning id;
