-- What promises of money and time need: settings for refunds and no-shows, the pace of a chat, tickets to look after.

-- the tables are small or empty when this runs
-- squawk-ignore-file constraint-missing-not-valid, adding-required-field, require-concurrent-index-creation

alter table private.settings
  add column ticket_refund_minutes integer not null default 5,
  add column no_show_hours         integer not null default 24,
  add column chat_lines_at_once    integer not null default 20,
  add column chat_lines_per_minute integer not null default 60,
  add constraint settings_ticket_refund_minutes_check check (ticket_refund_minutes between 0 and 1440),
  add constraint settings_no_show_hours_check check (no_show_hours between 1 and 8760),
  add constraint settings_chat_lines_at_once_check check (chat_lines_at_once between 1 and 10000),
  add constraint settings_chat_lines_per_minute_check check (chat_lines_per_minute between 1 and 60000);

-- what is still in escrow
create index idx_tickets_paid on private.tickets (session_id) where status = 'paid';

-- How many lines a seat may post at once now, and when it posted last: a bucket that fills with time.
create table private.chat_pace (
  participant_id uuid             not null primary key references public.live_participants (id) on delete cascade,
  lines_left     double precision not null,
  posted_at      timestamptz      not null
);
alter table private.chat_pace enable row level security;
grant select on private.chat_pace to service_role;
comment on table private.chat_pace is 'How fast each seat may post: a bucket of lines that fills with time.';
