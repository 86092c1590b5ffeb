-- The functions of creators and consents as they were first: today's text is in sahne/database/functions/accounts.

set local check_function_bodies = off;

-- Becoming a creator: at once, or by asking the people who run the app.

-- `{"creator": {"is_creator", "creators_are", "request": row or null}}` of the actor; the request is the last one.
create or replace function private.own_creator() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('creator', jsonb_build_object(
           'is_creator', exists (select from public.profiles where id = private.actor() and is_creator),
           'creators_are', settings.creators_are,
           'request', (select private.creator_request_row(requests)
                         from private.creator_requests requests
                        where requests.user_id = private.actor()
                        order by requests.number desc
                        limit 1)))
    from private.settings
$$;

-- The actor wants to be one. Where that is open they are one now; else an admin is asked, and asked again a week after a refusal.
create or replace function private.ask_to_create(_message text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor   uuid := private.named_actor();
  _refused timestamptz;
begin
  perform from auth.users where id = _actor for no key update;
  if exists (select from public.profiles where id = _actor and is_creator)
     or exists (select from private.creator_requests where user_id = _actor and status = 'open') then
    return private.own_creator();
  end if;
  if (private.settings()).creators_are = 'open' then
    update public.profiles set is_creator = true where id = _actor;
    return private.own_creator();
  end if;
  perform private.refuse_house_words(array_remove(array[_message], null));
  select max(decided_at) into _refused from private.creator_requests where user_id = _actor and status = 'refused';
  if _refused > now() - interval '7 days' then
    perform private.refuse(409, 'refused_lately', 'This was refused a short while ago.', 'Ask again a week after it.',
      jsonb_build_object('again_at', _refused + interval '7 days'));
  end if;
  insert into private.creator_requests (user_id, message) values (_actor, _message);
  return private.own_creator();
end $$;

-- `{"requests": [row with its person, …]}`, the oldest first; admins alone.
create or replace function private.read_creator_requests(_status text, _after bigint, _requests_max integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return (
    select jsonb_build_object('requests', coalesce(
             jsonb_agg(private.creator_request_of(page) order by page.number), '[]'))
      from (select requests.* from private.creator_requests requests
             where requests.status = _status and requests.number > coalesce(_after, 0)
             order by requests.number
             limit _requests_max) page);
end $$;

-- An admin decides, once; the person is told.
create or replace function private.decide_creator_request(_request uuid, _status text, _reason text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.creator_requests;
begin
  perform private.refuse_unless_admin();
  select * into _row from private.creator_requests where id = _request;
  perform private.hold_accounts(_row.user_id);
  select * into _row from private.creator_requests where id = _request for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such request.');
  elsif _row.status <> 'open' then
    perform private.refuse(409, 'request_decided', 'The request is decided.', null,
      jsonb_build_object('status', _row.status));
  end if;
  update private.creator_requests
     set status = _status, reason = _reason, decided_by = private.actor(), decided_at = now()
   where id = _request
  returning * into _row;
  if _status = 'approved' then
    update public.profiles set is_creator = true where id = _row.user_id;
  end if;
  perform private.tell(_row.user_id, case _status when 'approved' then 'creator_approved' else 'creator_refused' end, null,
    jsonb_strip_nulls(jsonb_build_object('reason', _reason)));
  return jsonb_build_object('request', private.creator_request_of(_row));
end $$;

create or replace function private.creator_request_row(_row private.creator_requests) returns jsonb
language sql immutable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'number',     _row.number,
           'message',    _row.message,
           'status',     _row.status,
           'reason',     _row.reason,
           'created_at', _row.created_at,
           'decided_at', _row.decided_at)
$$;

create or replace function private.creator_request_of(_row private.creator_requests) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select private.creator_request_row(_row) || jsonb_build_object('person', (
           select jsonb_build_object('id', faces.id, 'username', faces.username, 'display_name', faces.display_name,
                                     'avatar_url', faces.avatar_url)
             from public.public_profiles faces
            where faces.id = _row.user_id))
$$;

revoke execute on function
  private.own_creator(), private.ask_to_create(text), private.read_creator_requests(text, bigint, integer),
  private.decide_creator_request(uuid, text, text), private.creator_request_row(private.creator_requests),
  private.creator_request_of(private.creator_requests)
  from public;
grant execute on function
  private.own_creator(), private.ask_to_create(text), private.read_creator_requests(text, bigint, integer),
  private.decide_creator_request(uuid, text, text), private.creator_request_row(private.creator_requests),
  private.creator_request_of(private.creator_requests)
  to service_role;

-- What people agreed to, and when: texts have versions, and each answer is kept.

-- `{"consents": [{"kind", "version", "is_required", "given"}]}`: each text of today, and the actor's last answer to that kind.
create or replace function private.own_consents() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('consents', coalesce(jsonb_agg(jsonb_build_object(
           'kind',        texts.kind,
           'version',     texts.version,
           'is_required', texts.is_required,
           'answer',      answers.answer) order by texts.kind), '[]'))
    from private.consent_texts texts
    left join lateral (
           select jsonb_build_object('version', said.version, 'locale', said.locale, 'is_given', said.is_given,
                                     'said_at', said.said_at) as answer
             from private.account_consents said
            where said.user_id = private.actor() and said.kind = texts.kind
            order by said.id desc
            limit 1) answers on true
$$;

-- The actor agrees to a text, or does not any more. The same answer again is once.
create or replace function private.say_consent(_kind text, _version text, _locale text, _is_given boolean) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _text  private.consent_texts;
  _last  private.account_consents;
begin
  perform from auth.users where id = _actor for no key update;
  select * into _text from private.consent_texts where kind = _kind;
  if _text.kind is null then
    perform private.refuse(404, 'not_found', 'There is no such text.');
  elsif _text.version <> _version then
    perform private.refuse(409, 'consent_outdated', 'This is not the text that is asked for today.',
      'Show today''s text, and send its version.', jsonb_build_object('version', _text.version));
  end if;
  select * into _last from private.account_consents where user_id = _actor and kind = _kind order by id desc limit 1;
  if (_last.version, _last.is_given) is distinct from (_version, _is_given) then
    insert into private.account_consents (user_id, kind, version, locale, is_given)
    values (_actor, _kind, _version, _locale, _is_given);
  end if;
  return private.own_consents();
end $$;

revoke execute on function private.own_consents(), private.say_consent(text, text, text, boolean) from public;
grant execute on function private.own_consents(), private.say_consent(text, text, text, boolean) to service_role;
