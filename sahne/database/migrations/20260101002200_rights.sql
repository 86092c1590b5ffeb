-- What clients may see and write (rulings R7, S3, S13, S15, S16, L1–L7, L13, L16, L17): column grants, and one policy
-- per role and action. `service_role` passes by row-level security; the seeds' policies for it are kept by name.

revoke all on schema private from public;

-- policies call functions here, so the schema is usable; what is in it is granted one by one
grant usage on schema private to anon, authenticated, service_role;

grant select, update on private.settings to service_role;

revoke all on public.profiles from public, anon, authenticated;
grant select on public.profiles to authenticated;
grant insert (id, user_id, username, display_name, avatar_url, gender) on public.profiles to authenticated;
grant update (username, display_name, avatar_url, gender) on public.profiles to authenticated;
grant select, insert, update, delete on public.profiles to service_role;

create policy "Users can view own profile" on public.profiles
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Users can insert own profile" on public.profiles
  for insert to authenticated with check (user_id = (select auth.uid()) and (select private.is_named_user()));
create policy "Users can update own profile" on public.profiles
  for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()) and (select private.is_named_user()));
create policy "Service role has full access to profiles" on public.profiles
  for all to service_role using ((select auth.role()) = 'service_role');

revoke all on public.public_profiles from public, anon, authenticated, service_role;
grant select on public.public_profiles to anon, authenticated, service_role;

create policy "Anyone can view public profiles" on public.public_profiles
  for select to anon, authenticated using (true);

-- the prompts are the product's own and stay with the server (ruling S13)
revoke all on public.scenes from public, anon, authenticated;
grant select (
  id, name, description, category, subcategory, preview_url, thumbnail_url, style_keywords,
  is_active, is_premium, order_index, usage_count, created_at, updated_at, active_from, active_until
) on public.scenes to anon, authenticated;
grant select, insert, update, delete on public.scenes to service_role;

create policy "Anyone can view active scenes" on public.scenes
  for select to anon, authenticated using (is_active = true);
create policy "Scenes are seen in their time" on public.scenes as restrictive
  for select to anon, authenticated using (tstzrange(active_from, active_until) @> now());
comment on policy "Scenes are seen in their time" on public.scenes is
  'Beside the seed''s own, which says whether one is retired (private.is_offered is both).';
create policy "Service role can manage scenes" on public.scenes
  for all to service_role using ((select auth.role()) = 'service_role');

revoke all on public.scene_translations, public.category_translations from public, anon, authenticated;
grant select on public.scene_translations, public.category_translations to anon, authenticated;
grant select, insert, update, delete on public.scene_translations, public.category_translations to service_role;

create policy "Whoever sees a scene sees its translations" on public.scene_translations
  for select to anon, authenticated
  using (exists (select from public.scenes where scenes.id = scene_translations.scene_id));
create policy "Whoever sees a category sees its translations" on public.category_translations
  for select to anon, authenticated
  using (exists (select from public.categories where categories.id = category_translations.category_id));

-- a direct insert is possible and spends quota; afterwards a person changes is_favorite only (rulings S4, R7)
revoke all on public.generated_images from public, anon, authenticated;
grant select (
  id, user_id, scene_id, image_url, thumbnail_url, original_photo_url, is_favorite, generation_time,
  model, image_size, seed, metadata, created_at
) on public.generated_images to authenticated;
grant insert (
  user_id, scene_id, image_url, thumbnail_url, original_photo_url, prompt, negative_prompt, image_size, seed
) on public.generated_images to authenticated;
grant update (is_favorite) on public.generated_images to authenticated;
grant delete on public.generated_images to authenticated;
grant select, insert, update, delete on public.generated_images to service_role;

create policy "Users can view own images" on public.generated_images
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Users can insert own images" on public.generated_images
  for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and (select private.is_named_user())
    and private.owns_pictures(image_url, thumbnail_url, original_photo_url)
    and private.may_use_scene(scene_id)
  );
create policy "Users can update own images" on public.generated_images
  for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()) and (select private.is_named_user()));
create policy "Users can delete own images" on public.generated_images
  for delete to authenticated using (user_id = (select auth.uid()));

revoke all on public.categories from public, anon, authenticated;
grant select on public.categories to anon, authenticated;
grant select, insert, update, delete on public.categories to service_role;

create policy "Anyone can view active categories" on public.categories
  for select to anon, authenticated using (is_active = true);

revoke all on public.usage_tracking from public, anon, authenticated;
grant select on public.usage_tracking to authenticated;
grant select, insert, update, delete on public.usage_tracking to service_role;

create policy "Users can view own usage" on public.usage_tracking
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Service role can manage usage" on public.usage_tracking
  for all to service_role using ((select auth.role()) = 'service_role');

-- a person watches their own; the prompt and the provider's handles stay with the server
revoke all on public.generations from public, anon, authenticated;
grant select (
  id, user_id, scene_id, status, progress, error_code, requested_count, seed, image_size, photo_path,
  retried_from, model, moderation_stage, created_at, started_at, finished_at, updated_at, scene_version_id
) on public.generations to authenticated;
grant select, insert, update, delete on public.generations to service_role;

create policy "Users can view own generations" on public.generations
  for select to authenticated using (user_id = (select auth.uid()));

grant select (generation_id, scene_version_id, medium_url) on public.generated_images to authenticated;

grant select on private.quota_reservations to service_role;

revoke all on public.analytics_events from public, anon, authenticated;
grant insert (
  id, user_id, event_name, event_properties, platform, app_version, device_info, session_id, created_at
) on public.analytics_events to authenticated;
grant select, insert, update, delete on public.analytics_events to service_role;

create policy "Users can insert own events" on public.analytics_events
  for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and (select private.is_named_user())
    and created_at between now() - interval '7 days' and now() + interval '10 minutes'
  );
create policy "Service role can view all events" on public.analytics_events
  for select to service_role using ((select auth.role()) = 'service_role');

create policy "Users can view objects in own folders" on storage.objects
  for select to authenticated
  using ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders())
         or bucket_id = 'quarantine' and (select private.is_admin()));
create policy "Users can upload into own folders" on storage.objects
  for insert to authenticated
  with check ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders())
              and (select private.is_named_user()));
create policy "Users can replace objects in own folders" on storage.objects
  for update to authenticated
  using ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders()))
  with check ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders())
              and (select private.is_named_user()));
create policy "Users can remove objects from own folders" on storage.objects
  for delete to authenticated
  using ((bucket_id || '/' || (storage.foldername(name))[1]) in (select private.own_folders())
         and (select private.is_named_user()));

grant select, delete on private.object_removals to service_role;
grant select, insert, update, delete on private.unfinished_uploads, private.upload_parts to service_role;

grant select on private.user_image_counts to authenticated, service_role;
create policy "Users can view own counts" on private.user_image_counts
  for select to authenticated using (user_id = (select auth.uid()));

grant select on private.scene_image_counts to anon, authenticated, service_role;
create policy "Anyone can view counts of scenes" on private.scene_image_counts
  for select to anon, authenticated using (true);

grant select on private.image_days to authenticated, service_role;
create policy "Admins can view counts of days" on private.image_days
  for select to authenticated using ((select private.is_admin()));

revoke all on public.gifts, public.subscription_tiers, public.creator_subscriptions from anon, authenticated;
grant select on public.gifts, public.subscription_tiers to anon, authenticated;

grant select (id, subscriber_id, creator_id, tier_id, status, coin_price, expires_at, created_at, updated_at,
              next_tier_id, next_coin_price, renews_at, end_reason)
   on public.creator_subscriptions to authenticated;

grant all on public.gifts, public.subscription_tiers, public.creator_subscriptions to service_role;

create policy "Anyone can view active gifts" on public.gifts
  for select to anon, authenticated using (is_active and tstzrange(available_from, available_until) @> now());
comment on policy "Anyone can view active gifts" on public.gifts is 'What is offered now: not retired, and in its season.';

create policy "Anyone can view active tiers" on public.subscription_tiers
  for select to anon, authenticated
  using (
    is_active
    or creator_id = (select auth.uid())
    or id in (select private.subscribed_tier_ids())
    or exists (select from public.live_sessions
                where min_tier_id = subscription_tiers.id and status in ('scheduled', 'live'))
  );
comment on policy "Anyone can view active tiers" on public.subscription_tiers is
  'Retired ones to their creator, to who is or was subscribed by them, and to who sees a session that asks for them.';

create policy "Users can view own subscriptions" on public.creator_subscriptions
  for select to authenticated
  using (subscriber_id = (select auth.uid()) or creator_id = (select auth.uid()));
comment on policy "Users can view own subscriptions" on public.creator_subscriptions is
  'The subscriber and the creator. A subscription belongs to a user, never to a shadow profile.';

revoke all on public.wallets, public.coin_transactions, public.coin_entries from anon, authenticated, service_role;
grant select on public.wallets, public.coin_transactions, public.coin_entries to service_role;

revoke all on public.live_sessions, public.live_participants, public.live_messages, public.live_gifts, public.calls,
              public.live_session_bans, public.live_guest_requests
  from anon, authenticated;
grant all on public.live_sessions, public.live_participants, public.live_messages, public.live_gifts, public.calls,
             public.live_session_bans, public.live_guest_requests
  to service_role;

-- live_sessions
grant select on public.live_sessions to anon, authenticated;
grant insert (creator_id, creator_profile_id, title, description, thumbnail_url, session_type, access_type,
              ppv_coin_price, min_tier_id, scheduled_at, chat_enabled, gifts_enabled, recording_enabled, category, tags,
              language),
      update (title, description, thumbnail_url, access_type, ppv_coin_price, min_tier_id, scheduled_at, chat_enabled,
              gifts_enabled, recording_enabled, category, tags, language)
   on public.live_sessions to authenticated;

create policy "Anyone can view live sessions" on public.live_sessions
  for select to anon, authenticated
  using (status in ('scheduled', 'live')
         or creator_id = (select auth.uid())
         or id in (select private.attended_session_ids()));
comment on policy "Anyone can view live sessions" on public.live_sessions is
  'Scheduled and live ones to all; others to their creator and to who was in them (L7).';

create policy "Creators can create own sessions" on public.live_sessions
  for insert to authenticated
  with check (creator_id = (select auth.uid()) and creator_profile_id in (select private.creator_profile_ids()));
comment on policy "Creators can create own sessions" on public.live_sessions is
  'The insert half of the seed''s "Creators can manage own sessions": creators only, as themselves (L4).';

create policy "Creators can manage own sessions" on public.live_sessions
  for update to authenticated
  using (creator_id = (select auth.uid()))
  with check (creator_id = (select auth.uid()) and (select private.is_named_user()));
comment on policy "Creators can manage own sessions" on public.live_sessions is
  'The update half; sessions are cancelled, never deleted by clients (L12).';

create policy "Service role full access on live_sessions" on public.live_sessions
  for all to service_role using (true) with check (true);

-- live_participants
grant select (id, session_id, profile_id, role, is_active, is_muted, is_video_enabled, invited_at,
              invitation_expires_at, invitation_response, livekit_identity, joined_at, left_at, created_at, updated_at,
              invited_role)
   on public.live_participants to authenticated;

-- `= any (array(…))` is what several indexes can answer together; `in (select …)` reads every row when nothing else narrows
create policy "Users can view own participation" on public.live_participants
  for select to authenticated
  using (user_id = (select auth.uid())
         or session_id = any (array(select private.moderated_session_ids()))
         or (is_active and session_id = any (array(select private.active_session_ids()))));
comment on policy "Users can view own participation" on public.live_participants is
  'Own row; all rows to host and moderators (the seed''s "Host can view session participants"); active rows to active '
  'co-participants (L16).';

create policy "Service role full access on live_participants" on public.live_participants
  for all to service_role using (true) with check (true);

-- live_messages
grant select (id, session_id, sender_profile_id, message_type, content, gift_id, gift_quantity, gift_coin_value,
              is_deleted, is_pinned, created_at, seq, deleted_at, sender_tier, gift_combo_id, gift_combo_count, details),
      insert (session_id, sender_id, sender_profile_id, content, message_type)
   on public.live_messages to authenticated;

-- `in (select …)` here: beside a client's `session_id = …` the array form makes the planner expect a line or two, gather
-- the whole room and sort it, where this one reads a page off the end of (session_id, seq)
create policy "Participants can view session messages" on public.live_messages
  for select to authenticated
  using (session_id in (select private.moderated_session_ids())
         or (not is_deleted and session_id in (select private.active_session_ids())));
comment on policy "Participants can view session messages" on public.live_messages is
  'Host and moderators always and all; others while active, without deleted lines (L7, L13).';

create policy "Users can send messages" on public.live_messages
  for insert to authenticated
  with check (sender_id = (select auth.uid())
              and message_type = 'text'
              and not is_pinned
              and (session_id, sender_profile_id) in (select seats.session_id, seats.profile_id from private.chat_seats() seats));
comment on policy "Users can send messages" on public.live_messages is
  'Text, by an active participant who is not banned nor timed out, under the profile worn there, while chat is on and for '
  'them (L1).';

create policy "Service role full access on live_messages" on public.live_messages
  for all to service_role using (true) with check (true);

-- live_gifts
grant select (id, session_id, receiver_id, gift_id, quantity, coin_amount, transaction_id, created_at,
              sender_profile_id, combo_id, combo_count, refunded_at)
   on public.live_gifts to authenticated;

-- An array for the same reason as in the policy of live_participants
create policy "Sender, receiver and host can view gifts" on public.live_gifts
  for select to authenticated
  using (sender_id = (select auth.uid())
         or receiver_id = (select auth.uid())
         or session_id = any (array(select private.hosted_session_ids())));
comment on policy "Sender, receiver and host can view gifts" on public.live_gifts is 'The seed has none (L6).';

-- live_goals: how far they are is as public as the session
revoke all on public.live_goals from anon, authenticated;
grant all on public.live_goals to service_role;
grant select (id, session_id, position, title, target_coins, coins, reached_at, created_at)
   on public.live_goals to anon, authenticated;

create policy "Whoever sees a session sees its goals" on public.live_goals
  for select to anon, authenticated
  using (exists (select from public.live_sessions sessions where sessions.id = live_goals.session_id));

create policy "Service role full access on live_goals" on public.live_goals
  for all to service_role using (true) with check (true);

-- calls
grant select on public.calls to authenticated;
grant insert (caller_id, callee_id, call_type), update (status) on public.calls to authenticated;

create policy "Users can view own calls" on public.calls
  for select to authenticated
  using (caller_id = (select auth.uid()) or callee_id = (select auth.uid()));

create policy "Users can initiate calls" on public.calls
  for insert to authenticated
  with check (caller_id = (select auth.uid()) and callee_id <> caller_id and (select private.is_named_user()));

create policy "Users can update own calls" on public.calls
  for update to authenticated
  using (caller_id = (select auth.uid()) or callee_id = (select auth.uid()))
  with check ((caller_id = (select auth.uid()) or callee_id = (select auth.uid())) and (select private.is_named_user()));
comment on policy "Users can update own calls" on public.calls is
  'Status only, by the column grant; which step is whose is the trigger''s (L2).';

create policy "Service role full access on calls" on public.calls
  for all to service_role using (true) with check (true);

-- live_session_bans
grant select (id, session_id, reason, expires_at, created_at, banned_profile_id)
   on public.live_session_bans to authenticated;

create policy "Host, moderators and the banned can view bans" on public.live_session_bans
  for select to authenticated
  using (banned_user_id = (select auth.uid()) or session_id in (select private.moderated_session_ids()));
comment on policy "Host, moderators and the banned can view bans" on public.live_session_bans is
  'The seed has none (L6).';

-- live_guest_requests
grant select (id, session_id, requester_profile_id, status, message, responded_at, expires_at, created_at),
      insert (session_id, requester_id, requester_profile_id, message)
   on public.live_guest_requests to authenticated;

create policy "host_view_requests" on public.live_guest_requests
  for select to authenticated
  using (requester_id = (select auth.uid()) or session_id in (select private.moderated_session_ids()));
comment on policy "host_view_requests" on public.live_guest_requests is
  'Host, moderators and the requester (the seed''s "requester_view_own").';

create policy "create_request" on public.live_guest_requests
  for insert to authenticated
  with check (requester_id = (select auth.uid())
              and status = 'pending'
              and (session_id, requester_profile_id) in (
                    select seats.session_id, seats.profile_id
                      from private.open_seats() seats
                     where seats.role in ('viewer', 'listener')));
comment on policy "create_request" on public.live_guest_requests is
  'By an active viewer who is not banned, under the profile worn there; the trigger and a unique index keep it to one (L5).';

create policy "Service role full access on guest_requests" on public.live_guest_requests
  for all to service_role using (true) with check (true);

-- follows
revoke all on public.follows from anon, authenticated;
grant all on public.follows to service_role;
grant select (id, follower_id, followed_profile_id, created_at) on public.follows to authenticated;

create policy "The two can view a follow" on public.follows
  for select to authenticated
  using (follower_id = (select auth.uid()) or followed_profile_id = (select auth.uid()));
comment on policy "The two can view a follow" on public.follows is
  'Who follows whom is known to the two alone; how many follow stands on the public profile.';

-- what sessions are about, when they come again, and who is reminded of them
revoke all on public.session_categories, public.session_series, public.session_reminders from anon, authenticated;
grant all on public.session_categories, public.session_series, public.session_reminders to service_role;
grant select on public.session_categories to anon, authenticated;
grant select (id, creator_id, every, time_zone, time_of_day, made_until, created_at, stopped_at)
   on public.session_series to anon, authenticated;
grant select (id, session_id, user_id, created_at) on public.session_reminders to authenticated;

create policy "Anyone can view active session categories" on public.session_categories
  for select to anon, authenticated using (is_active);
create policy "Anyone can view series" on public.session_series
  for select to anon, authenticated using (true);
create policy "Users can view own reminders" on public.session_reminders
  for select to authenticated using (user_id = (select auth.uid()));

-- notifications
revoke all on public.notifications from anon, authenticated;
grant all on public.notifications to service_role;
grant select on public.notifications to authenticated;
grant update (read_at) on public.notifications to authenticated;

create policy "Users can view own notifications" on public.notifications
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Users can mark own notifications" on public.notifications
  for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));

grant select on all tables in schema private to service_role;

grant insert, update, delete on private.livekit_events, private.livekit_outbox to service_role;
grant delete on private.livekit_rooms to service_role;
grant insert, update on private.store_events to service_role;
grant insert, delete on private.ledger_checks to service_role;
grant insert, update on private.clock_ends to service_role;

-- accounts are erased by the role that owns them
grant usage on schema private to supabase_auth_admin;

-- second factors are the accounts' alone
revoke all on private.factor_steps, private.factor_tries, private.recovery_sets, private.recovery_codes from service_role;
grant select, insert, update, delete
  on private.factor_steps, private.factor_tries, private.recovery_sets, private.recovery_codes to supabase_auth_admin;

-- and so is what short messages cost
revoke all on private.text_days from service_role;
grant select, insert, update on private.text_days to supabase_auth_admin;

-- and so is what is on its way to another provider and back
revoke all on private.oauth_flows, private.oauth_codes, private.used_id_tokens from service_role;
grant select, insert, update, delete on private.oauth_flows, private.oauth_codes, private.used_id_tokens to supabase_auth_admin;
