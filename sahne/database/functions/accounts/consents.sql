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
