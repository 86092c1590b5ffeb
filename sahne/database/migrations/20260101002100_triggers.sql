-- What happens by itself when a row comes, changes or goes: every trigger, table by table. Those on a client's path ask
-- what the policies ask and answer with a sentence (ruling R8); the policies remain the authority.
--
-- What a policy keeps from an update or a delete is passed over in silence, so that `a_named_person` refuses it aloud; its
-- name begins with `a` because triggers fire in the order of their names, and who is not allowed anything hears that
-- first.

-- private.settings
create trigger update_settings_updated_at before update on private.settings
  for each row execute function public.update_updated_at_column();

-- private.store_products
create trigger update_store_products_updated_at before update on private.store_products
  for each row execute function public.update_updated_at_column();

-- private.webhook_endpoints
create trigger update_webhook_endpoints_updated_at before update on private.webhook_endpoints
  for each row execute function public.update_updated_at_column();

-- private.events
create trigger hand_to_webhooks after insert on private.events
  referencing new table as new_events
  for each statement execute function private.hand_to_webhooks();

-- public.profiles
create trigger complete_profile before insert or update on public.profiles
  for each row execute function private.complete_profile();
create trigger update_profiles_updated_at before update on public.profiles
  for each row execute function public.update_updated_at_column();
create trigger show_public_profile after insert or update on public.profiles
  for each row execute function private.show_public_profile();
create trigger remove_profile_objects after delete on public.profiles
  for each row execute function private.remove_profile_objects();
-- `user_id` may be left out: a real profile's id is its user's, as `complete_profile` writes it a moment later.
create trigger as_oneself before insert on public.profiles
  for each row when (current_user in ('anon', 'authenticated')
                     and coalesce(new.user_id, new.id) is distinct from auth.uid())
  execute function private.forbid_row('You can make only your own profile', 'Send your own id as user_id.');
create trigger a_named_person before insert or update on public.profiles
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('change a profile');
create trigger check_client_names before insert or update on public.profiles
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_names();
create trigger check_client_username before insert or update of username on public.profiles
  for each row when (current_user in ('anon', 'authenticated') and new.username is not null)
  execute function private.check_client_username();
create trigger keep_changed_username after update of username on public.profiles
  for each row when (old.username is not null and lower(old.username) is distinct from lower(new.username))
  execute function private.keep_former_username();
create trigger keep_former_username after delete on public.profiles
  for each row when (old.username is not null) execute function private.keep_former_username();

create trigger scrub_events before delete on public.profiles
  for each row when (old.type = 'real') execute function private.scrub_events();
create trigger updated_not_by_being_seen before update of last_seen_at on public.profiles
  for each row execute function private.keep_updated_at();

-- public.public_profiles
create trigger keep_creator_words after insert or update of username, display_name, is_creator on public.public_profiles
  for each row execute function private.keep_creator_words();

-- auth.users
create trigger on_auth_user_created after insert on auth.users
  for each row execute function public.handle_new_user();
create trigger on_auth_user_email_changed after update on auth.users
  for each row when (old.email is distinct from new.email)
  execute function private.follow_user_email();
create trigger scrub_events_of_erased after update on auth.users
  for each row when (old.deleted_at is null and new.deleted_at is not null) execute function private.scrub_events();
create trigger end_presence_of_suspended after update on auth.users
  for each row when (new.deleted_at is distinct from old.deleted_at or new.banned_until is distinct from old.banned_until)
  execute function private.end_presence();
create trigger uncount_suspended_follower after update on auth.users
  for each row when (new.deleted_at is distinct from old.deleted_at or new.banned_until is distinct from old.banned_until)
  execute function private.count_as_follower();
create trigger tell_of_account after update on auth.users
  for each row when (new.banned_until is distinct from old.banned_until or new.email <> old.email
                     or new.encrypted_password <> old.encrypted_password)
  execute function private.tell_of_account();

-- auth.sessions, auth.mfa_factors, auth.webauthn_credentials
create trigger tell_of_new_device after insert on auth.sessions
  for each row execute function private.tell_of_new_device();
create trigger tell_of_new_factor after update of status on auth.mfa_factors
  for each row when (old.status <> 'verified' and new.status = 'verified') execute function private.tell_of_factor();
create trigger tell_of_gone_factor after delete on auth.mfa_factors
  for each row when (old.status = 'verified') execute function private.tell_of_factor();
do $$
begin
  if to_regclass('auth.webauthn_credentials') is not null then  -- a project of Supabase may have no passkeys
    create trigger tell_of_passkey after insert or delete on auth.webauthn_credentials
      for each row execute function private.tell_of_passkey();
  end if;
end
$$;

create trigger note_erased before delete on auth.users
  for each row execute function private.note_erased();

-- private.account_exports
create trigger remove_expired_file after update of file on private.account_exports
  for each row when (old.file is distinct from new.file and old.file is not null)
  execute function private.remove_export_file();
create trigger remove_file after delete on private.account_exports
  for each row when (old.file is not null) execute function private.remove_export_file();

-- private.moderation_log
create trigger forget_keepers_words before update of actor_profile_id on private.moderation_log
  for each row when (old.actor_profile_id is not null and new.actor_profile_id is null)
  execute function private.forget_keepers_words();

-- private.reports
create trigger forget_reporter before update of reporter_id on private.reports
  for each row when (old.reporter_id is not null and new.reporter_id is null) execute function private.forget_reporter();

-- public.scenes
create trigger update_scenes_updated_at before update on public.scenes
  for each row execute function public.update_updated_at_column();
create trigger on_scene_category_change after insert on public.scenes
  for each row execute function public.update_category_count();
create trigger on_scene_category_update after update on public.scenes
  for each row when ((old.category, old.is_active) is distinct from (new.category, new.is_active))
  execute function public.update_category_count();
create trigger on_scene_category_delete after delete on public.scenes
  for each row execute function public.update_category_count();
create trigger keep_scene_words
  after insert or update of name, description, category, subcategory, style_keywords on public.scenes
  for each row execute function private.keep_scene_words();
create constraint trigger version_new_scene after insert on public.scenes deferrable initially deferred
  for each row execute function private.version_scene();
create constraint trigger version_scene after update on public.scenes deferrable initially deferred
  for each row when (old.prompt_template is distinct from new.prompt_template
                     or old.negative_prompt is distinct from new.negative_prompt
                     or old.style_keywords is distinct from new.style_keywords
                     or old.category is distinct from new.category)
  execute function private.version_scene();

-- private.scene_providers
create constraint trigger version_scene after insert or update or delete on private.scene_providers
  deferrable initially deferred
  for each row execute function private.version_scene();

-- public.scene_translations, public.category_translations
create trigger keep_scene_words after insert or update or delete on public.scene_translations
  for each row execute function private.keep_scene_words();
create trigger keep_scene_words after insert or update or delete on public.category_translations
  for each row execute function private.keep_scene_words();

-- public.generated_images
create trigger explain_image_refusal before insert on public.generated_images
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.explain_image_refusal();
create trigger on_image_generated after insert on public.generated_images
  for each row execute function public.increment_scene_usage();
create trigger on_generation_count_update after insert on public.generated_images
  for each row execute function public.update_generation_count();
create trigger check_image_of_generation before insert on public.generated_images
  for each row when (new.generation_id is not null) execute function private.check_image_of_generation();
create trigger on_daily_usage_track after insert on public.generated_images
  for each row when (new.generation_id is null and current_user not in ('anon', 'authenticated'))
  execute function public.track_daily_usage();
create trigger on_daily_limit_spend after insert on public.generated_images
  for each row when (new.generation_id is null and current_user in ('anon', 'authenticated'))
  execute function public.track_daily_usage('limited');
create trigger remove_image_objects after delete on public.generated_images
  for each row execute function private.remove_image_objects();
create trigger count_new_images after insert on public.generated_images
  referencing new table as new_images
  for each statement execute function private.count_new_images();
create trigger count_gone_images after delete on public.generated_images
  referencing old table as old_images
  for each statement execute function private.count_gone_images();
create trigger count_changed_images after update on public.generated_images
  referencing old table as old_images new table as new_images
  for each statement execute function private.count_changed_images();
create trigger as_oneself before insert on public.generated_images
  for each row when (current_user in ('anon', 'authenticated') and new.user_id is distinct from auth.uid())
  execute function private.forbid_row('You can keep only your own pictures', 'Send your own id as user_id.');
create trigger a_named_person before update or delete on public.generated_images
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('change pictures');

-- public.categories
create trigger update_categories_updated_at before update on public.categories
  for each row execute function public.update_updated_at_column();
create trigger keep_scene_words after update of name on public.categories
  for each row execute function private.keep_scene_words();

-- public.usage_tracking
create trigger update_usage_tracking_updated_at before update on public.usage_tracking
  for each row execute function public.update_updated_at_column();

-- private.refused_pictures
create trigger remove_refused_objects after delete on private.refused_pictures
  for each row execute function private.remove_refused_objects();

-- public.generations
create trigger check_generation before insert on public.generations
  for each row execute function private.check_generation();
create trigger advance_generation before update on public.generations
  for each row when (old.status is distinct from new.status) execute function private.advance_generation();
create trigger tell_of_generation after update of status on public.generations
  for each row when (old.status <> new.status and new.status in ('done', 'failed', 'moderated', 'expired'))
  execute function private.tell_of_generation();
create trigger update_generations_updated_at before update on public.generations
  for each row execute function public.update_updated_at_column();

-- public.gifts
create trigger set_gifts_updated_at before update on public.gifts
  for each row execute function public.handle_updated_at();

-- public.subscription_tiers
create trigger set_subscription_tiers_updated_at before update on public.subscription_tiers
  for each row execute function public.handle_updated_at();

-- public.creator_subscriptions
create trigger set_creator_subscriptions_updated_at before update on public.creator_subscriptions
  for each row execute function public.handle_updated_at();
create trigger refund_before_subscription_goes before delete on public.creator_subscriptions
  for each row execute function private.refund_before_subscription_goes();

-- public.coin_transactions
create trigger coin_transactions_append_only before update or delete on public.coin_transactions
  for each row execute function private.refuse_ledger_change();
create trigger coin_transactions_never_truncated before truncate on public.coin_transactions
  for each statement execute function private.refuse_ledger_change();
create trigger hold_coin_day after insert on public.coin_transactions
  referencing new table as written
  for each statement execute function private.hold_coin_day();

-- public.coin_entries
create trigger coin_entries_append_only before update or delete on public.coin_entries
  for each row execute function private.refuse_ledger_change();
create trigger coin_entries_never_truncated before truncate on public.coin_entries
  for each statement execute function private.refuse_ledger_change();
create trigger coin_entries_sum_zero after insert on public.coin_entries
  referencing new table as written
  for each statement execute function private.check_entries();

-- public.wallets
create trigger wallets_never_deleted before delete on public.wallets
  for each row execute function private.refuse_wallet_change();
create trigger wallets_never_renamed before update of id on public.wallets
  for each row when (new.id <> old.id) execute function private.refuse_wallet_change();
create trigger wallets_never_truncated before truncate on public.wallets
  for each statement execute function private.refuse_wallet_change();

-- public.live_sessions
create trigger set_live_sessions_updated_at before update on public.live_sessions
  for each row execute function public.handle_updated_at();
create trigger name_live_session_room before insert on public.live_sessions
  for each row when (new.livekit_room_name is null) execute function private.name_session_room();
create trigger open_live_session_counters after insert on public.live_sessions
  for each row execute function private.open_session_counters();
create trigger check_client_live_session before insert or update on public.live_sessions
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_session();
create trigger tell_chat_rules after update on public.live_sessions
  for each row when (old.chat_enabled is distinct from new.chat_enabled
                     or old.slow_mode_seconds is distinct from new.slow_mode_seconds
                     or old.chat_audience is distinct from new.chat_audience
                     or old.chat_links_enabled is distinct from new.chat_links_enabled)
  execute function private.tell_chat_rules();
create trigger close_deleted_live_session after delete on public.live_sessions
  for each row when (old.status = 'live') execute function private.close_deleted_room();
create trigger refund_live_session_tickets before delete on public.live_sessions
  for each row execute function private.refund_before_delete();
create trigger few_at_once before insert on public.live_sessions
  for each row when (current_user in ('anon', 'authenticated')) execute function private.forbid_more_rows('sessions', '20');
create trigger as_oneself before insert on public.live_sessions
  for each row when (current_user in ('anon', 'authenticated') and new.creator_id is distinct from auth.uid())
  execute function private.forbid_row('You can open only a session of your own', 'Send your own id as creator_id.');
create trigger a_named_person before update on public.live_sessions
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('change a session');

create trigger keep_session_words after insert or update of title, tags, category, status on public.live_sessions
  for each row execute function private.keep_session_words();
create trigger tell_of_session after insert or update of status, scheduled_at on public.live_sessions
  for each row execute function private.tell_of_session();
create trigger plan_next_of_series after update of status on public.live_sessions
  for each row when (new.series_id is not null and new.status in ('ended', 'cancelled') and old.status <> new.status)
  execute function private.plan_next_of_series();

-- public.live_participants
create trigger tell_of_invitation after update of invitation_response on public.live_participants
  for each row when (new.invitation_response = 'pending' and new.invited_at is distinct from old.invited_at)
  execute function private.tell_of_invitation();
create trigger set_live_participants_updated_at before update on public.live_participants
  for each row execute function public.handle_updated_at();
create trigger count_out_deleted_live_participant after delete on public.live_participants
  for each row when (old.is_active and old.role <> 'host') execute function private.count_out_deleted();

-- public.live_messages
create trigger tally_live_messages after insert on public.live_messages
  referencing new table as written
  for each statement execute function private.tally_messages();
create trigger check_client_live_message before insert on public.live_messages
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_message();
create trigger mark_subscriber before insert on public.live_messages
  for each row when (new.sender_profile_id = new.sender_id) execute function private.mark_subscriber();
create trigger as_oneself before insert on public.live_messages
  for each row when (current_user in ('anon', 'authenticated') and new.sender_id is distinct from auth.uid())
  execute function private.forbid_row('You can post only in your own name', 'Send your own id as sender_id.');

-- public.live_gifts
create trigger tally_live_gifts after insert on public.live_gifts
  referencing new table as written
  for each statement execute function private.tally_gifts();

-- public.live_session_bans
create trigger tell_of_ban after insert on public.live_session_bans
  for each row execute function private.tell_of_ban();

-- public.calls
create trigger set_calls_updated_at before update on public.calls
  for each row execute function public.handle_updated_at();
create trigger take_client_call_slots before insert on public.calls
  for each row when (new.status = 'initiated' and current_user in ('anon', 'authenticated'))
  execute function private.take_call_slots('client');
create trigger take_server_call_slots before insert on public.calls
  for each row when (new.status = 'initiated' and current_user not in ('anon', 'authenticated'))
  execute function private.take_call_slots('server');
create trigger check_client_call before insert on public.calls
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_call();
create trigger check_client_call_step before update on public.calls
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_call_step();
create trigger end_call_of_erased before update on public.calls
  for each row when (old.status in ('initiated', 'ringing', 'accepted')
                     and (new.caller_id is null and old.caller_id is not null
                          or new.callee_id is null and old.callee_id is not null))
  execute function private.end_call_of_erased();
create trigger stamp_call before update on public.calls
  for each row when (new.status <> old.status) execute function private.stamp_call();
create trigger release_call_slots after update on public.calls
  for each row when (new.status <> old.status and new.status in ('rejected', 'missed', 'busy', 'ended', 'failed'))
  execute function private.release_call_slots();
create trigger as_oneself before insert on public.calls
  for each row when (current_user in ('anon', 'authenticated') and new.caller_id is distinct from auth.uid())
  execute function private.forbid_row('You can start only a call of your own', 'Send your own id as caller_id.');
create trigger a_named_person before update on public.calls
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('take part in a call');

create trigger tell_of_new_call after insert on public.calls
  for each row execute function private.tell_of_call();
create trigger tell_of_call after update of status on public.calls
  for each row when (old.status in ('initiated', 'ringing') and new.status not in ('initiated', 'ringing'))
  execute function private.tell_of_call();

-- private.call_prices
create trigger set_call_prices_updated_at before update on private.call_prices
  for each row execute function public.handle_updated_at();

-- public.live_guest_requests
create trigger tell_of_approval after update of status on public.live_guest_requests
  for each row when (new.status = 'approved' and old.status <> 'approved')
  execute function private.tell_of_approval();
create trigger check_client_live_guest_request before insert on public.live_guest_requests
  for each row when (current_user in ('anon', 'authenticated')) execute function private.check_client_guest_request();
create trigger as_oneself before insert on public.live_guest_requests
  for each row when (current_user in ('anon', 'authenticated') and new.requester_id is distinct from auth.uid())
  execute function private.forbid_row('You can ask to join only for yourself', 'Send your own id as requester_id.');

-- public.follows
create trigger count_new_followers after insert on public.follows
  referencing new table as new_follows
  for each statement execute function private.count_followers();
create trigger count_gone_followers after delete on public.follows
  referencing old table as old_follows
  for each statement execute function private.count_followers();
create trigger count_changed_followers after update on public.follows
  referencing old table as old_follows new table as new_follows
  for each statement execute function private.count_followers();

-- public.notifications
create trigger stamp_read before update of read_at on public.notifications
  for each row execute function private.stamp_read();

-- public.analytics_events
create trigger as_oneself before insert on public.analytics_events
  for each row when (current_user in ('anon', 'authenticated') and new.user_id is distinct from auth.uid())
  execute function private.forbid_row('You can report only your own events', 'Send your own id as user_id.');
create trigger within_the_window before insert on public.analytics_events
  for each row when (current_user in ('anon', 'authenticated')
                     and new.created_at not between now() - interval '7 days' and now() + interval '10 minutes')
  execute function private.forbid_row('An event is reported within 7 days, and not from more than 10 minutes ahead',
                                      'Look at created_at and the device''s clock.');
create trigger a_named_person before insert on public.analytics_events
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.forbid_unless_named('report events');
create trigger few_at_once before insert on public.analytics_events
  for each row when (current_user in ('anon', 'authenticated')) execute function private.forbid_more_rows('events', '500');
create trigger note_new_events after insert on public.analytics_events
  referencing new table as written
  for each statement execute function private.note_new_events();
create trigger note_changed_events after update on public.analytics_events
  referencing old table as gone
  for each statement execute function private.note_changed_events();
create trigger note_gone_events after delete on public.analytics_events
  referencing old table as gone
  for each statement execute function private.note_changed_events();
create trigger who_opted_out before insert on public.analytics_events
  for each row when (current_user in ('anon', 'authenticated')) execute function private.leave_out_opted_out();

-- what is counted of events
create trigger note_gone_user_days after delete on private.analytics_user_days
  referencing old table as gone
  for each statement execute function private.note_gone_user_days();
create trigger note_another_zone after update on private.settings
  for each row when (new.quota_time_zone is distinct from old.quota_time_zone)
  execute function private.note_another_zone();

-- private.unfinished_uploads
create trigger check_unfinished_uploads before insert on private.unfinished_uploads
  for each row execute function private.check_unfinished_uploads();
create trigger check_upload_parts before insert on private.upload_parts
  for each row execute function private.check_upload_parts();

-- storage.objects
create trigger check_signed_upload before insert or update on storage.objects
  for each row when (new.owner_id is not null and storage.operation() = 'storage.object.upload_signed')
  execute function private.check_signed_upload();
create trigger check_photo_consent before insert or update of bucket_id, owner_id on storage.objects
  for each row when (new.bucket_id = 'photos' and new.owner_id is not null)
  execute function private.check_photo_consent();
create trigger count_new_objects after insert on storage.objects
  referencing new table as new_objects
  for each statement execute function private.count_objects();
create trigger count_gone_objects after delete on storage.objects
  referencing old table as old_objects
  for each statement execute function private.count_objects();
create trigger count_changed_objects after update on storage.objects
  referencing old table as old_objects new table as new_objects
  for each statement execute function private.count_objects();
select private.recount_objects();  -- a project that is brought here may have some already
