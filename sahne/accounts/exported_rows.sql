-- Everything that is somebody's, a query for each file of the copy they ask for: their own rows alone, and of those nothing
-- that tells who is behind another's face. Those of the first part are read as supabase_auth_admin, the others as
-- service_role. A table that is here nowhere stands with a reason in `tests/database/test_exported_rows.py`.

-- name: account
-- The account itself.
select id, email, phone, created_at, last_sign_in_at, email_confirmed_at, raw_user_meta_data, is_anonymous
  from auth.users where id = %(user_id)s;

-- name: identities
-- By what they sign in.
select provider, identity_data, created_at, last_sign_in_at from auth.identities where user_id = %(user_id)s
 order by created_at, id;

-- name: sessions
-- Where they are signed in.
select created_at, refreshed_at, user_agent, host(ip) as ip from auth.sessions where user_id = %(user_id)s
 order by created_at, id;

-- name: second_factors
-- What else they sign in with.
select friendly_name, factor_type::text as factor_type, status::text as status, created_at
  from auth.mfa_factors where user_id = %(user_id)s
 order by created_at, id;

-- name: passkeys
-- And without a password.
select friendly_name, aaguid, created_at, last_used_at from auth.webauthn_credentials
 where user_id = %(user_id)s
 order by created_at, id;

-- name: profiles
-- Their faces, shadows too.
select id, type, role, is_creator, username, email, gender, display_name, avatar_url, is_premium, generation_count,
       subscription_status, subscription_expires_at, revenue_cat_user_id, created_at, updated_at, last_seen_at
  from public.profiles where user_id = %(user_id)s
 order by created_at, id;

-- name: follows
-- Whom they follow.
select followed_profile_id, created_at from public.follows where follower_id = %(user_id)s order by created_at, id;

-- name: devices
-- Where they are told, without the tokens that pushes go by.
select platform, app, locale, created_at, seen_at from private.devices where user_id = %(user_id)s order by created_at, id;

-- name: notice_preferences
-- What they want to hear of otherwise than everybody, and when.
select turned_on, turned_off, quiet_from::text as quiet_from, quiet_until::text as quiet_until, quiet_zone, updated_at
  from private.notice_preferences where user_id = %(user_id)s;

-- name: muted_creators
-- Whose announcements they do not want to hear.
select creator_id, created_at from private.muted_creators where user_id = %(user_id)s order by created_at, creator_id;

-- name: blocks
-- Whom they block.
select blocked_profile_id, created_at from private.blocks where blocker_id = %(user_id)s
 order by created_at, blocked_profile_id;

-- name: reports
-- What they reported.
select id, kind, reason, note, status, outcome, created_at, handled_at from private.reports
 where reporter_id = %(user_id)s
 order by number;

-- name: notifications
-- What they were told.
select id, code, actor_profile_id, details, created_at, read_at from public.notifications
 where user_id = %(user_id)s
 order by created_at, id;

-- name: reminders
-- The sessions they are reminded of.
select id, session_id, created_at from public.session_reminders where user_id = %(user_id)s order by created_at, id;

-- name: live_sessions
-- Their own.
select id, title, description, thumbnail_url, session_type, access_type, ppv_coin_price, status, scheduled_at, started_at,
       ended_at, peak_viewers, total_viewers, total_duration_seconds, total_gifts_received, total_messages, category, tags,
       language, series_id, created_at, updated_at
  from public.live_sessions where creator_id = %(user_id)s
 order by created_at, id;

-- name: session_series
-- Those that come again.
select id, every, time_zone, time_of_day, made_until, created_at, stopped_at from public.session_series
 where creator_id = %(user_id)s
 order by created_at, id;

-- name: attendance
-- Where they were, under which profile.
select id, session_id, profile_id, role, joined_at, left_at, total_watch_time_seconds from public.live_participants
 where user_id = %(user_id)s
 order by created_at, id;

-- name: messages
-- What they wrote, wherever it is still kept.
select id, session_id, sender_profile_id, message_type, content, is_deleted, created_at from public.live_messages
 where sender_id = %(user_id)s
 order by created_at, id;

-- name: guest_requests
-- Where they asked to come on stage.
select id, session_id, requester_profile_id, message, status, created_at, responded_at from public.live_guest_requests
 where requester_id = %(user_id)s
 order by created_at, id;

-- name: gifts_given
-- What they gave.
select id, session_id, receiver_id, gift_id, sender_profile_id, quantity, coin_amount, created_at, refunded_at
  from public.live_gifts where sender_id = %(user_id)s
 order by created_at, id;

-- name: calls
-- Their calls, who called whom.
select id, caller_id, callee_id, call_type, status, initiated_at, answered_at, ended_at, duration_seconds, end_reason,
       is_paid, coin_per_minute, total_coin_spent
  from public.calls where %(user_id)s in (caller_id, callee_id)
 order by initiated_at, id;

-- name: call_prices
-- What it costs to call them.
select audio_coin_per_minute, video_coin_per_minute, is_available, quiet_from, quiet_until, time_zone, updated_at
  from private.call_prices where creator_id = %(user_id)s;

-- name: blocked_words
-- The words their chats do not take.
select words from private.blocked_words where creator_id = %(user_id)s;

-- name: subscriptions
-- To whom they are, or were, subscribed.
select id, creator_id, tier_id, status, coin_price, expires_at, created_at, renews_at, end_reason
  from public.creator_subscriptions where subscriber_id = %(user_id)s
 order by created_at, id;

-- name: subscription_tiers
-- What they offer by the month.
select id, name, coin_price, is_active, benefits, order_index, created_at, updated_at from public.subscription_tiers
 where creator_id = %(user_id)s
 order by created_at, id;

-- name: tickets
-- What they paid to come in.
select id, session_id, price, status, created_at, settled_at from private.tickets where user_id = %(user_id)s
 order by created_at, id;

-- name: statement_of_coins
-- Every movement of their wallet, and what was in it after each.
select entries.id, transactions.created_at, transactions.kind, entries.amount,
       (sum(entries.amount) over (order by entries.id))::bigint as balance
  from public.wallets
  join public.coin_entries entries on entries.wallet_id = wallets.id
  join public.coin_transactions transactions on transactions.id = entries.transaction_id
 where wallets.user_id = %(user_id)s
 order by entries.id;

-- name: store_purchases
-- Coins they bought.
select purchases.id, purchases.store, purchases.product_id, purchases.coins, purchases.bought_at, purchases.refunded_at,
       purchases.owed
  from public.wallets
  join private.store_purchases purchases on purchases.wallet_id = wallets.id
 where wallets.user_id = %(user_id)s
 order by purchases.bought_at, purchases.id;

-- name: premium
-- What they have premium by.
select store, product_id, ends_at::text as ends_at, is_cancelled, is_trial from private.premium_lines
 where user_id = %(user_id)s
 order by line;

-- name: generations
-- What they asked the studio for.
select id, scene_id, status, error_code, requested_count, seed, image_size, photo_path, model, moderation_stage, created_at,
       started_at, finished_at
  from public.generations where user_id = %(user_id)s
 order by created_at, id;

-- name: appeals
-- What they objected to.
select appeals.id, appeals.generation_id, appeals.message, appeals.status, appeals.outcome, appeals.created_at,
       appeals.decided_at
  from private.appeals
  join public.generations on generations.id = appeals.generation_id
 where generations.user_id = %(user_id)s
 order by appeals.number;

-- name: images
-- Their pictures; the files are beside.
select id, generation_id, scene_id, image_url, thumbnail_url, medium_url, original_photo_url, is_favorite, image_size, seed,
       model, metadata, created_at
  from public.generated_images where user_id = %(user_id)s
 order by created_at, id;

-- name: collections
-- How they put them together.
select collections.id, collections.name, collections.order_index, collections.created_at,
       array(select members.image_id from private.collection_images members
              where members.collection_id = collections.id order by members.position) as image_ids
  from private.image_collections collections where collections.user_id = %(user_id)s
 order by collections.created_at, collections.id;

-- name: shared_links
-- What they showed to others by link.
select id, image_id, collection_id, views, created_at, expires_at, revoked_at from private.image_shares
 where user_id = %(user_id)s
 order by created_at, id;

-- name: photo_consents
-- To which texts they consented.
select text_version, locale, given_at, withdrawn_at from private.photo_consents where user_id = %(user_id)s order by id;

-- name: consents
-- What else they agreed to, or did not any more.
select kind, version, locale, is_given, said_at from private.account_consents where user_id = %(user_id)s order by id;

-- name: creator_requests
-- That they asked to be a creator.
select id, message, status, reason, created_at, decided_at from private.creator_requests where user_id = %(user_id)s
 order by number;

-- name: usage
-- How many pictures a day.
select date, generation_count, daily_limit from public.usage_tracking where user_id = %(user_id)s order by date, id;

-- name: events
-- What their app reported of them.
select id, event_name, event_properties, platform, app_version, device_info, session_id, created_at
  from public.analytics_events where user_id = %(user_id)s
 order by created_at, id;

-- name: analytics_opt_out
-- Since when nothing is reported of them.
select created_at from private.analytics_opt_outs where user_id = %(user_id)s;

-- name: files
-- Their files: which, and under what key their bytes lie. Not files of copies, nor what waits to be judged.
select bucket_id, name, version
  from storage.objects
 where owner_id = %(user_id)s::uuid::text
   and bucket_id not in ('exports', 'quarantine')
   and version is not null
   and not (bucket_id = 'thumbnails' and name ~ '^(scenes|gifts)/')
 order by bucket_id, name collate "C";
