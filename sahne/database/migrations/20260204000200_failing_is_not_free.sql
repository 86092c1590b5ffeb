-- Failing is not free: functions as sahne/database/functions tells them from here on.

set local check_function_bodies = off;

-- Whether so many pictures were asked for in vain today that no more are tried, premium or not.
create or replace function private.has_failed_too_often(_user_id uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(sum(reservations.reserved - reservations.kept), 0) >= (private.settings()).failed_images_max
    from private.quota_reservations as reservations
   where reservations.user_id = _user_id
     and reservations.date = private.quota_day()
     and reservations.settled_at is not null
$$;

revoke execute on function private.has_failed_too_often(uuid) from public, anon, authenticated, service_role;
grant execute on function private.has_failed_too_often(uuid) to service_role;
