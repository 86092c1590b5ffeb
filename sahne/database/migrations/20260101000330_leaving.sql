-- Accounts that are given up, what is left of them, and the copies that people ask for of all that is theirs.

-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation

-- For how many days somebody may change their mind before their account is erased.
alter table private.settings
  add column account_grace_days integer not null default 14,
  add constraint settings_account_grace_days_check check (account_grace_days between 0 and 365);

-- Who asked for their account to be erased, and when that is due. Signing in again calls it off.
create table private.account_deletions (
  user_id  uuid        not null primary key,
  asked_at timestamptz not null default now(),
  due_at   timestamptz not null,
  constraint account_deletions_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint account_deletions_due_check check (due_at >= asked_at)
);
alter table private.account_deletions enable row level security;
create index idx_account_deletions_due_at on private.account_deletions (due_at);

-- The tombstone: that there was an account of this id. `customers` is what the stores call it, `faces` are the profiles it had,
-- until what was told of them elsewhere is scrubbed as well.
create table private.erased_accounts (
  user_id     uuid        not null primary key,
  erased_at   timestamptz not null default now(),
  customers   text[]      not null default '{}',
  faces       uuid[]      not null default '{}',
  scrubbed_at timestamptz,
  constraint erased_accounts_scrubbed_check check (scrubbed_at is null or customers = '{}' and faces = '{}')
);
alter table private.erased_accounts enable row level security;
create index idx_erased_accounts_unscrubbed on private.erased_accounts (erased_at) where scrubbed_at is null;

-- Copies of everything that is somebody's: one at a time, kept for a day. `file` lies in the bucket exports.
create table private.account_exports (
  id          uuid        not null default gen_random_uuid() primary key,
  user_id     uuid        not null,
  status      text        not null default 'queued',
  asked_at    timestamptz not null default now(),
  started_at  timestamptz,
  finished_at timestamptz,
  expires_at  timestamptz,
  file        text,
  file_bytes  bigint,
  pictures    integer     not null default 0,
  attempts    integer     not null default 0,
  constraint account_exports_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint account_exports_status_check check (status in ('queued', 'running', 'ready', 'failed', 'expired')),
  constraint account_exports_ready_check
    check ((status = 'ready') = (file is not null) and (status = 'ready') <= (expires_at is not null and file_bytes >= 0)),
  constraint account_exports_counts_check check (least(pictures, attempts) >= 0)
);
alter table private.account_exports enable row level security;
create unique index account_exports_one_at_a_time
  on private.account_exports (user_id) where status in ('queued', 'running', 'ready');
create index idx_account_exports_user_id on private.account_exports (user_id, asked_at desc);
create index idx_account_exports_waiting on private.account_exports (asked_at) where status in ('queued', 'running');
create index idx_account_exports_expires_at on private.account_exports (expires_at) where status = 'ready';

-- Nobody has a policy on it: what lies here is opened by links alone that are made for its person.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('exports', 'exports', false, null, array['application/zip'])
on conflict (id) do nothing;
