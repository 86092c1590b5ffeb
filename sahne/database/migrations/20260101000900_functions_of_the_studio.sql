-- The functions of the studio and of analytics as they were first: today's text is in sahne/database/functions.

set local check_function_bodies = off;

-- What may be kept as a picture: a client's own insert must point at objects of its owner (rulings S4, R8), and no
-- generation gets more pictures than it reserved.

-- What a picture's row inserted by its owner must point at.
create or replace function private.owns_pictures(_image text, _thumbnail text, _photo text) returns boolean
language sql stable set search_path = '', pg_temp as $$
  select private.owns_object('images', _image)
     and (_thumbnail is null or private.owns_object('images', _thumbnail))
     and (_photo is null or private.owns_object('photos', _photo))
$$;

-- The sentences of the policy above (ruling R8); what they do not name stays the policy's plain refusal.
create or replace function private.explain_image_refusal() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if private.is_anonymous(auth.uid()) then
    perform private.forbid_for('anonymous', 'A user', 'keep pictures');
  elsif private.is_suspended(auth.uid()) then
    perform private.forbid_for('suspended', 'A user', 'keep pictures');
  elsif not private.owns_pictures(new.image_url, new.thumbnail_url, new.original_photo_url) then
    perform private.forbid('A picture must point at objects you uploaded',
      'Upload to images/<your user id>/… first; image_url is /storage/v1/object/authenticated/images/<your user id>/<name>.');
  end if;
  return new;
end $$;

-- A picture of a generation belongs to its owner, arrives before its end, and no more arrive than were reserved.
create or replace function private.check_image_of_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _generation public.generations;
begin
  -- locked, so that a cancellation comes before the picture or after it, never in between
  select * into _generation from public.generations where id = new.generation_id for no key update;
  if _generation.user_id is distinct from new.user_id then
    raise exception 'The generation is not this user''s.' using errcode = '23514';
  end if;
  if _generation.status in ('done', 'failed', 'moderated', 'canceled', 'expired') then
    raise exception 'The generation has ended as %.', _generation.status using errcode = '55000';
  end if;
  if (select count(*) from public.generated_images where generation_id = new.generation_id) >= _generation.requested_count then
    raise exception 'The generation has all its % pictures.', _generation.requested_count using errcode = '55000';
  end if;
  update private.quota_reservations set arrived = arrived + 1 where generation_id = new.generation_id;
  return new;
end $$;

revoke execute on function
  private.owns_pictures(text, text, text), private.explain_image_refusal(), private.check_image_of_generation()
  from public;
grant execute on function private.owns_pictures(text, text, text) to authenticated, service_role;

-- The life of a generation: who may ask for one, and which state follows which.

-- Who may ask, and with which photo: their own object of the bucket photos (ruling R1).
create or replace function private.check_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if exists (select from auth.users where users.id = new.user_id and users.is_anonymous) then
    perform private.forbid_for('anonymous', 'A user', 'make pictures');
  elsif private.is_suspended(new.user_id) then
    perform private.forbid_for('suspended', 'A user', 'make pictures');
  end if;
  if new.photo_path is not null and not exists (
    select from storage.objects
     where objects.bucket_id = 'photos'
       and objects.name = new.photo_path
       and (storage.foldername(objects.name))[1] = new.user_id::text
  ) then
    raise exception 'The photo is not one you uploaded.'
      using errcode = '42501', hint = 'Upload to photos/<your user id>/… and send that name as photo_path.';
  end if;
  return new;
end $$;

-- The states only move forward; a queue's retry starts over from `queued`, an end is final.
create or replace function private.advance_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _ends constant text[] := array['done', 'failed', 'moderated', 'canceled', 'expired'];
begin
  if old.status = any (_ends) then
    raise exception 'The generation has ended as %.', old.status using errcode = '55000';
  end if;
  if not (
    new.status = any (array['failed', 'moderated', 'canceled', 'expired'])
    or (old.status, new.status) in (
      ('queued', 'submitting'), ('submitting', 'running'), ('submitting', 'storing'), ('running', 'storing'),
      ('storing', 'done'), ('submitting', 'queued'), ('running', 'queued'), ('storing', 'queued')
    )
  ) then
    raise exception 'A generation cannot go from % to %.', old.status, new.status using errcode = '55000';
  end if;
  if new.status = 'submitting' then
    new.started_at := coalesce(new.started_at, now());
  end if;
  if new.status = any (_ends) then
    new.finished_at := now();
    new.progress := case when new.status = 'done' then 100 else new.progress end;
    perform private.settle_quota(
      new.id, (select arrived from private.quota_reservations where generation_id = new.id)
    );
  end if;
  return new;
end $$;

revoke execute on function private.check_generation(), private.advance_generation() from public;

-- How many pictures a user made on a day and may make: one conditional upsert decides, so that exactly the limit passes
-- however many ask at once (rulings S5, S18). What a generation reserved and never got is given back exactly once.

-- The day whose quota is spent now, in the zone of the settings.
create or replace function private.quota_day() returns date
language sql stable security definer set search_path = '', pg_temp as $$
  select (now() at time zone settings.quota_time_zone)::date from private.settings
$$;

-- When the next day's quota begins.
create or replace function private.quota_resets_at() returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select (private.quota_day() + 1)::timestamp at time zone settings.quota_time_zone from private.settings
$$;

-- Images a day: 999999 stands for "no limit" as in the seed's query.
create or replace function private.daily_limit_of(_user_id uuid) returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select case when private.is_premium(_user_id) then 999999 else settings.daily_limit_free end from private.settings
$$;

-- Spend `_count` images of today, or nothing: the day they were booked on, null when they do not fit.
create or replace function private.spend_images(_user_id uuid, _count integer) returns date
language sql volatile security definer set search_path = '', pg_temp as $$
  insert into public.usage_tracking as usage (user_id, date, generation_count, daily_limit)
  select _user_id, private.quota_day(), _count, allowed.daily_limit
    from private.daily_limit_of(_user_id) as allowed (daily_limit)
   where _count between 1 and allowed.daily_limit
  on conflict (user_id, date) do update
    set generation_count = usage.generation_count + excluded.generation_count,
        daily_limit      = excluded.daily_limit
  where usage.generation_count + excluded.generation_count <= excluded.daily_limit
  returning usage.date
$$;

-- Reserve every image the generation asks for, or none: false when the day's quota does not reach.
create or replace function private.reserve_quota(_generation_id uuid) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _asked public.generations;
  _day   date;
begin
  select * into strict _asked from public.generations where id = _generation_id;
  _day := private.spend_images(_asked.user_id, _asked.requested_count);
  if _day is null then
    return false;
  end if;
  insert into private.quota_reservations (generation_id, user_id, date, reserved)
  values (_asked.id, _asked.user_id, _day, _asked.requested_count);
  return true;
end $$;

-- Close a reservation with the images that arrived and give back the rest: how many, 0 when it was closed before.
create or replace function private.settle_quota(_generation_id uuid, _kept integer) returns integer
language sql volatile security definer set search_path = '', pg_temp as $$
  with settled as (
    update private.quota_reservations
       set kept = least(greatest(_kept, 0), reserved), settled_at = now()
     where generation_id = _generation_id and settled_at is null
    returning user_id, date, reserved - kept as unused
  ), returned as (
    update public.usage_tracking as usage
       set generation_count = greatest(usage.generation_count - settled.unused, 0)
      from settled
     where usage.user_id = settled.user_id and usage.date = settled.date and settled.unused > 0
  )
  select coalesce((select unused from settled), 0)
$$;

-- The seed's daily count. A generation's pictures were counted when they were reserved; a client's own insert spends
-- quota in the same statement or fails; the server's own insert is counted and never refused (ruling S4).
create or replace function public.track_daily_usage() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_argv[0] is distinct from 'limited' then
    insert into public.usage_tracking as usage (user_id, date, generation_count)
    values (new.user_id, private.quota_day(), 1)
    on conflict (user_id, date) do update set generation_count = usage.generation_count + 1;
  elsif private.spend_images(new.user_id, 1) is null then
    raise exception 'The daily limit of pictures is reached.'
      using errcode = '42501', hint = 'It starts anew at ' || private.quota_resets_at()::text || '.';
  end if;
  return new;
end $$;

-- What `GET studio/quota` answers.
create or replace function private.quota_of(_user_id uuid)
returns table (used integer, "limit" integer, remaining integer, resets_at timestamptz, is_premium boolean)
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(usage.generation_count, 0),
         allowed.daily_limit,
         case
           when premium.yes then 999999
           else greatest(allowed.daily_limit - coalesce(usage.generation_count, 0), 0)
         end,
         private.quota_resets_at(),
         premium.yes
    from private.daily_limit_of(_user_id) as allowed (daily_limit)
   cross join private.is_premium(_user_id) as premium (yes)
    left join public.usage_tracking as usage on usage.user_id = _user_id and usage.date = private.quota_day()
$$;

-- "Check User Daily Limit", and what the app asks next: what is left and until when.
create or replace function private.own_quota()
returns table (used integer, "limit" integer, remaining integer, resets_at timestamptz, is_premium boolean)
language sql stable security definer set search_path = '', pg_temp as $$
  select quota.used, quota."limit", quota.remaining, quota.resets_at, quota.is_premium
    from private.quota_of((select auth.uid())) as quota
   where (select auth.uid()) is not null
$$;

revoke execute on function
  private.quota_day(), private.quota_resets_at(), private.daily_limit_of(uuid), private.spend_images(uuid, integer),
  private.reserve_quota(uuid), private.settle_quota(uuid, integer), private.quota_of(uuid), private.own_quota()
  from public;
revoke execute on function public.track_daily_usage() from public, anon, authenticated;
grant execute on function private.own_quota() to authenticated, service_role;
grant execute on function
  private.quota_day(), private.quota_resets_at(), private.daily_limit_of(uuid), private.spend_images(uuid, integer),
  private.reserve_quota(uuid), private.settle_quota(uuid, integer), private.quota_of(uuid)
  to service_role;

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
         p.display_name, p.avatar_url, p.is_premium, p.generation_count, p.subscription_status,
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
  created_at timestamptz, generation_id uuid, scene_name text, scene_category text
)
language sql stable set search_path = '', pg_temp as $$
  select gi.id, gi.user_id, gi.scene_id, gi.image_url, gi.thumbnail_url, gi.original_photo_url,
         gi.is_favorite, gi.generation_time, gi.model, gi.image_size, gi.seed, gi.metadata,
         gi.created_at, gi.generation_id, label.name, label.category
    from (
      select mine.id, mine.user_id, mine.scene_id, mine.image_url, mine.thumbnail_url, mine.original_photo_url,
             mine.is_favorite, mine.generation_time, mine.model, mine.image_size, mine.seed, mine.metadata,
             mine.created_at, mine.generation_id
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
  created_at timestamptz, updated_at timestamptz, generation_count bigint
)
language sql stable set search_path = '', pg_temp as $$
  select s.id, s.name, s.description, s.category, s.subcategory, s.preview_url, s.thumbnail_url,
         s.style_keywords, s.is_active, s.is_premium, s.order_index, s.usage_count,
         s.created_at, s.updated_at, coalesce(counts.generation_count, 0)
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

-- Drop them: their names.
create or replace function private.drop_old_analytics_partitions() returns setof text
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _name text;
begin
  perform pg_advisory_xact_lock(hashtext('private.analytics_partitions'));
  for _name in select private.old_analytics_partitions() loop
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
