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

-- How far people came: each enters with their first event of the first step; the next step is the first of its name that
-- comes after, no later than so many hours from the beginning. Asked of the events themselves: steps are anybody's choice.
create or replace function private.analytics_funnel(_steps text[], _window_hours integer, _days integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _from   constant timestamptz := private.house_day_begins(private.first_day_of(_days));
  _window constant interval := make_interval(hours => _window_hours);
begin
  perform private.refuse_unless_admin();
  return (
    with recursive walked as (
      select events.user_id, 1 as step, min(events.created_at) as at, min(events.created_at) as entered
        from public.analytics_events events
       where events.event_name = _steps[1] and events.created_at >= _from and events.user_id is not null
       group by 1
       union all
      select walked.user_id, walked.step + 1, next.at, walked.entered
        from walked
       cross join lateral (
         select events.created_at as at
           from public.analytics_events events
          where events.user_id = walked.user_id and events.event_name = _steps[walked.step + 1]
            and events.created_at > walked.at and events.created_at <= walked.entered + _window
          order by events.created_at
          limit 1
       ) as next
       where walked.step < cardinality(_steps)
    ), reached as (
      select walked.step, count(*) as people,
             percentile_cont(0.5) within group (order by extract(epoch from walked.at - walked.entered)) as seconds
        from walked
       group by 1
    )
    select jsonb_build_object('steps', jsonb_agg(jsonb_build_object(
             'event_name', named.event_name, 'people', coalesce(reached.people, 0),
             'median_seconds', round(reached.seconds::numeric, 3)) order by named.step))
      from unnest(_steps) with ordinality as named (event_name, step)
      left join reached on reached.step = named.step);
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
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('days', (
    select coalesce(jsonb_agg(jsonb_build_object(
             'day', each.day, 'asked', each.asked, 'done', each.done, 'failed', each.failed, 'moderated', each.moderated,
             'canceled', each.canceled, 'median_seconds', round(each.medians[1]::numeric, 3),
             'p95_seconds', round(each.medians[2]::numeric, 3)) order by each.day), '[]')
      from (
        select private.house_day(asked.created_at) as day, count(*) as asked,
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
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('days', (
    select coalesce(jsonb_agg(jsonb_build_object(
             'day', each.day, 'sessions', each.sessions, 'creators', each.creators, 'minutes', each.minutes,
             'viewers', each.viewers, 'gift_coins', each.gift_coins) order by each.day), '[]')
      from (
        select private.house_day(held.started_at) as day, count(*) as sessions,
               count(distinct held.creator_id) as creators,
               (sum(extract(epoch from coalesce(held.ended_at, now()) - held.started_at)) / 60)::bigint as minutes,
               sum(held.total_viewers) as viewers, sum(held.total_gifts_received) as gift_coins
          from public.live_sessions held
         where held.started_at >= private.house_day_begins(private.first_day_of(_days))
         group by 1
      ) as each));
end $$;

-- How many coins moved why, by day: what was given back is a kind of its own, and takes nothing from the day it was spent.
create or replace function private.analytics_revenue(_days integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('days', (
    select coalesce(jsonb_agg(jsonb_build_object(
             'day', each.day, 'kind', each.kind, 'transactions', each.transactions, 'coins', each.coins)
             order by each.day, each.kind), '[]')
      from (
        select private.house_day(moved.created_at) as day, moved.kind, count(distinct moved.id) as transactions,
               sum(entries.amount) as coins
          from public.coin_transactions moved
          join public.coin_entries entries on entries.transaction_id = moved.id and entries.amount > 0
         where moved.created_at >= private.house_day_begins(private.first_day_of(_days))
         group by 1, 2
      ) as each));
end $$;

revoke execute on function
  private.first_day_of(integer), private.analytics_overview(integer), private.analytics_retention(text, integer),
  private.analytics_funnel(text[], integer, integer), private.analytics_scenes(integer, integer),
  private.analytics_generations(integer), private.analytics_live(integer), private.analytics_revenue(integer)
  from public;
grant execute on function
  private.analytics_overview(integer), private.analytics_retention(text, integer),
  private.analytics_funnel(text[], integer, integer), private.analytics_scenes(integer, integer),
  private.analytics_generations(integer), private.analytics_live(integer), private.analytics_revenue(integer)
  to service_role;
