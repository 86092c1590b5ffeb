-- Others who are told what happens, at addresses that admins say: signed messages, each tried until it is taken or given up.
-- Nobody writes here but the server.

-- Where messages go. No `codes` are all; one that was stopped by itself says why.
create table private.webhook_endpoints (
  id              uuid        not null default gen_random_uuid() primary key,
  url             text        not null,
  description     text        not null default '',
  codes           text[]      not null default '{}',
  is_active       boolean     not null default true,
  stopped_because text,
  failing_since   timestamptz,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  constraint webhook_endpoints_url_check check (url ~ '^https?://[^[:space:]]+$' and char_length(url) <= 2000),
  constraint webhook_endpoints_description_check check (char_length(description) <= 500),
  constraint webhook_endpoints_codes_check check (cardinality(codes) <= 100),
  constraint webhook_endpoints_stopped_because_check
    check (stopped_because is null or (stopped_because in ('gone', 'failing') and not is_active))
);
alter table private.webhook_endpoints enable row level security;

-- What messages are signed with, sealed. Each is signed with all that have not ended, so that one can be changed in peace.
create table private.webhook_secrets (
  id          uuid        not null primary key,
  endpoint_id uuid        not null,
  sealed      text        not null,
  created_at  timestamptz not null default now(),
  ends_at     timestamptz,
  constraint webhook_secrets_endpoint_id_fkey
    foreign key (endpoint_id) references private.webhook_endpoints (id) on delete cascade,
  constraint webhook_secrets_sealed_check check (char_length(sealed) between 1 and 500)
);
alter table private.webhook_secrets enable row level security;
create index idx_webhook_secrets_endpoint_id on private.webhook_secrets (endpoint_id, created_at);

-- What one endpoint is told, under an id that stays however often it is sent. `taken_until`: somebody is sending it now.
-- It goes with whom it is about.
create table private.webhook_messages (
  id               uuid        not null default gen_random_uuid() primary key,
  number           bigint      not null generated always as identity unique,
  endpoint_id      uuid        not null,
  code             text        not null,
  user_id          uuid,
  actor_profile_id uuid,
  body             jsonb       not null,
  status           text        not null default 'pending',
  attempts         integer     not null default 0,
  next_at          timestamptz not null default now(),
  taken_until      timestamptz,
  sent_at          timestamptz,
  created_at       timestamptz not null default now(),
  constraint webhook_messages_endpoint_id_fkey
    foreign key (endpoint_id) references private.webhook_endpoints (id) on delete cascade,
  constraint webhook_messages_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint webhook_messages_actor_profile_id_fkey
    foreign key (actor_profile_id) references public.public_profiles (id) on delete cascade,
  constraint webhook_messages_status_check check (status in ('pending', 'sent', 'failed')),
  constraint webhook_messages_sent_check check ((status = 'sent') = (sent_at is not null)),
  constraint webhook_messages_attempts_check check (attempts >= 0)
);
alter table private.webhook_messages enable row level security;
create index idx_webhook_messages_endpoint_id on private.webhook_messages (endpoint_id, number);
create index idx_webhook_messages_due on private.webhook_messages (endpoint_id, next_at) where status = 'pending';
create index idx_webhook_messages_taken on private.webhook_messages (endpoint_id, taken_until)
  where status = 'pending' and taken_until is not null;
create index idx_webhook_messages_user_id on private.webhook_messages (user_id) where user_id is not null;
create index idx_webhook_messages_actor_profile_id on private.webhook_messages (actor_profile_id)
  where actor_profile_id is not null;
create index idx_webhook_messages_created_at on private.webhook_messages (created_at);

-- Each try: what was answered, its beginning, or why nothing was.
create table private.webhook_attempts (
  id           bigint      generated always as identity primary key,
  message_id   uuid        not null,
  status_code  integer,
  error        text,
  answer       text,
  milliseconds integer     not null,
  created_at   timestamptz not null default now(),
  constraint webhook_attempts_message_id_fkey
    foreign key (message_id) references private.webhook_messages (id) on delete cascade,
  constraint webhook_attempts_answered_check check ((status_code is null) = (error is not null)),
  constraint webhook_attempts_milliseconds_check check (milliseconds >= 0)
);
alter table private.webhook_attempts enable row level security;
create index idx_webhook_attempts_message_id on private.webhook_attempts (message_id, id);
