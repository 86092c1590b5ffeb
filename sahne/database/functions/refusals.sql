-- How the database says no. A verb in `private` refuses with SQLSTATE 'SA' + HTTP status, the product's code in the
-- CONSTRAINT field, a sentence in MESSAGE, what was seen as JSON in DETAIL and what to try in HINT. A client's own
-- statement is refused with 42501 and a sentence. `sahne/database/refusals.py` turns either into the one tree of errors.

create or replace function private.refuse(
  _status  integer,
  _code    text,
  _message text,
  _hint    text  default null,
  _details jsonb default null
) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  raise exception using
    errcode    = 'SA' || _status,
    constraint = _code,
    message    = _message,
    detail     = coalesce(_details::text, ''),
    hint       = coalesce(_hint, '');
end $$;

-- Whether a text shows anything: blanks, controls, marks of direction, joiners, fillers and others without a shape do not.
create or replace function private.is_visible(_text text) returns boolean
language sql immutable strict set search_path = '', pg_temp as $$
  select _text ~ '[^[:space:]\u0001-\u001F\u007F-\u00A0\u00AD\u034F\u061C\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB\U000E0000-\U000E0FFF]'
$$;

-- Whether an address may stand in a page's `src` or `href`: a path, or http(s). Browsers drop tabs and line ends in it.
create or replace function private.is_link(_address text) returns boolean
language sql immutable strict set search_path = '', pg_temp as $$
  select _address !~ '[[:cntrl:]]'
     and (_address ~* '^https?://' or _address !~ '^[[:space:]]*[A-Za-z][A-Za-z0-9+.-]*:')
$$;

-- The refusal of a statement a client wrote itself (ruling R8).
create or replace function private.forbid(_message text, _hint text default null) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  raise exception using errcode = '42501', message = _message, hint = coalesce(_hint, '');
end $$;

create or replace function private.forbid_for(_reason text, _who text, _what text) returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  case _reason
    when 'anonymous' then
      perform private.forbid('An anonymous sign-in cannot ' || _what, 'Add an e-mail or a phone to the account first.');
    when 'gone' then
      perform private.forbid('An account that is gone cannot ' || _what, 'Sign up, or sign in to another one.');
    when 'suspended' then
      perform private.forbid('An account that is suspended cannot ' || _what, 'Ask the people who run the app.');
    when 'leaving' then
      perform private.forbid('An account that is about to be erased cannot ' || _what, 'Sign in again to keep it.');
    when 'banned' then
      perform private.forbid(_who || ' who is banned cannot ' || _what, 'The host or a moderator can lift the ban.');
    when 'over' then
      perform private.forbid('The session has ended', 'Join one that is live.');
    when 'not_live' then
      perform private.forbid('The session is not live', 'Wait until it starts, or join another one.');
    when 'profile' then
      perform private.forbid('The profile worn in this session must be used',
        'The first join fixes it: send that profile''s id.');
    else
      null;
  end case;
end $$;

-- What a policy refuses because of what was sent alone, in words (ruling R8): each trigger that calls this asks what the
-- policy asks, fires on the client's path only where the answer is no, and so costs nothing where it is yes.
create or replace function private.forbid_row() returns trigger
language plpgsql set search_path = '', pg_temp security definer as $$
begin
  perform private.forbid(tg_argv[0], tg_argv[1]);
  return null;
end $$;

-- At most so many rows of a table in one statement of a client: `(what, rows)`. Said at the first row too many, so that a
-- refusal costs no more than what is allowed.
create or replace function private.forbid_more_rows() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _name constant text := 'sahne.rows_of_' || tg_argv[0];
  _now  constant text := extract(epoch from statement_timestamp())::text;
  _seen text[] := string_to_array(current_setting(_name, true), ' ');
  _rows integer := 1;
begin
  if _seen[1] = _now then
    _rows := _seen[2]::integer + 1;
  end if;
  if _rows > tg_argv[1]::integer then
    perform private.forbid('At most ' || tg_argv[1] || ' ' || tg_argv[0] || ' are taken at once',
                           'Send them in several requests.');
  end if;
  perform set_config(_name, _now || ' ' || _rows, true);
  return new;
end $$;

revoke execute on function
  private.refuse(integer, text, text, text, jsonb), private.is_visible(text), private.is_link(text),
  private.forbid(text, text),
  private.forbid_for(text, text, text), private.forbid_row(), private.forbid_more_rows()
  from public;
grant execute on function private.is_visible(text), private.is_link(text) to anon, authenticated, service_role;
grant execute on function
  private.refuse(integer, text, text, text, jsonb), private.forbid(text, text), private.forbid_for(text, text, text)
  to service_role;
