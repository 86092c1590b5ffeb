-- The seed's table 6: people put out of a session (rulings L6, L17). `expires_at` null is for ever. The seed's key allows
-- one ban for a person, whatever they wear; `banned_profile_id` is the profile the host put out.

create table public.live_session_bans (
  id                uuid primary key default gen_random_uuid(),
  session_id        uuid not null references public.live_sessions (id) on delete cascade,
  banned_user_id    uuid not null references auth.users (id) on delete cascade,
  banned_by         uuid not null references auth.users (id) on delete cascade,
  reason            text,
  expires_at        timestamptz,
  created_at        timestamptz default now(),
  banned_profile_id uuid references public.profiles (id) on delete set null,
  unique (session_id, banned_user_id),
  constraint live_session_bans_banned_public_profile_fkey
    foreign key (banned_profile_id) references public.public_profiles (id) on delete set null,
  constraint live_session_bans_not_self_check check (banned_user_id <> banned_by),
  constraint live_session_bans_reason_length_check check (char_length(reason) <= 500)
);
alter table public.live_session_bans enable row level security;

create index idx_live_session_bans_session_id on public.live_session_bans (session_id);
create index idx_live_session_bans_banned_user_id on public.live_session_bans (banned_user_id);
create index idx_live_session_bans_banned_by on public.live_session_bans (banned_by);
create index idx_live_session_bans_banned_profile_id on public.live_session_bans (banned_profile_id);
