-- The seed's table 2: who is in a session and as what. One row per user and session; each stay is an interval
-- (rulings L8, L9). `invited_role` holds an offer until it is accepted.

create table public.live_participants (
  id                       uuid primary key default gen_random_uuid(),
  session_id               uuid not null references public.live_sessions (id) on delete cascade,
  user_id                  uuid not null references auth.users (id) on delete cascade,
  profile_id               uuid not null references public.profiles (id) on delete cascade,
  role                     text not null default 'viewer' check (role in
                             ('host', 'co_host', 'invited_guest', 'moderator', 'speaker', 'viewer', 'listener')),
  is_active                boolean default true,
  is_muted                 boolean default false,
  is_video_enabled         boolean default true,
  invited_at               timestamptz,
  invitation_expires_at    timestamptz,
  invitation_response      text check (invitation_response in ('pending', 'accepted', 'rejected', 'expired')),
  livekit_participant_sid  text,
  livekit_identity         text,
  joined_at                timestamptz default now(),
  left_at                  timestamptz,
  total_watch_time_seconds integer default 0,
  paid_amount              integer default 0,
  payment_id               uuid,
  created_at               timestamptz default now(),
  updated_at               timestamptz default now(),
  invited_role             text,
  unique (session_id, user_id),
  constraint live_participants_public_profile_fkey
    foreign key (profile_id) references public.public_profiles (id) on delete cascade,
  constraint live_participants_invited_role_check
    check (invited_role in ('co_host', 'invited_guest', 'moderator', 'speaker')),
  constraint live_participants_amounts_check check (paid_amount >= 0 and total_watch_time_seconds >= 0)
);
alter table public.live_participants enable row level security;

create index idx_live_participants_session_id on public.live_participants (session_id);
create index idx_live_participants_user_id on public.live_participants (user_id);
create index idx_live_participants_is_active on public.live_participants (is_active);
create index idx_live_participants_role on public.live_participants (role);
create index idx_live_participants_profile_id on public.live_participants (profile_id, session_id);
create index idx_live_participants_active on public.live_participants (session_id, role) where is_active;
create index idx_live_participants_invited
  on public.live_participants (invitation_expires_at) where invitation_response = 'pending';

create trigger set_live_participants_updated_at before update on public.live_participants
  for each row execute function public.handle_updated_at();

-- One stay in the room. `livekit_sid` is null from the join until LiveKit names the connection.
create table private.live_intervals (
  id             bigint generated always as identity primary key,
  participant_id uuid not null references public.live_participants (id) on delete cascade,
  livekit_sid    text,
  joined_at      timestamptz not null,
  left_at        timestamptz,
  unique (participant_id, livekit_sid),
  constraint live_intervals_forward_check check (left_at >= joined_at)
);
create index idx_live_intervals_open on private.live_intervals (participant_id) where left_at is null;
