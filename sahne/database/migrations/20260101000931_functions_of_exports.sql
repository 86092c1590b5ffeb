-- The functions of copies of accounts as they were first: today's text is in sahne/database/functions/accounts.

set local check_function_bodies = off;

-- Copies of everything that is somebody's: asked for, made by the worker, kept for a day, one at a time.

-- The actor asks for a copy: `{"export": row}`. While one waits, is made or is kept, it is that one.
create or replace function private.ask_export() returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  asked_a_day_max constant integer := 3;
  _actor uuid := private.actor();
begin
  perform from auth.users where id = _actor for no key update;
  if not exists (select from private.account_exports
                  where user_id = _actor and status in ('queued', 'running', 'ready')) then
    if (select count(*) from private.account_exports
         where user_id = _actor and asked_at > now() - interval '1 day') >= asked_a_day_max then
      perform private.refuse(429, 'too_many_exports', 'You have asked for as many copies today as one may.', 'Ask again tomorrow.',
        jsonb_build_object('asked_a_day_max', asked_a_day_max));
    end if;
    insert into private.account_exports (user_id) values (_actor);
  end if;
  return private.own_export();
end $$;

-- `{"export": row}` of the one that the actor asked for last, null in its place where there is none.
create or replace function private.own_export() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('export', (
    select jsonb_build_object(
             'id',          exports.id,
             'status',      exports.status,
             'asked_at',    exports.asked_at,
             'finished_at', exports.finished_at,
             'expires_at',  exports.expires_at,
             'bytes',       exports.file_bytes,
             'pictures',    exports.pictures,
             'file',        exports.file)
      from private.account_exports exports
     where exports.user_id = private.actor()
     order by exports.asked_at desc, exports.id
     limit 1))
$$;

-- The worker takes the one that waits longest, or whose maker is gone: after `_seconds` nobody is at it any more. What was
-- tried three times is given up.
create or replace function private.take_export(_seconds integer) returns setof private.account_exports
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  attempts_max constant integer := 3;
begin
  update private.account_exports
     set status = 'failed', finished_at = now()
   where status = 'running' and started_at < now() - make_interval(secs => _seconds) and attempts >= attempts_max;
  return query
    update private.account_exports
       set status = 'running', started_at = now(), attempts = attempts + 1
     where id = (select exports.id
                   from private.account_exports exports
                  where exports.status = 'queued'
                     or exports.status = 'running' and exports.started_at < now() - make_interval(secs => _seconds)
                  order by exports.asked_at
                  limit 1
                    for update skip locked)
    returning *;
end $$;

-- It lies there. False: its person is gone meanwhile, or it was given up, and its file is nobody's.
create or replace function private.finish_export(_export uuid, _file text, _bytes bigint, _pictures integer) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update private.account_exports
     set status = 'ready', finished_at = now(), expires_at = now() + interval '1 day',
         file = _file, file_bytes = _bytes, pictures = _pictures
   where id = _export and status = 'running';
  return found;
end $$;

-- It could not be made; a third time is the last.
create or replace function private.fail_export(_export uuid) returns void
language sql security definer set search_path = '', pg_temp as $$
  update private.account_exports
     set status      = case when attempts < 3 then 'queued' else 'failed' end,
         finished_at = case when attempts < 3 then null else now() end
   where id = _export and status = 'running'
$$;

-- Those that were kept long enough: how many. Lines of what was asked for stay a month.
create or replace function private.expire_exports() returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _count integer;
begin
  update private.account_exports set status = 'expired', file = null where status = 'ready' and expires_at <= now();
  get diagnostics _count = row_count;
  delete from private.account_exports where status in ('expired', 'failed') and asked_at < now() - interval '30 days';
  return _count;
end $$;

-- A file that no line names any more goes with its bytes.
create or replace function private.remove_export_file() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.object_removals (bucket_id, name) values ('exports', old.file) on conflict (bucket_id, name) do nothing;
  return null;
end $$;

revoke execute on function
  private.ask_export(), private.own_export(), private.take_export(integer),
  private.finish_export(uuid, text, bigint, integer), private.fail_export(uuid), private.expire_exports(),
  private.remove_export_file()
  from public;
grant execute on function
  private.ask_export(), private.own_export(), private.take_export(integer),
  private.finish_export(uuid, text, bigint, integer), private.fail_export(uuid), private.expire_exports()
  to service_role;
