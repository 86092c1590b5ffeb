-- name: make_month
-- The partition of a month that is past.
select private.create_analytics_partition((now() - make_interval(months => %(months_ago)s))::date);

-- name: make_people
-- So many people, as sign-ups make them; their profiles come by trigger.
insert into auth.users (id, email, created_at)
select ('0000cafe-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'p' || n || '@example.com', now()
  from generate_series(1, %(people)s::integer) as n;

-- name: make_events
-- Events of a number of days, each person's more or less often: a few people do most, as everywhere.
insert into public.analytics_events (id, user_id, event_name, event_properties, platform, session_id, created_at)
select gen_random_uuid(),
       ('0000cafe-0000-4000-8000-' || lpad((1 + floor(%(people)s * power(random(), 2)))::bigint::text, 12, '0'))::uuid,
       (array['opened', 'opened', 'opened', 'scene_viewed', 'scene_viewed', 'generated', 'shared', 'bought'])
         [1 + floor(8 * random())::integer],
       null, 'ios', null,
       date_trunc('day', now(), 'UTC') - n %% %(days)s * interval '1 day' + random() * interval '1 day' * 0.99
  from generate_series(1, %(events)s::bigint) as n;

-- name: make_movements
-- So many movements of coins of a number of days, as gifts are: two entries each, and the ledger in the order of time.
with made as (
  insert into public.coin_transactions (kind, initiator_wallet_id, idempotency_key, created_at)
  select (array['gift', 'gift', 'gift', 'purchase'])[1 + floor(4 * random())::integer], wallets.id, 'm' || n,
         now() - (1 - n / %(movements)s::double precision) * %(days)s * interval '1 day'
    from generate_series(1, %(movements)s::bigint) as n, public.wallets
   where wallets.kind = 'platform'
  returning id
)
insert into public.coin_entries (transaction_id, wallet_id, amount)
select made.id, wallets.id, case wallets.kind when 'escrow' then 7 else -7 end
  from made, public.wallets
 where wallets.kind in ('escrow', 'issuer');

-- name: fold_coin_day
-- As the worker counts a day of the ledger that is over.
select private.fold_coin_day() is not null as went_on;

-- name: raw_revenue
-- What is told of coins, asked of the ledger itself.
select counted.* from private.count_coins(now() - interval '30 days', now() + interval '1 day') as counted;

-- name: raw_overview
-- What the overview tells, asked of the events themselves.
with came as materialized (
  select (created_at at time zone 'utc')::date as day, user_id from public.analytics_events
   where created_at >= now() - interval '60 days' and user_id is not null
   group by 1, 2
)
select days.day::date,
       count(distinct user_id) filter (where came.day = days.day) as people,
       count(distinct user_id) filter (where came.day > days.day - interval '7 days') as people_of_week,
       count(distinct user_id) as people_of_month
  from generate_series(current_date - 29, current_date, interval '1 day') as days (day)
  join came on came.day between days.day - interval '29 days' and days.day
 group by 1;

-- name: raw_retention
-- What retention by the week tells, asked of the events themselves.
with came as materialized (
  select distinct date_trunc('week', created_at at time zone 'utc')::date as week, user_id
    from public.analytics_events where user_id is not null
), firsts as (
  select user_id, min(week) as cohort from came group by 1
)
select firsts.cohort, came.week, count(*) from came join firsts using (user_id) group by 1, 2;

-- name: raw_funnel
-- The way of three steps, walked in the events themselves.
select private.walk_analytics_funnel(array['opened', 'generated', 'bought'], 24, 7);

-- name: fold_day
-- As the worker counts a day.
select private.fold_analytics_day() is not null as went_on;

-- name: recount_funnel
-- As the worker walks a kept way anew.
select private.recount_analytics_funnel() as went_on;

-- name: make_staging
-- Where COPY puts a batch.
create temporary table staging (like public.analytics_events including defaults) on commit drop;

-- name: copy_batch
-- A batch as rows of text.
copy staging (id, event_name, event_properties, platform, created_at) from stdin;

-- name: insert_batch
-- What of it is new.
insert into public.analytics_events (id, event_name, event_properties, platform, created_at)
select id, event_name, event_properties, platform, created_at from staging
on conflict do nothing;
