-- The gallery: a middle size of each picture, collections, links that show a picture or a collection to whoever has them,
-- and batches of generations. The tables are nobody's but the server's; the functions of the gallery show rows of them.

-- the tables are empty when this runs
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation

alter table public.generated_images add column medium_url text;

create table private.image_collections (
  id             uuid        not null default gen_random_uuid() primary key,
  user_id        uuid        not null,
  name           text        not null,
  cover_image_id uuid,
  order_index    integer     not null default 0,
  created_at     timestamptz not null default now(),
  constraint image_collections_user_id_fkey foreign key (user_id) references public.profiles (id) on delete cascade,
  constraint image_collections_cover_image_id_fkey
    foreign key (cover_image_id) references public.generated_images (id) on delete set null,
  constraint image_collections_name_check check (char_length(name) between 1 and 80),
  constraint image_collections_order_index_check check (order_index between 0 and 1000000)
);
alter table private.image_collections enable row level security;
create index idx_image_collections_user on private.image_collections (user_id, order_index);
create index idx_image_collections_cover_image_id on private.image_collections (cover_image_id);

create table private.collection_images (
  collection_id uuid   not null,
  image_id      uuid   not null,
  position      bigint not null generated always as identity,
  constraint collection_images_pkey primary key (collection_id, image_id),
  constraint collection_images_collection_id_fkey
    foreign key (collection_id) references private.image_collections (id) on delete cascade,
  constraint collection_images_image_id_fkey
    foreign key (image_id) references public.generated_images (id) on delete cascade
);
alter table private.collection_images enable row level security;
create index idx_collection_images_image_id on private.collection_images (image_id);

-- A link is known by the hash of its token: who reads this table opens none. It goes with what it shows.
create table private.image_shares (
  id            uuid        not null default gen_random_uuid() primary key,
  user_id       uuid        not null,
  image_id      uuid,
  collection_id uuid,
  token_hash    bytea       not null,
  views         bigint      not null default 0,
  created_at    timestamptz not null default now(),
  expires_at    timestamptz not null,
  revoked_at    timestamptz,
  constraint image_shares_user_id_fkey foreign key (user_id) references public.profiles (id) on delete cascade,
  constraint image_shares_image_id_fkey
    foreign key (image_id) references public.generated_images (id) on delete cascade,
  constraint image_shares_collection_id_fkey
    foreign key (collection_id) references private.image_collections (id) on delete cascade,
  constraint image_shares_token_hash_unique unique (token_hash),
  constraint image_shares_token_hash_check check (octet_length(token_hash) = 32),
  constraint image_shares_one_thing_check check (num_nonnulls(image_id, collection_id) = 1),
  constraint image_shares_expires_at_check check (expires_at between created_at and created_at + interval '90 days')
);
alter table private.image_shares enable row level security;
create index idx_image_shares_user on private.image_shares (user_id, created_at desc);
create index idx_image_shares_image_id on private.image_shares (image_id);
create index idx_image_shares_collection_id on private.image_shares (collection_id);

-- Views that are not added up yet: a link that many open at once is no lock they wait for.
create table private.share_views (
  share_id uuid        not null,
  seen_at  timestamptz not null default now(),
  constraint share_views_share_id_fkey foreign key (share_id) references private.image_shares (id) on delete cascade
);
alter table private.share_views enable row level security;
create index idx_share_views_share_id on private.share_views (share_id);

-- Several scenes asked for at once, by a key of their own, and which generations they became.
create table private.generation_batches (
  id              uuid        not null default gen_random_uuid() primary key,
  user_id         uuid        not null,
  idempotency_key text        not null,
  request         jsonb       not null,
  created_at      timestamptz not null default now(),
  constraint generation_batches_user_id_fkey foreign key (user_id) references public.profiles (id) on delete cascade,
  constraint generation_batches_user_key_unique unique (user_id, idempotency_key),
  constraint generation_batches_idempotency_key_check check (char_length(idempotency_key) between 1 and 200)
);
alter table private.generation_batches enable row level security;

create table private.batch_generations (
  generation_id uuid    not null,
  batch_id      uuid    not null,
  position      integer not null,
  constraint batch_generations_pkey primary key (generation_id),
  constraint batch_generations_generation_id_fkey
    foreign key (generation_id) references public.generations (id) on delete cascade,
  constraint batch_generations_batch_id_fkey
    foreign key (batch_id) references private.generation_batches (id) on delete cascade
);
alter table private.batch_generations enable row level security;
create index idx_batch_generations_batch_id on private.batch_generations (batch_id, position);

grant select on private.image_collections, private.collection_images to service_role;
grant select, insert on private.generation_batches, private.batch_generations to service_role;

comment on column public.generated_images.medium_url is
  'The picture with at most 768 pixels on its long side; null for one that was made before there were any.';
comment on table private.image_collections is 'Collections of pictures, each somebody''s own.';
comment on column private.image_collections.cover_image_id is 'The picture it shows itself by; without one, the last that was put in.';
comment on column private.image_collections.order_index is 'Where it stands among the collections of its owner, the smallest first.';
comment on table private.collection_images is 'Which pictures are in a collection, in the order in which they were put in.';
comment on table private.image_shares is 'Links that show one picture or one collection to whoever has them, until they end.';
comment on column private.image_shares.token_hash is 'SHA-256 of the token in the link, which is nowhere else.';
comment on column private.image_shares.views is 'How often its page was opened, without the views that wait.';
comment on table private.share_views is 'Views of shared links that are not added up yet.';
comment on table private.generation_batches is 'Several scenes that were asked for at once.';
comment on column private.generation_batches.request is 'What the client asked for, as it was asked.';
comment on table private.batch_generations is 'Which generations a batch became, in its order.';
