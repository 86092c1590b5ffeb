-- Devices that are told: which apps on them, and whose they are now.

-- A device of the actor, in the session they are in: `{"device": row}`. One that is known is brought up to date; one that was
-- somebody else's is the actor's from now on, and what waits for it of theirs is not sent.
create or replace function private.put_device(
  _platform text, _app text, _token text, _locale text, _subscription jsonb default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  devices_max constant integer := 20;
  _actor uuid := private.actor();
  _row   private.devices;
begin
  perform private.hold_accounts(_actor);
  delete from private.devices where platform = _platform and token = _token and user_id <> _actor;
  insert into private.devices as known (user_id, session_id, platform, app, token, locale, subscription)
  values (_actor, private.session_of_actor(), _platform, _app, _token, _locale, _subscription)
  on conflict (platform, token) do update
     set user_id = excluded.user_id, session_id = excluded.session_id, app = excluded.app, locale = excluded.locale,
         subscription = excluded.subscription, seen_at = now()
  returning * into _row;
  -- the one that was not heard of for longest gives way
  delete from private.devices
   where id in (select devices.id from private.devices
                 where devices.user_id = _actor order by devices.seen_at desc, devices.id offset devices_max);
  return jsonb_build_object('device', private.device_row(_row));
end $$;

-- The session that the caller's token is of, while it lasts.
create or replace function private.session_of_actor() returns uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select sessions.id from auth.sessions where sessions.id::text = auth.jwt() ->> 'session_id' and sessions.user_id = auth.uid()
$$;

-- `{"devices": [row, …]}`, the one that was heard of last first. Tokens are not told again.
create or replace function private.own_devices() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('devices', coalesce(
           jsonb_agg(private.device_row(devices) order by devices.seen_at desc, devices.id), '[]'))
    from private.devices
   where devices.user_id = private.actor()
$$;

-- `{"device": row}` as it was.
create or replace function private.forget_device(_device uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.devices;
begin
  delete from private.devices where id = _device and user_id = private.actor() returning * into _row;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'You have no such device.');
  end if;
  return jsonb_build_object('device', private.device_row(_row));
end $$;

create or replace function private.device_row(_row private.devices) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'platform',   _row.platform,
           'app',        _row.app,
           'locale',     _row.locale,
           'created_at', _row.created_at,
           'seen_at',    _row.seen_at)
$$;

revoke execute on function
  private.put_device(text, text, text, text, jsonb), private.session_of_actor(), private.own_devices(),
  private.forget_device(uuid), private.device_row(private.devices)
  from public;
grant execute on function
  private.put_device(text, text, text, text, jsonb), private.own_devices(), private.forget_device(uuid),
  private.device_row(private.devices)
  to service_role;
