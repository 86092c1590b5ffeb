-- name: make_followers
-- So many people, numbered, and their real profiles by trigger.
insert into auth.users (instance_id, id, aud, role, email, email_confirmed_at, created_at, updated_at)
select '00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'authenticated', 'authenticated',
       'follower' || number || '@example.com', now(), now(), now()
  from generate_series(1, %(followers)s) number

-- name: follow
-- All of them follow one creator, in one moment.
insert into public.follows (follower_id, followed_profile_id)
select id, %(creator)s from auth.users where email like 'follower%%'

-- name: make_devices
-- So many of each hundred have a phone.
insert into private.devices (user_id, platform, app, token, locale)
select id, 'fcm', 'com.example.app', id::text, 'en'
  from auth.users
 where email like 'follower%%' and (hashtext(id::text) & 2147483647) %% 100 < %(percent)s

-- name: callees
-- Creators who are called meanwhile, one call each: their callers.
select id from auth.users where email like 'follower%%' order by id limit %(calls)s

-- name: told
-- Rows, and people who have one.
select count(*) as rows, count(distinct user_id) as people from public.notifications where code = 'session_live'

-- name: is_any_left
-- Whether somebody waits to be told.
select exists (select from private.fan_outs) as yes
