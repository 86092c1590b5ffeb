-- What the replication stream carries: the app's tables (migrations add them) and the broadcasts from the database.
-- there when: exists (select from pg_publication where pubname = 'supabase_realtime')

do $$
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
  if not exists (select from pg_publication where pubname = 'supabase_realtime_messages_publication') then
    create publication supabase_realtime_messages_publication
      for table realtime.messages with (publish_via_partition_root = true);
  end if;
end
$$;
