-- Who may open the stage, what people agreed to, and who is suspended and why.

-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid

-- Whether whoever wants to is a creator, or an admin is asked.
alter table private.settings
  add column creators_are text not null default 'request',
  add constraint settings_creators_are_check check (creators_are in ('open', 'request'));

-- Who asked to be a creator, in their words, and what an admin answered. `number` orders the queue.
create table private.creator_requests (
  id         uuid        not null default gen_random_uuid() primary key,
  number     bigint      generated always as identity,
  user_id    uuid        not null,
  message    text,
  status     text        not null default 'open',
  reason     text,
  decided_by uuid,
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  constraint creator_requests_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint creator_requests_decided_by_fkey foreign key (decided_by) references auth.users (id) on delete set null,
  constraint creator_requests_status_check check (status in ('open', 'approved', 'refused')),
  constraint creator_requests_message_check check (char_length(message) <= 1000),
  constraint creator_requests_reason_check check (char_length(reason) <= 500),
  constraint creator_requests_decided_check check ((status = 'open') = (decided_at is null))
);
alter table private.creator_requests enable row level security;
create unique index creator_requests_one_open on private.creator_requests (user_id) where status = 'open';
create index idx_creator_requests_queue on private.creator_requests (status, number);
create index idx_creator_requests_user_id on private.creator_requests (user_id, number);
create index idx_creator_requests_decided_by on private.creator_requests (decided_by) where decided_by is not null;

-- Texts that people agree to, by what they are about, in the version of today.
create table private.consent_texts (
  kind         text        not null primary key,
  version      text        not null,
  is_required  boolean     not null default false,
  published_at timestamptz not null default now(),
  constraint consent_texts_kind_check check (kind ~ '^[a-z][a-z0-9_]{1,39}$'),
  constraint consent_texts_version_check check (char_length(version) between 1 and 64)
);
alter table private.consent_texts enable row level security;

-- What somebody answered, each time: the last answer of a kind counts. Rows are added and never changed.
create table private.account_consents (
  id       bigint      generated always as identity primary key,
  user_id  uuid        not null,
  kind     text        not null,
  version  text        not null,
  locale   text        not null,
  is_given boolean     not null,
  said_at  timestamptz not null default now(),
  constraint account_consents_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint account_consents_kind_check check (kind ~ '^[a-z][a-z0-9_]{1,39}$'),
  constraint account_consents_version_check check (char_length(version) between 1 and 64),
  constraint account_consents_locale_check check (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$')
);
alter table private.account_consents enable row level security;
create index idx_account_consents_user_id on private.account_consents (user_id, kind, id);

-- Who was suspended, by whom, why and until when; `ends_at` null has no end, `lifted_at` says that an admin ended it.
create table private.suspensions (
  id         bigint      generated always as identity primary key,
  user_id    uuid        not null,
  actor_id   uuid,
  reason     text        not null,
  created_at timestamptz not null default now(),
  ends_at    timestamptz,
  lifted_at  timestamptz,
  lifted_by  uuid,
  constraint suspensions_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint suspensions_actor_id_fkey foreign key (actor_id) references auth.users (id) on delete set null,
  constraint suspensions_lifted_by_fkey foreign key (lifted_by) references auth.users (id) on delete set null,
  constraint suspensions_reason_check check (char_length(reason) between 1 and 500)
);
alter table private.suspensions enable row level security;
create index idx_suspensions_user_id on private.suspensions (user_id, id);
create index idx_suspensions_actor_id on private.suspensions (actor_id) where actor_id is not null;
create index idx_suspensions_lifted_by on private.suspensions (lifted_by) where lifted_by is not null;
