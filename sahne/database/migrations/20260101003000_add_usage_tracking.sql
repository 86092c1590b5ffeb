-- How many pictures a user made on a day and may make (the scene's 003): one conditional upsert decides, so that
-- exactly the limit passes however many ask at once (rulings S5, S18).

create table public.usage_tracking (
  id               uuid        not null default gen_random_uuid() primary key,
  user_id          uuid        not null,
  date             date        not null default current_date,
  generation_count integer     not null default 0,
  daily_limit      integer     not null default 10,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  constraint usage_tracking_user_date_unique unique (user_id, date),
  constraint usage_tracking_user_id_fkey foreign key (user_id) references public.profiles (id) on delete cascade,
  constraint usage_tracking_generation_count_check check (generation_count >= 0)
);
alter table public.usage_tracking enable row level security;

create index idx_usage_tracking_user_id on public.usage_tracking (user_id);
create index idx_usage_tracking_date on public.usage_tracking (date);

revoke all on public.usage_tracking from public, anon, authenticated;
grant select on public.usage_tracking to authenticated;
grant select, insert, update, delete on public.usage_tracking to service_role;

create policy "Users can view own usage" on public.usage_tracking
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Service role can manage usage" on public.usage_tracking
  for all to service_role using ((select auth.role()) = 'service_role');

create trigger update_usage_tracking_updated_at before update on public.usage_tracking
  for each row execute function public.update_updated_at_column();

-- The day whose quota is spent now, in the zone of the settings.
create function private.quota_day() returns date
language sql stable security definer set search_path = '' as $$
  select (now() at time zone settings.quota_time_zone)::date from private.settings
$$;

-- When the next day's quota begins.
create function private.quota_resets_at() returns timestamptz
language sql stable security definer set search_path = '' as $$
  select (private.quota_day() + 1)::timestamp at time zone settings.quota_time_zone from private.settings
$$;

-- Images a day: 999999 stands for "no limit" as in the seed's query.
create function private.daily_limit_of(_user_id uuid) returns integer
language sql stable security definer set search_path = '' as $$
  select case when private.is_premium(_user_id) then 999999 else settings.daily_limit_free end from private.settings
$$;

-- Spend `_count` images of today, or nothing: the day they were booked on, null when they do not fit.
create function private.spend_images(_user_id uuid, _count integer) returns date
language sql volatile security definer set search_path = '' as $$
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

-- What `GET studio/quota` answers.
create function private.quota_of(_user_id uuid)
returns table (used integer, "limit" integer, remaining integer, resets_at timestamptz, is_premium boolean)
language sql stable security definer set search_path = '' as $$
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

revoke execute on function
  private.quota_day(), private.quota_resets_at(), private.daily_limit_of(uuid),
  private.spend_images(uuid, integer), private.quota_of(uuid)
  from public;
grant execute on function
  private.quota_day(), private.quota_resets_at(), private.daily_limit_of(uuid),
  private.spend_images(uuid, integer), private.quota_of(uuid)
  to service_role;
