-- Short messages cost money, and strangers ask for them: what was spent in a day is known to all servers together.

-- A day, UTC, with how many short messages were written and what they may cost.
create table private.text_days (
  day          date    primary key,
  texts        integer not null default 0,
  microdollars bigint  not null default 0
);
