-- The scene's tables (its 001–003): scenes and their groups, pictures, generations, quota, and the counts of pictures;
-- corrected by rulings S3, S4, S6, S12, S13, S15–S18, S23.

-- the tables are empty when this runs
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation

-- Scenes, and the pictures made from them (the scene's 001).

create table public.scenes (
  id              uuid        not null default gen_random_uuid() primary key,
  name            text        not null,
  description     text,
  category        text        not null,
  subcategory     text,
  preview_url     text,
  thumbnail_url   text,
  prompt_template text        not null,
  negative_prompt text,
  style_keywords  text[],
  is_active       boolean     not null default true,
  is_premium      boolean     not null default false,
  order_index     integer     default 0,
  usage_count     integer     default 0,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  constraint scenes_name_unique unique (name)
);
alter table public.scenes enable row level security;

create index idx_scenes_category on public.scenes (category);
create index idx_scenes_subcategory on public.scenes (subcategory);
create index idx_scenes_is_active on public.scenes (is_active);
create index idx_scenes_is_premium on public.scenes (is_premium);
create index idx_scenes_order on public.scenes (order_index);
create index idx_scenes_usage on public.scenes (usage_count desc);

create table public.generated_images (
  id                 uuid        not null default gen_random_uuid() primary key,
  user_id            uuid        not null,
  scene_id           uuid,
  image_url          text        not null,
  thumbnail_url      text,
  original_photo_url text,
  prompt             text        not null,
  negative_prompt    text,
  is_favorite        boolean     not null default false,
  generation_time    real,
  model              text        default 'flux-pro-1.1',
  image_size         text,
  seed               bigint,
  metadata           jsonb,
  created_at         timestamptz not null default now(),
  constraint generated_images_image_url_unique unique (image_url),
  constraint generated_images_user_id_fkey foreign key (user_id) references public.profiles (id) on delete cascade,
  constraint generated_images_scene_id_fkey foreign key (scene_id) references public.scenes (id) on delete set null,
  constraint generated_images_generation_time_check check (generation_time >= 0 and generation_time < 'infinity'),
  constraint generated_images_prompt_check check (char_length(prompt) <= 8000),
  constraint generated_images_negative_prompt_check check (char_length(negative_prompt) <= 8000),
  constraint generated_images_image_size_check check (char_length(image_size) <= 32)
);
alter table public.generated_images enable row level security;

create index idx_generated_images_user_id on public.generated_images (user_id);
create index idx_generated_images_scene_id on public.generated_images (scene_id);
create index idx_generated_images_is_favorite on public.generated_images (is_favorite);
create index idx_generated_images_created_at on public.generated_images (created_at desc);
create index idx_generated_images_user_created on public.generated_images (user_id, created_at desc);
create index idx_generated_images_metadata on public.generated_images using gin (metadata);

-- The groups of scenes (the scene's 002): a scene's category is a real one (ruling S12).

create table public.categories (
  id            uuid        not null default gen_random_uuid() primary key,
  name          text        not null,
  slug          text        not null,
  description   text,
  icon          text,
  thumbnail_url text,
  is_active     boolean     not null default true,
  order_index   integer     default 0,
  scene_count   integer     default 0,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  constraint categories_name_key unique (name),
  constraint categories_slug_key unique (slug)
);
alter table public.categories enable row level security;

create index idx_categories_slug on public.categories (slug);
create index idx_categories_is_active on public.categories (is_active);
create index idx_categories_order on public.categories (order_index);

alter table public.scenes
  add constraint scenes_category_fkey foreign key (category) references public.categories (slug)
  on update cascade on delete restrict;

-- How many pictures a user made on a day and may make (the scene's 003).

create table public.usage_tracking (
  id               uuid        not null default gen_random_uuid() primary key,
  user_id          uuid        not null,
  date             date        not null default current_date,
  generation_count integer     not null default 0,
  daily_limit      integer     not null default 10,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  constraint usage_tracking_user_date_unique unique (user_id, date),
  constraint usage_tracking_user_id_fkey foreign key (user_id) references public.profiles (id) on delete cascade,
  constraint usage_tracking_generation_count_check check (generation_count >= 0)
);
alter table public.usage_tracking enable row level security;

create index idx_usage_tracking_user_id on public.usage_tracking (user_id);
create index idx_usage_tracking_date on public.usage_tracking (date);

-- A generation is one request to make images: a row with states, so that a request exists before its pictures do and
-- a failure is data. Its quota is reserved with it (ruling S5).

create table public.generations (
  id                   uuid        not null default gen_random_uuid() primary key,
  user_id              uuid        not null,
  scene_id             uuid,
  status               text        not null default 'queued',
  progress             integer     not null default 0,
  error_code           text,
  error_message        text,
  requested_count      integer     not null default 1,
  seed                 bigint,
  image_size           text,
  photo_path           text,
  retried_from         uuid,
  idempotency_key      text        not null,
  request              jsonb       not null default '{}'::jsonb,
  prompt               text,
  negative_prompt      text,
  provider             text,
  model                text,
  provider_details     jsonb,
  moderation_stage     text,
  attempts             integer     not null default 0,
  created_at           timestamptz not null default now(),
  started_at           timestamptz,
  finished_at          timestamptz,
  updated_at           timestamptz not null default now(),
  constraint generations_user_id_fkey foreign key (user_id) references public.profiles (id) on delete cascade,
  constraint generations_scene_id_fkey foreign key (scene_id) references public.scenes (id) on delete set null,
  constraint generations_retried_from_fkey foreign key (retried_from) references public.generations (id) on delete set null,
  constraint generations_user_idempotency_key_unique unique (user_id, idempotency_key),
  constraint generations_status_check check (
    status in ('queued', 'submitting', 'running', 'storing', 'done', 'failed', 'moderated', 'canceled', 'expired')
  ),
  constraint generations_progress_check check (progress between 0 and 100),
  constraint generations_requested_count_check check (requested_count between 1 and 16),
  constraint generations_seed_check check (seed between 0 and 4294967295),
  constraint generations_idempotency_key_check check (char_length(idempotency_key) between 1 and 200),
  constraint generations_error_code_check check ((error_code is not null) = (status in ('failed', 'moderated', 'expired')))
);
alter table public.generations enable row level security;

create index idx_generations_user_created on public.generations (user_id, created_at desc);
create index idx_generations_scene_id on public.generations (scene_id);
create index idx_generations_retried_from on public.generations (retried_from);
create index idx_generations_unfinished on public.generations (created_at)
  where status in ('queued', 'submitting', 'running', 'storing');

alter table public.generated_images
  add column generation_id uuid,
  add constraint generated_images_generation_id_fkey
    foreign key (generation_id) references public.generations (id) on delete set null;
create index idx_generated_images_generation_id on public.generated_images (generation_id);

create table private.quota_reservations (
  generation_id uuid        not null primary key,
  user_id       uuid        not null,
  date          date        not null,
  reserved      integer     not null,
  -- pictures that came, counted as they come: their owner may have deleted some before the end
  arrived       integer     not null default 0,
  kept          integer,
  created_at    timestamptz not null default now(),
  settled_at    timestamptz,
  constraint quota_reservations_generation_id_fkey
    foreign key (generation_id) references public.generations (id) on delete cascade,
  constraint quota_reservations_reserved_check check (reserved >= 1),
  constraint quota_reservations_kept_check check (kept between 0 and reserved),
  constraint quota_reservations_settled_check check ((kept is null) = (settled_at is null))
);
alter table private.quota_reservations enable row level security;
create index idx_quota_reservations_user_date on private.quota_reservations (user_id, date);

-- Counts of pictures by user, scene and day, so that the common queries stay quick at a million pictures and still tell
-- what the seed's SQL would (ruling S23). Days are UTC's.

create table private.user_image_counts (
  user_id        uuid   not null primary key,
  total_images   bigint not null default 0,
  favorite_count bigint not null default 0
);
alter table private.user_image_counts enable row level security;

create table private.scene_image_counts (
  scene_id         uuid   not null primary key,
  generation_count bigint not null default 0
);
alter table private.scene_image_counts enable row level security;

create table private.user_image_days (
  day     date   not null,
  user_id uuid   not null,
  images  bigint not null,
  primary key (day, user_id)
);
alter table private.user_image_days enable row level security;

create table private.image_days (
  day                   date             not null primary key,
  total_generations     bigint           not null default 0,
  unique_users          bigint           not null default 0,
  generation_time_sum   double precision not null default 0,
  generation_time_count bigint           not null default 0
);
alter table private.image_days enable row level security;

-- What one statement changed, summed.
create type private.image_delta as (
  user_id    uuid,
  scene_id   uuid,
  day        date,
  images     bigint,
  favorites  bigint,
  time_sum   double precision,
  time_count bigint
);
