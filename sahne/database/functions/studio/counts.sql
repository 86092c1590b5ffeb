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
