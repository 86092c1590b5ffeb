-- The seed's table 7: viewers who ask to come on stage; a request lives 60 seconds (rulings R4, L5, L12). When a profile
-- goes, its requests go by the second key, before the seed's own (no action, asked at the statement's end) is checked.

create table public.live_guest_requests (
  id                   uuid primary key default gen_random_uuid(),
  session_id           uuid not null references public.live_sessions (id) on delete cascade,
  requester_id         uuid not null references auth.users (id) on delete cascade,
  requester_profile_id uuid not null references public.profiles (id),
  status               text not null default 'pending'
                       check (status in ('pending', 'approved', 'rejected', 'expired', 'cancelled')),
  message              text,
  responded_at         timestamptz,
  responded_by         uuid references auth.users (id) on delete set null,
  expires_at           timestamptz default (now() + interval '60 seconds'),
  created_at           timestamptz default now(),
  constraint live_guest_requests_requester_public_profile_fkey
    foreign key (requester_profile_id) references public.public_profiles (id) on delete cascade,
  constraint live_guest_requests_message_length_check check (char_length(message) <= 300)
);
alter table public.live_guest_requests enable row level security;

create index idx_guest_requests_session on public.live_guest_requests (session_id) where status = 'pending';
create index idx_guest_requests_requester on public.live_guest_requests (requester_id);
create unique index idx_guest_requests_one_pending
  on public.live_guest_requests (session_id, requester_id) where status = 'pending';
create index idx_guest_requests_session_id on public.live_guest_requests (session_id, created_at);
create index idx_guest_requests_requester_profile_id on public.live_guest_requests (requester_profile_id);
create index idx_guest_requests_responded_by
  on public.live_guest_requests (responded_by) where responded_by is not null;
create index idx_guest_requests_expiry on public.live_guest_requests (expires_at) where status = 'pending';
