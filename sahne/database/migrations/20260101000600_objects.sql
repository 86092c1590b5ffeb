-- The buckets: private ones (photos, images) keep a user's files in a folder named by the user id, public ones (avatars,
-- thumbnails) in a folder named by the profile id, which gives away no shadow (L17). And objects to be removed.

-- the studio reads no HEIC, so that no bucket takes it: who uploads one is told so, and not after a generation
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values
  ('photos',     'photos',     false, 20971520, array['image/jpeg', 'image/png', 'image/webp', 'image/avif']),
  ('images',     'images',     false, 20971520, array['image/jpeg', 'image/png', 'image/webp', 'image/avif']),
  ('avatars',    'avatars',    true,   5242880, array['image/jpeg', 'image/png', 'image/webp', 'image/avif']),
  ('thumbnails', 'thumbnails', true,   5242880, array['image/jpeg', 'image/png', 'image/webp', 'image/avif'])
on conflict (id) do nothing;

-- Objects whose rows in the app are gone: a job removes each with its bytes and then its line here.
create table private.object_removals (
  id         bigint      not null generated always as identity primary key,
  bucket_id  text        not null,
  name       text        not null,
  created_at timestamptz not null default now(),
  constraint object_removals_object_unique unique (bucket_id, name)
);
alter table private.object_removals enable row level security;

-- How many objects each owner keeps, and of how many bytes together: the row whoever stores for them waits for.
create table private.owned_objects (
  owner_id text   not null primary key,
  objects  bigint not null,
  bytes    bigint not null
);
alter table private.owned_objects enable row level security;
