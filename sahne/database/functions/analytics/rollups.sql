-- What is counted of events. Whoever adds, changes or deletes events appends the days that it concerns, and waits for nobody;
-- the worker counts such a day anew, one a step. So a rollup is what the events themselves would say, whatever came late,
-- twice, or went again: a test holds both to the same after every story. Days and weeks (from Monday) are those of the
-- house's time zone, `settings.quota_time_zone`.

-- The day of the house that a moment lies in.
create or replace function private.house_day(_moment timestamptz) returns date
language sql stable security definer set search_path = '', pg_temp as $$
  select (_moment at time zone settings.quota_time_zone)::date from private.settings
$$;

-- The moment a day of the house begins.
create or replace function private.house_day_begins(_day date) returns timestamptz
language sql stable security definer set search_path = '', pg_temp as $$
  select _day::timestamp at time zone settings.quota_time_zone from private.settings
$$;

-- The days that a statement's events lie in.
create or replace function private.note_new_events() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _zone constant text := (select settings.quota_time_zone from private.settings);
begin
  insert into private.analytics_changes (day)
  select distinct (written.created_at at time zone _zone)::date from written;
  return null;
end $$;

-- The same for events that are no longer, or no longer as they were.
create or replace function private.note_changed_events() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _zone constant text := (select settings.quota_time_zone from private.settings);
begin
  insert into private.analytics_changes (day)
  select distinct (gone.created_at at time zone _zone)::date from gone;
  return null;
end $$;

-- Somebody's days went, with the person or because their events did: the sums that they were in are no longer true.
create or replace function private.note_gone_user_days() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.note_stale(array(select distinct gone.day from gone));
  return null;
end $$;

-- The sums of these days, and of those whose last thirty days they are among, are no longer true. The latest day that has
-- sums may be tomorrow's: a device's clock is ahead, or the house was further east.
create or replace function private.note_stale(_days date[]) returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into private.analytics_stale_days (day)
  select distinct stale::date
    from (select greatest(private.house_day(now()), max(days.day)) as day from private.analytics_days days) as latest
   cross join unnest(_days) as changed (day)
   cross join generate_series(changed.day, least(changed.day + 29, greatest(changed.day, latest.day)), interval '1 day')
           as stale
$$;

-- Another time zone: every day is counted anew that lies in the months that are kept as a whole.
create or replace function private.note_another_zone() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.analytics_changes (day)
  select distinct day from (
    select days.day from private.analytics_days days
     union
    select (events.created_at at time zone new.quota_time_zone)::date from public.analytics_events events
  ) as counted;
  return null;
end $$;

-- One step: the day that has waited longest is counted anew, or else summed. The day; null when nothing waits, when another
-- worker is at it, or when somebody on it is being erased at this moment, which has it counted anew anyway.
create or replace function private.fold_analytics_day() returns date
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _day date;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('sahne.fold_analytics', 0)) then
    return null;
  end if;
  select changes.day into _day from private.analytics_changes changes order by changes.id limit 1;
  if found then
    delete from private.analytics_changes changes where changes.day = _day;
    perform private.count_analytics_day(_day);
    update private.analytics_funnels funnels
       set is_true = false
     where funnels.is_true and _day > funnels.counted_on - funnels.days;
    return _day;
  end if;
  select stale.day into _day from private.analytics_stale_days stale order by stale.id limit 1;
  if not found then
    -- a day without events has sums as well: those of the days before it
    select max(days.day) + 1 into _day from private.analytics_days days;
    if _day is null or _day > private.house_day(now()) then
      return null;
    end if;
  end if;
  delete from private.analytics_stale_days stale where stale.day = _day;
  perform private.sum_analytics_day(_day);
  return _day;
exception when foreign_key_violation then
  return null;
end $$;

-- Whether every event that came of a day is still here: its months were not dropped.
create or replace function private.analytics_day_is_kept(_day date) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select not exists (
    select from private.analytics_dropped_months dropped
     where dropped.month in (
             date_trunc('month', private.house_day_begins(_day), 'UTC')::date,
             date_trunc('month', private.house_day_begins(_day + 1) - interval '1 microsecond', 'UTC')::date))
$$;

-- A month's events are about to go: what of it has not been counted yet is counted now, and then never again.
create or replace function private.count_analytics_month(_month date) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _day date;
begin
  for _day in
    delete from private.analytics_changes changes
     where changes.day between _month - 1 and (_month + interval '1 month')::date
    returning changes.day
  loop
    perform private.count_analytics_day(_day);
  end loop;
  insert into private.analytics_dropped_months (month) values (_month) on conflict do nothing;
  update private.analytics_funnels funnels set is_true = false where funnels.is_true;
end $$;

-- Count a day's events anew.
create or replace function private.count_analytics_day(_day date) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _from constant timestamptz := private.house_day_begins(_day);
  _to   constant timestamptz := private.house_day_begins(_day + 1);
  _gone uuid[];
  _new  uuid[];
  _is_new_day boolean;
begin
  if not private.analytics_day_is_kept(_day) then
    return;
  end if;
  with counted as materialized (
    select events.user_id, count(*)::integer as events
      from public.analytics_events events
     where events.created_at >= _from and events.created_at < _to and events.user_id is not null
     group by 1
  ), gone as (
    delete from private.analytics_user_days days
     where days.day = _day and not exists (select from counted where counted.user_id = days.user_id)
    returning days.user_id
  ), written as (
    insert into private.analytics_user_days as days (day, user_id, events)
    select _day, counted.user_id, counted.events from counted order by counted.user_id
    on conflict (day, user_id) do update set events = excluded.events where days.events <> excluded.events
    returning days.user_id, days.xmax = 0 as is_new
  )
  select array(select user_id from gone), array(select user_id from written where is_new) into _gone, _new;

  with counted as materialized (
    select events.event_name, count(*) as events, count(distinct events.user_id) as people
      from public.analytics_events events
     where events.created_at >= _from and events.created_at < _to
     group by 1
  ), gone as (
    delete from private.analytics_event_days days
     where days.day = _day and not exists (select from counted where counted.event_name = days.event_name)
  )
  insert into private.analytics_event_days as days (day, event_name, events, people)
  select _day, counted.event_name, counted.events, counted.people from counted
  on conflict (day, event_name) do update set events = excluded.events, people = excluded.people;

  insert into private.analytics_days as days (day, events, nobodys)
  select _day, count(*), count(*) filter (where events.user_id is null)
    from public.analytics_events events
   where events.created_at >= _from and events.created_at < _to
  on conflict (day) do update set events = excluded.events, nobodys = excluded.nobodys
  returning days.xmax = 0 into _is_new_day;

  if _is_new_day then
    insert into private.analytics_stale_days (day) values (_day);
  end if;
  if cardinality(_gone || _new) > 0 then
    perform private.move_first_days(_gone || _new);
    perform private.note_stale(array[_day]);
  end if;
end $$;

-- These people came on a day, or did not after all: whoever's first day is another one now belongs to another cohort, on all
-- of their days.
create or replace function private.move_first_days(_people uuid[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _moved uuid[];
begin
  with firsts as materialized (
    select days.user_id, min(days.day) as first_day
      from private.analytics_user_days days
     where days.user_id = any (_people)
     group by 1
  ), gone as (
    delete from private.analytics_people people
     where people.user_id = any (_people) and not exists (select from firsts where firsts.user_id = people.user_id)
  ), written as (
    insert into private.analytics_people as people (user_id, first_day)
    select firsts.user_id, firsts.first_day from firsts order by firsts.user_id
    on conflict (user_id) do update set first_day = excluded.first_day where people.first_day <> excluded.first_day
    returning people.user_id, people.xmax = 0 as is_new
  )
  select array(select user_id from written where not is_new) into _moved;
  insert into private.analytics_stale_days (day)
  select distinct days.day from private.analytics_user_days days where days.user_id = any (_moved);
end $$;

-- Sum a day's people anew, out of who came on which day.
create or replace function private.sum_analytics_day(_day date) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  cohort_days constant integer := 92;  -- as far back as a cohort is followed
  cohort_weeks constant integer := 53;
  _week       constant date := date_trunc('week', _day::timestamp)::date;
begin
  insert into private.analytics_days as days (day, people, people_of_week, people_of_month)
  select _day, count(*) filter (where last_day = _day), count(*) filter (where last_day > _day - 7), count(*)
    from (
      select came.user_id, max(came.day) as last_day
        from private.analytics_user_days came
       where came.day between _day - 29 and _day
       group by 1
    ) as of_month
  on conflict (day) do update
    set people = excluded.people, people_of_week = excluded.people_of_week, people_of_month = excluded.people_of_month;

  delete from private.analytics_cohorts cohorts
   where (cohorts.unit = 'day' and cohorts.period = _day) or (cohorts.unit = 'week' and cohorts.period = _week);
  insert into private.analytics_cohorts (unit, period, cohort, people)
  select 'day', _day, people.first_day, count(*)
    from private.analytics_user_days came
    join private.analytics_people people on people.user_id = came.user_id
   where came.day = _day and people.first_day > _day - cohort_days
   group by people.first_day
   union all
  select 'week', _week, date_trunc('week', people.first_day::timestamp)::date, count(distinct came.user_id)
    from private.analytics_user_days came
    join private.analytics_people people on people.user_id = came.user_id
   where came.day between _week and _week + 6 and people.first_day > _week - 7 * cohort_weeks
   group by 3;
end $$;

revoke execute on function
  private.house_day(timestamptz), private.house_day_begins(date), private.note_new_events(), private.note_changed_events(),
  private.note_gone_user_days(), private.note_stale(date[]), private.note_another_zone(), private.fold_analytics_day(),
  private.analytics_day_is_kept(date), private.count_analytics_month(date), private.count_analytics_day(date), private.move_first_days(uuid[]),
  private.sum_analytics_day(date)
  from public;
grant execute on function private.fold_analytics_day() to service_role;
