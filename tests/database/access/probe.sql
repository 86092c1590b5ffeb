-- Runs each statement as whoever calls, takes it back, and answers what became of it: `ok` or its SQLSTATE.
create schema probe;
grant usage on schema probe to public;
create function probe.outcomes(_statements text[]) returns text[]
language plpgsql as $$
declare
  _statement text;
  _outcomes  text[] := array[]::text[];
begin
  foreach _statement in array _statements loop
    begin
      execute _statement;
      raise exception using errcode = 'PRB00';
    exception when others then
      _outcomes := _outcomes || case sqlstate when 'PRB00' then 'ok' else sqlstate end;
    end;
  end loop;
  return _outcomes;
end $$
