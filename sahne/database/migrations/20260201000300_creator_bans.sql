-- Who should never come is banned from all of a creator's sessions, by profile (ruling L17): no client sees this table, and
-- whose the profile is stays here.

create table private.creator_bans (
  id         uuid        not null default gen_random_uuid() primary key,
  creator_id uuid        not null,
  profile_id uuid        not null,
  user_id    uuid        not null,
  reason     text,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  constraint creator_bans_creator_id_fkey foreign key (creator_id) references auth.users (id) on delete cascade,
  constraint creator_bans_profile_id_fkey foreign key (profile_id) references public.profiles (id) on delete cascade,
  constraint creator_bans_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint creator_bans_profile_unique unique (creator_id, profile_id),
  constraint creator_bans_reason_length_check check (char_length(reason) <= 500)
);
alter table private.creator_bans enable row level security;
grant select on private.creator_bans to service_role;
comment on table private.creator_bans is 'Who is kept out of all of a creator''s sessions, by profile.';

create index idx_creator_bans_creator_id_user_id on private.creator_bans (creator_id, user_id);
create index idx_creator_bans_profile_id on private.creator_bans (profile_id);
create index idx_creator_bans_user_id on private.creator_bans (user_id);
