-- One row of each table as somebody would add their own: `me` is the actor's user id (service_role writes for the owner),
-- the other names are people and rows of the small world.

-- name: analytics_events
insert into public.analytics_events (user_id, event_name) values (%(me)s, 'opened')

-- name: calls
insert into public.calls (caller_id, callee_id, call_type)
values (%(me)s, case when %(me)s = %(stranger)s then %(admin)s else %(stranger)s end, 'audio_call')

-- name: categories
insert into public.categories (name, slug) values ('mine', 'mine')

-- name: category_translations
insert into public.category_translations (category_id, locale, name)
select id, 'de', 'mine' from public.categories where slug = 'offered'

-- name: coin_entries
insert into public.coin_entries (transaction_id, wallet_id, amount) values (%(me)s, %(me)s, 1)

-- name: coin_transactions
insert into public.coin_transactions (kind, initiator_wallet_id, idempotency_key) values ('grant', %(me)s, 'k')

-- name: creator_subscriptions
insert into public.creator_subscriptions (subscriber_id, creator_id) values (%(me)s, %(creator)s)

-- name: follows
insert into public.follows (follower_id, followed_profile_id) values (%(me)s, %(creator)s)

-- name: generated_images
insert into public.generated_images (user_id, image_url, prompt)
values (%(me)s, '/storage/v1/object/authenticated/images/' || %(me)s::text || '/new.webp', 'p')

-- name: generations
insert into public.generations (user_id, idempotency_key) values (%(me)s, 'mine')

-- name: gifts
insert into public.gifts (name, coin_price) values ('mine', 1)

-- name: live_gifts
insert into public.live_gifts (session_id, sender_id, receiver_id, gift_id, coin_amount)
values (%(live)s, %(me)s, %(creator)s, %(rose)s, 1)

-- name: live_goals
insert into public.live_goals (session_id, position, title, target_coins, from_coins)
values (%(live)s, 2, 'mine', 9, 0)

-- name: live_guest_requests
insert into public.live_guest_requests (session_id, requester_id, requester_profile_id)
values (%(live)s, %(me)s, %(me)s)

-- name: live_messages
insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
values (%(live)s, %(me)s, %(me)s, 'mine')

-- name: live_participants
insert into public.live_participants (session_id, user_id, profile_id) values (%(scheduled)s, %(me)s, %(me)s)

-- name: live_session_bans
insert into public.live_session_bans (session_id, banned_user_id, banned_by)
values (%(scheduled)s, %(stranger)s, %(me)s)

-- name: live_sessions
insert into public.live_sessions (creator_id, creator_profile_id, session_type) values (%(me)s, %(me)s, 'audio_room')

-- name: notifications
insert into public.notifications (user_id, code) values (%(me)s, 'mine')

-- name: profiles
insert into public.profiles (id, user_id) values (%(me)s, %(me)s) on conflict do nothing

-- name: public_profiles
insert into public.public_profiles (id) values (%(me)s)

-- name: scene_translations
insert into public.scene_translations (scene_id, locale, name)
select id, 'de', 'mine' from public.scenes where name = 'offered'

-- name: scenes
insert into public.scenes (name, category, prompt_template) values ('mine', 'offered', 'p')

-- name: session_categories
insert into public.session_categories (slug, name) values ('mine', 'Mine')

-- name: session_reminders
insert into public.session_reminders (session_id, user_id) values (%(live)s, %(me)s)

-- name: session_series
insert into public.session_series (creator_id, every, time_zone, time_of_day, made_until)
values (%(me)s, 'daily', 'UTC', '20:00', current_date)

-- name: subscription_tiers
insert into public.subscription_tiers (creator_id, name, coin_price) values (%(me)s, 'mine', 1)

-- name: usage_tracking
insert into public.usage_tracking (user_id, date) values (%(me)s, '2020-01-01')

-- name: wallets
insert into public.wallets (user_id) values (%(me)s)
