-- Who left a session or was put out of it, and orders to LiveKit that look at a seat more than once.

-- Whose seat this is comes back by joining and not by a token of before.
create table private.departures (
  participant_id uuid        primary key references public.live_participants (id) on delete cascade,
  reason         text        not null check (reason in ('left', 'removed', 'suspended')),
  departed_at    timestamptz not null default now()
);
grant select on private.departures to service_role;
comment on table private.departures is 'Seats whose holders left or were put out, until they join again.';

alter table private.livekit_outbox add column watched_until timestamptz;
comment on column private.livekit_outbox.watched_until is
  'A seat is looked at again until then: LiveKit renews tokens with the rights of that moment.';
create index idx_livekit_outbox_seat on private.livekit_outbox (room_name, identity) where done_at is null;
