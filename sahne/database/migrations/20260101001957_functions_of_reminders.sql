-- The functions of reminders as they were first: today's text is in sahne/database/functions/people.

set local check_function_bodies = off;

-- Reminders of sessions to come: a day and a quarter of an hour before, and when it starts; of the time that the session has
-- then, if it was moved, and no more once it was called off.

-- `{"reminder": row}`; who is reminded already changes nothing.
create or replace function private.remind_of_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor    uuid := private.named_actor();
  _row      public.live_sessions;
  _reminder public.session_reminders;
begin
  perform private.hold_door(_session);
  select * into _row from public.live_sessions where id = _session for share;  -- nobody moves it meanwhile
  if _row.status <> 'scheduled' then
    perform private.refuse(409, 'session_not_scheduled', 'One is reminded of a session to come.', 'Join it if it is live.',
      jsonb_build_object('status', _row.status));
  end if;
  perform private.hold_accounts(_actor);
  insert into public.session_reminders (session_id, user_id, planned_at, next_at)
  values (_session, _actor, _row.scheduled_at, private.next_reminder(_row.scheduled_at, now()))
  on conflict (session_id, user_id) do nothing;
  if found then
    perform private.refuse_haste('reminder', private.nobody());  -- one act of a person at a time from here on
    perform private.refuse_more_reminders(_actor);
  end if;
  select * into _reminder from public.session_reminders where session_id = _session and user_id = _actor;
  return jsonb_build_object('reminder', private.reminder_row(_reminder));
end $$;

-- `{"reminder": row}` as it was.
create or replace function private.forget_reminder(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor    uuid := private.actor();
  _reminder public.session_reminders;
begin
  delete from public.session_reminders where session_id = _session and user_id = _actor returning * into _reminder;
  if _reminder.id is null then
    perform private.refuse(404, 'not_found', 'There is no such reminder.');
  end if;
  return jsonb_build_object('reminder', private.reminder_row(_reminder));
end $$;

create or replace function private.refuse_more_reminders(_user uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if (select count(*) from public.session_reminders where user_id = _user) > private.reminders_max() then
    perform private.refuse(409, 'too_many_reminders', 'You are reminded of as many sessions as one can.',
      'Take one back first.', jsonb_build_object('reminders_max', private.reminders_max()));
  end if;
end $$;

create or replace function private.reminders_max() returns integer
language sql immutable set search_path = '', pg_temp as $$
  select 500
$$;

create or replace function private.reminder_row(_row public.session_reminders) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'session_id', _row.session_id,
           'user_id',    _row.user_id,
           'created_at', _row.created_at)
$$;

-- How long before a session who waits for it is told.
create or replace function private.reminded_before() returns interval[]
language sql immutable set search_path = '', pg_temp as $$
  select array[interval '24 hours', interval '15 minutes']
$$;

-- The next moment at which to remind of a session after one; null is none.
create or replace function private.next_reminder(_scheduled_at timestamptz, _after timestamptz) returns timestamptz
language sql immutable set search_path = '', pg_temp as $$
  select min(_scheduled_at - before) from unnest(private.reminded_before()) before where _scheduled_at - before > _after
$$;

-- Tell who is to be told now, each once; how many. Called by the server on its clock, any number of servers at once; whom it
-- cannot tell holds up no other (`sweeps.sql`).
create or replace function private.tell_reminders(_reminders_max integer default 200) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _reminder public.session_reminders;
  _told     integer := 0;
begin
  perform private.spread_changed_plan(_reminders_max);
  for _reminder in
    select reminders.*
      from public.session_reminders reminders
     where reminders.next_at <= now() and not private.is_put_off('tell_reminders', reminders.id)
     order by reminders.next_at, reminders.id
     limit _reminders_max
       for update skip locked
  loop
    begin
      perform private.tell_reminder(_reminder, sessions)
         from public.live_sessions sessions where sessions.id = _reminder.session_id;
      _told := _told + 1;
    exception when others then
      perform private.put_off('tell_reminders', _reminder.id, sqlerrm);
    end;
  end loop;
  return _told;
end $$;

-- Everybody who waits for a session that has changed is due, so many at a time.
create or replace function private.spread_changed_plan(_reminders_max integer) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _session uuid;
  _spread  integer;
begin
  select session_id into _session from private.changed_plans limit 1 for update skip locked;
  if _session is null then
    return;
  end if;
  update public.session_reminders set next_at = '-infinity'
   where id in (select reminders.id
                  from public.session_reminders reminders
                  join public.live_sessions sessions on sessions.id = reminders.session_id
                 where reminders.session_id = _session
                   and reminders.next_at is distinct from '-infinity'
                   and (sessions.status <> 'scheduled' or reminders.planned_at is distinct from sessions.scheduled_at)
                 order by reminders.id
                 limit _reminders_max
                   for update of reminders);
  get diagnostics _spread = row_count;
  if _spread < _reminders_max then
    delete from private.changed_plans where session_id = _session;
  end if;
end $$;

-- One person is told how the session stands now. What is over, or has begun, needs no reminder any more.
create or replace function private.tell_reminder(_reminder public.session_reminders, _row public.live_sessions) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _news text := private.news_of_reminder(_reminder, _row);
begin
  if _row.status = 'scheduled' then
    update public.session_reminders
       set planned_at = _row.scheduled_at, next_at = private.next_reminder(_row.scheduled_at, now())
     where id = _reminder.id;
  else
    delete from public.session_reminders where id = _reminder.id;
  end if;
  if _news is not null then
    perform private.tell(_reminder.user_id, _news, _row.creator_profile_id, private.session_details(_row));
  end if;
end $$;

create or replace function private.news_of_reminder(
  _reminder public.session_reminders, _row public.live_sessions
) returns text
language sql stable set search_path = '', pg_temp as $$
  select case _row.status
    when 'live'      then 'session_live'
    when 'cancelled' then 'session_called_off'
    when 'scheduled' then
      case when _reminder.planned_at is distinct from _row.scheduled_at then 'session_moved'
           when _row.scheduled_at - now() > interval '1 hour' then 'session_tomorrow'
           else 'session_soon' end
  end
$$;

revoke execute on function
  private.remind_of_session(uuid), private.forget_reminder(uuid), private.refuse_more_reminders(uuid),
  private.reminders_max(), private.reminder_row(public.session_reminders), private.reminded_before(),
  private.next_reminder(timestamptz, timestamptz), private.tell_reminders(integer),
  private.spread_changed_plan(integer), private.tell_reminder(public.session_reminders, public.live_sessions),
  private.news_of_reminder(public.session_reminders, public.live_sessions)
  from public;
grant execute on function
  private.remind_of_session(uuid), private.forget_reminder(uuid), private.refuse_more_reminders(uuid),
  private.reminders_max(), private.reminder_row(public.session_reminders), private.reminded_before(),
  private.next_reminder(timestamptz, timestamptz), private.tell_reminders(integer),
  private.spread_changed_plan(integer), private.tell_reminder(public.session_reminders, public.live_sessions),
  private.news_of_reminder(public.session_reminders, public.live_sessions)
  to service_role;
