-- What becomes of an event: who of many was told already, who wants to hear of what and where, and what is on its way there.

-- Events that go out to all who follow, and how far that is: followers are told in the order in which they began to follow.
create table private.fan_outs (
  event_id     bigint      not null primary key references private.events (id) on delete cascade,
  told_until   timestamptz not null default '-infinity',
  told_last_id uuid        not null default '00000000-0000-0000-0000-000000000000',
  followers    integer     not null default 0
);
alter table private.fan_outs enable row level security;

-- What somebody wants otherwise than it is for everybody, each a `category/channel`, and when their devices are quiet.
create table private.notice_preferences (
  user_id     uuid        not null primary key references auth.users (id) on delete cascade,
  turned_on   text[]      not null default '{}',
  turned_off  text[]      not null default '{}',
  quiet_from  time,
  quiet_until time,
  quiet_zone  text,
  updated_at  timestamptz not null default now(),
  constraint notice_preferences_quiet_check check (
    num_nulls(quiet_from, quiet_until, quiet_zone) in (0, 3) and (quiet_from <> quiet_until) is not false)
);
alter table private.notice_preferences enable row level security;

-- Whose announcements somebody does not want to hear, though they follow.
create table private.muted_creators (
  user_id    uuid        not null references auth.users (id) on delete cascade,
  creator_id uuid        not null references public.public_profiles (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (user_id, creator_id)
);
alter table private.muted_creators enable row level security;
create index idx_muted_creators_creator_id on private.muted_creators (creator_id);

-- Where pushes go: an app on a device, as its push service knows it. A device is one person's; it goes with the session that
-- registered it.
create table private.devices (
  id           uuid        not null default gen_random_uuid() primary key,
  user_id      uuid        not null references auth.users (id) on delete cascade,
  session_id   uuid        references auth.sessions (id) on delete cascade,
  platform     text        not null,
  app          text        not null,
  token        text        not null,
  subscription jsonb,
  locale       text        not null,
  created_at   timestamptz not null default now(),
  seen_at      timestamptz not null default now(),
  constraint devices_platform_check check (platform in ('fcm', 'apns', 'apns_voip', 'expo', 'web')),
  constraint devices_token_check check (octet_length(token) between 1 and 2048),
  constraint devices_token_unique unique (platform, token)
);
alter table private.devices enable row level security;
create index idx_devices_user_id on private.devices (user_id);
create index idx_devices_session_id on private.devices (session_id) where session_id is not null;

-- The ways out that are set up, by platform, and `mail`; written by the worker when it starts.
create table private.notice_channels (
  platform text not null primary key
);
alter table private.notice_channels enable row level security;

-- What is on its way to a device, or by mail where there is none: taken by a worker until `due_at`, or waiting for then.
create table private.deliveries (
  id               uuid        not null default gen_random_uuid() primary key,
  user_id          uuid        not null references auth.users (id) on delete cascade,
  device_id        uuid        references private.devices (id) on delete cascade,
  notification_id  uuid,
  code             text        not null,
  actor_profile_id uuid        references public.public_profiles (id) on delete cascade,
  details          jsonb       not null,
  event_count      integer     not null,
  collapse         text,
  address          text,
  is_urgent        boolean     not null,
  state            text        not null default 'waiting',
  tries            integer     not null default 0,
  due_at           timestamptz not null,
  expires_at       timestamptz not null,
  created_at       timestamptz not null default now(),
  sent_at          timestamptz,
  service_id       text,
  receipt_due_at   timestamptz,
  reason           text,
  constraint deliveries_state_check check (
    state in ('waiting', 'sending', 'sent', 'expired', 'refused', 'superseded'))
);
alter table private.deliveries enable row level security;
-- one of a kind waits for a device, or a person's mail, at a time
create unique index idx_deliveries_collapse
  on private.deliveries ((coalesce(device_id, user_id)), collapse) where state = 'waiting' and collapse is not null;
create index idx_deliveries_due on private.deliveries (is_urgent, due_at) where state in ('waiting', 'sending');
create index idx_deliveries_receipt_due on private.deliveries (receipt_due_at) where receipt_due_at is not null;
create index idx_deliveries_done on private.deliveries (created_at) where state not in ('waiting', 'sending');
create index idx_deliveries_user_id on private.deliveries (user_id);
create index idx_deliveries_device_id on private.deliveries (device_id) where device_id is not null;
create index idx_deliveries_actor_profile_id on private.deliveries (actor_profile_id) where actor_profile_id is not null;
