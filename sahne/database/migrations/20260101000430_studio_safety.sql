-- What the studio does not make or keep, and how somebody objects to that.

-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation

-- Words that no scene's sentence may have, as `private.plain_line` writes them: small, without accents, single blanks.
create table private.refused_words (
  word text not null primary key,
  kind text not null,
  constraint refused_words_kind_check check (kind in ('sexual', 'intimate_edit', 'minor')),
  constraint refused_words_word_check check (word ~ '^[^ ]+( [^ ]+)*$')
);
alter table private.refused_words enable row level security;

insert into private.refused_words (word, kind)
select unnest(array['nude', 'nudes', 'nudity', 'naked', 'topless', 'porn', 'porno', 'pornographic', 'hentai', 'nsfw', 'xxx',
                    'ciplak', 'ciplaklik', 'ustsuz', 'pornografik', 'mustehcen', 'erotik', 'erotic']), 'sexual'
union all
select unnest(array['undress', 'undressed', 'undressing', 'deepnude', 'remove clothes', 'remove her clothes',
                    'remove his clothes', 'remove their clothes', 'remove the clothes', 'without clothes', 'no clothes',
                    'take off her clothes', 'take off his clothes', 'see through clothes', 'see through her clothes',
                    'soyun', 'soyunuk', 'soyunmus', 'giysisiz', 'kiyafetsiz', 'elbisesiz', 'giysilerini cikar',
                    'kiyafetlerini cikar', 'elbiselerini cikar', 'kiyafetini cikar', 'elbisesini cikar']), 'intimate_edit'
union all
select unnest(array['loli', 'lolicon', 'shotacon', 'child porn', 'jailbait', 'cocuk pornosu']), 'minor';

-- Files that were looked at and what came of it: what is refused is not tried again, what an admin let through is not
-- refused again. `md5` and `bytes` are what an object's row says of the same file.
create table private.picture_verdicts (
  sha256     bytea       not null primary key,
  md5        text        not null,
  bytes      bigint      not null,
  is_refused boolean     not null,
  created_at timestamptz not null default now(),
  constraint picture_verdicts_sha256_check check (octet_length(sha256) = 32)
);
alter table private.picture_verdicts enable row level security;
create index idx_picture_verdicts_md5 on private.picture_verdicts (md5) where is_refused;

-- What a generation was refused for here: a photo or a picture, which lies in the bucket `quarantine` for admins to see.
create table private.refused_pictures (
  id            uuid        not null default gen_random_uuid() primary key,
  generation_id uuid        not null references public.generations (id) on delete cascade,
  stage         text        not null,
  sha256        bytea       not null references private.picture_verdicts (sha256),
  object_name   text,
  score         real,
  created_at    timestamptz not null default now(),
  constraint refused_pictures_stage_check check (stage in ('photo', 'picture'))
);
alter table private.refused_pictures enable row level security;
create index idx_refused_pictures_generation_id on private.refused_pictures (generation_id);
create index idx_refused_pictures_sha256 on private.refused_pictures (sha256);
create index idx_refused_pictures_created_at on private.refused_pictures (created_at);

-- Somebody says that it was refused wrongly, once; an admin decides. `number` orders the queue.
create table private.appeals (
  id            uuid        not null default gen_random_uuid() primary key,
  number        bigint      generated always as identity,
  generation_id uuid        not null references public.generations (id) on delete cascade,
  message       text,
  status        text        not null default 'open',
  outcome       text,
  decided_by    uuid        references auth.users (id) on delete set null,
  created_at    timestamptz not null default now(),
  decided_at    timestamptz,
  constraint appeals_generation_id_unique unique (generation_id),
  constraint appeals_status_check check (status in ('open', 'upheld', 'overturned')),
  constraint appeals_message_length_check check (char_length(message) <= 1000),
  constraint appeals_outcome_length_check check (char_length(outcome) <= 1000)
);
alter table private.appeals enable row level security;
create index idx_appeals_queue on private.appeals (status, number);
create index idx_appeals_decided_by on private.appeals (decided_by) where decided_by is not null;

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('quarantine', 'quarantine', false, 20971520, array['image/jpeg', 'image/png', 'image/webp', 'image/avif'])
on conflict (id) do nothing;
