-- Photos of people's faces: who consented to their being kept, and to which text.

-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation

create table private.photo_consents (
  id           bigint      generated always as identity primary key,
  user_id      uuid        not null references public.profiles (id) on delete cascade,
  text_version text        not null,
  locale       text        not null,
  given_at     timestamptz not null default now(),
  withdrawn_at timestamptz,
  constraint photo_consents_text_version_check check (char_length(text_version) between 1 and 64),
  constraint photo_consents_locale_check check (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  constraint photo_consents_withdrawn_check check (withdrawn_at >= given_at)
);
alter table private.photo_consents enable row level security;
create unique index photo_consents_standing on private.photo_consents (user_id) where withdrawn_at is null;
create index idx_photo_consents_user_id on private.photo_consents (user_id);
