-- What an app's own function says of an event, asked as the role that owns the accounts: `function(event jsonb)`, as Supabase
-- calls hooks. Who may execute it is its owner's to grant.
create or replace function private.ask_hook(_schema text, _function text, _event jsonb) returns jsonb
language plpgsql set search_path = '', pg_temp as $$
declare
  _answer jsonb;
begin
  execute format('select to_jsonb(%I.%I($1))', _schema, _function) into _answer using _event;
  return _answer;
end $$;

revoke execute on function private.ask_hook(text, text, jsonb) from public;
grant execute on function private.ask_hook(text, text, jsonb) to supabase_auth_admin;
