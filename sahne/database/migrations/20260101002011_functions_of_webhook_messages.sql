-- The functions of messages to webhooks as they were first: today's text is in sahne/database/functions/webhooks.

set local check_function_bodies = off;

-- Messages to webhooks: made in the transaction of the event, taken by whoever sends them, closed with what came of it.

-- Each event becomes a message to everybody who wants its code.
create or replace function private.hand_to_webhooks() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.webhook_messages (endpoint_id, code, user_id, actor_profile_id, body)
  select endpoints.id, events.code, events.user_id, events.actor_profile_id,
         private.webhook_body(events.code, events.created_at, jsonb_build_object(
           'event_id', events.id, 'user_id', events.user_id, 'actor_profile_id', events.actor_profile_id,
           'details', events.details))
    from new_events events
    join private.webhook_endpoints endpoints
      on endpoints.is_active and (endpoints.codes = '{}' or events.code = any (endpoints.codes))
   order by endpoints.id, events.id
     for key share of endpoints;  -- one that is being deleted is passed over: an event never fails for it
  return null;
end $$;

-- As Standard Webhooks recommends a payload to be.
create or replace function private.webhook_body(_code text, _at timestamptz, _data jsonb) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object('type', _code, 'timestamp', _at, 'data', _data)
$$;

-- What is due, for so many seconds nobody else's: `[{id, attempt, url, body, secrets: [{id, sealed}]}]`. One endpoint has
-- so many under way at once, one that fails fewer: so it holds up nobody.
create or replace function private.take_webhook_messages(
  _at_once integer, _failing_at_once integer, _hold_seconds integer
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _endpoint private.webhook_endpoints;
  _taken    jsonb := '[]';
begin
  for _endpoint in
    select endpoints.*
      from private.webhook_endpoints endpoints
     where endpoints.is_active
       and exists (select from private.webhook_messages messages
                    where messages.endpoint_id = endpoints.id
                      and messages.status = 'pending' and messages.next_at <= now())
     order by endpoints.id
       for no key update skip locked
  loop
    _taken := _taken || private.take_messages_of(
      _endpoint, case when _endpoint.failing_since is null then _at_once else _failing_at_once end, _hold_seconds);
  end loop;
  return _taken;
end $$;

create or replace function private.take_messages_of(
  _endpoint private.webhook_endpoints, _at_once integer, _hold_seconds integer
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _under_way integer := (select count(*) from private.webhook_messages
                          where endpoint_id = _endpoint.id and status = 'pending' and taken_until > now());
  _taken     jsonb;
begin
  with due as (
    select id
      from private.webhook_messages
     where endpoint_id = _endpoint.id and status = 'pending' and next_at <= now()
     order by next_at, number
     limit greatest(_at_once - _under_way, 0)
       for update skip locked
  ), taken as (
    update private.webhook_messages messages
       set attempts    = messages.attempts + 1,
           taken_until = now() + _hold_seconds * interval '1 second',
           next_at     = now() + _hold_seconds * interval '1 second'  -- should whoever took it die
      from due
     where messages.id = due.id
    returning messages.*
  )
  select jsonb_agg(jsonb_build_object(
           'id',      taken.id,
           'attempt', taken.attempts,
           'url',     _endpoint.url,
           'body',    taken.body::text,
           'secrets', private.webhook_secrets_of(_endpoint.id)) order by taken.number)
    into _taken
    from taken;
  return coalesce(_taken, '[]');
end $$;

-- The newest first.
create or replace function private.webhook_secrets_of(_endpoint uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'sealed', sealed) order by created_at desc), '[]')
    from private.webhook_secrets
   where endpoint_id = _endpoint and (ends_at is null or ends_at > now())
$$;

-- What came of a try. `_outcome` is `sent`, `failed` (again after so many seconds; null is never) or `gone`.
create or replace function private.close_webhook_attempt(
  _message uuid, _outcome text, _tried jsonb, _again_seconds double precision
) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _endpoint private.webhook_endpoints;
begin
  select endpoints.* into _endpoint
    from private.webhook_messages messages
    join private.webhook_endpoints endpoints on endpoints.id = messages.endpoint_id
   where messages.id = _message
     for no key update of endpoints;
  if _endpoint.id is null then
    return;  -- deleted meanwhile
  end if;
  insert into private.webhook_attempts (message_id, status_code, error, answer, milliseconds)
  values (_message, (_tried ->> 'status_code')::integer, _tried ->> 'error', _tried ->> 'answer',
          (_tried ->> 'milliseconds')::integer);
  update private.webhook_messages
     set status      = case when _outcome = 'sent' then 'sent'
                            when _outcome = 'gone' or _again_seconds is null then 'failed' else 'pending' end,
         sent_at     = case when _outcome = 'sent' then now() end,
         next_at     = now() + coalesce(_again_seconds, 0) * interval '1 second',
         taken_until = null
   where id = _message and (status = 'pending' or _outcome = 'sent');
  update private.webhook_endpoints
     set failing_since = case when _outcome <> 'sent' then coalesce(failing_since, now()) end
   where id = _endpoint.id and (failing_since is null) <> (_outcome = 'sent');
  if _outcome = 'gone' then
    perform private.stop_webhook(_endpoint, 'gone');
  elsif _outcome = 'failed' and _endpoint.failing_since < now() - private.webhook_may_fail() then
    perform private.stop_webhook(_endpoint, 'failing');
  end if;
end $$;

-- For how long an endpoint may take nothing before it is stopped.
create or replace function private.webhook_may_fail() returns interval
language sql immutable set search_path = '', pg_temp as $$
  select interval '5 days'
$$;

-- Nothing is sent there any more, and admins are told.
create or replace function private.stop_webhook(_row private.webhook_endpoints, _because text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update private.webhook_endpoints set is_active = false, stopped_because = _because where id = _row.id and is_active;
  if found then
    perform private.give_up_webhook_messages(_row.id);
    perform private.tell(admins.user_id, 'webhook_stopped', null,
              jsonb_build_object('webhook_id', _row.id, 'url', left(_row.url, 500), 'because', _because))
       from (select user_id from public.profiles where role = 'admin' and type = 'real' order by user_id) admins;
  end if;
end $$;

create or replace function private.give_up_webhook_messages(_endpoint uuid) returns void
language sql security definer set search_path = '', pg_temp as $$
  update private.webhook_messages
     set status = 'failed', taken_until = null
   where endpoint_id = _endpoint and status = 'pending'
$$;

-- A message to try it: `{"message": row}`.
create or replace function private.try_webhook(_webhook uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _endpoint private.webhook_endpoints := private.held_webhook(_webhook);
  _row      private.webhook_messages;
begin
  perform private.refuse_stopped_webhook(_endpoint);
  insert into private.webhook_messages (endpoint_id, code, body)
  values (_endpoint.id, 'webhook_test', private.webhook_body('webhook_test', now(), '{"details": {}}'))
  returning * into _row;
  return jsonb_build_object('message', private.webhook_message_row(_row));
end $$;

-- Once more, from the beginning, under the same id: `{"message": row}`.
create or replace function private.redeliver_webhook_message(_webhook uuid, _message uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _endpoint private.webhook_endpoints := private.held_webhook(_webhook);
  _row      private.webhook_messages;
begin
  perform private.refuse_stopped_webhook(_endpoint);
  update private.webhook_messages
     set status = 'pending', attempts = 0, next_at = greatest(now(), taken_until), sent_at = null
   where id = _message and endpoint_id = _endpoint.id
  returning * into _row;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such message.');
  end if;
  return jsonb_build_object('message', private.webhook_message_row(_row));
end $$;

create or replace function private.refuse_stopped_webhook(_row private.webhook_endpoints) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  if not _row.is_active then
    perform private.refuse(409, 'webhook_stopped', 'The webhook is stopped.', 'Make it active first.');
  end if;
end $$;

-- What one was told, the newest first, with each try: `{"messages": [row]}`; those before a number.
create or replace function private.webhook_messages(
  _webhook uuid, _status text default null, _before bigint default null, _limit integer default 50
) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  if not exists (select from private.webhook_endpoints where id = _webhook) then
    perform private.refuse(404, 'not_found', 'There is no such webhook.');
  end if;
  return jsonb_build_object('messages', coalesce((
    select jsonb_agg(private.webhook_message_row(page) order by page.number desc)
      from (select * from private.webhook_messages messages
             where messages.endpoint_id = _webhook
               and (_status is null or messages.status = _status)
               and (_before is null or messages.number < _before)
             order by messages.number desc
             limit _limit) page), '[]'));
end $$;

create or replace function private.webhook_message_row(_row private.webhook_messages) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'number',     _row.number,
           'code',       _row.code,
           'status',     _row.status,
           'created_at', _row.created_at,
           'sent_at',    _row.sent_at,
           'next_at',    case when _row.status = 'pending' then _row.next_at end,
           'attempts',   coalesce((
             select jsonb_agg(jsonb_build_object(
                      'status_code', attempts.status_code, 'error', attempts.error, 'answer', attempts.answer,
                      'milliseconds', attempts.milliseconds, 'created_at', attempts.created_at) order by attempts.id)
               from private.webhook_attempts attempts
              where attempts.message_id = _row.id), '[]'))
$$;

-- Messages of long ago; how many. Called by the worker on its clock.
create or replace function private.forget_webhook_messages(_days integer) returns bigint
language sql security definer set search_path = '', pg_temp as $$
  with messages as (
    delete from private.webhook_messages
     where created_at < now() - _days * interval '1 day' and status <> 'pending'
    returning 1
  )
  select count(*) from messages
$$;

revoke execute on function
  private.hand_to_webhooks(), private.webhook_body(text, timestamptz, jsonb),
  private.take_webhook_messages(integer, integer, integer),
  private.take_messages_of(private.webhook_endpoints, integer, integer), private.webhook_secrets_of(uuid),
  private.close_webhook_attempt(uuid, text, jsonb, double precision), private.webhook_may_fail(),
  private.stop_webhook(private.webhook_endpoints, text), private.give_up_webhook_messages(uuid), private.try_webhook(uuid),
  private.redeliver_webhook_message(uuid, uuid), private.refuse_stopped_webhook(private.webhook_endpoints),
  private.webhook_messages(uuid, text, bigint, integer), private.webhook_message_row(private.webhook_messages),
  private.forget_webhook_messages(integer)
  from public;
grant execute on function
  private.take_webhook_messages(integer, integer, integer),
  private.close_webhook_attempt(uuid, text, jsonb, double precision), private.try_webhook(uuid),
  private.redeliver_webhook_message(uuid, uuid), private.webhook_messages(uuid, text, bigint, integer),
  private.webhook_message_row(private.webhook_messages), private.forget_webhook_messages(integer)
  to service_role;
