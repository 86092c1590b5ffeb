-- Two accounts that met: what somebody wanted for one, another has.

-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid

-- What was wanted (an address, a number, an identity at a provider), whose it is, and who wanted it: nobody where a newcomer
-- was not let in. No address stands here; both accounts say theirs. `number` orders the queue.
create table private.account_conflicts (
  id         uuid        not null default gen_random_uuid() primary key,
  number     bigint      generated always as identity,
  kind       text        not null,
  provider   text        not null default '',
  wanted_by  uuid,
  held_by    uuid        not null,
  times      integer     not null default 1,
  created_at timestamptz not null default now(),
  last_at    timestamptz not null default now(),
  settled_at timestamptz,
  settled_by uuid,
  note       text,
  constraint account_conflicts_wanted_by_fkey foreign key (wanted_by) references auth.users (id) on delete cascade,
  constraint account_conflicts_held_by_fkey foreign key (held_by) references auth.users (id) on delete cascade,
  constraint account_conflicts_settled_by_fkey foreign key (settled_by) references auth.users (id) on delete set null,
  constraint account_conflicts_kind_check check (kind in ('identity', 'email', 'phone')),
  constraint account_conflicts_two_check check (wanted_by <> held_by),
  constraint account_conflicts_times_check check (times > 0),
  constraint account_conflicts_note_check check (char_length(note) <= 1000),
  constraint account_conflicts_settled_check check (settled_at is not null or settled_by is null and note is null)
);
alter table private.account_conflicts enable row level security;
create unique index account_conflicts_one_open on private.account_conflicts (kind, provider, held_by, wanted_by)
  nulls not distinct where settled_at is null;
create index idx_account_conflicts_queue on private.account_conflicts ((settled_at is null), number);
create index idx_account_conflicts_wanted_by on private.account_conflicts (wanted_by) where wanted_by is not null;
create index idx_account_conflicts_held_by on private.account_conflicts (held_by);
create index idx_account_conflicts_settled_by on private.account_conflicts (settled_by) where settled_by is not null;
