-- name: profile_with_stats
-- The seed's first query.
select * from public.profile_with_stats();

-- name: recent_images
-- The seed's second.
select * from public.recent_images();

-- name: popular_scenes
-- The seed's third.
select * from public.popular_scenes();

-- name: daily_limit
-- The seed's fourth.
select * from public.daily_limit();

-- name: categories_with_scene_count
-- The seed's fifth.
select * from public.categories_with_scene_count();

-- name: daily_generation_stats
-- The seed's sixth; an admin's.
select * from public.daily_generation_stats(30);

-- name: images_page
-- A later page of the gallery.
select id, image_url, thumbnail_url, is_favorite, scene_id, created_at
  from public.generated_images
 where created_at < %(before)s
 order by created_at desc
 limit 20;

-- name: favorite_images
-- The gallery's favourites, with their scenes.
select images.id, images.image_url, images.thumbnail_url, images.created_at, scenes.name
  from public.generated_images images
  left join public.scenes on scenes.id = images.scene_id
 where images.is_favorite
 order by images.created_at desc
 limit 20;

-- name: cover_of_images
-- What idx_images_user_cover covers: moments and favourites, nothing else read.
select created_at, is_favorite
  from public.generated_images
 where user_id = %(me)s
 order by created_at desc
 limit 100;

-- name: own_generations
-- What was asked of the studio lately.
select id, status, progress, error_code, scene_id, created_at
  from public.generations
 order by created_at desc
 limit 20;

-- name: own_usage
-- The last thirty days of quota.
select date, generation_count, daily_limit
  from public.usage_tracking
 order by date desc
 limit 30;

-- name: scenes_of_category
-- One shelf of the studio.
select id, name, description, thumbnail_url, is_premium, usage_count
  from public.scenes
 where category = %(category)s and is_active
 order by order_index
 limit 50;

-- name: find_scene
-- Scenes by a word of their name.
select id, name, category
  from public.scenes
 where to_tsvector('english', name) @@ websearch_to_tsquery('english', 'harbour') and is_active
 limit 20;

-- name: live_now
-- The front page: who is live, with their faces.
select sessions.id, sessions.title, sessions.session_type, sessions.viewer_count, sessions.started_at, faces.username
  from public.live_sessions sessions
  join public.public_profiles faces on faces.id = sessions.creator_profile_id
 where sessions.status = 'live'
 order by sessions.started_at desc
 limit 20;

-- name: coming_up
-- What is planned.
select id, title, session_type, scheduled_at, ppv_coin_price
  from public.live_sessions
 where status = 'scheduled'
 order by scheduled_at
 limit 20;

-- name: sessions_of_creator
-- One creator's page.
select id, title, status, scheduled_at, started_at, viewer_count
  from public.live_sessions
 where creator_id = %(creator)s
 order by created_at desc
 limit 20;

-- name: own_participations
-- Where I have been, with the sessions.
select seats.session_id, seats.role, seats.joined_at, seats.left_at, sessions.title, sessions.status
  from public.live_participants seats
  join public.live_sessions sessions on sessions.id = seats.session_id
 where seats.profile_id = %(me)s
 order by seats.joined_at desc
 limit 20;

-- name: seats_seen
-- Every seat the policy lets me see, newest first, with no filter of mine.
select id, session_id, profile_id, role, joined_at from public.live_participants order by created_at desc limit 20;

-- name: people_in_session
-- Who is in the room with me, with their faces.
select seats.id, seats.role, seats.is_muted, seats.joined_at, faces.username, faces.avatar_url
  from public.live_participants seats
  join public.public_profiles faces on faces.id = seats.profile_id
 where seats.session_id = %(session)s and seats.is_active
 order by seats.joined_at
 limit 50;

-- name: chat_page
-- The newest lines of the room, with who said them.
select lines.id, lines.seq, lines.message_type, lines.content, lines.created_at, faces.username, faces.display_name
  from public.live_messages lines
  join public.public_profiles faces on faces.id = lines.sender_profile_id
 where lines.session_id = %(session)s
 order by lines.seq desc
 limit 50;

-- name: lines_seen
-- Every line the policy lets me read, of whatever room, newest first; apps read a chat by its room.
select id, session_id, content, sender_profile_id, created_at from public.live_messages order by created_at desc limit 20;

-- name: chat_resume
-- What was said since.
select id, seq, message_type, content, sender_profile_id, created_at
  from public.live_messages
 where session_id = %(session)s and seq > %(seq)s
 order by seq
 limit 200;

-- name: chat_of_ended
-- A host reads an old room again.
select id, seq, content, sender_profile_id, is_deleted
  from public.live_messages
 where session_id = %(hosted)s
 order by seq desc
 limit 50;

-- name: gift_catalogue
-- What can be given.
select id, name, icon_url, coin_price from public.gifts where is_active order by order_index limit 50;

-- name: gifts_of_session
-- What a host was given in one session, with the gifts' names.
select given.id, given.quantity, given.coin_amount, given.created_at, gifts.name
  from public.live_gifts given
  join public.gifts on gifts.id = given.gift_id
 where given.session_id = %(hosted)s
 order by given.created_at desc
 limit 50;

-- name: gifts_received
-- What a host was given, newest first.
select id, session_id, quantity, coin_amount, created_at
  from public.live_gifts
 where receiver_id = %(me)s
 order by created_at desc
 limit 20;

-- name: gifts_sent
-- What I gave.
select id, session_id, quantity, coin_amount, created_at
  from public.live_gifts
 where sender_profile_id = %(me)s
 order by created_at desc
 limit 20;

-- name: gifts_seen
-- Every gift the policy lets me see, newest first, with no filter of mine.
select id, session_id, quantity, coin_amount, created_at from public.live_gifts order by created_at desc limit 20;

-- name: tiers_of_creator
-- What a creator offers.
select id, name, coin_price from public.subscription_tiers where creator_id = %(creator)s order by coin_price limit 20;

-- name: own_subscriptions
-- Whom I subscribe to.
select id, creator_id, tier_id, status, expires_at
  from public.creator_subscriptions
 where subscriber_id = %(me)s
 order by created_at desc
 limit 20;

-- name: own_subscribers
-- Who subscribes to me.
select id, subscriber_id, tier_id, status, expires_at
  from public.creator_subscriptions
 where creator_id = %(me)s
 order by created_at desc
 limit 20;

-- name: own_calls
-- My calls, either side.
select id, caller_id, callee_id, call_type, status, created_at, duration_seconds
  from public.calls
 order by created_at desc
 limit 20;

-- name: requests_of_session
-- Who asked the host to come on stage.
select id, requester_profile_id, status, message, created_at
  from public.live_guest_requests
 where session_id = %(hosted)s
 order by created_at desc
 limit 50;

-- name: bans_of_session
-- Whom the host put out.
select id, banned_profile_id, reason, expires_at, created_at
  from public.live_session_bans
 where session_id = %(hosted)s
 order by created_at desc
 limit 50;

-- name: face_by_username
-- Somebody's page by their name.
select id, username, display_name, avatar_url, is_creator from public.public_profiles where username = %(username)s;

-- name: creators
-- The creators, by name.
select id, username, display_name, avatar_url
  from public.public_profiles
 where is_creator
 order by username
 limit 20;

-- name: own_profiles
-- My real profile and my shadows.
select id, type, username, display_name, avatar_url from public.profiles order by type limit 20;

-- name: own_sessions_hosted
-- A creator's own sessions, all states, newest first.
select id, title, status, started_at, ended_at, total_viewers, total_gifts_received
  from public.live_sessions
 where creator_profile_id = %(me)s
 order by created_at desc
 limit 20;

-- name: pick_viewers
-- People in live rooms: each with a room, a line of it, their oldest picture, and a creator to look up.
select seats.user_id::text as me, seats.session_id::text as session, coalesce(newest.seq, 0) - 100 as seq,
       coalesce(pictures.before, now()) as before, sessions.creator_id::text as creator,
       seats.session_id::text as hosted, faces.username as username,
       (array['travel', 'cinema', 'history', 'fantasy'])[1 + (random() * 3)::integer] as category
  from public.live_participants seats
  join public.live_sessions sessions on sessions.id = seats.session_id and sessions.status = 'live'
  join public.public_profiles faces on faces.id = seats.user_id
  left join lateral (select max(seq) as seq from public.live_messages where session_id = sessions.id) newest on true
  left join lateral (
         select created_at as before from public.generated_images where user_id = seats.user_id
          order by created_at desc offset 20 limit 1) pictures on true
 where seats.is_active and seats.role <> 'host' and seats.profile_id = seats.user_id
 order by md5(seats.id::text)
 limit %(samples)s;

-- name: pick_makers
-- People with pictures: the busiest first, then anybody.
(select counts.user_id::text as me, now() as before from private.user_image_counts counts
  order by counts.total_images desc limit %(samples)s / 4)
union all
(select counts.user_id::text, now() - interval '30 days' from private.user_image_counts counts
  order by md5(counts.user_id::text) limit %(samples)s - %(samples)s / 4);

-- name: pick_hosts
-- Creators with an ended session of theirs, the largest rooms first.
select sessions.creator_id::text as me, sessions.id::text as hosted
  from public.live_sessions sessions
 where sessions.status = 'ended'
 order by sessions.total_messages desc
 limit %(samples)s;

-- name: pick_admins
-- Somebody who may see reports.
select id::text as me from public.profiles where role = 'admin' limit 1;

-- name: make_admin
-- The benchmark's own administrator.
update public.profiles set role = 'admin' where id = (select min(id::text)::uuid from public.profiles where type = 'real');
