-- How the database says no. A verb in `private` refuses with SQLSTATE 'SA' + HTTP status, the product's code in the
-- CONSTRAINT field, a sentence in MESSAGE, what was seen as JSON in DETAIL and what to try in HINT. A client's own
-- statement is refused with 42501 and a sentence. `sahne/database/refusals.py` turns either into the one tree of errors.

create schema if not exists private;

create function private.refuse(
  _status  integer,
  _code    text,
  _message text,
  _hint    text  default null,
  _details jsonb default null
) returns void
language plpgsql immutable set search_path = '' as $$
begin
  raise exception using
    errcode    = 'SA' || _status,
    constraint = _code,
    message    = _message,
    detail     = coalesce(_details::text, ''),
    hint       = coalesce(_hint, '');
end $$;

-- The refusal of a statement a client wrote itself (ruling R8).
create function private.forbid(_message text, _hint text default null) returns void
language plpgsql immutable set search_path = '' as $$
begin
  raise exception using errcode = '42501', message = _message, hint = coalesce(_hint, '');
end $$;

-- The user on whose behalf an operation runs: the claims' subject (ruling R8).
create function private.actor() returns uuid
language plpgsql stable set search_path = '' as $$
declare
  _actor uuid := auth.uid();
begin
  if _actor is null then
    perform private.refuse(401, 'unauthenticated', 'A valid bearer token is needed.');
  end if;
  return _actor;
end $$;

-- The actor, who must have an e-mail or a phone and an account in good standing.
create function private.named_actor() returns uuid
language plpgsql stable set search_path = '' as $$
declare
  _actor uuid := private.actor();
begin
  if private.is_anonymous(_actor) then
    perform private.refuse(403, 'anonymous_not_allowed', 'An anonymous sign-in can only watch.',
      'Add an e-mail or a phone to the account first.');
  elsif private.is_suspended(_actor) then
    perform private.refuse(403, 'user_banned', 'This account is suspended.', 'Ask the people who run the app.');
  end if;
  return _actor;
end $$;

-- The seed's trigger function for `updated_at` (ruling R3).
create function public.handle_updated_at() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end $$;

revoke execute on function public.handle_updated_at() from public, anon, authenticated;
