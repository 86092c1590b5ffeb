-- Around the SQL of an operator's agent: its bounds, and the log lines that it may ask for.

-- name: bound_session
-- How long a statement of this session may take.
select set_config('statement_timeout', %(timeout)s, false);

-- name: make_logs
-- The log lines of this server, in the columns that agents ask for.
create temporary table logs (
  id             uuid        not null,
  timestamp      timestamptz not null,
  source         text        not null,
  severity_text  text        not null,
  event_message  text        not null,
  log_attributes jsonb       not null
);

-- name: keep_logs
-- All of them.
insert into logs (id, timestamp, source, severity_text, event_message, log_attributes)
select id, timestamp, source, severity_text, event_message, log_attributes
  from jsonb_to_recordset(%(logs)s::jsonb)
    as kept (id uuid, timestamp timestamptz, source text, severity_text text, event_message text, log_attributes jsonb);

-- name: show_logs
-- To the role that asks.
grant select on logs to service_role;
