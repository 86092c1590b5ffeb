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

-- Whether so many pictures were asked for in vain today that no more are tried, premium or not.
create or replace function private.has_failed_too_often(_user_id uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(sum(reservations.reserved - reservations.kept), 0) >= (private.settings()).failed_images_max
    from private.quota_reservations as reservations
   where reservations.user_id = _user_id
     and reservations.date = private.quota_day()
     and reservations.settled_at is not null
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
  private.reserve_quota(uuid), private.settle_quota(uuid, integer), private.has_failed_too_often(uuid),
  private.quota_of(uuid), private.own_quota()
  from public;
revoke execute on function public.track_daily_usage() from public, anon, authenticated;
grant execute on function private.own_quota() to authenticated, service_role;
grant execute on function
  private.quota_day(), private.quota_resets_at(), private.daily_limit_of(uuid), private.spend_images(uuid, integer),
  private.reserve_quota(uuid), private.settle_quota(uuid, integer), private.has_failed_too_often(uuid),
  private.quota_of(uuid)
  to service_role;
