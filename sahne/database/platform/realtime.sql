-- Broadcast from the database: messages kept by day for replay and authorised by policies, as Supabase Realtime has them.
-- there when: to_regclass('realtime.messages') is not null

create table if not exists realtime.messages (
  topic          text      not null,
  extension      text      not null,
  payload        jsonb,
  event          text,
  private        boolean   default false,
  updated_at     timestamp not null default now(),
  inserted_at    timestamp not null default now(),
  id             uuid      not null default gen_random_uuid(),
  binary_payload bytea,
  skip_broadcast boolean   not null default false,  -- it was sent when it was stored
  expires_at     timestamp,                         -- not replayed from then on
  primary key (id, inserted_at)
) partition by range (inserted_at);
alter table realtime.messages enable row level security;

create index if not exists messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic) where extension = 'broadcast' and private;

-- catches what comes before the day's own partition was made
create table if not exists realtime.messages_default partition of realtime.messages default;
alter table realtime.messages_default enable row level security;

grant select, insert, update on realtime.messages to anon, authenticated;
grant all on realtime.messages, realtime.messages_default to service_role;

create or replace function realtime.topic() returns text
language sql stable
as $$
  select nullif(current_setting('realtime.topic', true), '')
$$;

create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
language plpgsql
as $$
declare
  message_id uuid := gen_random_uuid();
begin
  perform set_config('realtime.topic', send.topic, true);
  insert into realtime.messages (id, payload, event, topic, private, extension)
  values (
    message_id,
    case
      when jsonb_typeof(send.payload) = 'object' and not send.payload ? 'id'
        then jsonb_set(send.payload, '{id}', to_jsonb(message_id))
      else send.payload
    end,
    send.event, send.topic, send.private, 'broadcast'
  );
exception
  when others then
    raise warning 'ErrorSendingBroadcastMessage: %', sqlerrm;
end
$$;

create or replace function realtime.send_binary(payload bytea, event text, topic text, private boolean default true) returns void
language plpgsql
as $$
begin
  perform set_config('realtime.topic', send_binary.topic, true);
  insert into realtime.messages (binary_payload, event, topic, private, extension)
  values (send_binary.payload, send_binary.event, send_binary.topic, send_binary.private, 'broadcast');
exception
  when others then
    raise warning 'ErrorSendingBroadcastMessage: %', sqlerrm;
end
$$;

create or replace function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW'
) returns void
language plpgsql
as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  end if;
  perform realtime.send(
    jsonb_build_object(
      'old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema
    ),
    event_name, topic_name
  );
exception
  when others then
    raise exception 'Failed to process the row: %', sqlerrm;
end
$$;

-- partitions of the coming days are made, those of past days dropped; answers how many were touched
create or replace function realtime.keep_message_partitions(days_ahead integer default 3, days_kept integer default 3) returns integer
language plpgsql
set search_path = ''
as $$
declare
  today   date := (now() at time zone 'utc')::date;
  day     date;
  part    record;
  touched integer := 0;
begin
  perform pg_advisory_xact_lock(hashtext('realtime.keep_message_partitions'));
  for day in select generate_series(today, today + days_ahead, interval '1 day')::date loop
    if to_regclass('realtime.messages_' || to_char(day, 'YYYY_MM_DD')) is null
       and not exists (select from realtime.messages_default as m where m.inserted_at >= day and m.inserted_at < day + 1) then
      execute format(
        'create table realtime.%I partition of realtime.messages for values from (%L) to (%L)',
        'messages_' || to_char(day, 'YYYY_MM_DD'), day, day + 1
      );
      execute format('alter table realtime.%I enable row level security', 'messages_' || to_char(day, 'YYYY_MM_DD'));
      touched := touched + 1;
    end if;
  end loop;
  for part in
    select child.relname::text as name
    from pg_catalog.pg_inherits
    join pg_catalog.pg_class as child on child.oid = inhrelid
    where inhparent = 'realtime.messages'::regclass
      and child.relname ~ '^messages_\d{4}_\d{2}_\d{2}$'
      and to_date(right(child.relname, 10), 'YYYY_MM_DD') < today - days_kept
  loop
    execute format('drop table realtime.%I', part.name);
    touched := touched + 1;
  end loop;
  delete from realtime.messages_default as m where m.inserted_at < today - days_kept;
  return touched;
end
$$;
alter function realtime.keep_message_partitions(integer, integer) security definer;
revoke execute on function realtime.keep_message_partitions(integer, integer) from public;
grant execute on function realtime.keep_message_partitions(integer, integer) to service_role;

select realtime.keep_message_partitions();
