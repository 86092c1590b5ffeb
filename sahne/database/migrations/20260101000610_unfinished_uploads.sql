-- Uploads that come in parts, by TUS or by S3's protocol: what is to be stored where, and what has come of it so far.

-- squawk-ignore-file constraint-missing-not-valid

alter table private.settings
  add column unfinished_uploads_max integer not null default 100,
  add column unfinished_bytes_max   bigint  not null default 2147483648,
  add constraint settings_unfinished_uploads_max_check check (unfinished_uploads_max between 0 and 1000000),
  add constraint settings_unfinished_bytes_max_check check (unfinished_bytes_max between 0 and 1000000000000000);

-- `holder` is who may go on with it: a person's id, a role, or the link it was begun by. The bucket is none of ours to refer to:
-- where it is gone, the upload fails at its end. One that has ended stays as long as its sender may not know of it. `address` is
-- where it was begun by who is nobody. `ending_by` brings it to its end, alone until `ending_until`
create table private.unfinished_uploads (
  id            uuid        not null primary key,
  holder        text        not null,
  bucket_id     text        not null,
  name          text        not null,
  owner_id      text,
  replaces      boolean     not null,
  bytes         bigint,
  mimetype      text        not null,
  cache_control text        not null,
  user_metadata jsonb,
  created_at    timestamptz not null default now(),
  expires_at    timestamptz not null,
  ended_at      timestamptz,
  address       text,
  ending_by     uuid,
  ending_until  timestamptz,
  constraint unfinished_uploads_bytes_check check (bytes >= 0),
  constraint unfinished_uploads_expires_at_check check (expires_at > created_at),
  constraint unfinished_uploads_ending_check check ((ending_by is null) = (ending_until is null))
);
alter table private.unfinished_uploads enable row level security;

-- `place` puts them in order: by TUS the byte a part begins with, by S3 its number. `version` is the key of its bytes
create table private.upload_parts (
  upload_id  uuid        not null references private.unfinished_uploads (id) on delete cascade,
  place      bigint      not null,
  version    text        not null,
  bytes      bigint      not null,
  md5        text        not null,
  created_at timestamptz not null default now(),
  constraint upload_parts_pkey primary key (upload_id, place),
  constraint upload_parts_version_unique unique (version),
  constraint upload_parts_place_check check (place >= 0),
  constraint upload_parts_bytes_check check (bytes >= 0)
);
alter table private.upload_parts enable row level security;
