-- name: make_users
-- So many people, numbered; triggers rest, for what they keep is made below.
insert into auth.users (instance_id, id, aud, role, email)
select '00000000-0000-0000-0000-000000000000', private.benchmark_id('user', number), 'authenticated', 'authenticated',
       'creator' || number || '@example.com'
  from generate_series(1, %(creators)s) number

-- name: make_profiles
-- Creators all of them, with a first and a family name out of lists.
insert into public.profiles (id, user_id, is_creator, role, username, display_name)
select private.benchmark_id('user', number), private.benchmark_id('user', number), true, 'creator', 'creator_' || number,
       private.benchmark_word(%(names)s, number) || ' ' || private.benchmark_word(%(families)s, number * 7 + number / 97)
  from generate_series(1, %(creators)s) number

-- name: make_faces
-- As the trigger would.
insert into public.public_profiles (id, username, display_name, is_creator)
select id, username, display_name, true from public.profiles where is_creator on conflict (id) do nothing

-- name: make_creator_words
-- As the trigger would.
insert into private.creator_words (profile_id, folded)
select id, private.plain_words(concat_ws(' ', display_name, username)) from public.public_profiles on conflict do nothing

-- name: make_sessions
-- One in fifty of the first live, for nobody is it twice, the others planned; titles of three words, topics and tags.
insert into public.live_sessions
  (creator_id, creator_profile_id, title, session_type, status, livekit_room_name, scheduled_at, started_at, category, tags,
   language, viewer_count)
select creators.id, creators.id,
       initcap(private.benchmark_word(%(words)s, number)) || ' ' || private.benchmark_word(%(words)s, number / 31) || ' '
         || private.benchmark_word(%(words)s, number / 7),
       'video_live', case when number %% 50 = 0 and number <= %(creators)s then 'live' else 'scheduled' end,
       'benchmark-' || number,
       now() + number * interval '1 minute',
       case when number %% 50 = 0 and number <= %(creators)s then now() end,
       (array['music', 'talk', 'games', 'cooking', 'art'])[1 + number %% 5],
       array[private.benchmark_word(%(words)s, number / 3)], (array['tr', 'en', 'de'])[1 + number %% 3], number %% 1000
  from generate_series(1, %(sessions)s) number
 cross join lateral (select private.benchmark_id('user', 1 + number %% %(creators)s) as id) creators

-- name: make_session_words
-- As the trigger would.
insert into private.session_words (session_id, folded, tags)
select id, private.plain_words(concat_ws(' ', title, array_to_string(tags, ' '), category)),
       array(select private.plain_words(tag) from unnest(tags) tag)
  from public.live_sessions

-- name: make_number_id
-- A number's id, the same each time.
create or replace function private.benchmark_id(_kind text, _number bigint) returns uuid
language sql immutable set search_path = '', pg_temp as $$
  select md5(_kind || _number)::uuid
$$

-- name: make_number_word
-- One of a list, by a number.
create or replace function private.benchmark_word(_words text[], _number bigint) returns text
language sql immutable set search_path = '', pg_temp as $$
  select _words[1 + _number % cardinality(_words)]
$$

-- name: asked
-- What the operation asks.
select private.search(%(words)s, %(category)s, %(tag)s, null, 20) as found
