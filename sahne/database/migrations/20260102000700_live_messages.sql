-- The seed's table 3: chat, gift lines, system lines (rulings L1, L13, L14, L20). `seq` orders and resumes a chat.

create table public.live_messages (
  id                uuid primary key default gen_random_uuid(),
  session_id        uuid not null references public.live_sessions (id) on delete cascade,
  sender_id         uuid not null references auth.users (id) on delete cascade,
  sender_profile_id uuid not null references public.profiles (id) on delete cascade,
  message_type      text not null default 'text' check (message_type in ('text', 'gift', 'system', 'pinned')),
  content           text,
  gift_id           uuid references public.gifts (id),
  gift_quantity     integer default 1,
  gift_coin_value   bigint default 0,
  is_deleted        boolean default false,
  is_pinned         boolean default false,
  created_at        timestamptz default now(),
  seq               bigint generated always as identity,
  deleted_by        uuid references auth.users (id) on delete set null,
  deleted_at        timestamptz,
  constraint live_messages_sender_public_profile_fkey
    foreign key (sender_profile_id) references public.public_profiles (id) on delete cascade,
  constraint live_messages_content_check
    check (char_length(content) between 1 and 500 and (message_type <> 'text' or content is not null)),
  constraint live_messages_gift_check check (gift_quantity >= 0 and gift_coin_value >= 0)
);
alter table public.live_messages enable row level security;

create index idx_live_messages_session_id on public.live_messages (session_id);
create index idx_live_messages_sender_id on public.live_messages (sender_id);
create index idx_live_messages_message_type on public.live_messages (message_type);
create index idx_live_messages_created_at on public.live_messages (created_at);
create index idx_live_messages_session_id_seq on public.live_messages (session_id, seq);
create index idx_live_messages_sender_profile_id on public.live_messages (sender_profile_id);
create index idx_live_messages_gift_id on public.live_messages (gift_id) where gift_id is not null;
create index idx_live_messages_deleted_by on public.live_messages (deleted_by) where deleted_by is not null;

-- A gift's line counts its gifts too, so that a gift appends one row.
create function private.tally_messages() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.session_tallies (session_id, messages, gifts)
  values (new.session_id, 1, case when new.message_type = 'gift' then new.gift_quantity else 0 end);
  return null;
end $$;

create trigger tally_live_messages after insert on public.live_messages
  for each row execute function private.tally_messages();
