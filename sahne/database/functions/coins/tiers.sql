-- What a creator offers by the month: tiers. Who is subscribed keeps the price they began with, whatever becomes of the tier.

-- A new tier of the actor's: `{"tier": row}`. `_fields`: name, coin_price, benefits, order_index.
create or replace function private.create_tier(_fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.subscription_tiers;
begin
  perform private.refuse_unless_creator('offer subscriptions');
  perform private.hold_accounts(_actor);
  perform private.refuse_more_tiers(_actor);
  _row := jsonb_populate_record(null::public.subscription_tiers, _fields);
  perform private.refuse_house_words(_row.name || _row.benefits);
  insert into public.subscription_tiers (creator_id, name, coin_price, benefits, order_index)
  values (_actor, _row.name, _row.coin_price, coalesce(_row.benefits, '{}'), coalesce(_row.order_index, 0))
  returning * into _row;
  return jsonb_build_object('tier', private.tier_row(_row));
end $$;

-- What is in `_fields` changes in a tier of the actor's: name, coin_price, benefits, order_index, is_active (false retires it):
-- `{"tier": row}`.
create or replace function private.edit_tier(_tier uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _old   public.subscription_tiers;
  _new   public.subscription_tiers;
begin
  perform private.hold_accounts(_actor);
  select * into _old from public.subscription_tiers where id = _tier and creator_id = _actor for no key update;
  if _old.id is null then
    perform private.refuse(404, 'not_found', 'There is no such tier of yours.');
  end if;
  _new := jsonb_populate_record(_old, _fields);
  perform private.refuse_house_words(array(
    select said from unnest(_new.name || _new.benefits) said where said <> all (_old.name || _old.benefits)));
  if _new.is_active and not _old.is_active then
    perform private.refuse_more_tiers(_actor);
  end if;
  update public.subscription_tiers
     set name = _new.name, coin_price = _new.coin_price, benefits = _new.benefits, order_index = _new.order_index,
         is_active = _new.is_active
   where id = _tier
  returning * into _new;
  return jsonb_build_object('tier', private.tier_row(_new));
end $$;

-- What somebody offers, in their order; the creator sees what they retired, too: `{"tiers": [row]}`.
create or replace function private.tiers_of(_profile uuid) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
begin
  if not private.is_offering(_profile) then
    perform private.refuse(404, 'not_found', 'There is no such creator.');
  end if;
  return jsonb_build_object('tiers', (
    select coalesce(jsonb_agg(private.tier_row(tiers)
                              order by tiers.is_active desc, tiers.order_index, tiers.coin_price, tiers.id), '[]')
      from public.subscription_tiers tiers
     where tiers.creator_id = _profile and (tiers.is_active or _profile = _actor)));
end $$;

-- Whether somebody is a creator, who alone offers anything.
create or replace function private.is_offering(_user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from public.profiles where profiles.id = _user and profiles.is_creator)
$$;

-- A creator has so many tiers that can be bought, and so many ever, asked by one at a time.
create or replace function private.refuse_more_tiers(_creator uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  active_max constant integer := 10;
  tiers_max  constant integer := 100;
  _active integer;
  _all    integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('sahne.tiers:' || _creator, 0));
  select count(*) filter (where is_active), count(*) into _active, _all
    from public.subscription_tiers where creator_id = _creator;
  if _active >= active_max or _all >= tiers_max then
    perform private.refuse(409, 'too_many_tiers', 'You offer as many tiers as there may be.',
      'Retire one, or change one that is there.', jsonb_build_object('active_max', active_max, 'tiers_max', tiers_max));
  end if;
end $$;

create or replace function private.tier_row(_row public.subscription_tiers) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',          _row.id,
           'creator_id',  _row.creator_id,
           'name',        _row.name,
           'coin_price',  _row.coin_price,
           'is_active',   _row.is_active,
           'created_at',  _row.created_at,
           'updated_at',  _row.updated_at,
           'benefits',    _row.benefits,
           'order_index', _row.order_index)
$$;

revoke execute on function
  private.create_tier(jsonb), private.edit_tier(uuid, jsonb), private.tiers_of(uuid), private.is_offering(uuid),
  private.refuse_more_tiers(uuid), private.tier_row(public.subscription_tiers)
  from public;
grant execute on function
  private.create_tier(jsonb), private.edit_tier(uuid, jsonb), private.tiers_of(uuid), private.is_offering(uuid),
  private.refuse_more_tiers(uuid), private.tier_row(public.subscription_tiers)
  to service_role;
