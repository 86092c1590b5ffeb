-- The functions of events as they were first: today's text is in sahne/database/functions/analytics.

set local check_function_bodies = off;

-- What apps report: batches of many people's events taken at once, who has opted out of it, who is gone.

-- Take events of several people, each once by its id and moment. `_users` are those who report; the events are objects
-- with the columns of `public.analytics_events` and their number `n`. Answers those that were not taken: `[[n, why], …]`,
-- where why is `repeated`, `ignored` (its person has opted out), `too_large`, `suspended` or `gone`.
--
-- A moment that is further away than a device's clock may be wrong is the beginning of the day of receipt (ruling S9), so
-- that the same event sent again on that day is a duplicate all the same. Accounts are held first: nobody is erased between
-- being looked up and being referred to. Rows are written in the order of their key, so that two batches that share events
-- never wait for each other in a circle. An anonymous sign-in's events are nobody's (ruling R1).
create or replace function private.report_events(_users uuid[], _events json) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  bytes_max constant integer     := 16384;  -- as the table's own check
  _earliest constant timestamptz := now() - interval '7 days';
  _latest   constant timestamptz := now() + interval '10 minutes';
  _today    constant timestamptz := date_trunc('day', now(), 'UTC');
  _left_out jsonb;
begin
  perform private.hold_accounts(variadic _users);
  with people as materialized (
    select asked.id, private.standing(asked.id) as standing, profiles.id as profile_id,
           exists (select from private.analytics_opt_outs where analytics_opt_outs.user_id = asked.id) as is_out
      from unnest(_users) as asked (id)
      left join public.profiles on profiles.id = asked.id
  ), given as materialized (
    select event.n, event.id, event.event_name, event.event_properties, event.platform, event.app_version,
           event.device_info, event.session_id,
           case when event.created_at between _earliest and _latest then event.created_at else _today end as created_at,
           case when people.standing = 'named' then people.profile_id end as user_id,
           case
             when people.standing in ('gone', 'suspended') then people.standing
             when people.is_out then 'ignored'
             when pg_column_size(event.event_properties) > bytes_max or pg_column_size(event.device_info) > bytes_max
               then 'too_large'
           end as why
      from json_to_recordset(_events) as event (
             n integer, id uuid, user_id uuid, event_name text, event_properties jsonb, platform text, app_version text,
             device_info jsonb, session_id text, created_at timestamptz)
      left join people on people.id = event.user_id
  ), written as (
    insert into public.analytics_events
      (id, user_id, event_name, event_properties, platform, app_version, device_info, session_id, created_at)
    select id, user_id, event_name, event_properties, platform, app_version, device_info, session_id, created_at
      from given
     where why is null
     order by id, created_at
    on conflict do nothing
    returning id, created_at
  ), judged as (
    select given.n,
           coalesce(given.why, case
             when written.id is null
               or row_number() over (partition by given.id, given.created_at, given.why order by given.n) > 1
               then 'repeated'
           end) as why
      from given
      left join written on written.id = given.id and written.created_at = given.created_at
  )
  select coalesce(jsonb_agg(jsonb_build_array(n, why) order by n), '[]') into _left_out
    from judged
   where why is not null;
  return _left_out;
end $$;

-- The actor is counted, or not any more: nothing that is reported from now on is kept.
create or replace function private.set_reporting(_is_reporting boolean) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor constant uuid := private.actor();
begin
  perform private.hold_accounts(_actor);
  if _is_reporting then
    delete from private.analytics_opt_outs where user_id = _actor;
  else
    insert into private.analytics_opt_outs (user_id) values (_actor) on conflict do nothing;
  end if;
  return private.reporting();
end $$;

-- Whether the actor is counted.
create or replace function private.reporting() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('is_reporting', not exists (
    select from private.analytics_opt_outs where user_id = private.actor()))
$$;

-- What somebody who has opted out writes straight to the table is not kept either. It is no refusal: an app that was set
-- going before, or never asks, has nothing to mend.
create or replace function private.leave_out_opted_out() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if exists (select from private.analytics_opt_outs where user_id = new.user_id) then
    return null;
  end if;
  return new;
end $$;

-- Whoever is erased, or erased in all but the row, leaves events that were anybody's: what they did, and nothing that could
-- tell who it was. Properties and the app's session would.
create or replace function private.scrub_events() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.analytics_events
     set user_id = null, event_properties = null, device_info = null, session_id = null
   where user_id = old.id;
  return coalesce(new, old);
end $$;

revoke execute on function
  private.report_events(uuid[], json), private.set_reporting(boolean), private.reporting(), private.leave_out_opted_out(),
  private.scrub_events()
  from public;
grant execute on function
  private.report_events(uuid[], json), private.set_reporting(boolean), private.reporting()
  to service_role;
