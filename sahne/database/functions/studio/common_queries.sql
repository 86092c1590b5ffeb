-- The seed's six common queries as functions of the Data API: run as the caller under row-level security, without the
-- hidden columns, from counters where the seed aggregates every picture ever (rulings S13, S23).

-- "Get User Profile with Stats": one row, the caller's real profile.
create or replace function public.profile_with_stats()
returns table (
  id uuid, user_id uuid, type text, role text, is_creator boolean, username text, email text, gender text,
  display_name text, avatar_url text, is_premium boolean, generation_count integer, subscription_status text,
  subscription_expires_at timestamptz, revenue_cat_user_id text, created_at timestamptz, updated_at timestamptz,
  last_seen_at timestamptz, total_images bigint, favorite_count bigint, last_generation_at timestamptz
)
language sql stable set search_path = '', pg_temp as $$
  select p.id, p.user_id, p.type, p.role, p.is_creator, p.username, p.email, p.gender,
         p.display_name, p.avatar_url,
         p.is_premium and (p.subscription_expires_at is null or p.subscription_expires_at > now()),
         p.generation_count, p.subscription_status,
         p.subscription_expires_at, p.revenue_cat_user_id, p.created_at, p.updated_at,
         p.last_seen_at,
         coalesce(counts.total_images, 0),
         coalesce(counts.favorite_count, 0),
         (
           select gi.created_at from public.generated_images gi
            where gi.user_id = p.id order by gi.created_at desc limit 1
         )
    from public.profiles p
    left join private.user_image_counts counts on counts.user_id = p.id
   where p.id = (select auth.uid())
$$;

-- "Get User's Recent Images", newest first; a picture outlives its scene (ruling S6).
create or replace function public.recent_images("limit" integer default 20)
returns table (
  id uuid, user_id uuid, scene_id uuid, image_url text, thumbnail_url text, original_photo_url text,
  is_favorite boolean, generation_time real, model text, image_size text, seed bigint, metadata jsonb,
  created_at timestamptz, generation_id uuid, scene_version_id uuid, medium_url text, scene_name text, scene_category text
)
language sql stable set search_path = '', pg_temp as $$
  select gi.id, gi.user_id, gi.scene_id, gi.image_url, gi.thumbnail_url, gi.original_photo_url,
         gi.is_favorite, gi.generation_time, gi.model, gi.image_size, gi.seed, gi.metadata,
         gi.created_at, gi.generation_id, gi.scene_version_id, gi.medium_url, label.name, label.category
    from (
      select mine.id, mine.user_id, mine.scene_id, mine.image_url, mine.thumbnail_url, mine.original_photo_url,
             mine.is_favorite, mine.generation_time, mine.model, mine.image_size, mine.seed, mine.metadata,
             mine.created_at, mine.generation_id, mine.scene_version_id, mine.medium_url
        from public.generated_images mine
       where mine.user_id = (select auth.uid())
       order by mine.created_at desc
       limit least(greatest("limit", 0), 1000)
    ) gi
    left join lateral private.scene_label(gi.scene_id) label on true
   order by gi.created_at desc
$$;

-- The label of a picture's scene, also when the scene is no longer offered.
create or replace function private.scene_label(_scene_id uuid) returns table (name text, category text)
language sql stable security definer set search_path = '', pg_temp as $$
  select scenes.name, scenes.category from public.scenes where scenes.id = _scene_id
$$;

-- "Get Popular Scenes": counted over everybody's pictures.
create or replace function public.popular_scenes("limit" integer default 10)
returns table (
  id uuid, name text, description text, category text, subcategory text, preview_url text, thumbnail_url text,
  style_keywords text[], is_active boolean, is_premium boolean, order_index integer, usage_count integer,
  created_at timestamptz, updated_at timestamptz, active_from timestamptz, active_until timestamptz,
  generation_count bigint
)
language sql stable set search_path = '', pg_temp as $$
  select s.id, s.name, s.description, s.category, s.subcategory, s.preview_url, s.thumbnail_url,
         s.style_keywords, s.is_active, s.is_premium, s.order_index, s.usage_count,
         s.created_at, s.updated_at, s.active_from, s.active_until, coalesce(counts.generation_count, 0)
    from public.scenes s
    left join private.scene_image_counts counts on counts.scene_id = s.id
   where s.is_active = true
   order by coalesce(counts.generation_count, 0) desc, s.usage_count desc, s.name
   limit least(greatest("limit", 0), 1000)
$$;

create or replace function public.daily_limit()
returns table (used integer, "limit" integer, is_premium boolean, remaining integer, resets_at timestamptz)
language sql stable set search_path = '', pg_temp as $$
  select quota.used, quota."limit", quota.is_premium, quota.remaining, quota.resets_at from private.own_quota() as quota
$$;

-- "Get Categories with Scene Count".
create or replace function public.categories_with_scene_count()
returns table (
  id uuid, name text, slug text, description text, icon text, thumbnail_url text, is_active boolean,
  order_index integer, scene_count integer, created_at timestamptz, updated_at timestamptz, active_scene_count bigint
)
language sql stable set search_path = '', pg_temp as $$
  select c.id, c.name, c.slug, c.description, c.icon, c.thumbnail_url, c.is_active,
         c.order_index, c.scene_count, c.created_at, c.updated_at, count(s.id)
    from public.categories c
    left join public.scenes s on c.slug = s.category and s.is_active = true
   where c.is_active = true
   group by c.id
   order by c.order_index, c.name
$$;

-- "Analytics: Daily Generation Stats", newest day first; days are UTC's.
create or replace function public.daily_generation_stats(days integer default 30)
returns table (date date, total_generations bigint, unique_users bigint, avg_generation_time double precision)
language sql stable set search_path = '', pg_temp as $$
  select totals.day, totals.total_generations, totals.unique_users,
         totals.generation_time_sum / nullif(totals.generation_time_count, 0)
    from private.image_days totals
   where (select private.require_admin())
     and totals.day >= (now() at time zone 'utc')::date - days
   order by totals.day desc
$$;

revoke execute on function private.scene_label(uuid) from public;
revoke execute on function
  public.profile_with_stats(), public.recent_images(integer), public.popular_scenes(integer), public.daily_limit(),
  public.categories_with_scene_count(), public.daily_generation_stats(integer)
  from public, anon, authenticated;
grant execute on function
  public.popular_scenes(integer), public.categories_with_scene_count()
  to anon, authenticated, service_role;
grant execute on function
  public.profile_with_stats(), public.recent_images(integer), private.scene_label(uuid), public.daily_limit(),
  public.daily_generation_stats(integer)
  to authenticated, service_role;
