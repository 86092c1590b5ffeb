-- What a client is told when a rule of a table says no: one sentence a constraint, kept as its comment and read with the
-- catalog.

comment on constraint analytics_events_pkey on public.analytics_events is 'This event was reported already.';
comment on constraint analytics_events_event_name_check on public.analytics_events is
  'An event''s name has 1 to 100 characters.';
comment on constraint analytics_events_platform_check on public.analytics_events is
  'The platform is ios, android or web.';
comment on constraint analytics_events_size_check on public.analytics_events is
  'An event''s properties and device hold 16 kB each, its session 200 characters, its version 100.';
comment on constraint analytics_events_user_id_fkey on public.analytics_events is
  'This user has no profile.';

comment on constraint calls_pkey on public.calls is 'There is a call with this id already.';
comment on constraint calls_amounts_check on public.calls is 'A call''s price, cost and duration are never negative.';
comment on constraint calls_call_type_check on public.calls is 'A call is an audio_call or a video_call.';
comment on constraint calls_not_self_check on public.calls is 'Nobody can call themselves.';
comment on constraint calls_status_check on public.calls is
  'A call is initiated, ringing, accepted, rejected, missed, busy, ended or failed.';
comment on constraint calls_callee_id_fkey on public.calls is 'The person called does not exist.';
comment on constraint calls_caller_id_fkey on public.calls is 'The caller does not exist.';
comment on constraint calls_ended_by_fkey on public.calls is 'The person who ended the call does not exist.';
comment on constraint calls_livekit_room_name_key on public.calls is 'Another call has this room.';

comment on constraint categories_pkey on public.categories is 'There is a category with this id already.';
comment on constraint categories_name_key on public.categories is 'There is a category of this name already.';
comment on constraint categories_slug_key on public.categories is 'There is a category with this slug already.';

comment on constraint coin_entries_pkey on public.coin_entries is 'There is an entry with this id already.';
comment on constraint coin_entries_amount_check on public.coin_entries is 'An entry moves at least one coin.';

comment on constraint coin_entries_transaction_id_fkey on public.coin_entries is
  'An entry belongs to a transaction that exists, and keeps it.';

comment on constraint coin_transactions_pkey on public.coin_transactions is
  'There is a transaction with this id already.';
comment on constraint coin_transactions_idempotency_key_check on public.coin_transactions is
  'An idempotency key has 1 to 255 characters.';
comment on constraint coin_transactions_kind_check on public.coin_transactions is
  'Coins move as a grant, purchase, gift, ticket, ticket_refund, ticket_payout, subscription, subscription_refund, subscription_payout, call, call_refund, call_payout, gift_refund or adjustment.';
comment on constraint coin_transactions_initiator_wallet_id_fkey on public.coin_transactions is
  'A transaction has an initiating wallet that exists, and keeps it.';
comment on constraint coin_transactions_initiator_wallet_id_idempotency_key_key on public.coin_transactions is
  'This wallet has used this idempotency key before.';

comment on constraint creator_subscriptions_pkey on public.creator_subscriptions is
  'There is a subscription with this id already.';
comment on constraint creator_subscriptions_coin_price_check on public.creator_subscriptions is
  'A subscription''s price is never negative.';
comment on constraint creator_subscriptions_not_self_check on public.creator_subscriptions is
  'Nobody can subscribe to themselves.';
comment on constraint creator_subscriptions_status_check on public.creator_subscriptions is
  'A subscription is active, cancelled or paused.';
comment on constraint creator_subscriptions_counts_check on public.creator_subscriptions is
  'A subscription''s counts are never negative.';
comment on constraint creator_subscriptions_end_reason_check on public.creator_subscriptions is
  'A subscription ends because it was cancelled, unpaid, refunded, replaced, paused_too_long or creator_unavailable.';
comment on constraint creator_subscriptions_next_price_check on public.creator_subscriptions is
  'A renewal costs at least one coin.';
comment on constraint creator_subscriptions_renewed_check on public.creator_subscriptions is
  'Only an active subscription that costs coins is renewed.';
comment on constraint creator_subscriptions_next_tier_id_fkey on public.creator_subscriptions is
  'This tier does not exist.';
comment on constraint creator_subscriptions_creator_id_fkey on public.creator_subscriptions is
  'This creator does not exist.';
comment on constraint creator_subscriptions_subscriber_id_fkey on public.creator_subscriptions is
  'This subscriber does not exist.';
comment on constraint creator_subscriptions_tier_id_fkey on public.creator_subscriptions is
  'This tier does not exist.';
comment on index public.idx_creator_subscriptions_one_running is 'This creator is subscribed to already.';

comment on constraint generated_images_pkey on public.generated_images is 'There is an image with this id already.';
comment on constraint generated_images_generation_time_check on public.generated_images is
  'A generation time is a number of seconds from 0 on.';
comment on constraint generated_images_image_size_check on public.generated_images is
  'An image''s size has at most 32 characters.';
comment on constraint generated_images_negative_prompt_check on public.generated_images is
  'A negative prompt has at most 8000 characters.';
comment on constraint generated_images_prompt_check on public.generated_images is
  'A prompt has at most 8000 characters.';
comment on constraint generated_images_generation_id_fkey on public.generated_images is
  'This generation does not exist.';
comment on constraint generated_images_scene_version_id_fkey on public.generated_images is
  'This version of the scene does not exist.';
comment on constraint generated_images_scene_id_fkey on public.generated_images is 'This scene does not exist.';
comment on constraint generated_images_user_id_fkey on public.generated_images is 'This user has no profile.';
comment on constraint generated_images_image_url_unique on public.generated_images is
  'An image with this address is there already.';

comment on constraint follows_pkey on public.follows is 'There is a follow with this id already.';
comment on constraint follows_once_unique on public.follows is 'This creator is followed already.';
comment on constraint follows_not_self_check on public.follows is 'Nobody follows themselves.';
comment on constraint follows_follower_id_fkey on public.follows is 'This follower does not exist.';
comment on constraint follows_followed_profile_id_fkey on public.follows is 'This creator does not exist.';

comment on constraint generations_pkey on public.generations is 'There is a generation with this id already.';
comment on constraint generations_error_code_check on public.generations is
  'A generation has an error code exactly when it failed, was moderated or expired.';
comment on constraint generations_idempotency_key_check on public.generations is
  'An idempotency key has 1 to 200 characters.';
comment on constraint generations_progress_check on public.generations is 'Progress is a percentage from 0 to 100.';
comment on constraint generations_requested_count_check on public.generations is
  'A generation makes 1 to 16 images.';
comment on constraint generations_seed_check on public.generations is 'A seed is a number from 0 to 4294967295.';
comment on constraint generations_status_check on public.generations is
  'A generation is queued, submitting, running, storing, done, failed, moderated, canceled or expired.';
comment on constraint generations_retried_from_fkey on public.generations is
  'The generation to try again does not exist.';
comment on constraint generations_scene_version_id_fkey on public.generations is
  'This version of the scene does not exist.';
comment on constraint generations_scene_variant_id_fkey on public.generations is 'This variant does not exist.';
comment on constraint generations_scene_id_fkey on public.generations is 'This scene does not exist.';
comment on constraint generations_user_id_fkey on public.generations is 'This user has no profile.';
comment on constraint generations_user_idempotency_key_unique on public.generations is
  'This idempotency key was used before.';

comment on constraint gifts_pkey on public.gifts is 'There is a gift with this id already.';
comment on constraint gifts_coin_price_check on public.gifts is 'A gift costs at least one coin.';
comment on constraint gifts_name_check on public.gifts is 'A gift''s name has 1 to 80 characters.';
comment on constraint gifts_season_check on public.gifts is 'A season ends after it begins.';

comment on constraint live_gifts_pkey on public.live_gifts is 'There is a sent gift with this id already.';
comment on constraint live_gifts_coin_amount_check on public.live_gifts is 'A gift costs at least one coin.';
comment on constraint live_gifts_combo_check on public.live_gifts is 'A row of gifts counts those of its last.';
comment on constraint live_gifts_refunded_by_fkey on public.live_gifts is 'The person who gave it back does not exist.';
comment on constraint live_gifts_not_self_check on public.live_gifts is 'Nobody can send a gift to themselves.';
comment on constraint live_gifts_quantity_check on public.live_gifts is 'At least one gift is sent.';
comment on constraint live_gifts_gift_id_fkey on public.live_gifts is
  'This gift does not exist, or has been sent and stays.';
comment on constraint live_gifts_receiver_id_fkey on public.live_gifts is 'This receiver does not exist.';
comment on constraint live_gifts_sender_id_fkey on public.live_gifts is 'This sender does not exist.';
comment on constraint live_gifts_sender_profile_id_fkey on public.live_gifts is
  'The sender''s profile does not exist.';
comment on constraint live_gifts_sender_public_profile_fkey on public.live_gifts is
  'The sender''s profile does not exist.';
comment on constraint live_gifts_session_id_fkey on public.live_gifts is 'This session does not exist.';
comment on constraint live_gifts_transaction_id_fkey on public.live_gifts is
  'A sent gift has a transaction that exists, and keeps it.';

comment on constraint live_guest_requests_pkey on public.live_guest_requests is
  'There is a request with this id already.';
comment on constraint live_guest_requests_message_length_check on public.live_guest_requests is
  'A request''s message has at most 300 characters.';
comment on constraint live_guest_requests_status_check on public.live_guest_requests is
  'A request is pending, approved, rejected, expired or cancelled.';
comment on constraint live_guest_requests_requester_id_fkey on public.live_guest_requests is
  'The person who asks does not exist.';
comment on constraint live_guest_requests_requester_profile_id_fkey on public.live_guest_requests is
  'The profile of the person who asks does not exist, or has asked and stays.';
comment on constraint live_guest_requests_requester_public_profile_fkey on public.live_guest_requests is
  'The profile of the person who asks does not exist.';
comment on constraint live_guest_requests_responded_by_fkey on public.live_guest_requests is
  'The person who answered the request does not exist.';
comment on constraint live_guest_requests_session_id_fkey on public.live_guest_requests is
  'This session does not exist.';
comment on index public.idx_guest_requests_one_pending is 'One request can be pending at a time.';

comment on constraint live_messages_pkey on public.live_messages is 'There is a message with this id already.';
comment on constraint live_messages_content_check on public.live_messages is
  'A message has 1 to 500 characters.';
comment on constraint live_messages_content_visible_check on public.live_messages is
  'A message needs more than blanks.';
comment on constraint live_goals_pkey on public.live_goals is 'There is a goal with this id already.';
comment on constraint live_goals_session_id_position_key on public.live_goals is
  'Another goal of this session has this place.';
comment on constraint live_goals_title_check on public.live_goals is
  'A goal''s title has 1 to 80 characters and shows something.';
comment on constraint live_goals_amounts_check on public.live_goals is
  'A goal takes 1 to 1,000,000,000,000 coins, and has no more.';
comment on constraint live_goals_reached_check on public.live_goals is 'A goal that was reached has all its coins.';
comment on constraint live_goals_session_id_fkey on public.live_goals is 'This session does not exist.';
comment on constraint live_messages_gift_combo_check on public.live_messages is 'A row of gifts has at least one.';
comment on constraint live_messages_details_check on public.live_messages is
  'What a line is about has at most 2000 characters.';
comment on constraint live_messages_gift_check on public.live_messages is
  'A gift''s quantity and value are never negative.';
comment on constraint live_messages_message_type_check on public.live_messages is
  'A message is text, gift, system or pinned.';
comment on constraint live_messages_deleted_by_fkey on public.live_messages is
  'The person who deleted the message does not exist.';
comment on constraint live_messages_gift_id_fkey on public.live_messages is
  'This gift does not exist, or a message names it and it stays.';
comment on constraint live_messages_sender_id_fkey on public.live_messages is 'This sender does not exist.';
comment on constraint live_messages_sender_profile_id_fkey on public.live_messages is
  'The sender''s profile does not exist.';
comment on constraint live_messages_sender_public_profile_fkey on public.live_messages is
  'The sender''s profile does not exist.';
comment on constraint live_messages_session_id_fkey on public.live_messages is 'This session does not exist.';

comment on index public.idx_live_messages_one_pinned is 'One line is pinned in a session at a time.';

comment on constraint live_participants_pkey on public.live_participants is
  'There is a seat with this id already.';
comment on constraint live_participants_amounts_check on public.live_participants is
  'What was paid and how long was watched are never negative.';
comment on constraint live_participants_invitation_response_check on public.live_participants is
  'An invitation is pending, accepted, rejected or expired.';
comment on constraint live_participants_invited_role_check on public.live_participants is
  'People are invited as co_host, invited_guest, moderator or speaker.';
comment on constraint live_participants_role_check on public.live_participants is
  'A role is host, co_host, invited_guest, moderator, speaker, viewer or listener.';
comment on constraint live_participants_profile_id_fkey on public.live_participants is
  'This participant''s profile does not exist.';
comment on constraint live_participants_public_profile_fkey on public.live_participants is
  'This participant''s profile does not exist.';
comment on constraint live_participants_session_id_fkey on public.live_participants is
  'This session does not exist.';
comment on constraint live_participants_user_id_fkey on public.live_participants is
  'This participant does not exist.';
comment on constraint live_participants_session_id_user_id_key on public.live_participants is
  'A person has one seat in a session.';

comment on constraint live_session_bans_pkey on public.live_session_bans is 'There is a ban with this id already.';
comment on constraint live_session_bans_not_self_check on public.live_session_bans is 'Nobody can ban themselves.';
comment on constraint live_session_bans_reason_length_check on public.live_session_bans is
  'A reason has at most 500 characters.';
comment on constraint live_session_bans_banned_by_fkey on public.live_session_bans is 'The person who bans does not exist.';
comment on constraint live_session_bans_banned_profile_id_fkey on public.live_session_bans is
  'The profile to ban does not exist.';
comment on constraint live_session_bans_banned_public_profile_fkey on public.live_session_bans is
  'The profile to ban does not exist.';
comment on constraint live_session_bans_banned_user_id_fkey on public.live_session_bans is
  'The person to ban does not exist.';
comment on constraint live_session_bans_session_id_fkey on public.live_session_bans is
  'This session does not exist.';
comment on constraint live_session_bans_session_id_banned_user_id_key on public.live_session_bans is
  'They are banned from this session already.';

comment on constraint live_sessions_pkey on public.live_sessions is 'There is a session with this id already.';
comment on constraint live_sessions_access_type_check on public.live_sessions is
  'A session''s access is public, subscribers_only or pay_per_view.';
comment on constraint live_sessions_chat_audience_check on public.live_sessions is
  'A chat is for everybody, followers or subscribers.';
comment on constraint live_sessions_description_length_check on public.live_sessions is
  'A description has at most 5000 characters.';
comment on constraint live_sessions_max_viewers_check on public.live_sessions is
  'A session has room for 1 to 1000000 viewers, or for all who come.';
comment on constraint live_sessions_min_tier_check on public.live_sessions is
  'Only a subscribers_only session has a least tier.';
comment on constraint live_sessions_min_tier_id_fkey on public.live_sessions is
  'A session''s least tier is one of its creator''s own.';
comment on constraint live_sessions_ppv_price_check on public.live_sessions is
  'A pay_per_view session costs at least one coin, any other none.';
comment on constraint live_sessions_category_fkey on public.live_sessions is 'There is no such category of sessions.';
comment on constraint live_sessions_series_id_fkey on public.live_sessions is 'There is no such series.';
comment on index public.idx_live_sessions_one_planned_of_a_series is 'A series has one planned session at a time.';
comment on constraint live_sessions_tags_check on public.live_sessions is
  'A session has at most five tags, words of 2 to 24 characters.';
comment on constraint live_sessions_language_check on public.live_sessions is
  'A session''s language is a code such as tr or en.';
comment on constraint live_sessions_session_type_check on public.live_sessions is
  'A session is a video_live or an audio_room.';
comment on constraint live_sessions_slow_mode_seconds_check on public.live_sessions is
  'In slow mode a line comes every 1 to 3600 seconds; 0 is off.';
comment on constraint live_sessions_statistics_check on public.live_sessions is
  'A session''s figures are never negative.';
comment on constraint live_sessions_status_check on public.live_sessions is
  'A session is scheduled, live, ended or cancelled.';
comment on constraint live_sessions_thumbnail_url_length_check on public.live_sessions is
  'A thumbnail''s address is a path or begins with https:// or http://, in at most 2048 characters.';
comment on constraint live_sessions_title_length_check on public.live_sessions is
  'A title has 1 to 200 characters, and more than blanks.';
comment on constraint live_sessions_creator_id_fkey on public.live_sessions is 'This creator does not exist.';
comment on constraint live_sessions_creator_profile_id_fkey on public.live_sessions is
  'The creator''s profile does not exist.';
comment on constraint live_sessions_creator_public_profile_fkey on public.live_sessions is
  'The creator''s profile does not exist.';
comment on constraint live_sessions_livekit_room_name_key on public.live_sessions is
  'Another session has this room.';
comment on index public.idx_live_sessions_one_live_per_creator is 'A creator has one live session at a time.';

comment on constraint notifications_pkey on public.notifications is 'There is a notification with this id already.';
comment on constraint notifications_code_check on public.notifications is
  'A notification''s code is a word of 3 to 50 small letters and underscores.';
comment on constraint notifications_details_check on public.notifications is
  'A notification''s details are an object of at most 4 kB.';
comment on constraint notifications_event_count_check on public.notifications is
  'A notification stands for one event at least.';
comment on constraint notifications_group_key_check on public.notifications is
  'A notification''s group has a name of at most 200 characters.';
comment on index public.idx_notifications_group is 'There is an unread notification of this group already.';
comment on constraint notifications_user_id_fkey on public.notifications is 'This user does not exist.';
comment on constraint notifications_actor_profile_id_fkey on public.notifications is 'This profile does not exist.';

comment on constraint profiles_pkey on public.profiles is 'There is a profile with this id already.';
comment on constraint profiles_avatar_url_check on public.profiles is
  'An avatar''s address is a path or begins with https:// or http://, in 1 to 2048 characters.';
comment on constraint profiles_display_name_check on public.profiles is 'A display name has 1 to 80 characters.';
comment on constraint profiles_display_name_visible_check on public.profiles is
  'A display name needs more than blanks.';
comment on constraint profiles_gender_check on public.profiles is 'A gender is male or female, or left out.';
comment on constraint profiles_generation_count_check on public.profiles is
  'A count of images is never negative.';
comment on constraint profiles_real_id_check on public.profiles is
  'A real profile has its user''s id, and a shadow profile another.';
comment on constraint profiles_role_check on public.profiles is 'A role is user, creator or admin.';
comment on constraint profiles_shadow_check on public.profiles is
  'A shadow profile is no creator, has no premium and no e-mail.';
comment on constraint profiles_type_check on public.profiles is 'A profile is real or shadow.';
comment on constraint profiles_username_check on public.profiles is
  'A username has 3 to 30 small letters a to z, digits, dots or underscores.';
comment on constraint profiles_user_id_fkey on public.profiles is 'This user does not exist.';
comment on index public.profiles_one_real_per_user is 'A user has one real profile.';
comment on index public.profiles_username_unique is 'This username is taken.';

comment on constraint public_profiles_pkey on public.public_profiles is 'There is a profile with this id already.';
comment on constraint public_profiles_follower_count_check on public.public_profiles is
  'A profile has no fewer followers than none.';
comment on constraint public_profiles_id_fkey on public.public_profiles is 'This profile does not exist.';

comment on constraint scenes_pkey on public.scenes is 'There is a scene with this id already.';
comment on constraint scenes_category_fkey on public.scenes is
  'A scene has a category that exists, and a category with scenes stays.';
comment on constraint scenes_activity_check on public.scenes is 'A scene''s time ends after it begins.';
comment on constraint scenes_prompt_template_check on public.scenes is
  'A template''s braces hold gender, style or category, and nothing else.';
comment on constraint scenes_prompt_lengths_check on public.scenes is
  'A template has 1 to 8000 characters, a negative prompt at most 8000.';
comment on constraint scenes_name_unique on public.scenes is 'There is a scene of this name already.';

comment on constraint scene_translations_pkey on public.scene_translations is 'There is a translation with this id already.';
comment on constraint scene_translations_once_unique on public.scene_translations is
  'It has a name in this language already.';
comment on constraint scene_translations_scene_id_fkey on public.scene_translations is 'This scene does not exist.';
comment on constraint scene_translations_locale_check on public.scene_translations is
  'A language is its short code, or with a country: tr, pt-BR.';
comment on constraint scene_translations_name_check on public.scene_translations is
  'A name in a language has 1 to 120 characters and shows something.';
comment on constraint scene_translations_description_check on public.scene_translations is
  'A description in a language has at most 1000 characters.';

comment on constraint category_translations_pkey on public.category_translations is 'There is a translation with this id already.';
comment on constraint category_translations_once_unique on public.category_translations is
  'It has a name in this language already.';
comment on constraint category_translations_category_id_fkey on public.category_translations is 'This category does not exist.';
comment on constraint category_translations_locale_check on public.category_translations is
  'A language is its short code, or with a country: tr, pt-BR.';
comment on constraint category_translations_name_check on public.category_translations is
  'A name in a language has 1 to 120 characters and shows something.';
comment on constraint category_translations_description_check on public.category_translations is
  'A description in a language has at most 1000 characters.';

comment on constraint session_categories_pkey on public.session_categories is
  'There is a session category with this id already.';
comment on constraint session_categories_slug_key on public.session_categories is
  'There is a session category with this slug already.';
comment on constraint session_categories_slug_check on public.session_categories is
  'A slug is a word of 2 to 40 small letters and underscores.';
comment on constraint session_categories_name_check on public.session_categories is
  'A session category''s name has 1 to 80 characters.';

comment on constraint session_reminders_pkey on public.session_reminders is 'There is a reminder with this id already.';
comment on constraint session_reminders_once_unique on public.session_reminders is
  'This person is reminded of the session already.';
comment on constraint session_reminders_session_id_fkey on public.session_reminders is 'This session does not exist.';
comment on constraint session_reminders_user_id_fkey on public.session_reminders is 'This user does not exist.';

comment on constraint session_series_pkey on public.session_series is 'There is a series with this id already.';
comment on constraint session_series_creator_id_fkey on public.session_series is 'This creator does not exist.';
comment on constraint session_series_every_check on public.session_series is 'A series is daily or weekly.';
comment on constraint session_series_unheld_check on public.session_series is
  'No fewer than no sessions in a row were called off.';

comment on constraint subscription_tiers_pkey on public.subscription_tiers is
  'There is a tier with this id already.';
comment on constraint subscription_tiers_coin_price_check on public.subscription_tiers is
  'A tier costs at least one coin.';
comment on constraint subscription_tiers_name_check on public.subscription_tiers is
  'A tier''s name has 1 to 80 characters, and more than blanks.';
comment on constraint subscription_tiers_benefits_check on public.subscription_tiers is
  'A tier has up to 10 benefits of 1 to 120 characters and one line each.';
comment on constraint subscription_tiers_id_creator_id_key on public.subscription_tiers is
  'There is a tier with this id already.';
comment on constraint subscription_tiers_creator_id_fkey on public.subscription_tiers is
  'This creator does not exist.';

comment on constraint usage_tracking_pkey on public.usage_tracking is 'There is a day with this id already.';
comment on constraint usage_tracking_generation_count_check on public.usage_tracking is
  'A day''s count of images is never negative.';
comment on constraint usage_tracking_user_id_fkey on public.usage_tracking is 'This user has no profile.';
comment on constraint usage_tracking_user_date_unique on public.usage_tracking is
  'This user''s day is counted already.';

comment on constraint wallets_pkey on public.wallets is 'There is a wallet with this id already.';
comment on constraint wallets_balance_check on public.wallets is 'There are not enough coins in this wallet.';
comment on constraint wallets_balance_max_check on public.wallets is 'This is more than a wallet may hold.';
comment on constraint wallets_kind_check on public.wallets is
  'A wallet is a user''s, the platform''s, the escrow or the issuer.';
comment on constraint wallets_owed_check on public.wallets is
  'Only a user''s wallet owes, and never less than nothing.';
comment on constraint wallets_owner_check on public.wallets is 'Only a user''s wallet has a user.';
comment on constraint wallets_user_id_fkey on public.wallets is 'This user does not exist.';
comment on constraint wallets_user_id_key on public.wallets is 'A user has one wallet.';
comment on index public.idx_wallets_one_of_a_kind is 'There is one such wallet.';
