-- The functions of sweeps as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- What a sweep of the clock cannot deal with holds up nothing else: each row is dealt with by itself, one that fails is written
-- down, and passed over until it is due again.

-- A row could not be dealt with: it waits one minute, two, four … up to an hour.
create or replace function private.put_off(_sweep text, _row uuid, _error text) returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into private.sweep_failures as failures (sweep, row_id, error, due_at)
  values (_sweep, _row, left(_error, 500), now() + interval '1 minute')
  on conflict (sweep, row_id) do update
     set attempts  = failures.attempts + 1,
         error     = excluded.error,
         failed_at = now(),
         due_at    = now() + least(60, 2 ^ least(failures.attempts, 6)) * interval '1 minute'
$$;

create or replace function private.is_put_off(_sweep text, _row uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from private.sweep_failures failures
                  where failures.sweep = _sweep and failures.row_id = _row and failures.due_at > now())
$$;

-- What was not tried again for long, since it went some other way; how many. Called by the server on its clock.
create or replace function private.forget_failures(_hours integer) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _forgotten integer;
begin
  delete from private.sweep_failures where failed_at < now() - _hours * interval '1 hour';
  get diagnostics _forgotten = row_count;
  return _forgotten;
end $$;

revoke execute on function
  private.put_off(text, uuid, text), private.is_put_off(text, uuid), private.forget_failures(integer)
  from public;
grant execute on function
  private.put_off(text, uuid, text), private.is_put_off(text, uuid), private.forget_failures(integer)
  to service_role;
