-- The functions of the log of order as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- The log of order: every act of a host, a moderator or the server itself, written in the transaction of the act. The host of a
-- session reads it, and admins; moderators do not, since it tells of them.

-- One act in a session by the actor, or by the server where nobody acts.
create or replace function private.log_act(
  _session uuid, _act text, _subject uuid default null, _reason text default null, _details jsonb default '{}'
) returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into private.moderation_log (session_id, actor_profile_id, subject_profile_id, act, reason, details)
  select _session, (select id from public.profiles where id = auth.uid()),
         (select id from public.profiles where id = _subject), _act, _reason, jsonb_strip_nulls(coalesce(_details, '{}'))
$$;

-- One act of the actor's in all of their sessions.
create or replace function private.log_act_in_all(
  _act text, _subject uuid default null, _reason text default null, _details jsonb default '{}'
) returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into private.moderation_log (creator_id, actor_profile_id, subject_profile_id, act, reason, details)
  values (auth.uid(), auth.uid(), _subject, _act, _reason, jsonb_strip_nulls(coalesce(_details, '{}')))
$$;

-- A page of a session's log, newest first: `{"acts": [row, …]}`, those before one.
create or replace function private.read_log(_session uuid, _before bigint, _acts_max integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.actor();
  if not private.is_admin() then
    perform private.own_session(_session);
  elsif not exists (select from public.live_sessions where id = _session) then
    perform private.refuse(404, 'not_found', 'There is no such session.');
  end if;
  return (
    select jsonb_build_object('acts', coalesce(jsonb_agg(private.act_row(acts) order by acts.id desc), '[]'))
      from (select moderation_log.*
              from private.moderation_log
             where moderation_log.session_id = _session
               and (_before is null or moderation_log.id < _before)
             order by moderation_log.id desc
             limit _acts_max) acts);
end $$;

-- The same of what the actor did in all of their sessions at once.
create or replace function private.read_own_log(_before bigint, _acts_max integer) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('acts', coalesce(jsonb_agg(private.act_row(acts) order by acts.id desc), '[]'))
    from (select moderation_log.*
            from private.moderation_log
           where moderation_log.creator_id = private.actor()
             and (_before is null or moderation_log.id < _before)
           order by moderation_log.id desc
           limit _acts_max) acts
$$;

create or replace function private.act_row(_row private.moderation_log) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                 _row.id,
           'session_id',         _row.session_id,
           'actor_profile_id',   _row.actor_profile_id,
           'subject_profile_id', _row.subject_profile_id,
           'act',                _row.act,
           'reason',             _row.reason,
           'details',            _row.details,
           'created_at',         _row.created_at)
$$;

revoke execute on function
  private.log_act(uuid, text, uuid, text, jsonb), private.log_act_in_all(text, uuid, text, jsonb),
  private.read_log(uuid, bigint, integer), private.read_own_log(bigint, integer), private.act_row(private.moderation_log)
  from public;
grant execute on function
  private.log_act(uuid, text, uuid, text, jsonb), private.log_act_in_all(text, uuid, text, jsonb),
  private.read_log(uuid, bigint, integer), private.read_own_log(bigint, integer), private.act_row(private.moderation_log)
  to service_role;
