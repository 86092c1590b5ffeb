-- The seed's table 5: 1-1 calls (rulings L2, L3, L12, L14, L15).

create table public.calls (
  id                uuid primary key default gen_random_uuid(),
  caller_id         uuid references auth.users (id) on delete set null,
  callee_id         uuid references auth.users (id) on delete set null,
  call_type         text not null check (call_type in ('audio_call', 'video_call')),
  livekit_room_name text not null unique default ('call_' || gen_random_uuid()),
  livekit_room_sid  text,
  status            text not null default 'initiated' check (status in (
                      'initiated', 'ringing', 'accepted', 'rejected', 'missed', 'busy', 'ended', 'failed')),
  initiated_at      timestamptz default now(),
  answered_at       timestamptz,
  ended_at          timestamptz,
  duration_seconds  integer default 0,
  ended_by          uuid references auth.users (id) on delete set null,
  end_reason        text,
  is_paid           boolean default false,
  coin_per_minute   integer default 0,
  total_coin_spent  bigint default 0,
  created_at        timestamptz default now(),
  updated_at        timestamptz default now(),
  constraint calls_not_self_check check (caller_id <> callee_id),
  constraint calls_amounts_check  check (least(coin_per_minute, total_coin_spent, duration_seconds) >= 0)
);
alter table public.calls enable row level security;

create index idx_calls_caller_id on public.calls (caller_id);
create index idx_calls_callee_id on public.calls (callee_id);
create index idx_calls_status on public.calls (status);
create index idx_calls_livekit_room_name on public.calls (livekit_room_name);
create index idx_calls_ended_by on public.calls (ended_by) where ended_by is not null;
create index idx_calls_unanswered on public.calls (initiated_at) where status in ('initiated', 'ringing');

create trigger set_calls_updated_at before update on public.calls
  for each row execute function public.handle_updated_at();

-- A user who is in a call, on either side. Checked at commit: the slot is taken before the call's row is there.
create table private.call_slots (
  user_id uuid primary key references auth.users (id) on delete cascade,
  call_id uuid not null references public.calls (id) on delete cascade deferrable initially deferred
);
create index idx_call_slots_call_id on private.call_slots (call_id);
