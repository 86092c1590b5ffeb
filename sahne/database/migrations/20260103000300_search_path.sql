-- Where functions look for names. PostgreSQL looks into the caller's temporary schema before all others unless it is
-- named: a client's temporary type called `uuid` would be the one a function means that runs as the owner. Named last.

do $$
declare
  _function regprocedure;
begin
  for _function in
    select procedures.oid::regprocedure
      from pg_catalog.pg_proc procedures
     where procedures.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
       and 'search_path=""' = any (procedures.proconfig)
  loop
    execute format('alter function %s set search_path = '''', pg_temp', _function);
  end loop;
end $$;
