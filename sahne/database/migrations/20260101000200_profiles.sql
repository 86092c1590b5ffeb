-- How users appear: the union of both documents' profiles (ruling R1). A real profile has its user's id, a shadow an
-- id of its own; a person writes their face, the server everything that money or rights hang on.

create table public.profiles (
  id                      uuid        not null primary key,
  user_id                 uuid        not null,
  type                    text        not null default 'real',
  role                    text        not null default 'user',
  is_creator              boolean     not null default false,
  username                text,
  email                   text,
  gender                  text,
  display_name            text,
  avatar_url              text,
  is_premium              boolean     not null default false,
  generation_count        integer     not null default 0,
  subscription_status     text,
  subscription_expires_at timestamptz,
  revenue_cat_user_id     text,
  created_at              timestamptz not null default now(),
  updated_at              timestamptz not null default now(),
  last_seen_at            timestamptz not null default now(),
  constraint profiles_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint profiles_type_check check (type in ('real', 'shadow')),
  constraint profiles_role_check check (role in ('user', 'creator', 'admin')),
  constraint profiles_gender_check check (gender in ('male', 'female')),
  constraint profiles_real_id_check check ((type = 'real') = (id = user_id)),
  constraint profiles_shadow_check check (
    type = 'real' or (role = 'user' and not is_creator and not is_premium and email is null)
  ),
  constraint profiles_username_check check (username ~ '^[a-z0-9_.]{3,30}$'),
  constraint profiles_display_name_check check (char_length(display_name) between 1 and 80),
  constraint profiles_avatar_url_check check (char_length(avatar_url) between 1 and 2048),
  constraint profiles_generation_count_check check (generation_count >= 0)
);
alter table public.profiles enable row level security;

create index idx_profiles_email on public.profiles (email);
create index idx_profiles_is_premium on public.profiles (is_premium);
create index idx_profiles_revenue_cat_user_id on public.profiles (revenue_cat_user_id);
create index idx_profiles_user_id on public.profiles (user_id);
create unique index profiles_one_real_per_user on public.profiles (user_id) where type = 'real';
create unique index profiles_username_unique on public.profiles (lower(username));

revoke all on public.profiles from public, anon, authenticated;
grant select on public.profiles to authenticated;
grant insert (id, user_id, username, display_name, avatar_url, gender) on public.profiles to authenticated;
grant update (username, display_name, avatar_url, gender) on public.profiles to authenticated;
grant select, insert, update, delete on public.profiles to service_role;

create policy "Users can view own profile" on public.profiles
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Users can insert own profile" on public.profiles
  for insert to authenticated with check (user_id = (select auth.uid()));
create policy "Users can update own profile" on public.profiles
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "Service role has full access to profiles" on public.profiles
  for all to service_role using ((select auth.role()) = 'service_role');

-- `role` says creator exactly when `is_creator` does; an e-mail is the account's; a real profile may name only itself.
create function private.complete_profile() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.type = 'real' then
    new.user_id := coalesce(new.user_id, new.id);
    new.email := (select nullif(users.email, '') from auth.users where users.id = new.user_id);
  end if;
  if new.role <> 'admin' then
    new.role := case when new.is_creator then 'creator' else 'user' end;
  end if;
  return new;
end $$;
revoke execute on function private.complete_profile() from public;

create trigger complete_profile before insert or update on public.profiles
  for each row execute function private.complete_profile();
create trigger update_profiles_updated_at before update on public.profiles
  for each row execute function public.update_updated_at_column();

-- The face all may see (ruling R2): never an e-mail, never whose shadow it is.
create table public.public_profiles (
  id           uuid    not null primary key,
  username     text,
  display_name text,
  avatar_url   text,
  is_creator   boolean not null default false,
  constraint public_profiles_id_fkey foreign key (id) references public.profiles (id) on delete cascade
);
alter table public.public_profiles enable row level security;

-- somebody's page by their name, and the creators by theirs
create index idx_public_profiles_username on public.public_profiles (username);
create index idx_public_profiles_creators on public.public_profiles (username) where is_creator;

revoke all on public.public_profiles from public, anon, authenticated, service_role;
grant select on public.public_profiles to anon, authenticated, service_role;

create policy "Anyone can view public profiles" on public.public_profiles
  for select to anon, authenticated using (true);

create function private.show_public_profile() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.public_profiles as face (id, username, display_name, avatar_url, is_creator)
  values (new.id, new.username, new.display_name, new.avatar_url, new.is_creator)
  on conflict (id) do update
    set username     = excluded.username,
        display_name = excluded.display_name,
        avatar_url   = excluded.avatar_url,
        is_creator   = excluded.is_creator
  where (face.username, face.display_name, face.avatar_url, face.is_creator)
    is distinct from (excluded.username, excluded.display_name, excluded.avatar_url, excluded.is_creator);
  return null;
end $$;
revoke execute on function private.show_public_profile() from public;

create trigger show_public_profile after insert or update on public.profiles
  for each row execute function private.show_public_profile();
