-- The functions of plans that come again as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Plans that come again, daily or weekly by the clock of a time zone: when one of them ends or is called off, the next is
-- planned, as the last one was when it was over. So there is one plan of a series at a time, and an edit of it lasts.

-- The planned session comes again from now on, or otherwise than before: `{"session": row, "series": row}`.
create or replace function private.repeat_session(_session uuid, _every text, _time_zone text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row    public.live_sessions := private.own_session(_session);
  _series public.session_series;
begin
  perform private.named_actor();
  perform private.refuse_unless_creator('repeat a session');
  perform private.refuse_time_zone(_time_zone);
  perform private.hold_door(_session);
  select * into _row from public.live_sessions where id = _session for no key update;
  if _row.status <> 'scheduled' or _row.scheduled_at is null then
    perform private.refuse(409, 'session_not_scheduled', 'Only a session that is planned for a moment comes again.',
      'Set its scheduled_at first.', jsonb_build_object('status', _row.status));
  end if;
  if _row.series_id is null then
    perform private.refuse_more_series(_row.creator_id);
    _series.id := gen_random_uuid();
    insert into public.session_series (id, creator_id, every, time_zone, time_of_day, made_until)
    values (_series.id, _row.creator_profile_id, _every, _time_zone,
            (_row.scheduled_at at time zone _time_zone)::time, (_row.scheduled_at at time zone _time_zone)::date);
    update public.live_sessions set series_id = _series.id where id = _session returning * into _row;
  else
    update public.session_series
       set every = _every, time_zone = _time_zone, stopped_at = null, unheld = 0,
           time_of_day = (_row.scheduled_at at time zone _time_zone)::time,
           made_until = (_row.scheduled_at at time zone _time_zone)::date
     where id = _row.series_id;
  end if;
  select * into _series from public.session_series where id = _row.series_id;
  return jsonb_build_object('session', private.session_row(_row), 'series', private.series_row(_series));
end $$;

-- The session stays as it is, and is the last: `{"session": row, "series": row}`.
create or replace function private.stop_repeating(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row    public.live_sessions := private.own_session(_session);
  _series public.session_series;
begin
  update public.session_series set stopped_at = coalesce(stopped_at, now())
   where id = _row.series_id
  returning * into _series;
  if _series.id is null then
    perform private.refuse(404, 'not_found', 'This session does not come again.');
  end if;
  return jsonb_build_object('session', private.session_row(_row), 'series', private.series_row(_series));
end $$;

create or replace function private.series_row(_row public.session_series) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',          _row.id,
           'creator_id',  _row.creator_id,
           'every',       _row.every,
           'time_zone',   _row.time_zone,
           'time_of_day', _row.time_of_day,
           'made_until',  _row.made_until,
           'created_at',  _row.created_at,
           'stopped_at',  _row.stopped_at)
$$;

-- As many as a person can hold; asked by one at a time.
create or replace function private.refuse_more_series(_creator uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('sahne.series:' || _creator, 0));
  if (select count(*) from public.session_series where creator_id = _creator and stopped_at is null)
     >= private.series_max() then
    perform private.refuse(409, 'too_many_series', 'You have as many repeated sessions as one can.', 'Stop one first.',
      jsonb_build_object('series_max', private.series_max()));
  end if;
end $$;

create or replace function private.series_max() returns integer
language sql immutable set search_path = '', pg_temp as $$
  select 10
$$;

-- So many in a row were called off, and the series ends: nobody comes to it any more.
create or replace function private.unheld_max() returns integer
language sql immutable set search_path = '', pg_temp as $$
  select 4
$$;

-- A session of a series is over: the next is planned, unless its host can or will hold no more.
create or replace function private.plan_next_of_series() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _series public.session_series;
  _day    date;
begin
  select * into _series from public.session_series where id = new.series_id for no key update;
  if _series.stopped_at is not null then
    return null;
  end if;
  _series.unheld := case new.status when 'ended' then 0 else _series.unheld + 1 end;
  if _series.unheld >= private.unheld_max() or private.standing(new.creator_id) <> 'named'
     or not exists (select from public.profiles where id = new.creator_id and is_creator)
     or private.has_planned_enough(new.creator_id) then
    update public.session_series set stopped_at = now(), unheld = _series.unheld where id = _series.id;
    return null;
  end if;
  _day := private.next_day_of(_series, now());
  update public.session_series set made_until = _day, unheld = _series.unheld where id = _series.id;
  perform private.plan_again(new, private.moment_of(_series, _day));
  return null;
end $$;

-- The first of its days after the last one made that is still to come.
create or replace function private.next_day_of(_series public.session_series, _now timestamptz) returns date
language sql stable set search_path = '', pg_temp as $$
  select min(_series.made_until + step * days.between)
    from (select case _series.every when 'daily' then 1 else 7 end as between) days,
         generate_series(1, greatest(1, (_now::date - _series.made_until) / days.between + 2)) step
   where private.moment_of(_series, _series.made_until + step * days.between) > _now
$$;

-- The same time of the day on any day; where clocks skip it, as much later as they skip.
create or replace function private.moment_of(_series public.session_series, _day date) returns timestamptz
language sql stable set search_path = '', pg_temp as $$
  select (_day + _series.time_of_day) at time zone _series.time_zone
$$;

-- Another session like one that is over: all that its host chose, and nothing of what became of it.
create or replace function private.plan_again(_row public.live_sessions, _at timestamptz) returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into public.live_sessions (
    creator_id, creator_profile_id, title, description, thumbnail_url, session_type, access_type, ppv_coin_price,
    min_tier_id, scheduled_at, chat_enabled, gifts_enabled, recording_enabled, max_viewers, slow_mode_seconds,
    chat_audience, chat_links_enabled, category, tags, language, series_id)
  values (
    _row.creator_id, _row.creator_profile_id, _row.title, _row.description, _row.thumbnail_url, _row.session_type,
    _row.access_type, _row.ppv_coin_price, _row.min_tier_id, _at, _row.chat_enabled, _row.gifts_enabled,
    _row.recording_enabled, _row.max_viewers, _row.slow_mode_seconds, _row.chat_audience, _row.chat_links_enabled,
    _row.category, _row.tags, _row.language, _row.series_id)
$$;

revoke execute on function
  private.repeat_session(uuid, text, text), private.stop_repeating(uuid), private.series_row(public.session_series),
  private.refuse_more_series(uuid), private.series_max(), private.unheld_max(), private.plan_next_of_series(),
  private.next_day_of(public.session_series, timestamptz), private.moment_of(public.session_series, date),
  private.plan_again(public.live_sessions, timestamptz)
  from public;
grant execute on function
  private.repeat_session(uuid, text, text), private.stop_repeating(uuid), private.series_row(public.session_series),
  private.refuse_more_series(uuid), private.series_max(), private.unheld_max(),
  private.next_day_of(public.session_series, timestamptz), private.moment_of(public.session_series, date),
  private.plan_again(public.live_sessions, timestamptz)
  to service_role;
