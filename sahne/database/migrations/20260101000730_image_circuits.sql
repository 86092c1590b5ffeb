-- Makers of pictures elsewhere that are not asked for a while, as the worker told that found it out.

create table private.image_circuits (
  provider text        not null primary key,
  state    text        not null,
  until    timestamptz not null,
  told_at  timestamptz not null default now(),
  constraint image_circuits_state_check check (state in ('wait', 'turn', 'stop'))
);
alter table private.image_circuits enable row level security;

grant select, insert, update on private.image_circuits to service_role;

comment on table private.image_circuits is 'Makers of pictures elsewhere that are not asked for a while, and until when.';
