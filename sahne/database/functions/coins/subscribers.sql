-- Who is subscribed to whom now, and by what: asked at the door of a session, beside each chat line, and by policies.

-- How long a subscription that is being renewed opens what it opens, after the time that is paid: as long as it is tried.
create or replace function private.renewal_grace() returns interval
language sql immutable set search_path = '', pg_temp as $$
  select interval '3 days'
$$;

-- Whether it counts now: until what is paid is over, whether it goes on after that or not; and while it is being renewed.
create or replace function private.is_running(_row public.creator_subscriptions) returns boolean
language sql stable set search_path = '', pg_temp as $$
  select coalesce(
    case when _row.renews_at is null then _row.expires_at else _row.expires_at + private.renewal_grace() end > now(),
    _row.status = 'active')
$$;

-- What somebody is worth to a creator's least tiers, in coins a month: what they pay, or what their tier costs by now if that
-- is more. Null is not subscribed.
create or replace function private.subscriber_level(_user uuid, _creator uuid) returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select max(greatest(subscriptions.coin_price, tiers.coin_price))
    from public.creator_subscriptions subscriptions
    left join public.subscription_tiers tiers on tiers.id = subscriptions.tier_id
   where subscriptions.subscriber_id = _user
     and subscriptions.creator_id = _creator
     and private.is_running(subscriptions)
$$;

-- The tier by which somebody is subscribed now; null where they are not.
create or replace function private.subscriber_tier(_user uuid, _creator uuid) returns uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select subscriptions.tier_id
    from public.creator_subscriptions subscriptions
   where subscriptions.subscriber_id = _user
     and subscriptions.creator_id = _creator
     and subscriptions.tier_id is not null
     and private.is_running(subscriptions)
   order by subscriptions.coin_price desc
   limit 1
$$;

-- The tiers that the caller's subscriptions name: they can read those, retired or not.
create or replace function private.subscribed_tier_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select named.tier_id
    from public.creator_subscriptions subscriptions,
         lateral (values (subscriptions.tier_id), (subscriptions.next_tier_id)) named (tier_id)
   where subscriptions.subscriber_id = (select auth.uid()) and named.tier_id is not null
$$;

revoke execute on function
  private.renewal_grace(), private.is_running(public.creator_subscriptions), private.subscriber_level(uuid, uuid),
  private.subscriber_tier(uuid, uuid), private.subscribed_tier_ids()
  from public;
grant execute on function
  private.renewal_grace(), private.is_running(public.creator_subscriptions), private.subscriber_level(uuid, uuid),
  private.subscriber_tier(uuid, uuid)
  to service_role;
grant execute on function private.subscribed_tier_ids() to anon, authenticated, service_role;
