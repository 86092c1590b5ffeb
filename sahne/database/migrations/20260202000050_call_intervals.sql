-- Who was connected to a call, and when: as the intervals of a session's seats, one per connection of LiveKit's.
create table private.call_intervals (
  id          bigint generated always as identity primary key,
  call_id     uuid        not null references public.calls (id) on delete cascade,
  user_id     uuid        not null references auth.users (id) on delete cascade,
  livekit_sid text        not null,
  joined_at   timestamptz not null,
  left_at     timestamptz,
  unique (call_id, livekit_sid),
  constraint call_intervals_forward_check check (left_at >= joined_at)
);
create index idx_call_intervals_user_id on private.call_intervals (user_id);
create index idx_call_intervals_open on private.call_intervals (call_id) where left_at is null;
grant select on private.call_intervals to service_role;
comment on table private.call_intervals is 'Connections to a call: what it lasted is told by them.';
