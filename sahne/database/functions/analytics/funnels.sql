-- Ways of several steps that admins ask about. A way is walked in the events themselves, since steps are anybody's choice and
-- their order is that of moments; what came out is kept, and walked anew by the worker, each minute in which events of its days
-- changed, for as long as somebody looks at it. So an answer is what the events say, or said a minute ago.

-- How far people came: each enters with their first event of the first step; the next step is the first of its name that
-- comes after, no later than so many hours from the beginning.
create or replace function private.walk_analytics_funnel(_steps text[], _window_hours integer, _days integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _from   constant timestamptz := private.house_day_begins(private.first_day_of(_days));
  _window constant interval := make_interval(hours => _window_hours);
begin
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

-- The answer for an admin: the kept one where it is true still or not two minutes old, else walked now and kept. Whatever is
-- not counted yet of its days may belong to it.
create or replace function private.analytics_funnel(_steps text[], _window_hours integer, _days integer) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _today  constant date := private.house_day(now());
  _first  constant date := private.first_day_of(_days);
  _kept   private.analytics_funnels;
begin
  perform private.refuse_unless_admin();
  select * into _kept
    from private.analytics_funnels funnels
   where funnels.steps = _steps and funnels.window_hours = _window_hours and funnels.days = _days
     and funnels.counted_on = _today
     and (funnels.counted_at > now() - interval '2 minutes'
          or funnels.is_true and not exists (select from private.analytics_changes changes where changes.day >= _first));
  if not found then
    -- not said to be true: what happens while it is walked is seen by the worker alone, which counts one thing at a time
    insert into private.analytics_funnels (steps, window_hours, days, counted_on, counted_at, is_true, answer)
    values (_steps, _window_hours, _days, _today, now(), false,
            private.walk_analytics_funnel(_steps, _window_hours, _days))
    on conflict (steps, window_hours, days) do update
      set counted_on = excluded.counted_on, counted_at = excluded.counted_at, is_true = false,
          answer = excluded.answer, asked_at = now()
    returning * into _kept;
  elsif _kept.asked_at < now() - interval '1 hour' then
    update private.analytics_funnels funnels
       set asked_at = now()
     where funnels.steps = _steps and funnels.window_hours = _window_hours and funnels.days = _days;
  end if;
  return _kept.answer;
end $$;

-- One step of the worker: a kept way whose events have changed, or whose days have, is walked anew. Whether there was one. What
-- nobody asked for in a day is kept no longer, nor more than so many.
create or replace function private.recount_analytics_funnel() returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  kept_max constant integer := 20;
  _today   constant date := private.house_day(now());
  _stale   private.analytics_funnels;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('sahne.fold_analytics', 0)) then
    return false;
  end if;
  delete from private.analytics_funnels funnels
   where funnels.asked_at < now() - interval '1 day'
      or (select count(*) from private.analytics_funnels later where later.asked_at > funnels.asked_at) >= kept_max;
  select * into _stale
    from private.analytics_funnels funnels
   where not funnels.is_true or funnels.counted_on <> _today
   order by funnels.counted_at
   limit 1;
  if not found then
    return false;
  end if;
  update private.analytics_funnels funnels
     set counted_on = _today, counted_at = now(), is_true = true,
         answer = private.walk_analytics_funnel(_stale.steps, _stale.window_hours, _stale.days)
   where funnels.steps = _stale.steps and funnels.window_hours = _stale.window_hours and funnels.days = _stale.days;
  return true;
end $$;

revoke execute on function
  private.walk_analytics_funnel(text[], integer, integer), private.analytics_funnel(text[], integer, integer),
  private.recount_analytics_funnel()
  from public;
grant execute on function
  private.analytics_funnel(text[], integer, integer), private.recount_analytics_funnel()
  to service_role;
