-- What each table is for, and each column whose name does not say it all: the reference in docs/reference/schema.md is
-- printed from these, and clients of the catalog show them. The line `For clients:` of a table is the way that there is
-- besides the table: the Data API puts it into the hint when it refuses.

comment on table public.analytics_events is
  'What the apps report. Partitioned by month in schema private; clients add events and read none.';
comment on column public.analytics_events.created_at is
  'The moment of the event by the client''s clock: with the id it is the key, so a retry is a duplicate.';
comment on column public.analytics_events.received_at is 'When the server got it.';
comment on column public.analytics_events.session_id is 'The app''s own session, nothing of the stage.';
comment on column public.analytics_events.user_id is
  'Null for events from before a sign-in; those come through the server alone.';

comment on table public.calls is
  'Calls between two people: who, what it costs a minute, how far it got.
For clients: begun by POST /functions/v1/calls, answered by POST /functions/v1/calls/{call_id}/accept, ended by POST /functions/v1/calls/{call_id}/end.';
comment on column public.calls.status is
  'initiated, ringing, accepted, rejected, missed, ended, busy, failed; which follows which is a rule.';
comment on column public.calls.end_reason is 'cancelled_by_caller where the caller hung up before an answer.';
comment on column public.calls.coin_per_minute is 'The callee''s price when the call began, set by the server alone.';
comment on column public.calls.total_coin_spent is
  'What the caller has paid so far; once the call is over what it cost, 0 if that was given back.';
comment on column public.calls.coins_last_until is
  'Told from a minute before: then the call ends, because the caller''s coins do not reach for another minute.';
comment on column public.calls.livekit_room_name is 'The room both get a token for.';

comment on table public.categories is 'The groups scenes are shown in.';
comment on column public.categories.slug is 'What scenes refer to.';
comment on column public.categories.scene_count is 'Active scenes in it, kept by trigger.';

comment on table public.coin_entries is
  'One wallet''s side of a transaction. Append-only; the entries of a transaction add up to zero.
For clients: GET /functions/v1/coins/transactions.';
comment on column public.coin_entries.amount is 'Coins; negative is given away.';

comment on table public.coin_transactions is
  'Why coins moved, once per initiator and key. Append-only.
For clients: GET /functions/v1/coins/transactions.';
comment on column public.coin_transactions.initiator_wallet_id is 'The wallet of who asked for it.';
comment on column public.coin_transactions.idempotency_key is 'A second request with this key moves nothing.';
comment on column public.coin_transactions.reference_type is 'What it was for, such as live_gift.';

comment on table public.creator_subscriptions is
  'Who pays to see a creator''s subscribers-only sessions, until when.
For clients: made by POST /functions/v1/coins/subscriptions, changed by PATCH /functions/v1/coins/subscriptions/{subscription_id}.';
comment on column public.creator_subscriptions.coin_price is
  'What a month costs; later changes of the tier do not touch it.';
comment on column public.creator_subscriptions.expires_at is
  'Until when it is paid; null for one that nobody has to pay.';
comment on column public.creator_subscriptions.renews_at is
  'When the next month is paid, or tried again; null where it is not renewed.';
comment on column public.creator_subscriptions.next_tier_id is
  'What it becomes when it is renewed, at next_coin_price; null where it stays as it is.';
comment on column public.creator_subscriptions.end_reason is
  'Why it was cancelled: cancelled (by its subscriber), unpaid, creator_unavailable, refunded, replaced, paused_too_long.';
comment on column public.creator_subscriptions.periods_paid is 'How many months were paid.';
comment on column public.creator_subscriptions.renewal_tries is 'How often the coins did not reach for this renewal.';
comment on column public.creator_subscriptions.reminded_at is 'When its subscriber was told that it will be renewed.';

comment on table public.generated_images is
  'Finished pictures, each with its object in the bucket images.
For clients: made by POST /functions/v1/studio/generations.';
comment on column public.generated_images.generation_id is
  'The generation that made it and spent the quota; null for a picture put in directly.';
comment on column public.generated_images.generation_time is 'Seconds from submitting to stored.';
comment on column public.generated_images.image_size is 'Pixels as WIDTHxHEIGHT.';
comment on column public.generated_images.prompt is 'The text sent to the model; clients do not read it.';
comment on column public.generated_images.metadata is 'Facts of the making, without any prompt.';

comment on table public.generations is
  'One request for pictures, from the queue to its end. A failure is data here.
For clients: asked for by POST /functions/v1/studio/generations, called off by DELETE /functions/v1/studio/generations/{generation_id}.';
comment on column public.generations.status is
  'queued → submitting → running → storing → done; or failed, moderated, canceled, expired.';
comment on column public.generations.error_code is 'Why it ended without pictures, such as timed_out.';
comment on column public.generations.photo_path is 'The user''s photo, a name in the bucket photos.';
comment on column public.generations.retried_from is 'The generation this one tries again.';
comment on column public.generations.request is 'What the client asked for, as it was asked.';
comment on column public.generations.moderation_stage is 'Where it, or a picture of it, was refused: prompt, photo or picture.';

comment on table public.gifts is 'The catalogue of gifts viewers may send.';
comment on column public.gifts.coin_price is 'Price of one.';
comment on column public.gifts.available_from is 'When its season begins; null: it has begun.';
comment on column public.gifts.available_until is 'When its season is over; null: never.';

comment on table public.live_gifts is
  'Gifts that were sent. The rows outlive the people and the session.
For clients: sent by POST /functions/v1/live/sessions/{session_id}/gifts.';
comment on column public.live_gifts.coin_amount is 'What the sender paid for all of them.';
comment on column public.live_gifts.sender_id is 'The sender''s user; hidden, since the profile may be a shadow.';
comment on column public.live_gifts.sender_profile_id is 'The face the sender wore.';
comment on column public.live_gifts.combo_id is 'The first gift of those in a row that this one belongs to: each within 5 s of the last.';
comment on column public.live_gifts.combo_count is 'Gifts of the row so far, each piece counted.';
comment on column public.live_gifts.refunded_at is 'When an admin gave it back.';

comment on table public.live_goals is
  'What a host would like to reach with the gifts of a session, one goal after another.
For clients: set by POST /functions/v1/live/sessions/{session_id}/goals; rows and how they fill come by realtime.';
comment on column public.live_goals.position is 'The order in which they are reached.';
comment on column public.live_goals.target_coins is 'Coins that it takes.';
comment on column public.live_goals.coins is 'Coins that are there.';
comment on column public.live_goals.reached_at is 'When it was reached; it stays so.';

comment on table public.live_guest_requests is
  'Viewers who ask to come on stage. A request lives 60 seconds.
For clients: asked by POST /functions/v1/live/sessions/{session_id}/guest-requests, answered by POST /functions/v1/live/guest-requests/{request_id}/{answer}.';
comment on column public.live_guest_requests.requester_id is
  'The requester''s user; hidden, since the profile may be a shadow.';

comment on table public.live_messages is
  'The chat of a session: text, gift lines, system lines.
For clients: changed by PATCH /functions/v1/live/messages/{message_id}, taken out by DELETE /functions/v1/live/messages/{message_id}.';
comment on column public.live_messages.details is
  'What a system line is about; its content is a code, and clients put both into words.';
comment on column public.live_messages.seq is 'Order within all chats; what a client resumes after.';
comment on column public.live_messages.gift_coin_value is 'What the gift of this line cost, all of them.';
comment on column public.live_messages.sender_tier is
  'The tier by which its sender was subscribed to the host then, by name; never of a shadow profile.';
comment on column public.live_messages.gift_combo_id is 'The first gift of those in a row that this one belongs to.';
comment on column public.live_messages.gift_combo_count is 'Gifts of the row so far: what a screen shows as ×12.';
comment on column public.live_messages.is_deleted is 'Taken out: host and moderators alone still read it.';

comment on table public.live_participants is
  'Who is or was in a session and as what; one row per user and session.
For clients: come in by POST /functions/v1/live/sessions/{session_id}/join, leave by POST /functions/v1/live/sessions/{session_id}/leave.';
comment on column public.live_participants.is_active is 'In the session now.';
comment on column public.live_participants.invited_role is 'A role that was offered and is not accepted yet.';
comment on column public.live_participants.livekit_identity is
  'The name in LiveKit''s room: it gives away no owner of a shadow.';
comment on column public.live_participants.total_watch_time_seconds is 'The union of all stays.';
comment on column public.live_participants.paid_amount is 'Coins paid to get in.';

comment on table public.live_session_bans is
  'People put out of a session.
For clients: made by POST /functions/v1/live/sessions/{session_id}/bans, lifted by DELETE /functions/v1/live/sessions/{session_id}/bans/{ban_id}.';
comment on column public.live_session_bans.expires_at is 'Null is for ever.';

comment on table public.live_sessions is
  'Live broadcasts and audio rooms.
For clients: started by POST /functions/v1/live/sessions/{session_id}/start, ended by POST /functions/v1/live/sessions/{session_id}/end.';
comment on column public.live_sessions.status is 'scheduled → live → ended, or scheduled → cancelled.';
comment on column public.live_sessions.min_tier_id is
  'The least tier of a session for subscribers, by price; any where it is null.';
comment on column public.live_sessions.access_type is 'public, subscribers_only, pay_per_view.';
comment on column public.live_sessions.ppv_coin_price is 'The ticket''s price; frozen after the first one.';
comment on column public.live_sessions.slow_mode_seconds is
  'Seconds between two lines of one person; the host and moderators need not wait.';
comment on column public.live_sessions.chat_audience is
  'Who writes in the chat: everybody, followers or subscribers; those on stage and in charge always do.';
comment on column public.live_sessions.chat_links_enabled is 'Whether lines may hold addresses of other places.';
comment on column public.live_sessions.max_viewers is 'How many fit in at once; null is as many as come.';
comment on column public.live_sessions.viewer_count is 'Active people but the host.';
comment on column public.live_sessions.total_viewers is 'Different people but the host.';
comment on column public.live_sessions.total_gifts_received is 'Gifts given in it, each piece counted.';
comment on column public.live_sessions.interrupted_at is 'Since when the host is gone; null while all is well.';

comment on table public.profiles is
  'How a user appears. The real profile has the user''s own id; shadows have ids of their own. Each sees only theirs.';
comment on column public.profiles.user_id is 'The user it belongs to; equal to id for the real profile.';
comment on column public.profiles.type is 'real or shadow.';
comment on column public.profiles.role is 'user, creator or admin; creator follows is_creator.';
comment on column public.profiles.is_creator is 'May host sessions and take calls.';
comment on column public.profiles.email is 'Kept equal to the user''s own.';
comment on column public.profiles.is_premium is 'Bought; counts only until subscription_expires_at.';
comment on column public.profiles.generation_count is 'Pictures ever made.';
comment on column public.profiles.revenue_cat_user_id is 'The user''s name at the store''s subscriptions.';

comment on table public.notifications is
  'What somebody is told: a code and its details, which a client puts into words.
For clients: subscribe to it, and update read_at once it was read.';
comment on column public.notifications.actor_profile_id is 'Whose doing it is, if anybody''s.';
comment on column public.notifications.group_key is
  'What it is one of: what grows is counted in one row until it is read, what is told once is not told again.';
comment on column public.notifications.event_count is 'How often it happened until it was read; details are the last one''s.';
comment on column public.notifications.read_at is 'The moment is the server''s, whatever is sent.';

comment on table public.follows is
  'Who follows whom; the two alone see it.
For clients: POST /functions/v1/profiles/{profile_id}/follow.';
comment on column public.follows.follower_id is 'The follower''s real profile, which is their user id.';
comment on column public.follows.is_counted is 'Whether the public number has it: not while the follower is suspended.';

comment on column public.public_profiles.follower_count is 'How many follow; who they are is known to the two.';
comment on table public.public_profiles is
  'The face of a profile, for everybody to read; kept by trigger, written by nobody.
For clients: write to profiles, and this follows.';

comment on table public.scenes is 'Templates of pictures: what the user stands in.';
comment on column public.scenes.category is 'The slug of its category.';
comment on column public.scenes.prompt_template is 'The product''s own text with placeholders; clients do not read it.';
comment on column public.scenes.negative_prompt is 'Sent to models that take one; clients do not read it.';
comment on column public.scenes.is_premium is 'Only for premium users.';
comment on column public.scenes.active_from is 'From when on it is offered; null is ever since.';
comment on column public.scenes.active_until is 'Until when it is offered; null is without an end.';
comment on column public.scenes.usage_count is 'Pictures made with it, ever.';
comment on table public.scene_translations is 'What a scene is called in a language; without one, as its own row says.';
comment on column public.scene_translations.locale is 'A language, or a language of a country: tr, pt-BR.';
comment on table public.category_translations is 'What a category is called in a language; without one, as its own row says.';
comment on column public.generations.scene_version_id is
  'The version of its scene by which it is made; what it says is for admins alone.';
comment on column public.generations.scene_variant_id is 'Which variant of an experiment its owner was given.';
comment on column public.generated_images.scene_version_id is 'The version of its scene by which it was made.';

comment on table public.subscription_tiers is
  'What a creator offers by the month.
For clients: made by POST /functions/v1/creators/tiers, changed by PATCH /functions/v1/creators/tiers/{tier_id}.';
comment on column public.subscription_tiers.coin_price is
  'For a month of 30 days; who is subscribed keeps the price they began with.';
comment on column public.subscription_tiers.is_active is 'One that is retired is sold to nobody new.';
comment on column public.subscription_tiers.benefits is 'What one gets: up to ten texts of a line.';
comment on column public.subscription_tiers.order_index is 'Where it is shown, the smallest first.';

comment on table public.usage_tracking is
  'Pictures a user made on a day, and how many they may.
For clients: GET /functions/v1/studio/quota.';
comment on column public.usage_tracking.date is 'The day in the product''s quota zone.';
comment on column public.usage_tracking.generation_count is
  'Images reserved or made; what never arrives is given back.';

comment on column public.wallets.owed is 'Of refunded purchases; nothing is spent before it is paid.';
comment on table public.wallets is
  'Balances in coins: one per user, and the system''s own platform, escrow and issuer.
For clients: GET /functions/v1/coins/wallet.';
comment on column public.wallets.balance is 'Without the credits of private.coin_pending that are not folded yet.';
comment on column public.wallets.kind is 'user, platform, escrow, issuer.';

comment on table public.session_categories is 'What a session can be about: a short list, in its order; clients have its words.';
comment on table public.session_series is
  'Plans that come again by the clock of a time zone; one session of each is planned at a time.
For clients: POST /functions/v1/live/sessions/{session_id}/repeat.';
comment on column public.session_series.made_until is 'The day of the last session planned.';
comment on column public.session_series.unheld is 'How many in a row were called off; the series ends when they are four.';
comment on table public.session_reminders is
  'Who is reminded of a session: a day and a quarter of an hour before, and when it starts.
For clients: POST and DELETE /functions/v1/live/sessions/{session_id}/reminder.';
comment on column public.session_reminders.planned_at is 'For when the person knows it to be planned.';
comment on column public.session_reminders.next_at is 'When they are told next.';
comment on table private.changed_plans is 'Sessions of which everybody who waits is to be told anew.';
comment on table private.creator_words is 'What creators are called, folded for search; kept by trigger.';
comment on table private.session_words is 'What sessions to come and going on are about, folded for search; kept by trigger.';
comment on column private.settings.stage_guests_max is 'How many fit on a stage beside the host.';
comment on table private.events is
  'The outbox of what happened, to one person or for everybody who follows one; forgotten after a while.';
comment on table private.fan_outs is 'Events that go out to all who follow, and how far that is.';
comment on column private.fan_outs.followers is 'How many were gone through.';
comment on table private.notice_preferences is 'What somebody wants to hear of otherwise than everybody, and when their devices are quiet.';
comment on table private.muted_creators is 'Whose announcements somebody does not want to hear, though they follow.';
comment on table private.devices is 'Where pushes go: an app on a device, as its push service knows it.';
comment on column private.devices.app is 'The bundle, package or project that the token is of.';
comment on column private.devices.session_id is 'With its end the device is forgotten.';
comment on table private.notice_channels is 'The ways out that are set up, by platform, and mail.';
comment on table private.deliveries is 'What is on its way to a device, or by mail where it names none; kept for a day.';
comment on column private.deliveries.due_at is 'Until when a worker holds it, or when it may be taken.';
comment on column private.deliveries.service_id is 'What the service that took it calls it.';
comment on column private.deliveries.receipt_due_at is 'When the service is asked what became of it; null where it is not, or has said so.';
comment on column private.deliveries.collapse is 'Of those alike the newest alone waits.';
comment on column private.deliveries.address is 'Where a letter goes, if not to the address the person has.';
comment on table private.webhook_endpoints is
  'Addresses at which others are told what happens; admins keep them: /functions/v1/admin/webhooks.';
comment on column private.webhook_endpoints.codes is 'Of which events; none are all.';
comment on table private.webhook_secrets is 'What messages to webhooks are signed with, sealed.';
comment on table private.webhook_messages is 'What a webhook is told, under an id that stays however often it is sent.';
comment on table private.webhook_attempts is 'Each try to send a message to a webhook, and what came of it.';
comment on table private.call_bills is 'What a paid call costs: minutes paid into escrow, and how it was settled.';
comment on table private.subscription_periods is
  'The months that were paid, in escrow until they are over, and how each was settled.';
comment on table private.analytics_opt_outs is 'Who has said that nothing of what they do is to be counted.';
comment on table private.analytics_changes is 'Days whose events changed since they were counted.';
comment on table private.analytics_stale_days is 'Days whose sums of people are to be made anew.';
comment on table private.analytics_dropped_months is 'Months whose events were dropped; what was counted of them stays.';
comment on table private.analytics_user_days is 'Who did how much on a day of the house''s time zone.';
comment on table private.analytics_people is 'The first day of each person.';
comment on table private.analytics_event_days is 'How often something happened on a day, and to how many people.';
comment on table private.analytics_days is 'The sums of a day, and of the week and the thirty days that end with it.';
comment on table private.analytics_cohorts is 'How many of those who first came on a day, or in a week, came in a later one.';
comment on table private.gift_combos is 'Gifts in a row that go on: one sender''s, of one gift, to one person, in one session.';
comment on table private.gift_tallies is 'Gifts, and gifts given back, that no board shows yet.';
comment on table private.session_coins is 'Coins given in a session, less what was given back.';
comment on table private.session_boards is 'Who gave how much in a session.';
comment on table private.creator_boards is 'Who gave a creator how much in a day, a week, at all times.';
comment on table private.call_prices is 'What a creator''s calls cost by the minute, and when they take none.';
comment on table private.call_intervals is 'Connections to a call: what it lasted is told by them.';
comment on table private.call_slots is 'One row per person in an active call: a second call finds the slot taken.';
comment on table private.paces is 'How often each person may do what others must bear: buckets that fill with time.';
comment on table private.coin_pending is 'Credits not yet in a balance; deleted by the statement that adds them.';
comment on table private.blocked_words is 'Words that a creator''s chats do not take; of nobody are the house''s.';
comment on table private.blocks is 'Who wants to have nothing to do with whom, by face.';
comment on table private.chat_timeouts is 'Who writes nothing in a session''s chat until when.';
comment on table private.creator_bans is 'Who is kept out of all of a creator''s sessions, by profile.';
comment on table private.departures is 'Seats whose holders left or were put out, until they join again.';
comment on table private.sweep_failures is 'Rows that a sweep of the clock could not deal with, until it tries again.';
comment on table private.text_days is 'What short messages of a day may cost.';
comment on table private.untold_roles is 'Who became something while away, which is said when they enter.';
comment on table private.factor_steps is 'The half minute whose code a second factor took last: none is good twice.';
comment on table private.factor_tries is 'Wrong codes of a person since the last good one, by place.';
comment on table private.idempotency_keys is 'Answers of requests that spend, to give again for the same key; and what may be used once.';
comment on table private.image_days is 'Pictures by day, for the common queries.';
comment on table private.clock_ends is 'When each step of what happens by the clock last ended well.';
comment on table private.ledger_checks is 'Each check of the ledger and how many wallets it found wrong.';
comment on table private.live_cameras is 'Cameras of those who are in a room, as LiveKit told of them.';
comment on table private.live_intervals is 'Each stay in a room; watch time is their union.';
comment on table private.livekit_events is
  'The inbox: every webhook of LiveKit once, before anything is done about it.';
comment on table private.livekit_rooms is 'Which of LiveKit''s servers a room was opened on, and stays on.';
comment on table private.livekit_outbox is 'The outbox: orders to LiveKit, carried out until they succeed.';
comment on column private.livekit_outbox.watched_until is
  'A seat is looked at again until then: LiveKit renews tokens with the rights of that moment.';
comment on table private.moderation_log is 'Who did what in the house, to whom, when and why.';
comment on table private.oauth_codes is 'Who came back from another provider, until they exchanged their code.';
comment on table private.oauth_flows is 'Who was sent to another provider to sign in, until they are back.';
comment on table private.object_removals is 'Objects whose row is gone and whose bytes are to follow.';
comment on table private.owned_objects is
  'What each owner keeps in Storage: the bounds of the settings are judged by it.';
comment on table private.unfinished_uploads is 'Uploads that come in parts and have not come to their end.';
comment on table private.upload_parts is 'What has come of an unfinished upload: its bytes lie in the blob store under each version.';
comment on column private.settings.unfinished_uploads_max is 'Uploads that one person may have begun and not ended; or all who are nobody together, one address a quarter of them.';
comment on column private.settings.unfinished_bytes_max is 'Bytes that those may have been announced with together.';
comment on table private.quota_reservations is 'What a generation reserved of the day''s quota, and what it kept.';
comment on table private.photo_consents is 'Who consented to their photos being kept, to which text, in which language, from when until when.';
comment on table private.refused_words is 'Words that no scene''s sentence may have.';
comment on table private.picture_verdicts is 'Files that were looked at, by SHA-256: those that are refused, and those that an admin let through.';
comment on table private.refused_pictures is 'Photos and pictures of generations that were refused; they lie in the bucket quarantine.';
comment on table private.appeals is 'What people object to of that, and what was decided.';
comment on table private.recovery_codes is 'What opens an account once each when the phone is gone, hashed.';
comment on table private.recovery_sets is 'Whose recovery codes: one set a person.';
comment on table private.reports is 'What people found wrong, with what there was to see, and what became of it.';
comment on table private.scene_image_counts is 'Pictures by scene, following deletes.';
comment on table private.scene_words is 'What scenes are found by, in all their languages.';
comment on table private.scene_versions is 'How a scene''s pictures were made, numbered without a gap; the newest is how they are made.';
comment on column private.scene_versions.is_variant is 'Made for an experiment: tried, and not how the scene is made.';
comment on table private.scene_experiments is 'Several ways of making a scene''s pictures, each for a share of the people.';
comment on table private.scene_variants is 'One of the ways of an experiment, and how many get it.';
comment on table private.studio_log is 'What admins did with scenes and categories.';
comment on table private.session_counters is 'Exact counts of a session while people come and go.';
comment on table private.session_tallies is 'Messages and gifts that a session does not show yet.';
comment on table private.settings is 'The product''s settings that policies and triggers read: one row.';
comment on column private.settings.failed_images_max is
  'Pictures a day that were asked for in vain (failed, moderated, cancelled) before no more are tried.';
comment on column private.settings.photo_hours_kept is
  'Hours that a photo is kept after it was put in or used last; null is for ever.';
comment on column private.settings.photo_consent_version is
  'Which text people consent to before their photos are kept; null asks nobody.';
comment on column private.settings.owned_objects_max is 'Objects in Storage that one account may own.';
comment on column private.settings.owned_bytes_max is 'Bytes in Storage that one account''s objects may have together.';
comment on column private.settings.premium_entitlements is 'What RevenueCat calls that which opens premium.';
comment on column private.settings.sandbox_purchases_count is
  'Whether what is bought in a store''s sandbox counts: for trying an app, never where people pay.';
comment on column private.settings.account_grace_days is
  'Days in which somebody may change their mind before their account is erased.';
comment on column private.settings.username_days_held is 'Days in which a username that somebody left is nobody else''s.';
comment on column private.settings.username_changes_max is 'How often somebody may change usernames in 30 days.';
comment on column private.settings.shadows_max is 'Shadow profiles that one account may have.';
comment on table private.reserved_usernames is 'Usernames that no client takes, however they are spelt.';
comment on table private.former_usernames is 'Usernames that somebody had, by hash, and are not free yet.';
comment on table private.username_changes is 'When somebody changed a username of theirs.';
comment on column private.settings.creators_are is
  'Whether whoever wants to is a creator (open), or an admin is asked (request).';
comment on table private.creator_requests is 'Who asked to be a creator, and what an admin answered.';
comment on table private.consent_texts is 'Texts that people agree to, in the version of today.';
comment on table private.account_consents is 'What somebody answered to such texts, each time.';
comment on table private.suspensions is 'Who was suspended, by whom, why and until when.';
comment on table private.account_conflicts is 'Two accounts that met: what somebody wanted for one, another has.';
comment on table private.account_deletions is 'Who asked for their account to be erased, and when that is due.';
comment on table private.erased_accounts is 'That there was an account of this id: what is left of an erased one.';
comment on column private.erased_accounts.faces is 'The profiles it had, until what LiveKit told of them is scrubbed.';
comment on column private.erased_accounts.customers is 'What the stores call it, until what they told of it is scrubbed.';
comment on table private.account_exports is 'Copies of everything that is somebody''s, that they asked for.';
comment on table private.store_products is 'What is sold through the app stores: premium, or so many coins.';
comment on table private.store_events is
  'The inbox of the app stores: everything they told once, before anything is done about it.';
comment on table private.store_purchases is
  'Coins bought through the app stores, once for each purchase; what a refund took back, and what of it is owed.';
comment on table private.store_customers is 'Every name the stores have for somebody, and whose it is.';
comment on table private.premium_lines is 'What somebody has premium by, as it follows from what the stores told.';
comment on table private.store_looks is 'When RevenueCat is asked how somebody stands, where its key is set.';
comment on table private.tickets is 'Paid entry to a session; the money waits in escrow.';
comment on table private.user_image_counts is 'Pictures by user, following deletes.';
comment on table private.user_image_days is 'Who made pictures on a day, for counting people.';
comment on table private.used_id_tokens is 'Id tokens with a nonce that signed somebody in: none is good twice.';
