-- What admins are told: of events out of what is counted of them (`rollups.sql`); of pictures, sessions and coins out of
-- their own rows, which are the truth already. Days are the house's, the last ones, today with them; oldest first.

-- The first of the last so many days.
create or replace function private.first_day_of(_days integer) returns date
language sql stable security definer set search_path = '', pg_temp as $$
  select private.house_day(now()) - (_days - 1)
$$;

-- How many people there are, by day: of this day, of the week and of the thirty days that end with it; and what they did most.
create or replace function private.analytics_overview(_days integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  names_max constant integer := 50;
  _first    constant date := private.first_day_of(_days);
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object(
    'time_zone', (select settings.quota_time_zone from private.settings),
    'days', (
      select coalesce(jsonb_agg(jsonb_build_object(
               'day', days.day, 'events', days.events, 'events_of_nobody', days.nobodys, 'people', days.people,
               'people_of_week', days.people_of_week, 'people_of_month', days.people_of_month,
               'stickiness', round(days.people::numeric / nullif(days.people_of_month, 0), 4)) order by days.day), '[]')
        from private.analytics_days days
       where days.day >= _first),
    'events', (
      select coalesce(jsonb_agg(jsonb_build_object('event_name', named.event_name, 'events', named.events)
                                order by named.events desc, named.event_name), '[]')
        from (
          select days.event_name, sum(days.events) as events
            from private.analytics_event_days days
           where days.day >= _first
           group by 1
           order by 2 desc, 1
           limit names_max
        ) as named));
end $$;

-- Of those who first came on a day, or in a week: how many came in each later one. The first number is all of them.
create or replace function private.analytics_retention(_unit text, _periods integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _length constant integer := case _unit when 'day' then 1 else 7 end;
  _last   constant date := case _unit when 'day' then private.house_day(now())
                                      else date_trunc('week', private.house_day(now())::timestamp)::date end;
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('unit', _unit, 'cohorts', (
    select coalesce(jsonb_agg(jsonb_build_object('begins_on', each.cohort, 'people', each.people) order by each.cohort), '[]')
      from (
        select begun.cohort,
               jsonb_agg(coalesce(cohorts.people, 0) order by periods.period) as people
          from (select distinct firsts.cohort
                  from private.analytics_cohorts firsts
                 where firsts.unit = _unit and firsts.period = firsts.cohort
                   and firsts.cohort > _last - _periods * _length) as begun
         cross join lateral (
           select begun.cohort + place * _length as period from generate_series(0, (_last - begun.cohort) / _length) as place
         ) as periods
          left join private.analytics_cohorts cohorts
            on cohorts.unit = _unit and cohorts.period = periods.period and cohorts.cohort = begun.cohort
         group by 1
      ) as each));
end $$;

-- The scenes most pictures were made of.
create or replace function private.analytics_scenes(_days integer, _limit integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('scenes', (
    select coalesce(jsonb_agg(jsonb_build_object(
             'scene_id', best.scene_id, 'name', scenes.name, 'pictures', best.pictures, 'people', best.people,
             'favorites', best.favorites) order by best.pictures desc, best.scene_id), '[]')
      from (
        select images.scene_id, count(*) as pictures, count(distinct images.user_id) as people,
               count(*) filter (where images.is_favorite) as favorites
          from public.generated_images images
         where images.created_at >= private.house_day_begins(private.first_day_of(_days)) and images.scene_id is not null
         group by 1
         order by 2 desc, 1
         limit _limit
      ) as best
      join public.scenes on scenes.id = best.scene_id));
end $$;

-- How generations fare, by the day on which they were asked for.
create or replace function private.analytics_generations(_days integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _zone constant text := (select settings.quota_time_zone from private.settings);
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('days', (
    select coalesce(jsonb_agg(jsonb_build_object(
             'day', each.day, 'asked', each.asked, 'done', each.done, 'failed', each.failed, 'moderated', each.moderated,
             'canceled', each.canceled, 'median_seconds', round(each.medians[1]::numeric, 3),
             'p95_seconds', round(each.medians[2]::numeric, 3)) order by each.day), '[]')
      from (
        select (asked.created_at at time zone _zone)::date as day, count(*) as asked,
               count(*) filter (where asked.status = 'done') as done,
               count(*) filter (where asked.status in ('failed', 'expired')) as failed,
               count(*) filter (where asked.status = 'moderated') as moderated,
               count(*) filter (where asked.status = 'canceled') as canceled,
               percentile_cont(array[0.5, 0.95]) within group (
                 order by extract(epoch from asked.finished_at - asked.created_at)) filter (where asked.status = 'done')
                 as medians
          from public.generations asked
         where asked.created_at >= private.house_day_begins(private.first_day_of(_days))
         group by 1
      ) as each));
end $$;

-- What was live, by the day on which it began.
create or replace function private.analytics_live(_days integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _zone constant text := (select settings.quota_time_zone from private.settings);
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('days', (
    select coalesce(jsonb_agg(jsonb_build_object(
             'day', each.day, 'sessions', each.sessions, 'creators', each.creators, 'minutes', each.minutes,
             'viewers', each.viewers, 'gift_coins', each.gift_coins) order by each.day), '[]')
      from (
        select (held.started_at at time zone _zone)::date as day, count(*) as sessions,
               count(distinct held.creator_id) as creators,
               (sum(extract(epoch from coalesce(held.ended_at, now()) - held.started_at)) / 60)::bigint as minutes,
               sum(held.total_viewers) as viewers, sum(held.total_gifts_received) as gift_coins
          from public.live_sessions held
         where held.started_at >= private.house_day_begins(private.first_day_of(_days))
         group by 1
      ) as each));
end $$;

-- How many coins moved why, by day: what was given back is a kind of its own, and takes nothing from the day it was spent. Days
-- that are counted (`coin_days.sql`) are read, all others asked of the ledger.
create or replace function private.analytics_revenue(_days integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _zone  constant text := (select settings.quota_time_zone from private.settings);
  _first constant date := private.first_day_of(_days);
begin
  perform private.refuse_unless_admin();
  return (
    with looked as materialized (
      select _first + place as day,
             exists (select from private.coin_days counted where counted.day = _first + place and counted.zone = _zone)
               and not private.is_coin_day_late(_first + place) as is_counted
        from generate_series(0, _days - 1) as place
    ), told as (
      select looked.day, kinds.kind, kinds.transactions, kinds.coins
        from looked
        join private.coin_day_kinds kinds on kinds.day = looked.day and kinds.zone = _zone
       where looked.is_counted
       union all
      select looked.day, counted.kind, counted.transactions, counted.coins
        from looked
       cross join lateral private.count_coins(
         private.house_day_begins(looked.day), private.house_day_begins(looked.day + 1)) counted
       where not looked.is_counted
    )
    select jsonb_build_object('days', coalesce(jsonb_agg(jsonb_build_object(
             'day', told.day, 'kind', told.kind, 'transactions', told.transactions, 'coins', told.coins)
             order by told.day, told.kind), '[]'))
      from told);
end $$;

revoke execute on function
  private.first_day_of(integer), private.analytics_overview(integer), private.analytics_retention(text, integer),
  private.analytics_scenes(integer, integer),
  private.analytics_generations(integer), private.analytics_live(integer), private.analytics_revenue(integer)
  from public;
grant execute on function
  private.analytics_overview(integer), private.analytics_retention(text, integer),
  private.analytics_scenes(integer, integer),
  private.analytics_generations(integer), private.analytics_live(integer), private.analytics_revenue(integer)
  to service_role;
