-- When the ledger was last asked whether every balance is the fold of its entries, and what it said.
create table private.ledger_checks (
  id         bigint generated always as identity primary key,
  checked_at timestamptz not null default now(),
  faults     integer     not null,
  constraint ledger_checks_faults_check check (faults >= 0)
);
comment on table private.ledger_checks is 'Each check of the ledger and how many wallets it found wrong.';
grant select, insert, delete on private.ledger_checks to service_role;
