-- Who may call the verbs: `service_role` alone. Policies' helpers were granted where they are made.

do $$
declare
  _function regprocedure;
begin
  for _function in
    select procedures.oid::regprocedure
      from pg_catalog.pg_proc procedures
     where procedures.pronamespace = 'private'::regnamespace
       and procedures.prorettype <> 'trigger'::regtype
  loop
    execute format('revoke execute on function %s from public', _function);
    execute format('grant execute on function %s to service_role', _function);
  end loop;
end $$;

grant select on all tables in schema private to service_role;
grant insert, update, delete on private.livekit_events, private.livekit_outbox to service_role;
