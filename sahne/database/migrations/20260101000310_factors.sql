-- Second factors: what Supabase's own tables (`auth.mfa_factors`, `auth.mfa_challenges`) have no place for. Only the accounts'
-- role reads and writes these.

-- A code is good once: the half minute, counted from 1970 (RFC 6238), whose code a factor took last.
create table private.factor_steps (
  factor_id uuid   primary key references auth.mfa_factors (id) on delete cascade,
  step      bigint not null
);

-- Wrong codes of a person since the last good one, by the place they came from. Place `*` counts those of all places
-- together from which never a good one came: who only knows the password keeps nobody out where they are at home.
create table private.factor_tries (
  user_id      uuid        not null references auth.users (id) on delete cascade,
  place        text        not null,
  is_home      boolean     not null default false,
  failures     integer     not null default 0,
  locked_until timestamptz,
  updated_at   timestamptz not null default now(),
  primary key (user_id, place)
);

-- What opens the account when the phone is gone. A person has one set of codes or none, and each code is good once.
create table private.recovery_sets (
  id            uuid        primary key default gen_random_uuid(),
  user_id       uuid        not null unique references auth.users (id) on delete cascade,
  friendly_name text,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now()
);
create table private.recovery_codes (
  set_id    uuid not null references private.recovery_sets (id) on delete cascade,
  code_hash text not null,
  used_at   timestamptz,
  primary key (set_id, code_hash)
);
