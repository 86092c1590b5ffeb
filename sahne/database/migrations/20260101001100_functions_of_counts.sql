-- The functions of what is counted as they were first: today's text is in sahne/database/functions/{studio,analytics}.

set local check_function_bodies = off;

-- What is counted as pictures and scenes come, change and go: the seeds' own counters, which write where the caller may
-- not (rulings S1, S2, S11), and counts by user, scene and UTC day for the common queries (ruling S23).

-- The seed's counters, made to work: they write where the caller may not (rulings S1, S2).
create or replace function public.increment_scene_usage() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.scenes set usage_count = usage_count + 1 where id = new.scene_id;
  return new;
end $$;

create or replace function public.update_generation_count() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.profiles set generation_count = generation_count + 1 where id = new.user_id;
  return new;
end $$;

-- Counts anew under a lock on the category, so that two writers at once cannot count past each other.
create or replace function public.update_category_count() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _slugs text[] := array[]::text[];
begin
  if tg_op <> 'INSERT' then _slugs := _slugs || old.category; end if;
  if tg_op <> 'DELETE' then _slugs := _slugs || new.category; end if;
  -- "no key": the foreign key of a scene being inserted holds a key share of the same row
  perform from public.categories where slug = any (_slugs) order by slug for no key update;
  update public.categories
     set scene_count = (select count(*) from public.scenes where scenes.category = categories.slug and scenes.is_active)
   where slug = any (_slugs);
  return null;
end $$;

-- Add deltas to all four tables. Keys are taken in order, so that two writers never wait for each other in a circle.
create or replace function private.add_image_deltas(_deltas private.image_delta[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.user_image_counts as counts (user_id, total_images, favorite_count)
  select user_id, sum(images), sum(favorites)
    from unnest(_deltas)
   group by user_id
  having sum(images) <> 0 or sum(favorites) <> 0
   order by user_id
  on conflict (user_id) do update
    set total_images   = counts.total_images + excluded.total_images,
        favorite_count = counts.favorite_count + excluded.favorite_count;

  insert into private.scene_image_counts as counts (scene_id, generation_count)
  select scene_id, sum(images)
    from unnest(_deltas)
   where scene_id is not null
   group by scene_id
  having sum(images) <> 0
   order by scene_id
  on conflict (scene_id) do update set generation_count = counts.generation_count + excluded.generation_count;

  with touched as (
    insert into private.user_image_days as days (day, user_id, images)
    select day, user_id, sum(images)
      from unnest(_deltas)
     group by day, user_id
    having sum(images) <> 0
     order by day, user_id
    on conflict (day, user_id) do update set images = days.images + excluded.images
    returning day, case when xmax = 0 then 1 when images = 0 then -1 else 0 end as users
  ), users as (
    select day, sum(users) as users from touched group by day
  ), sums as (
    select day, sum(images) as images, sum(time_sum) as time_sum, sum(time_count) as time_count
      from unnest(_deltas)
     group by day
  )
  insert into private.image_days as days
    (day, total_generations, unique_users, generation_time_sum, generation_time_count)
  select sums.day, sums.images, coalesce(users.users, 0), sums.time_sum, sums.time_count
    from sums
    left join users on users.day = sums.day
   where sums.images <> 0 or sums.time_count <> 0 or sums.time_sum <> 0 or users.users <> 0
   order by sums.day
  on conflict (day) do update
    set total_generations     = days.total_generations + excluded.total_generations,
        unique_users          = days.unique_users + excluded.unique_users,
        generation_time_sum   = days.generation_time_sum + excluded.generation_time_sum,
        generation_time_count = days.generation_time_count + excluded.generation_time_count;

  delete from private.user_image_days using unnest(_deltas) as delta
   where user_image_days.day = delta.day and user_image_days.user_id = delta.user_id and user_image_days.images = 0;
  delete from private.user_image_counts using unnest(_deltas) as delta
   where user_image_counts.user_id = delta.user_id and user_image_counts.total_images = 0;
  delete from private.scene_image_counts using unnest(_deltas) as delta
   where scene_image_counts.scene_id = delta.scene_id and scene_image_counts.generation_count = 0;
  delete from private.image_days using unnest(_deltas) as delta
   where image_days.day = delta.day and image_days.total_generations = 0;
end $$;

-- One call a statement, however many rows it touched; the deltas are summed before they are carried.
create or replace function private.count_new_images() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.add_image_deltas(array_agg(row(delta.*)::private.image_delta))
     from (
       select user_id, scene_id, (created_at at time zone 'utc')::date, count(*), count(*) filter (where is_favorite),
              coalesce(sum(generation_time::double precision), 0), count(generation_time)
         from new_images
        group by 1, 2, 3
     ) as delta
   having count(*) > 0;
  return null;
end $$;

create or replace function private.count_gone_images() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.add_image_deltas(array_agg(row(delta.*)::private.image_delta))
     from (
       select user_id, scene_id, (created_at at time zone 'utc')::date, -count(*), -count(*) filter (where is_favorite),
              -coalesce(sum(generation_time::double precision), 0), -count(generation_time)
         from old_images
        group by 1, 2, 3
     ) as delta
   having count(*) > 0;
  return null;
end $$;

create or replace function private.count_changed_images() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.add_image_deltas(array_agg(row(delta.*)::private.image_delta))
     from (
       select user_id, scene_id, (created_at at time zone 'utc')::date, sum(sign),
              coalesce(sum(sign) filter (where is_favorite), 0),
              coalesce(sum(sign * generation_time::double precision), 0),
              coalesce(sum(sign) filter (where generation_time is not null), 0)
         from (
           select 1 as sign, user_id, scene_id, created_at, is_favorite, generation_time from new_images
           union all
           select -1, user_id, scene_id, created_at, is_favorite, generation_time from old_images
         ) as both_sides
        group by 1, 2, 3
     ) as delta
   having count(*) > 0;
  return null;
end $$;

revoke execute on function
  private.add_image_deltas(private.image_delta[]), private.count_new_images(), private.count_gone_images(),
  private.count_changed_images()
  from public;
revoke execute on function
  public.increment_scene_usage(), public.update_generation_count(), public.update_category_count()
  from public, anon, authenticated;
grant execute on function private.add_image_deltas(private.image_delta[]) to service_role;

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

-- The months of the events: made ahead, dropped by age (ruling S9). The worker calls these by the clock.

-- One month's partition, with whatever the default partition already holds of it; false when it is there.
create or replace function private.create_analytics_partition(_month date) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _from constant date := date_trunc('month', _month::timestamp)::date;
  _to   constant date := (date_trunc('month', _month::timestamp) + interval '1 month')::date;
  _name constant text := 'analytics_events_' || to_char(_from, 'YYYY_MM');
begin
  perform pg_advisory_xact_lock(hashtext('private.analytics_partitions'));
  if to_regclass('private.' || _name) is not null then
    return false;
  end if;
  -- an event that is being written must not land in the default between the move and the attaching; the profiles are what
  -- the attached key refers to, taken first as an account's erasure does
  lock table public.profiles in share row exclusive mode;
  lock table private.analytics_events_default in access exclusive mode;
  execute format('create table private.%I (like public.analytics_events including defaults including constraints)', _name);
  execute format('alter table private.%I enable row level security', _name);
  execute format(
    'with moved as (
       delete from private.analytics_events_default where created_at >= %L and created_at < %L returning *
     )
     insert into private.%I select * from moved',
    _from::timestamp at time zone 'utc', _to::timestamp at time zone 'utc', _name
  );
  execute format(
    'alter table public.analytics_events attach partition private.%I for values from (%L) to (%L)',
    _name, _from::timestamp at time zone 'utc', _to::timestamp at time zone 'utc'
  );
  return true;
end $$;

-- The partitions of this month and the coming ones: how many were made.
create or replace function private.create_analytics_partitions_ahead() returns integer
language sql volatile security definer set search_path = '', pg_temp as $$
  select count(*) filter (where private.create_analytics_partition(month::date))::integer
    from private.settings,
         generate_series(
           date_trunc('month', now() at time zone 'utc'),
           date_trunc('month', now() at time zone 'utc') + make_interval(months => settings.analytics_partitions_ahead_months),
           interval '1 month'
         ) as month
$$;

-- The months older than the retention of the settings, oldest first.
create or replace function private.old_analytics_partitions() returns setof text
language sql stable security definer set search_path = '', pg_temp as $$
  select child.relname::text
    from private.settings, pg_catalog.pg_inherits
    join pg_catalog.pg_class as child on child.oid = inhrelid
   where inhparent = 'public.analytics_events'::regclass
     and child.relname ~ '^analytics_events_\d{4}_\d{2}$'
     and to_date(right(child.relname, 7), 'YYYY_MM')
         < date_trunc('month', now() at time zone 'utc') - make_interval(months => analytics_retention_months)
   order by child.relname
$$;

-- Drop them: their names. What changed of a month and is not counted yet is counted first.
create or replace function private.drop_old_analytics_partitions() returns setof text
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _name text;
begin
  perform pg_advisory_xact_lock(hashtext('private.analytics_partitions'));
  perform pg_advisory_xact_lock(hashtextextended('sahne.fold_analytics', 0));
  for _name in select private.old_analytics_partitions() loop
    perform private.count_analytics_month(to_date(right(_name, 7), 'YYYY_MM'));
    execute format('drop table private.%I', _name);
    return next _name;
  end loop;
end $$;

-- What fell into the default partition because its month was not there, by month of UTC. It should be empty.
create or replace function private.analytics_default_months() returns table (month date, events bigint)
language sql stable security definer set search_path = '', pg_temp as $$
  select date_trunc('month', events.created_at at time zone 'utc')::date, count(*)
    from private.analytics_events_default as events
   group by 1
   order by 1
$$;

revoke execute on function
  private.create_analytics_partition(date), private.create_analytics_partitions_ahead(),
  private.old_analytics_partitions(), private.drop_old_analytics_partitions(), private.analytics_default_months()
  from public;
grant execute on function
  private.create_analytics_partition(date), private.create_analytics_partitions_ahead(),
  private.old_analytics_partitions(), private.drop_old_analytics_partitions(), private.analytics_default_months()
  to service_role;
