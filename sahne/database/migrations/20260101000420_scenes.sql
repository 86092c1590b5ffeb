-- Scenes as they are kept: what they are called in other languages, when they are offered, how their pictures were made at
-- which time, and which of two ways people like better. How pictures are made is for admins alone to read.

-- the tables are empty when this runs
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation

-- A template's braces hold one of three words, and nothing else: what is misspelt is refused when it is kept, not found in
-- somebody's picture. `private.template_faults` tells which.
alter table public.scenes
  add column active_from  timestamptz,
  add column active_until timestamptz,
  add constraint scenes_activity_check check (active_from < active_until),
  add constraint scenes_prompt_template_check
    check (regexp_replace(prompt_template, '\{(gender|style|category)\}', '', 'g') !~ '[{}]'),
  add constraint scenes_prompt_lengths_check
    check (char_length(prompt_template) between 1 and 8000 and char_length(negative_prompt) <= 8000);

create table public.scene_translations (
  id          uuid not null default gen_random_uuid() primary key,
  scene_id    uuid not null,
  locale      text not null,
  name        text not null,
  description text,
  constraint scene_translations_once_unique unique (scene_id, locale),
  constraint scene_translations_scene_id_fkey foreign key (scene_id) references public.scenes (id) on delete cascade,
  constraint scene_translations_locale_check check (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  constraint scene_translations_name_check check (char_length(name) between 1 and 120 and private.is_visible(name)),
  constraint scene_translations_description_check check (char_length(description) <= 1000)
);
alter table public.scene_translations enable row level security;

create table public.category_translations (
  id          uuid not null default gen_random_uuid() primary key,
  category_id uuid not null,
  locale      text not null,
  name        text not null,
  description text,
  constraint category_translations_once_unique unique (category_id, locale),
  constraint category_translations_category_id_fkey
    foreign key (category_id) references public.categories (id) on delete cascade,
  constraint category_translations_locale_check check (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  constraint category_translations_name_check check (char_length(name) between 1 and 120 and private.is_visible(name)),
  constraint category_translations_description_check check (char_length(description) <= 1000)
);
alter table public.category_translations enable row level security;

-- What scenes are found by in all their languages, folded as search compares it; kept by trigger.
create table private.scene_words (
  scene_id uuid not null primary key references public.scenes (id) on delete cascade,
  folded   text not null
);
alter table private.scene_words enable row level security;

-- How a scene's pictures were made, numbered without a gap. The newest that is not a variant's is how they are made now. Only
-- appended to.
create table private.scene_versions (
  id              uuid        not null default gen_random_uuid() primary key,
  scene_id        uuid        not null,
  number          integer     not null,
  prompt_template text        not null,
  negative_prompt text,
  style_keywords  text[],
  category        text        not null,
  providers       text[],
  is_variant      boolean     not null default false,
  note            text,
  made_by         uuid,
  created_at      timestamptz not null default now(),
  constraint scene_versions_number_unique unique (scene_id, number),
  constraint scene_versions_scene_id_fkey foreign key (scene_id) references public.scenes (id) on delete cascade,
  constraint scene_versions_made_by_fkey foreign key (made_by) references auth.users (id) on delete set null,
  constraint scene_versions_number_check check (number >= 1),
  constraint scene_versions_note_check check (char_length(note) <= 500)
);
alter table private.scene_versions enable row level security;
create index idx_scene_versions_made_by on private.scene_versions (made_by) where made_by is not null;

-- Several ways of making a scene's pictures, each for a share of the people, until one of them is chosen.
create table private.scene_experiments (
  id         uuid        not null default gen_random_uuid() primary key,
  scene_id   uuid        not null,
  name       text        not null,
  started_at timestamptz not null default now(),
  started_by uuid,
  ended_at   timestamptz,
  constraint scene_experiments_scene_id_fkey foreign key (scene_id) references public.scenes (id) on delete cascade,
  constraint scene_experiments_started_by_fkey foreign key (started_by) references auth.users (id) on delete set null,
  constraint scene_experiments_name_check check (char_length(name) between 1 and 120)
);
alter table private.scene_experiments enable row level security;
create index idx_scene_experiments_scene_id on private.scene_experiments (scene_id, started_at);
create unique index idx_scene_experiments_running on private.scene_experiments (scene_id) where ended_at is null;
create index idx_scene_experiments_started_by on private.scene_experiments (started_by) where started_by is not null;

create table private.scene_variants (
  id            uuid    not null default gen_random_uuid() primary key,
  experiment_id uuid    not null,
  label         text    not null,
  weight        integer not null,
  version_id    uuid    not null,
  is_winner     boolean not null default false,
  constraint scene_variants_label_unique unique (experiment_id, label),
  constraint scene_variants_experiment_id_fkey
    foreign key (experiment_id) references private.scene_experiments (id) on delete cascade,
  constraint scene_variants_version_id_fkey
    foreign key (version_id) references private.scene_versions (id) on delete cascade,
  constraint scene_variants_label_check check (char_length(label) between 1 and 40),
  constraint scene_variants_weight_check check (weight between 1 and 1000)
);
alter table private.scene_variants enable row level security;
create index idx_scene_variants_version_id on private.scene_variants (version_id);

-- By which version a generation and its pictures were made, and which variant somebody was given.
alter table public.generations
  add column scene_version_id uuid,
  add column scene_variant_id uuid,
  add constraint generations_scene_version_id_fkey
    foreign key (scene_version_id) references private.scene_versions (id) on delete set null,
  add constraint generations_scene_variant_id_fkey
    foreign key (scene_variant_id) references private.scene_variants (id) on delete set null;
create index idx_generations_scene_version_id on public.generations (scene_version_id)
  where scene_version_id is not null;
create index idx_generations_scene_variant_id on public.generations (scene_variant_id)
  where scene_variant_id is not null;

alter table public.generated_images
  add column scene_version_id uuid,
  add constraint generated_images_scene_version_id_fkey
    foreign key (scene_version_id) references private.scene_versions (id) on delete set null;
create index idx_generated_images_scene_version_id on public.generated_images (scene_version_id)
  where scene_version_id is not null;

-- Who did what to scenes and categories.
create table private.studio_log (
  id         bigint      generated always as identity primary key,
  actor_id   uuid,
  act        text        not null,
  subject_id uuid,
  details    jsonb       not null default '{}',
  created_at timestamptz not null default now(),
  constraint studio_log_actor_id_fkey foreign key (actor_id) references auth.users (id) on delete set null,
  constraint studio_log_act_check check (act in (
    'add_scene', 'edit_scene', 'order_scenes', 'restore_version', 'start_experiment', 'end_experiment', 'add_category',
    'edit_category', 'order_categories'))
);
alter table private.studio_log enable row level security;
create index idx_studio_log_actor_id on private.studio_log (actor_id) where actor_id is not null;
