-- The functions of customers and of premium as they were first: today's text is in sahne/database/functions/store.

set local check_function_bodies = off;

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

-- Premium is what follows from everything the stores told, read in the order in which it happened: the same whatever came
-- first, and however often. Nothing is kept from one reading to the next but the result.

-- One reader at a time: who reads has seen all that was committed before, and who comes later reads anew. Taken before
-- anything else is locked (see `live/entry.sql`).
create or replace function private.hold_store() returns void
language sql security definer set search_path = '', pg_temp as $$
  select pg_advisory_xact_lock(7240111)
$$;

-- Read all that is told of these names, and of whoever is connected with them, and write what follows. Names that no event
-- connects are read apart, whoever named them together (a sandbox): otherwise what follows would depend on who asked.
create or replace function private.fold_customers(_customers text[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _users    uuid[];
  _customer text;
  _read     text[] := '{}';
begin
  perform private.hold_store();
  select coalesce(array_agg(distinct known.user_id), '{}') into _users
    from unnest(private.connected_customers(_customers)) customer
   cross join private.user_of_customer(customer) known (user_id)
   where known.user_id is not null;
  perform private.hold_accounts(variadic _users);
  foreach _customer in array _customers loop
    if _customer <> all (_read) then
      _read := _read || private.fold_connected(_customer);
    end if;
  end loop;
end $$;

-- The same for one name; every name that was read with it. Their accounts are held.
create or replace function private.fold_connected(_customer text) returns text[]
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _reached constant text[] := private.connected_customers(array[_customer]);
  _owners  constant jsonb  := private.owners_of_customers(_reached);
  _lines   constant jsonb  := private.lines_of_events(_reached, _owners);
begin
  perform private.write_premium(owners.user_id, _lines)
     from (select distinct users.id as user_id
             from jsonb_each_text(_owners) owner
             join auth.users on users.id = private.as_user_id(owner.value)
            order by users.id) owners;
  perform private.settle_purchases(_reached, _owners);
  insert into private.store_customers as known (customer_id, user_id)
  select customer, (select users.id from auth.users where users.id = private.as_user_id(_owners ->> customer))
    from unnest(_reached) customer
  on conflict (customer_id) do update set user_id = excluded.user_id where known.user_id is distinct from excluded.user_id;
  update private.store_events events
     set folded_at = now(), error = null
   where events.customers && _reached and events.folded_at is null;
  return _reached;
end $$;

-- `{line: {owner, owners, ends_at, …}}` after all events of these names, in their order. What happened at the same moment: what
-- is bought comes after what ran out, and a transfer last.
create or replace function private.lines_of_events(_customers text[], _owners jsonb) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  effects constant text[] := array[
    'linked', 'failing', 'cancelled', 'refunded', 'expired', 'running', 'bought', 'lent', 'given', 'ended', 'looked', 'moved'];
  _event private.store_events;
  _lines jsonb := '{}';
begin
  for _event in
    select events.*
      from private.store_events events
     where events.customers && _customers and events.effect not in ('none', 'linked') and private.event_counts(events)
     order by events.happened_at, array_position(effects, events.effect), events.source, events.id collate "C"
  loop
    _lines := case _event.effect
      when 'moved' then private.lines_moved(_lines, _event, _owners)
      when 'ended' then private.lines_ended(_lines, _event, _owners)
      when 'looked' then private.lines_looked(_lines, _event, _owners)
      else private.line_told(private.line_renamed(_lines, _event, private.owner_in(_event.customers, _owners)), _event,
                             private.owner_in(_event.customers, _owners))
    end;
  end loop;
  return _lines;
end $$;

-- What one event says of its line. A line is known from whatever was told of it first: its purchase may be lost. One that goes
-- on as something else, which is not premium, is over.
create or replace function private.line_told(_lines jsonb, _event private.store_events, _owner text) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _key   constant text  := coalesce(_event.line, _owner || ' ' || _event.product_id, _event.id);
  _line  jsonb := coalesce(_lines -> _key, jsonb_build_object('owners', '[]'::jsonb));
  _ends  constant timestamptz := (_line ->> 'ends_at')::timestamptz;
  _told  constant timestamptz := case when _event.is_forever then 'infinity' else _event.ends_at end;
  _opens constant boolean := private.is_premium_event(_event);
begin
  if _owner is null or not (_opens or _lines ? _key) then
    return _lines;
  end if;
  _line := _line || jsonb_build_object(
    'owner', _owner,
    'owners', case when _line -> 'owners' ? _owner then _line -> 'owners' else (_line -> 'owners') || to_jsonb(_owner) end,
    'store', coalesce(_event.store, _event.source),
    'product_id', coalesce(_event.product_id, _line ->> 'product_id'),
    'is_trial', _event.is_trial,
    'is_failing', _event.effect = 'failing',
    'is_cancelled', case when _event.effect in ('cancelled', 'refunded', 'expired') then true
                         when _event.effect = 'failing' then coalesce((_line ->> 'is_cancelled')::boolean, false)
                         else false end,
    'ends_at', case _event.effect
                 when 'refunded' then coalesce(_event.ends_at, _event.happened_at)
                 when 'expired'  then least(_told, _event.happened_at)
                 when 'failing'  then greatest(_told, _ends)
                 when 'running'  then case when _opens then coalesce(_told, _ends) else least(_ends, _event.happened_at) end
                 else coalesce(_told, _ends)
               end);
  return case when _line ->> 'ends_at' is null then _lines else _lines || jsonb_build_object(_key, _line) end;
end $$;

-- Whether an event is about premium: by what it opens, by its product, or because it is about nothing else.
create or replace function private.is_premium_event(_event private.store_events) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select _event.effect = 'given'
      or _event.effect = 'lent' and _event.entitlements is null
      or coalesce(_event.entitlements && (private.settings()).premium_entitlements, false)
      or exists (select from private.store_products products
                  where products.product_id = _event.product_id and products.kind = 'premium')
$$;

-- A transfer: all that the givers had is the receiver's.
create or replace function private.lines_moved(_lines jsonb, _event private.store_events, _owners jsonb) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(jsonb_object_agg(
           line.key,
           case when line.value ->> 'owner' in (select _owners ->> giver from unnest(_event.givers) giver)
                  and parties.receiver is not null
                then line.value || jsonb_build_object('owner', parties.receiver,
                                                      'owners', (line.value -> 'owners') || to_jsonb(parties.receiver))
                else line.value end), '{}')
    from jsonb_each(_lines) line
   cross join private.receiver_of(_event, _owners) parties (receiver)
$$;

create or replace function private.receiver_of(_event private.store_events, _owners jsonb) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select private.owner_in(array(
    select customer
      from unnest(_event.customers) with ordinality named (customer, place)
     where customer <> all (_event.givers)
     order by place), _owners)
$$;

-- Whoever runs the app has ended it: all that somebody has until then is over.
create or replace function private.lines_ended(_lines jsonb, _event private.store_events, _owners jsonb) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(jsonb_object_agg(
           line.key,
           case when line.value ->> 'owner' = private.owner_in(_event.customers, _owners)
                then line.value || jsonb_build_object(
                       'ends_at', least((line.value ->> 'ends_at')::timestamptz, _event.happened_at), 'is_cancelled', true)
                else line.value end), '{}')
    from jsonb_each(_lines) line
$$;

-- Somebody's subscriptions as the store said they stand, when it was asked: its word on what they have of that product. What
-- nobody told of before gets a line that the first event of it takes over.
create or replace function private.lines_looked(_lines jsonb, _event private.store_events, _owners jsonb) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _owner constant text := private.owner_in(_event.customers, _owners);
  _told  constant timestamptz := case when _event.is_forever then 'infinity' else _event.ends_at end;
  _key   text;
begin
  if _owner is null or _told is null or not private.is_premium_event(_event) then
    return _lines;
  end if;
  select line.key into _key
    from jsonb_each(_lines) line
   where line.value ->> 'owner' = _owner and line.value ->> 'product_id' = _event.product_id
   order by (line.value ->> 'ends_at')::timestamptz desc, line.value ? 'is_looked', line.key collate "C"
   limit 1;
  return _lines || jsonb_build_object(
    coalesce(_key, _owner || ' ' || _event.product_id),
    coalesce(_lines -> _key, jsonb_build_object('owner', _owner, 'owners', jsonb_build_array(_owner), 'is_looked', true))
      || jsonb_build_object(
           'store', coalesce(_event.store, _event.source), 'product_id', _event.product_id, 'ends_at', _told,
           'is_trial', _event.is_trial, 'is_failing', _event.type = 'LOOK_FAILING',
           'is_cancelled', _event.type = 'LOOK_CANCELLED'));
end $$;

-- A line that is known by a look alone, under the name that an event has for it.
create or replace function private.line_renamed(_lines jsonb, _event private.store_events, _owner text) returns jsonb
language sql immutable set search_path = '', pg_temp as $$
  select case
    when _event.line is not null and not _lines ? _event.line and (_lines -> looked.key ->> 'is_looked')::boolean
      then _lines - looked.key || jsonb_build_object(_event.line, (_lines -> looked.key) - 'is_looked')
    else _lines end
    from (select _owner || ' ' || _event.product_id) looked (key)
$$;

-- What somebody has of it, in the columns of the seed and line by line, and the notice of what is new. Who was never told of
-- is left as they are: their premium may come from elsewhere.
create or replace function private.write_premium(_user uuid, _lines jsonb) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _was     public.profiles;
  _now     public.profiles;
  _failed  boolean;
begin
  select * into _was from public.profiles where id = _user and type = 'real' for no key update;
  if not found then
    return;
  end if;
  if not exists (select from jsonb_each(_lines) line where line.value -> 'owners' ? _user::text) then
    perform private.take_back_premium(_user);
    return;
  end if;
  _failed := private.is_payment_failing(_user);
  perform private.write_premium_lines(_user, _lines);
  update public.profiles
     set is_premium              = follows.is_premium,
         subscription_status     = follows.status,
         subscription_expires_at = follows.until,
         revenue_cat_user_id     = coalesce(profiles.revenue_cat_user_id, profiles.id::text)
    from private.premium_that_follows(_user) follows
   where profiles.id = _user
     and (profiles.is_premium, profiles.subscription_status, profiles.subscription_expires_at, profiles.revenue_cat_user_id)
         is distinct from
         (follows.is_premium, follows.status, follows.until, coalesce(profiles.revenue_cat_user_id, profiles.id::text));
  select * into _now from public.profiles where id = _user;
  perform private.plan_look(_user);
  if _was.is_premium <> _now.is_premium then
    perform private.tell(_user, case when _now.is_premium then 'premium_began' else 'premium_ended' end, null,
                         jsonb_build_object('until', _now.subscription_expires_at));
  end if;
  if private.is_payment_failing(_user) and not _failed then
    perform private.tell(_user, 'premium_payment_failed', null, jsonb_build_object('until', _now.subscription_expires_at));
  end if;
end $$;

-- What was somebody's until an earlier event said whose it always was: as if nobody had ever told of them.
create or replace function private.take_back_premium(_user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _was boolean;
begin
  delete from private.premium_lines where user_id = _user;
  if not found then
    return;
  end if;
  select is_premium into _was from public.profiles where id = _user;
  update public.profiles
     set is_premium = false, subscription_status = null, subscription_expires_at = null,
         revenue_cat_user_id = nullif(revenue_cat_user_id, id::text)
   where id = _user;
  if _was then
    perform private.tell(_user, 'premium_ended', null, '{"until": null}');
  end if;
  perform private.plan_look(_user);
end $$;

create or replace function private.write_premium_lines(_user uuid, _lines jsonb) returns void
language sql security definer set search_path = '', pg_temp as $$
  delete from private.premium_lines where user_id = _user;
  insert into private.premium_lines (user_id, line, store, product_id, ends_at, is_cancelled, is_failing, is_trial)
  select _user, line.key, line.value ->> 'store', line.value ->> 'product_id', (line.value ->> 'ends_at')::timestamptz,
         (line.value ->> 'is_cancelled')::boolean, (line.value ->> 'is_failing')::boolean,
         (line.value ->> 'is_trial')::boolean
    from jsonb_each(_lines) line
   where line.value ->> 'owner' = _user::text
$$;

-- The seed's columns: `active`, `canceled` (until it ends) or `expired`; until when, null without an end.
create or replace function private.premium_that_follows(_user uuid, out is_premium boolean, out status text, out until timestamptz)
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(bool_or(lines.ends_at > now()), false),
         case when bool_or(lines.ends_at > now() and not lines.is_cancelled) then 'active'
              when bool_or(lines.ends_at > now()) then 'canceled'
              else 'expired' end,
         nullif(max(lines.ends_at), 'infinity')
    from private.premium_lines lines
   where lines.user_id = _user
$$;

-- Whether a store tries in vain to be paid for what goes on.
create or replace function private.is_payment_failing(_user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from private.premium_lines lines
                  where lines.user_id = _user and lines.is_failing and lines.ends_at > now())
$$;

-- Whoever runs the app gives premium until a moment (null: without an end), or ends it; the profile's id, null without one.
create or replace function private.set_premium(_user uuid, _premium boolean, _until timestamptz default null) returns uuid
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if private.user_of_customer(_user::text) is null then return null; end if;
  perform private.hold_store();
  insert into private.store_events (source, id, type, effect, happened_at, customers, store, line, ends_at, is_forever)
  values ('operator', gen_random_uuid()::text, 'PREMIUM', case when _premium then 'given' else 'ended' end, clock_timestamp(),
          array[_user::text], 'operator', 'operator ' || _user, _until, _premium and _until is null);
  perform private.fold_customers(array[_user::text]);
  if not _premium then  -- what no store told of ends too
    update public.profiles
       set is_premium = false, subscription_expires_at = null
     where id = _user and is_premium;
  end if;
  return _user;
end $$;

-- Whose premium's time is over, and still stands as it was: at most so many.
create or replace function private.lapse_premium(_people_max integer) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _lapsed text[];
begin
  perform private.hold_store();
  select coalesce(array_agg(lapsed.id::text), '{}') into _lapsed
    from (select profiles.id
            from public.profiles
           where profiles.is_premium
             and profiles.subscription_expires_at <= now()
             and exists (select from private.premium_lines lines where lines.user_id = profiles.id)
           limit _people_max) lapsed;
  perform private.fold_customers(array[customer]) from unnest(_lapsed) customer;
  return cardinality(_lapsed);
end $$;

-- What the stores told of somebody before anybody knew who that is, and who is known now: at most so many names.
create or replace function private.recognise_customers(_names_max integer) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _known text[];
begin
  perform private.hold_store();
  select coalesce(array_agg(waiting.customer_id), '{}') into _known
    from (select customers.customer_id
            from private.store_customers customers
           where customers.user_id is null and private.user_of_customer(customers.customer_id) is not null
           limit _names_max) waiting;
  perform private.fold_customers(array[customer]) from unnest(_known) customer;
  return cardinality(_known);
end $$;

-- The actor's premium: `{is_premium, until, status, is_payment_failing, lines}`.
create or replace function private.own_premium() returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _user constant uuid := private.actor();
begin
  return (
    select jsonb_build_object(
             'is_premium', private.is_premium(_user),
             'until', profiles.subscription_expires_at,
             'status', case when private.is_premium(_user) then profiles.subscription_status
                            when profiles.subscription_status is not null then 'expired' end,
             'is_payment_failing', private.is_payment_failing(_user),
             'lines', coalesce((
               select jsonb_agg(jsonb_build_object(
                        'store', lines.store, 'product_id', lines.product_id, 'ends_at', nullif(lines.ends_at, 'infinity'),
                        'is_cancelled', lines.is_cancelled, 'is_payment_failing', lines.is_failing, 'is_trial', lines.is_trial)
                        order by lines.ends_at desc, lines.line)
                 from private.premium_lines lines
                where lines.user_id = _user), '[]'))
      from public.profiles
     where profiles.id = _user);
end $$;

revoke execute on function
  private.hold_store(), private.fold_customers(text[]), private.fold_connected(text),
  private.lines_of_events(text[], jsonb),
  private.line_told(jsonb, private.store_events, text), private.is_premium_event(private.store_events),
  private.lines_moved(jsonb, private.store_events, jsonb), private.receiver_of(private.store_events, jsonb),
  private.lines_ended(jsonb, private.store_events, jsonb), private.lines_looked(jsonb, private.store_events, jsonb),
  private.line_renamed(jsonb, private.store_events, text), private.write_premium(uuid, jsonb),
  private.take_back_premium(uuid), private.write_premium_lines(uuid, jsonb), private.premium_that_follows(uuid), private.is_payment_failing(uuid),
  private.set_premium(uuid, boolean, timestamptz), private.lapse_premium(integer), private.recognise_customers(integer),
  private.own_premium()
  from public;
grant execute on function
  private.hold_store(), private.fold_customers(text[]), private.fold_connected(text),
  private.lines_of_events(text[], jsonb),
  private.line_told(jsonb, private.store_events, text), private.is_premium_event(private.store_events),
  private.lines_moved(jsonb, private.store_events, jsonb), private.receiver_of(private.store_events, jsonb),
  private.lines_ended(jsonb, private.store_events, jsonb), private.lines_looked(jsonb, private.store_events, jsonb),
  private.line_renamed(jsonb, private.store_events, text), private.write_premium(uuid, jsonb),
  private.take_back_premium(uuid), private.write_premium_lines(uuid, jsonb), private.premium_that_follows(uuid), private.is_payment_failing(uuid),
  private.set_premium(uuid, boolean, timestamptz), private.lapse_premium(integer), private.recognise_customers(integer),
  private.own_premium()
  to service_role;
