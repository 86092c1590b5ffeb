-- name: look_around
-- What the seed must know of the database: whether it is migrated, who lives there already, and the settings it
-- counts by. Seeded people and the demo's have addresses of their own.
select to_regclass('private.session_counters') is not null and to_regclass('public.generated_images') is not null as migrated;

-- name: residents
-- Accounts that neither the seed nor the demo made. An anonymous sign-in is nobody yet.
select count(*) as people
  from auth.users
 where coalesce(email, '') not like '%@seed.example'
   and coalesce(email, '') not like '%@example.com'
   and not is_anonymous;

-- name: is_there
-- Whether this seed's people live here already.
select exists (select from auth.users where id = %(first)s::uuid) as there;

-- name: read_settings
-- The zone of the quota's days and the platform's share.
select quota_time_zone as zone, gift_commission_percent as commission_percent from private.settings;

-- name: house_wallets
-- The wallets that belong to nobody.
select kind, id::text as id from public.wallets where kind <> 'user';

-- name: put_categories
-- The groups every seed shares; who has one of that name already keeps it.
insert into public.categories (id, name, slug, description, order_index, created_at, updated_at)
select each.id, each.name, lower(each.name), each.name || ' scenes', 100 + each.place, %(at)s, %(at)s
  from unnest(%(ids)s::uuid[], %(names)s::text[]) with ordinality as each (id, name, place)
on conflict do nothing;

-- name: put_scenes
-- The scenes every seed shares.
insert into public.scenes (id, name, description, category, prompt_template, negative_prompt, style_keywords,
                           is_active, is_premium, order_index, created_at, updated_at)
select each.id, each.name, each.name || ', by day and by night', each.category,
       'A {gender} portrait, ' || lower(each.name), 'blurry, low quality', string_to_array(lower(each.name), ' '),
       each.is_active, each.is_premium, 100 + each.place, %(at)s, %(at)s
  from unnest(%(ids)s::uuid[], %(names)s::text[], %(categories)s::text[], %(actives)s::boolean[],
              %(premiums)s::boolean[]) with ordinality as each (id, name, category, is_active, is_premium, place)
on conflict (name) do nothing;

-- name: put_gifts
-- The gifts every seed shares, beside whatever the catalogue has.
insert into public.gifts (id, name, coin_price, order_index, created_at, updated_at)
select each.id, each.name, each.price, 100 + each.place, %(at)s, %(at)s
  from unnest(%(ids)s::uuid[], %(names)s::text[], %(prices)s::integer[]) with ordinality as each (id, name, price, place)
on conflict (id) do nothing;

-- name: put_months
-- Partitions for the events.
select private.create_analytics_partition(month) from unnest(%(months)s::date[]) as month;

-- name: without_triggers
-- Triggers and foreign keys rest in this transaction: what they would count is put in by the set, beside the rows.
select set_config('session_replication_role', 'replica', true), set_config('statement_timeout', '0', true);

-- name: with_triggers
-- They work again.
select set_config('session_replication_role', 'origin', true);

-- name: count_scenes
-- How often each scene was used, once in the seed's own counter and once in the exact one.
with used as (
  select * from unnest(%(ids)s::uuid[], %(counts)s::bigint[]) as each (scene_id, images)
), shown as (
  update public.scenes set usage_count = usage_count + used.images from used where scenes.id = used.scene_id
)
insert into private.scene_image_counts as counts (scene_id, generation_count)
select used.scene_id, used.images from used
on conflict (scene_id) do update set generation_count = counts.generation_count + excluded.generation_count;

-- name: count_days
-- Pictures, people and seconds of each day.
insert into private.image_days as days
  (day, total_generations, unique_users, generation_time_sum, generation_time_count)
select * from unnest(%(days)s::date[], %(images)s::bigint[], %(people)s::bigint[], %(seconds)s::double precision[],
                     %(timed)s::bigint[])
on conflict (day) do update
  set total_generations     = days.total_generations + excluded.total_generations,
      unique_users          = days.unique_users + excluded.unique_users,
      generation_time_sum   = days.generation_time_sum + excluded.generation_time_sum,
      generation_time_count = days.generation_time_count + excluded.generation_time_count;

-- name: credit_house
-- What the house's wallets gave and took: appended like any credit, and folded.
insert into private.coin_pending (wallet_id, amount)
select * from unnest(%(ids)s::uuid[], %(amounts)s::bigint[]);

-- name: copy_users
-- Accounts without a password: nobody can sign in as one of them.
copy auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
                 raw_user_meta_data, is_anonymous, confirmation_token, recovery_token, email_change_token_new,
                 email_change, created_at, updated_at, last_sign_in_at) from stdin;

-- name: copy_identities
-- Their identities at the provider `email`.
copy auth.identities (id, provider_id, user_id, identity_data, last_sign_in_at, created_at, updated_at, provider) from stdin;

-- name: copy_profiles
-- Real profiles and shadows.
copy public.profiles (id, user_id, type, role, is_creator, username, email, gender, display_name, is_premium,
                      generation_count, subscription_status, subscription_expires_at, created_at, updated_at,
                      last_seen_at) from stdin;

-- name: copy_faces
-- What all may see of them.
copy public.public_profiles (id, username, display_name, is_creator) from stdin;

-- name: copy_generations
-- Requests that became pictures.
copy public.generations (id, user_id, scene_id, status, progress, requested_count, image_size, idempotency_key, prompt,
                         provider, model, attempts, created_at, started_at, finished_at, updated_at) from stdin;

-- name: copy_reservations
-- The quota each of them took.
copy private.quota_reservations (generation_id, user_id, date, reserved, kept, created_at, settled_at) from stdin;

-- name: copy_images
-- Pictures.
copy public.generated_images (id, user_id, scene_id, image_url, thumbnail_url, prompt, is_favorite, generation_time,
                              model, image_size, seed, metadata, created_at, generation_id) from stdin;

-- name: copy_user_counts
-- Each person's pictures and favourites.
copy private.user_image_counts (user_id, total_images, favorite_count) from stdin;

-- name: copy_user_days
-- Each person's pictures by day of UTC.
copy private.user_image_days (day, user_id, images) from stdin;

-- name: copy_usage
-- Each person's pictures by day of the quota.
copy public.usage_tracking (id, user_id, date, generation_count, daily_limit, created_at, updated_at) from stdin;

-- name: copy_tiers
-- What creators offer.
copy public.subscription_tiers (id, creator_id, name, coin_price, is_active, created_at, updated_at) from stdin;

-- name: copy_subscriptions
-- Who took it.
copy public.creator_subscriptions (id, subscriber_id, creator_id, tier_id, status, coin_price, expires_at, created_at,
                                   updated_at, renews_at, periods_paid) from stdin;

-- name: copy_months_paid
-- What they paid, in escrow.
copy private.subscription_periods (id, subscription_id, number, payer_wallet_id, payee_wallet_id, coin_price, starts_at,
                                   ends_at) from stdin;

-- name: copy_sessions
-- Sessions with their statistics.
copy public.live_sessions (id, creator_id, creator_profile_id, title, session_type, access_type, ppv_coin_price,
                           livekit_room_name, status, scheduled_at, started_at, ended_at, peak_viewers, total_viewers,
                           total_duration_seconds, total_gifts_received, total_messages, created_at, updated_at,
                           viewer_count) from stdin;

-- name: copy_counters
-- The exact counters behind the statistics.
copy private.session_counters (session_id, viewer_count, peak_viewers, total_viewers) from stdin;

-- name: copy_participants
-- Who was there.
copy public.live_participants (id, session_id, user_id, profile_id, role, is_active, livekit_identity, joined_at,
                               left_at, total_watch_time_seconds, paid_amount, payment_id, created_at, updated_at,
                               livekit_participant_sid) from stdin;

-- name: copy_intervals
-- From when to when.
copy private.live_intervals (participant_id, livekit_sid, joined_at, left_at) from stdin;

-- name: copy_bans
-- Who was put out.
copy public.live_session_bans (id, session_id, banned_user_id, banned_by, reason, created_at, banned_profile_id) from stdin;

-- name: copy_requests
-- Who asked to come on stage.
copy public.live_guest_requests (id, session_id, requester_id, requester_profile_id, status, message, responded_at,
                                 responded_by, expires_at, created_at) from stdin;

-- name: copy_tickets
-- Who paid to come in.
copy private.tickets (id, session_id, user_id, wallet_id, price, status, payment_id, created_at, settled_at) from stdin;

-- name: copy_gifts
-- Gifts sent.
copy public.live_gifts (id, session_id, sender_id, receiver_id, gift_id, quantity, coin_amount, transaction_id,
                        created_at, sender_profile_id) from stdin;

-- name: copy_messages
-- What was said, and a line for each gift.
copy public.live_messages (id, session_id, sender_id, sender_profile_id, message_type, content, gift_id, gift_quantity,
                           gift_coin_value, is_deleted, created_at, deleted_by, deleted_at) from stdin;

-- name: copy_calls
-- Calls that are over.
copy public.calls (id, caller_id, callee_id, call_type, livekit_room_name, status, initiated_at, answered_at, ended_at,
                   duration_seconds, ended_by, end_reason, created_at, updated_at) from stdin;

-- name: copy_wallets
-- Who has coins.
copy public.wallets (id, user_id, balance, created_at) from stdin;

-- name: copy_transactions
-- What happened to them.
copy public.coin_transactions (id, kind, initiator_wallet_id, idempotency_key, reference_type, reference_id, created_at)
  from stdin;

-- name: copy_entries
-- Both sides of it.
copy public.coin_entries (transaction_id, wallet_id, amount) from stdin;

-- name: copy_events
-- What apps reported.
copy public.analytics_events (id, user_id, event_name, event_properties, platform, app_version, device_info, session_id,
                              created_at, received_at) from stdin;

-- name: fold_house
-- The house's wallets show what was appended for them; a busy one is folded by the server's clock.
select private.fold_coins();

-- name: tidy
-- Statistics and visibility for the planner: index-only scans need both.
vacuum (analyze) auth.users, auth.identities, public.profiles, public.public_profiles, public.generated_images,
       public.generations, public.usage_tracking, public.live_sessions, public.live_participants,
       public.live_messages, public.live_gifts, public.live_guest_requests, public.live_session_bans, public.calls,
       public.wallets, public.coin_transactions, public.coin_entries, public.creator_subscriptions,
       public.subscription_tiers, public.scenes, public.categories, public.gifts, public.analytics_events,
       private.user_image_counts, private.user_image_days, private.image_days, private.scene_image_counts,
       private.subscription_periods, private.quota_reservations, private.session_counters, private.live_intervals, private.tickets;
