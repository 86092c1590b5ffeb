-- Counts of pictures by user, scene and day, kept as pictures come, change and go, so that the common queries stay
-- quick at a million pictures and still tell what the seed's SQL would (ruling S23). Days are UTC's.

create table private.user_image_counts (
  user_id        uuid   not null primary key,
  total_images   bigint not null default 0,
  favorite_count bigint not null default 0
);
alter table private.user_image_counts enable row level security;
grant select on private.user_image_counts to authenticated, service_role;
create policy "Users can view own counts" on private.user_image_counts
  for select to authenticated using (user_id = (select auth.uid()));

create table private.scene_image_counts (
  scene_id         uuid   not null primary key,
  generation_count bigint not null default 0
);
alter table private.scene_image_counts enable row level security;
grant select on private.scene_image_counts to anon, authenticated, service_role;
create policy "Anyone can view counts of scenes" on private.scene_image_counts
  for select to anon, authenticated using (true);

create table private.user_image_days (
  day     date   not null,
  user_id uuid   not null,
  images  bigint not null,
  primary key (day, user_id)
);
alter table private.user_image_days enable row level security;

create table private.image_days (
  day                   date             not null primary key,
  total_generations     bigint           not null default 0,
  unique_users          bigint           not null default 0,
  generation_time_sum   double precision not null default 0,
  generation_time_count bigint           not null default 0
);
alter table private.image_days enable row level security;
grant select on private.image_days to authenticated, service_role;
create policy "Admins can view counts of days" on private.image_days
  for select to authenticated using ((select private.is_admin()));

-- What one statement changed, summed.
create type private.image_delta as (
  user_id    uuid,
  scene_id   uuid,
  day        date,
  images     bigint,
  favorites  bigint,
  time_sum   double precision,
  time_count bigint
);

-- Add deltas to all four tables. Keys are taken in order, so that two writers never wait for each other in a circle.
create function private.add_image_deltas(_deltas private.image_delta[]) returns void
language plpgsql security definer set search_path = '' as $$
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
create function private.count_new_images() returns trigger
language plpgsql security definer set search_path = '' as $$
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

create function private.count_gone_images() returns trigger
language plpgsql security definer set search_path = '' as $$
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

create function private.count_changed_images() returns trigger
language plpgsql security definer set search_path = '' as $$
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
  private.add_image_deltas(private.image_delta[]),
  private.count_new_images(), private.count_gone_images(), private.count_changed_images()
  from public;

create trigger count_new_images after insert on public.generated_images
  referencing new table as new_images
  for each statement execute function private.count_new_images();
create trigger count_gone_images after delete on public.generated_images
  referencing old table as old_images
  for each statement execute function private.count_gone_images();
create trigger count_changed_images after update on public.generated_images
  referencing old table as old_images new table as new_images
  for each statement execute function private.count_changed_images();
