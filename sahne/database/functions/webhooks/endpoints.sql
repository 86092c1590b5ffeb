-- Who is told what happens: addresses that admins say, and the secrets that messages to them are signed with.

-- Everybody who is told: `{"webhooks": [row]}`.
create or replace function private.webhooks() returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('webhooks', coalesce((
    select jsonb_agg(private.webhook_row(endpoints) order by endpoints.created_at, endpoints.id)
      from private.webhook_endpoints endpoints), '[]'));
end $$;

-- One more: `{"webhook": row}`. Its first secret comes along, sealed for its id.
create or replace function private.create_webhook(_fields jsonb, _secret_id uuid, _sealed text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.webhook_endpoints;
begin
  perform private.refuse_unless_admin();
  perform pg_advisory_xact_lock(hashtextextended('webhook endpoints', 0));
  if (select count(*) from private.webhook_endpoints) >= private.webhooks_max() then
    perform private.refuse(409, 'too_many_webhooks', 'There are as many webhooks as there may be.', 'Delete one first.',
      jsonb_build_object('webhooks_max', private.webhooks_max()));
  end if;
  insert into private.webhook_endpoints (url, description, codes)
  values (_fields ->> 'url', _fields ->> 'description', private.texts_in(_fields -> 'codes'))
  returning * into _row;
  insert into private.webhook_secrets (id, endpoint_id, sealed) values (_secret_id, _row.id, _sealed);
  return jsonb_build_object('webhook', private.webhook_row(_row));
end $$;

-- Every event is looked at for each of them.
create or replace function private.webhooks_max() returns integer
language sql immutable set search_path = '', pg_temp as $$
  select 20
$$;

-- What is said of it changes: `{"webhook": row}`. One that begins again has a clean slate.
create or replace function private.change_webhook(_webhook uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.webhook_endpoints := private.held_webhook(_webhook);
begin
  update private.webhook_endpoints
     set url             = coalesce(_fields ->> 'url', url),
         description     = coalesce(_fields ->> 'description', description),
         codes           = case when _fields ? 'codes' then private.texts_in(_fields -> 'codes') else codes end,
         is_active       = coalesce((_fields ->> 'is_active')::boolean, is_active),
         stopped_because = case when (_fields ->> 'is_active')::boolean then null else stopped_because end,
         failing_since   = case when (_fields ->> 'is_active')::boolean then null else failing_since end
   where id = _row.id
  returning * into _row;
  if not _row.is_active then
    perform private.give_up_webhook_messages(_row.id);
  end if;
  return jsonb_build_object('webhook', private.webhook_row(_row));
end $$;

-- A new secret beside those of before, which are good for so many hours yet: `{"webhook": row}`.
create or replace function private.rotate_webhook_secret(
  _webhook uuid, _secret_id uuid, _sealed text, _overlap_hours integer
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.webhook_endpoints := private.held_webhook(_webhook);
begin
  update private.webhook_secrets
     set ends_at = least(ends_at, now() + _overlap_hours * interval '1 hour')
   where endpoint_id = _row.id;
  delete from private.webhook_secrets
   where endpoint_id = _row.id
     and (ends_at <= now()
          or id not in (select secrets.id from private.webhook_secrets secrets
                         where secrets.endpoint_id = _row.id
                         order by secrets.created_at desc, secrets.id
                         limit private.old_webhook_secrets_max()));
  insert into private.webhook_secrets (id, endpoint_id, sealed, created_at)
  values (_secret_id, _row.id, _sealed, clock_timestamp());
  return jsonb_build_object('webhook', private.webhook_row(_row));
end $$;

create or replace function private.old_webhook_secrets_max() returns integer
language sql immutable set search_path = '', pg_temp as $$
  select 4
$$;

-- Nobody is told there any more, and what was told is forgotten: `{"webhook": row}`, as it was.
create or replace function private.delete_webhook(_webhook uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row    private.webhook_endpoints := private.held_webhook(_webhook);
  _answer jsonb := jsonb_build_object('webhook', private.webhook_row(_row));
begin
  delete from private.webhook_endpoints where id = _row.id;
  return _answer;
end $$;

-- An admin's hold of one.
create or replace function private.held_webhook(_webhook uuid) returns private.webhook_endpoints
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.webhook_endpoints;
begin
  perform private.refuse_unless_admin();
  select * into _row from private.webhook_endpoints where id = _webhook for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such webhook.');
  end if;
  return _row;
end $$;

-- As admins read it; `secrets` are how many its messages are signed with.
create or replace function private.webhook_row(_row private.webhook_endpoints) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',              _row.id,
           'url',             _row.url,
           'description',     _row.description,
           'codes',           _row.codes,
           'is_active',       _row.is_active,
           'stopped_because', _row.stopped_because,
           'failing_since',   _row.failing_since,
           'created_at',      _row.created_at,
           'secrets',         (select count(*) from private.webhook_secrets secrets
                                where secrets.endpoint_id = _row.id
                                  and (secrets.ends_at is null or secrets.ends_at > now())))
$$;

create or replace function private.texts_in(_array jsonb) returns text[]
language sql immutable set search_path = '', pg_temp as $$
  select coalesce(array_agg(text order by place), '{}') from jsonb_array_elements_text(_array) with ordinality as each (text, place)
$$;

revoke execute on function
  private.webhooks(), private.create_webhook(jsonb, uuid, text), private.webhooks_max(),
  private.change_webhook(uuid, jsonb), private.rotate_webhook_secret(uuid, uuid, text, integer),
  private.old_webhook_secrets_max(), private.delete_webhook(uuid), private.held_webhook(uuid),
  private.webhook_row(private.webhook_endpoints), private.texts_in(jsonb)
  from public;
grant execute on function
  private.webhooks(), private.create_webhook(jsonb, uuid, text), private.change_webhook(uuid, jsonb),
  private.rotate_webhook_secret(uuid, uuid, text, integer), private.delete_webhook(uuid),
  private.webhook_row(private.webhook_endpoints)
  to service_role;
