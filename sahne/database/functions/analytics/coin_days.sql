-- What is counted of the ledger by day. A day is counted when it is over and nobody writes to it any more: whoever moves coins
-- holds the day of UTC it is by the clock, and whoever counts waits until nobody does. Who writes to another day than that
-- (begun before midnight and written after) says so, and the day is counted anew. So a day that is counted, and of which nothing
-- of the kind is said, is what the ledger says; every other is asked of the ledger itself.

-- A day of UTC, as it is held.
create or replace function private.coin_day_key(_day date) returns bigint
language sql immutable set search_path = '', pg_temp as $$
  select hashtextextended('sahne.coins_of:' || _day, 0)
$$;

-- The clock is read once more when the day is held: it may have gone on before.
create or replace function private.hold_coin_day() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _day constant date := (clock_timestamp() at time zone 'UTC')::date;
begin
  perform pg_advisory_xact_lock_shared(private.coin_day_key(_day));
  insert into private.coin_late_days (day)
  select distinct (written.created_at at time zone 'UTC')::date
    from written
   where (written.created_at at time zone 'UTC')::date <> _day
      or (clock_timestamp() at time zone 'UTC')::date <> _day;
  return null;
end $$;

-- The ledger itself, between two moments: each movement with its own entries, for a join would read those of all days.
create or replace function private.count_coins(_from timestamptz, _to timestamptz)
returns table (kind text, transactions bigint, coins bigint)
language sql stable security definer set search_path = '', pg_temp as $$
  select moved.kind, count(*), sum(given.coins)::bigint
    from public.coin_transactions moved
   cross join lateral (
     select sum(entries.amount) as coins
       from public.coin_entries entries
      where entries.transaction_id = moved.id and entries.amount > 0
   ) given
   where moved.created_at >= _from and moved.created_at < _to
     and given.coins is not null
   group by 1
$$;

-- Whether something was written late to a day of the house that was not counted since.
create or replace function private.is_coin_day_late(_day date) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select from private.coin_late_days late
     where late.day between (private.house_day_begins(_day) at time zone 'UTC')::date
                        and ((private.house_day_begins(_day + 1) - interval '1 microsecond') at time zone 'UTC')::date)
$$;

-- One step of the worker: what was written late is counted with the days it lies in, or else the next day that is over. The
-- day; null where there is none, or somebody still writes to it.
create or replace function private.fold_coin_day() returns date
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _zone constant text := (select settings.quota_time_zone from private.settings);
  _utc  constant date := (clock_timestamp() at time zone 'UTC')::date;
  _late date;
  _day  date;
  _last date;
begin
  if current_setting('transaction_isolation') <> 'read committed'  -- each statement sees what was committed before it
     or not pg_try_advisory_xact_lock(hashtextextended('sahne.fold_coins', 0)) then
    return null;
  end if;
  delete from private.coin_days days where days.zone <> _zone;
  select late.day into _late from private.coin_late_days late where late.day < _utc order by late.id limit 1;
  if found then
    delete from private.coin_late_days late where late.day = _late;
    perform private.count_coin_day(days.day, _zone)
       from (select counted.day from private.coin_days counted
              where counted.day between _late - 1 and _late + 1) as days;
    return _late;
  end if;
  select coalesce(
           (select max(days.day) + 1 from private.coin_days days),
           (select private.house_day(min(moved.created_at)) from public.coin_transactions moved))
    into _day;
  _last := ((private.house_day_begins(_day + 1) - interval '1 microsecond') at time zone 'UTC')::date;
  if _day is null or _last >= _utc
     or not pg_try_advisory_xact_lock(private.coin_day_key(_last - 2))  -- a day of 25 hours may touch three
     or not pg_try_advisory_xact_lock(private.coin_day_key(_last - 1))
     or not pg_try_advisory_xact_lock(private.coin_day_key(_last)) then
    return null;
  end if;
  perform private.count_coin_day(_day, _zone);
  return _day;
end $$;

create or replace function private.count_coin_day(_day date, _zone text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  delete from private.coin_days days where days.day = _day;
  insert into private.coin_days (day, zone) values (_day, _zone);
  insert into private.coin_day_kinds (day, zone, kind, transactions, coins)
  select _day, _zone, counted.kind, counted.transactions, counted.coins
    from private.count_coins(private.house_day_begins(_day), private.house_day_begins(_day + 1)) counted;
end $$;

revoke execute on function
  private.coin_day_key(date), private.hold_coin_day(), private.count_coins(timestamptz, timestamptz),
  private.is_coin_day_late(date), private.fold_coin_day(), private.count_coin_day(date, text)
  from public;
grant execute on function private.fold_coin_day() to service_role;
