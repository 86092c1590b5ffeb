-- Who may call the verbs: `service_role` alone. Policies' helpers were granted where they are made.

do $$
declare
  _function   regprocedure;
  _is_trigger boolean;
begin
  for _function, _is_trigger in
    select procedures.oid::regprocedure, procedures.prorettype = 'trigger'::regtype
      from pg_catalog.pg_proc procedures
     where procedures.pronamespace = 'private'::regnamespace
  loop
    execute format('revoke execute on function %s from public', _function);
    if not _is_trigger then
      execute format('grant execute on function %s to service_role', _function);
    end if;
  end loop;
end $$;

grant select on all tables in schema private to service_role;
grant insert, update, delete on private.livekit_events, private.livekit_outbox to service_role;

-- accounts are erased by the role that owns them
grant usage on schema private to supabase_auth_admin;
grant execute on function private.hold_sessions_of(uuid) to supabase_auth_admin;
