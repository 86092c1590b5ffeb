-- Who is who to the stores. One person has many names there: their id with us, one that the app chose, and anonymous ones
-- that became theirs at a sign-in. Which names belong together follows from the events alone, in whatever order they came.

-- Every name that is connected with these by any event, these among them.
create or replace function private.connected_customers(_customers text[]) returns text[]
language sql stable security definer set search_path = '', pg_temp as $$
  with recursive reached (customer_id) as (
    select unnest(_customers)
     union
    select other.customer_id
      from reached
      join private.store_events events on events.customers @> array[reached.customer_id]
     cross join unnest(events.customers) other (customer_id)
     where events.effect <> 'none' and private.event_counts(events)
  )
  select array_agg(reached.customer_id order by reached.customer_id collate "C") from reached
$$;

-- What was bought in a store's sandbox counts only where that is wanted.
create or replace function private.event_counts(_event private.store_events) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select not _event.is_sandbox or (private.settings()).sandbox_purchases_count
$$;

-- The person that a store's name is, by itself: somebody's id, or what their profile says they are called there.
create or replace function private.user_of_customer(_customer text) returns uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(
    (select profiles.id
       from public.profiles
      where profiles.type = 'real'
        and profiles.id = private.as_user_id(_customer)),
    (select profiles.id
       from public.profiles
      where profiles.type = 'real' and profiles.revenue_cat_user_id = _customer
      order by profiles.id
      limit 1))
$$;

-- A name that looks like a user's id, as one.
create or replace function private.as_user_id(_customer text) returns uuid
language sql immutable set search_path = '', pg_temp as $$
  select case when _customer ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then _customer::uuid end
$$;

-- Whose each of these names is: `{name: user id, or one name for all that belong together and to nobody known}`. A name that
-- is nobody's by itself is that of the event that named it first together with somebody.
create or replace function private.owners_of_customers(_customers text[]) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _owners   jsonb;
  _next     text;
begin
  select coalesce(jsonb_object_agg(customer, known.user_id), '{}') into _owners
    from unnest(_customers) customer
   cross join private.user_of_customer(customer) known (user_id)
   where known.user_id is not null;
  loop
    _owners := private.spread_owners(_customers, _owners);
    select customer into _next
      from unnest(_customers) customer
     where not _owners ? customer
     order by customer collate "C"
     limit 1;
    exit when _next is null;
    _owners := _owners || jsonb_build_object(_next, _next);
  end loop;
  return _owners;
end $$;

-- Names that are known hand their owner on to those they were named together with, the earliest events first.
create or replace function private.spread_owners(_customers text[], _owners jsonb) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _event private.store_events;
  _owner text;
  _new   jsonb;
begin
  loop
    _new := null;
    for _event in
      select events.*
        from private.store_events events
       where events.customers && _customers and events.effect not in ('none', 'moved') and private.event_counts(events)
       order by events.happened_at, events.source, events.id collate "C"
    loop
      _owner := private.owner_in(_event.customers, _owners);
      select jsonb_object_agg(customer, _owner) into _new
        from unnest(_event.customers) customer
       where _owner is not null and not _owners ? customer;
      exit when _new is not null;  -- who is known now may have been named earlier: from the beginning
    end loop;
    exit when _new is null;
    _owners := _owners || _new;
  end loop;
  return _owners;
end $$;

-- The first of these names that has an owner says whose they are.
create or replace function private.owner_in(_customers text[], _owners jsonb) returns text
language sql immutable set search_path = '', pg_temp as $$
  select _owners ->> customer
    from unnest(_customers) with ordinality named (customer, place)
   where _owners ? customer
   order by place
   limit 1
$$;

revoke execute on function
  private.connected_customers(text[]), private.event_counts(private.store_events), private.user_of_customer(text),
  private.as_user_id(text),
  private.owners_of_customers(text[]), private.spread_owners(text[], jsonb), private.owner_in(text[], jsonb)
  from public;
grant execute on function
  private.connected_customers(text[]), private.event_counts(private.store_events), private.user_of_customer(text),
  private.as_user_id(text),
  private.owners_of_customers(text[]), private.spread_owners(text[], jsonb), private.owner_in(text[], jsonb)
  to service_role;
