-- What the stage tells people by itself, whichever way a row was written: plans, starts, moves and ends to who follows or
-- waits, an invitation and an approved request to whom it is for.

create or replace function private.tell_of_session() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _news text := private.news_of_session(case when tg_op = 'UPDATE' then old end, new);
begin
  if _news is not null then
    perform private.announce(_news, new.creator_profile_id, private.session_details(new));
  end if;
  if tg_op = 'UPDATE' and (old.status, old.scheduled_at) is distinct from (new.status, new.scheduled_at)
     and exists (select from public.session_reminders where session_id = new.id) then
    insert into private.changed_plans (session_id) values (new.id) on conflict (session_id) do nothing;
  end if;
  return null;
end $$;

-- `session_planned`, `session_live`, `session_moved`, `session_called_off`; null is no news. A draft without a time is none.
create or replace function private.news_of_session(_old public.live_sessions, _new public.live_sessions) returns text
language sql immutable set search_path = '', pg_temp as $$
  select case
    when _new.status = 'live' and _old.status is distinct from 'live' then 'session_live'
    when _new.status = 'cancelled' and _old.status = 'scheduled' and _new.scheduled_at is not null then 'session_called_off'
    when _new.status <> 'scheduled' or _new.scheduled_at is not distinct from _old.scheduled_at then null
    when _old.scheduled_at is null then 'session_planned'
    else 'session_moved'
  end
$$;

-- What everybody could read of it.
create or replace function private.session_details(_row public.live_sessions) returns jsonb
language sql immutable set search_path = '', pg_temp as $$
  select jsonb_build_object('session_id', _row.id, 'title', _row.title, 'session_type', _row.session_type,
                            'scheduled_at', _row.scheduled_at)
$$;

create or replace function private.tell_of_invitation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.tell(new.user_id, 'invitation', sessions.creator_profile_id,
            jsonb_build_object('session_id', new.session_id, 'participant_id', new.id, 'profile_id', new.profile_id,
                               'role', new.invited_role, 'expires_at', new.invitation_expires_at))
     from public.live_sessions sessions
    where sessions.id = new.session_id;
  return null;
end $$;

create or replace function private.tell_of_approval() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.tell(new.requester_id, 'request_approved', sessions.creator_profile_id,
            jsonb_build_object('session_id', new.session_id, 'guest_request_id', new.id))
     from public.live_sessions sessions
    where sessions.id = new.session_id;
  return null;
end $$;

revoke execute on function
  private.tell_of_session(), private.news_of_session(public.live_sessions, public.live_sessions),
  private.session_details(public.live_sessions), private.tell_of_invitation(), private.tell_of_approval()
  from public;
grant execute on function
  private.news_of_session(public.live_sessions, public.live_sessions), private.session_details(public.live_sessions)
  to service_role;
