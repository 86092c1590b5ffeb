-- The functions of inbox as they were first: today's text is in sahne/database/functions/notices.

set local check_function_bodies = off;

-- What somebody was told, as they read it.

-- `{"notices": [row, …], "people": [face, …], "unread", "next"}`, newest first; `next` is the `after` of the page that follows,
-- null at the end.
create or replace function private.own_notices(_after text default null, _limit integer default 30) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
  _from  text[] := string_to_array(_after, '_');
  _rows  public.notifications[];
begin
  select array_agg(page.shown order by page.created_at desc, page.id desc) into _rows
    from (select notices as shown, notices.created_at, notices.id
            from public.notifications notices
           where notices.user_id = _actor
             and (_after is null
                  or (notices.created_at, notices.id) < (to_timestamp(_from[1]::float8), _from[2]::uuid))
           order by notices.created_at desc, notices.id desc
           limit _limit) page;
  return jsonb_build_object(
    'notices', coalesce((select jsonb_agg(private.notice_row(_rows[place]) order by place)
                           from generate_subscripts(_rows, 1) place), '[]'),
    'people', private.faces_of(array(select shown.actor_profile_id from unnest(_rows) shown)),
    'unread', private.unread_notices(_actor),
    'next', case when cardinality(_rows) = _limit
                 then extract(epoch from (_rows[_limit]).created_at) || '_' || (_rows[_limit]).id end);
end $$;

-- Counted no further than anybody reads the number.
create or replace function private.unread_notices(_user uuid) returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select count(*) from (select from public.notifications where user_id = _user and read_at is null limit 1000) unread
$$;

-- Those were read, or all up to a moment: `{"read", "unread"}`, how many now and how many are left.
create or replace function private.read_notices(_ids uuid[], _until timestamptz) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
  _read  integer;
begin
  update public.notifications
     set read_at = now()
   where user_id = _actor and read_at is null and (id = any (_ids) or created_at <= _until);
  get diagnostics _read = row_count;
  return jsonb_build_object('read', _read, 'unread', private.unread_notices(_actor));
end $$;

create or replace function private.notice_row(_row public.notifications) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',               _row.id,
           'code',             _row.code,
           'category',         (select kind.category from private.notice_kind(_row.code) kind),
           'actor_profile_id', _row.actor_profile_id,
           'details',          _row.details,
           'event_count',      _row.event_count,
           'created_at',       _row.created_at,
           'read_at',          _row.read_at)
$$;

revoke execute on function
  private.own_notices(text, integer), private.unread_notices(uuid), private.read_notices(uuid[], timestamptz),
  private.notice_row(public.notifications)
  from public;
grant execute on function
  private.own_notices(text, integer), private.unread_notices(uuid), private.read_notices(uuid[], timestamptz),
  private.notice_row(public.notifications)
  to service_role;
