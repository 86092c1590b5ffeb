-- Makers of pictures that are elsewhere: their models with what each costs, whom a scene asks first, and every picture
-- that was asked of one. Nobody but the server sees any of it.

-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation

-- Which models there are, what they take and what one picture costs: data, for a provider changes both when it likes.
-- The first active one by `position` that does what is asked (a photo or none) makes the picture.
create table private.image_models (
  provider           text    not null,
  model              text    not null,
  endpoint           text    not null,
  photo_field        text,
  photo_is_list      boolean not null default false,
  size_as            text    not null,
  size_step          integer not null default 16,
  price_microdollars bigint  not null,
  position           integer not null default 0,
  is_active          boolean not null default true,
  constraint image_models_pkey primary key (provider, model),
  constraint image_models_size_as_check check (size_as in ('pixels', 'image_size', 'aspect_ratio')),
  constraint image_models_size_step_check check (size_step between 1 and 256),
  constraint image_models_price_check check (price_microdollars between 0 and 100000000),
  constraint image_models_endpoint_check check (endpoint ~ '^[A-Za-z0-9][A-Za-z0-9._/:-]{0,199}$')
);
alter table private.image_models enable row level security;

insert into private.image_models
       (provider, model, endpoint, photo_field, photo_is_list, size_as, size_step, price_microdollars, position)
values ('bfl', 'flux-pro-1.1', 'flux-pro-1.1', null, false, 'pixels', 32, 40000, 1),
       ('bfl', 'flux-2-pro', 'flux-2-pro', 'input_image', false, 'pixels', 16, 45000, 2),
       ('bfl', 'flux-kontext-pro', 'flux-kontext-pro', 'input_image', false, 'aspect_ratio', 1, 40000, 3),
       ('fal', 'flux-pro-1.1', 'fal-ai/flux-pro/v1.1', null, false, 'image_size', 32, 40000, 1),
       ('fal', 'flux-2-pro', 'fal-ai/flux-2-pro/edit', 'image_urls', true, 'image_size', 16, 45000, 2),
       ('fal', 'flux-kontext-pro', 'fal-ai/flux-pro/kontext', 'image_url', false, 'aspect_ratio', 1, 40000, 3),
       ('replicate', 'flux-pro-1.1', 'black-forest-labs/flux-1.1-pro', null, false, 'aspect_ratio', 1, 40000, 1),
       ('replicate', 'flux-2-pro', 'black-forest-labs/flux-2-pro', 'input_images', true, 'aspect_ratio', 1, 45000, 2);

-- Whom a scene asks, in order of fallback, where it is not the order of the settings.
create table private.scene_providers (
  scene_id  uuid   not null primary key,
  providers text[] not null,
  constraint scene_providers_scene_id_fkey foreign key (scene_id) references public.scenes (id) on delete cascade,
  constraint scene_providers_providers_check check (cardinality(providers) between 1 and 8)
);
alter table private.scene_providers enable row level security;

-- One picture asked of providers elsewhere: wanted → sending → waiting → an end. `sending` is committed before the
-- question goes out and `provider_job_id` as soon as it was taken, so that whoever goes on after a crash asks for that
-- very picture and pays for no second one. `turn` counts who had it in hand: a hand that comes back late writes nothing.
create table private.remote_pictures (
  id                uuid        not null default gen_random_uuid() primary key,
  generation_id     uuid,
  seed              bigint      not null,
  status            text        not null default 'wanted',
  providers         text[]      not null,
  provider          text,
  model             text,
  provider_job_id   text,
  handle            jsonb,
  cost_microdollars bigint      not null default 0,
  error_code        text,
  tries             integer     not null default 0,
  turn              integer     not null default 0,
  holder            uuid,
  held_until        timestamptz,
  due_at            timestamptz not null default now(),
  created_at        timestamptz not null default now(),
  sent_at           timestamptz,
  finished_at       timestamptz,
  -- the cost stays on the books when its person is gone
  constraint remote_pictures_generation_id_fkey
    foreign key (generation_id) references public.generations (id) on delete set null,
  constraint remote_pictures_status_check check (
    status in ('wanted', 'sending', 'waiting', 'done', 'failed', 'moderated', 'canceled', 'lost', 'moved')
  ),
  constraint remote_pictures_waiting_check check (status <> 'waiting' or provider_job_id is not null),
  constraint remote_pictures_finished_check
    check ((finished_at is null) = (status in ('wanted', 'sending', 'waiting'))),
  constraint remote_pictures_cost_check check (cost_microdollars >= 0),
  constraint remote_pictures_job_unique unique (provider, provider_job_id)
);
alter table private.remote_pictures enable row level security;
create index idx_remote_pictures_generation_id on private.remote_pictures (generation_id);
create index idx_remote_pictures_due on private.remote_pictures (due_at)
  where status in ('wanted', 'sending', 'waiting');
create index idx_remote_pictures_sent_at on private.remote_pictures (sent_at);
create unique index remote_pictures_live_unique on private.remote_pictures (generation_id, seed)
  where status in ('wanted', 'sending', 'waiting', 'done');

grant select on private.image_models, private.scene_providers to service_role;
grant select, insert, update on private.remote_pictures to service_role;

comment on table private.image_models is 'Models of makers of pictures elsewhere: what each takes and what a picture costs.';
comment on table private.scene_providers is 'Whom a scene asks for its pictures, in order, where it is not the settings'' order.';
comment on table private.remote_pictures is 'Each picture that is asked of a provider elsewhere, with what it cost.';
comment on column private.remote_pictures.due_at is 'When the worker looks at it next; a webhook only brings that forward.';
