-- The Data API keeps the schema in memory: every change of it is told on the channel `pgrst`, once committed.
-- there when: exists (select from pg_event_trigger where evtname = 'pgrst_ddl_watch')

create or replace function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql set search_path = '' as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands() c
    where c.schema_name is distinct from 'pg_temp' and c.command_tag not in ('CREATE INDEX', 'ALTER INDEX', 'DROP INDEX')
  ) then
    notify pgrst, 'reload schema';
  end if;
end $$;

create or replace function extensions.pgrst_drop_watch() returns event_trigger language plpgsql set search_path = '' as $$
begin
  if exists (
    select from pg_event_trigger_dropped_objects() o
    where not o.is_temporary
      and o.object_type in ('schema', 'table', 'foreign table', 'view', 'materialized view', 'function', 'type', 'table column',
        'table constraint')
  ) then
    notify pgrst, 'reload schema';
  end if;
end $$;

do $$
begin
  if not exists (select from pg_event_trigger where evtname = 'pgrst_ddl_watch') then
    create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
  end if;
  if not exists (select from pg_event_trigger where evtname = 'pgrst_drop_watch') then
    create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();
  end if;
end $$;
