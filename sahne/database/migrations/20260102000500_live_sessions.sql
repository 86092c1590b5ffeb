-- The seed's table 1: live broadcasts and audio rooms. Statistics are the server's (rulings L4, L10, L14, L20).

create table public.live_sessions (
  id                     uuid primary key default gen_random_uuid(),
  creator_id             uuid not null references auth.users (id) on delete cascade,
  creator_profile_id     uuid not null references public.profiles (id) on delete cascade,
  title                  text,
  description            text,
  thumbnail_url          text,
  session_type           text not null check (session_type in ('video_live', 'audio_room')),
  access_type            text not null default 'public'
                         check (access_type in ('public', 'subscribers_only', 'pay_per_view')),
  ppv_coin_price         integer default 0,
  livekit_room_name      text not null unique,
  livekit_room_sid       text,
  status                 text not null default 'scheduled'
                         check (status in ('scheduled', 'live', 'ended', 'cancelled')),
  scheduled_at           timestamptz,
  started_at             timestamptz,
  ended_at               timestamptz,
  peak_viewers           integer default 0,
  total_viewers          integer default 0,
  total_duration_seconds integer default 0,
  total_gifts_received   bigint default 0,
  total_messages         integer default 0,
  chat_enabled           boolean default true,
  gifts_enabled          boolean default true,
  recording_enabled      boolean default false,
  created_at             timestamptz default now(),
  updated_at             timestamptz default now(),
  interrupted_at         timestamptz,
  viewer_count           integer not null default 0,
  constraint live_sessions_creator_public_profile_fkey
    foreign key (creator_profile_id) references public.public_profiles (id) on delete cascade,
  constraint live_sessions_title_length_check       check (char_length(title) <= 200 and title ~ '\S'),
  constraint live_sessions_description_length_check check (char_length(description) <= 5000),
  constraint live_sessions_thumbnail_url_length_check check (char_length(thumbnail_url) <= 2048),
  constraint live_sessions_ppv_price_check
    check (ppv_coin_price >= 0 and (access_type <> 'pay_per_view' or coalesce(ppv_coin_price, 0) > 0)),
  constraint live_sessions_statistics_check
    check (least(peak_viewers, total_viewers, total_duration_seconds, total_gifts_received, total_messages,
                 viewer_count) >= 0)
);
alter table public.live_sessions enable row level security;

create index idx_live_sessions_creator_id on public.live_sessions (creator_id);
create index idx_live_sessions_status on public.live_sessions (status);
create index idx_live_sessions_session_type on public.live_sessions (session_type);
create index idx_live_sessions_livekit_room_name on public.live_sessions (livekit_room_name);
create index idx_live_sessions_creator_profile_id on public.live_sessions (creator_profile_id);
create unique index idx_live_sessions_one_live_per_creator on public.live_sessions (creator_id) where status = 'live';

create trigger set_live_sessions_updated_at before update on public.live_sessions
  for each row execute function public.handle_updated_at();

-- The seed gives the room name no default and clients may not write it.
create function private.name_session_room() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.livekit_room_name := 'live_' || new.id;
  return new;
end $$;

create trigger name_live_session_room before insert on public.live_sessions
  for each row when (new.livekit_room_name is null) execute function private.name_session_room();

-- The exact counters (ruling L10). Whoever comes or goes holds this row for a moment, so the peak is the true one and a
-- session cannot end between a check and a join. `fold_session_counters` shows them in `live_sessions`.
create table private.session_counters (
  session_id    uuid primary key references public.live_sessions (id) on delete cascade,
  viewer_count  integer not null default 0 check (viewer_count >= 0),
  peak_viewers  integer not null default 0,
  total_viewers integer not null default 0
);

-- Messages and gifts that `live_sessions` does not show yet: appended, so that a gift waits for nobody.
create table private.session_tallies (
  id         bigint generated always as identity,
  session_id uuid not null,
  messages   integer not null default 0,
  gifts      integer not null default 0,
  primary key (session_id, id)
);

create function private.open_session_counters() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.session_counters (session_id) values (new.id);
  return null;
end $$;

create trigger open_live_session_counters after insert on public.live_sessions
  for each row execute function private.open_session_counters();

-- One update per session that changed, at most as often as the server calls it; the number of rows updated.
-- A second caller at the same moment does nothing.
create function private.fold_session_counters() returns integer
language plpgsql security definer set search_path = '' as $$
declare
  _folded integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('sahne.fold_session_counters', 0)) then
    return 0;
  end if;
  with taken as (
    delete from private.session_tallies returning session_id, messages, gifts
  ), tallies as (
    select taken.session_id, sum(taken.messages) messages, sum(taken.gifts) gifts from taken group by 1
  ), touched as (
    select tallies.session_id from tallies
    union
    select sessions.id from public.live_sessions sessions where sessions.status = 'live'
  ), shown as (
    select counters.session_id, counters.viewer_count, counters.peak_viewers, counters.total_viewers,
           coalesce(tallies.messages, 0)::integer messages, coalesce(tallies.gifts, 0)::bigint gifts
      from touched
      join private.session_counters counters on counters.session_id = touched.session_id
      join public.live_sessions sessions on sessions.id = touched.session_id
      left join tallies on tallies.session_id = touched.session_id
     where tallies.session_id is not null
        or (sessions.viewer_count, sessions.peak_viewers, sessions.total_viewers)
           is distinct from (counters.viewer_count, counters.peak_viewers, counters.total_viewers)
  )
  update public.live_sessions sessions
     set viewer_count         = shown.viewer_count,
         peak_viewers         = shown.peak_viewers,
         total_viewers        = shown.total_viewers,
         total_messages       = sessions.total_messages + shown.messages,
         total_gifts_received = sessions.total_gifts_received + shown.gifts
    from shown
   where sessions.id = shown.session_id;
  get diagnostics _folded = row_count;
  return _folded;
end $$;
