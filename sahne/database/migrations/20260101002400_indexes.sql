-- The seed's performance indexes (the scene's 005), each once: what repeats an earlier one or its own unique key is left
-- out, what was partial on the clock is whole (rulings S7, S8).

-- the tables are empty when this runs
-- squawk-ignore-file require-concurrent-index-creation

create index idx_profiles_last_seen on public.profiles (last_seen_at desc);
-- who is looked at when the time of their premium is over
create index idx_profiles_lapsing on public.profiles (subscription_expires_at) where is_premium;

create index idx_scenes_category_active on public.scenes (category, is_active);
create index idx_scenes_name_search on public.scenes using gin (to_tsvector('english', name));

create index idx_generated_images_favorites on public.generated_images (user_id, is_favorite) where is_favorite = true;
create index idx_generated_images_scene on public.generated_images (scene_id, created_at desc);
create index idx_images_user_cover on public.generated_images (user_id, created_at desc, is_favorite);

create index idx_analytics_user_event on public.analytics_events (user_id, event_name, created_at desc);

-- rows come in the order of time, so a block range index of a few pages answers a range of days
create index idx_analytics_date_range on public.analytics_events using brin (created_at);

-- what admins are told of the last days
create index idx_generations_photo_path on public.generations (photo_path) where photo_path is not null;
create index idx_generations_created_at on public.generations (created_at);
create index idx_live_sessions_started_at on public.live_sessions (started_at) where started_at is not null;
create index idx_coin_transactions_created_at on public.coin_transactions using brin (created_at);

create index idx_usage_current on public.usage_tracking (user_id, date desc);

-- what somebody has begun to upload
create index idx_unfinished_uploads_holder on private.unfinished_uploads (holder);
