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
  constraint profiles_display_name_visible_check check (private.is_visible(display_name)),
  constraint profiles_avatar_url_check
    check (char_length(avatar_url) between 1 and 2048 and private.is_link(avatar_url)),
  constraint profiles_generation_count_check check (generation_count >= 0)
);
alter table public.profiles enable row level security;

create index idx_profiles_email on public.profiles (email);
create index idx_profiles_is_premium on public.profiles (is_premium);
create index idx_profiles_revenue_cat_user_id on public.profiles (revenue_cat_user_id);
create index idx_profiles_user_id on public.profiles (user_id);
create unique index profiles_one_real_per_user on public.profiles (user_id) where type = 'real';
create unique index profiles_username_unique on public.profiles (lower(username));

-- The face all may see (ruling R2): never an e-mail, never whose shadow it is.
create table public.public_profiles (
  id             uuid    not null primary key,
  username       text,
  display_name   text,
  avatar_url     text,
  is_creator     boolean not null default false,
  follower_count bigint  not null default 0,
  constraint public_profiles_id_fkey foreign key (id) references public.profiles (id) on delete cascade,
  constraint public_profiles_follower_count_check check (follower_count >= 0)
);
alter table public.public_profiles enable row level security;

-- somebody's page by their name, and the creators by theirs
create index idx_public_profiles_username on public.public_profiles (username);
create index idx_public_profiles_creators on public.public_profiles (username) where is_creator;
