-- Buckets, objects and unfinished uploads, as Supabase Storage keeps them; owned by supabase_storage_admin.
-- there when: to_regclass('storage.objects') is not null

set local role supabase_storage_admin;

do $$
begin
  if to_regtype('storage.buckettype') is null then
    create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');
  end if;
end
$$;

create table if not exists storage.buckets (
  id                 text               not null primary key,
  name               text               not null,
  owner              uuid,
  created_at         timestamptz        default now(),
  updated_at         timestamptz        default now(),
  public             boolean            default false,
  avif_autodetection boolean            default false,
  file_size_limit    bigint,
  allowed_mime_types text[],
  owner_id           text,
  type               storage.buckettype not null default 'STANDARD',
  versioning_status  text
);
alter table storage.buckets enable row level security;
create unique index if not exists bname on storage.buckets (name);

create table if not exists storage.objects (
  id               uuid        not null default gen_random_uuid() primary key,
  bucket_id        text        constraint "objects_bucketId_fkey" references storage.buckets (id),
  name             text,
  owner            uuid,
  created_at       timestamptz default now(),
  updated_at       timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata         jsonb,
  path_tokens      text[]      generated always as (string_to_array(name, '/')) stored,
  version          text,
  owner_id         text,
  user_metadata    jsonb,
  archived_at      timestamptz,
  is_delete_marker boolean     not null default false,
  is_versioned     boolean     not null default false
);
alter table storage.objects enable row level security;
create unique index if not exists bucketid_objname on storage.objects (bucket_id, name);
create index if not exists name_prefix_search on storage.objects (name text_pattern_ops);
create index if not exists idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");
create index if not exists idx_objects_bucket_id_name_lower on storage.objects (bucket_id, lower(name) collate "C");

create table if not exists storage.s3_multipart_uploads (
  id               text             not null primary key,
  in_progress_size bigint           not null default 0,
  upload_signature text             not null,
  bucket_id        text             not null references storage.buckets (id),
  key              text collate "C" not null,
  version          text             not null,
  owner_id         text,
  created_at       timestamptz      not null default now(),
  user_metadata    jsonb,
  metadata         jsonb
);
alter table storage.s3_multipart_uploads enable row level security;
create index if not exists idx_multipart_uploads_list on storage.s3_multipart_uploads (bucket_id, key, created_at);

create table if not exists storage.s3_multipart_uploads_parts (
  id          uuid             not null default gen_random_uuid() primary key,
  upload_id   text             not null references storage.s3_multipart_uploads (id) on delete cascade,
  size        bigint           not null default 0,
  part_number integer          not null,
  bucket_id   text             not null references storage.buckets (id),
  key         text collate "C" not null,
  etag        text             not null,
  owner_id    text,
  version     text             not null,
  created_at  timestamptz      not null default now()
);
alter table storage.s3_multipart_uploads_parts enable row level security;
create index if not exists s3_multipart_uploads_parts_upload_id_idx on storage.s3_multipart_uploads_parts (upload_id, part_number);

-- row security binds neither truncate nor a trigger of one's own making
grant select, insert, update, delete on storage.buckets, storage.objects to anon, authenticated;
grant all on storage.buckets, storage.objects to service_role;
grant all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to service_role;
grant select on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to anon, authenticated;

reset role;
