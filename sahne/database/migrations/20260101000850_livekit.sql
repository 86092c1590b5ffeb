-- LiveKit's post: what its webhooks said, and what it is still to be told.

-- Every webhook once, by LiveKit's event id, before anything is done about it. Its body is json: jsonb cannot hold every
-- name that somebody may connect under.
create table private.livekit_events (
  id           text primary key,
  server       text not null default 'main',
  event        text not null,
  room_name    text,
  body         json not null,
  received_at  timestamptz not null default now(),
  processed_at timestamptz,
  attempts     integer not null default 0,
  error        text
);
create index idx_livekit_events_unprocessed on private.livekit_events (received_at) where processed_at is null;
create index idx_livekit_events_received_at on private.livekit_events (received_at);

-- Which of LiveKit's servers a room was opened on, where it stays; by the name that the settings give the server.
create table private.livekit_rooms (
  room_name text primary key,
  server    text not null,
  placed_at timestamptz not null default now()
);

-- Orders to LiveKit, written in the transaction that made them true and carried out after it, until they succeed.
create table private.livekit_outbox (
  id            bigint generated always as identity primary key,
  action        text not null check (action in
                  ('create_room', 'delete_room', 'remove_participant', 'update_permission', 'mute_participant')),
  room_name     text not null,
  identity      text,
  payload       jsonb not null default '{}',
  attempts      integer not null default 0,
  created_at    timestamptz not null default now(),
  due_at        timestamptz not null default now(),
  done_at       timestamptz,
  error         text,
  watched_until timestamptz
);
create index idx_livekit_outbox_due on private.livekit_outbox (due_at) where done_at is null;
create index idx_livekit_outbox_seat on private.livekit_outbox (room_name, identity) where done_at is null;
create index idx_livekit_outbox_done_at on private.livekit_outbox (done_at) where done_at is not null;
