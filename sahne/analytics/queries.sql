-- name: report_events
-- Take a batch of events of several people: those that were not taken, and why.
select private.report_events(%(users)s::uuid[], %(events)s::json);

-- name: set_reporting
-- Be counted, or not any more.
select private.set_reporting(%(is_reporting)s::boolean);

-- name: reporting
-- Whether one is counted.
select private.reporting();

-- name: fold_day
-- One step of counting events: whether there was a day to count or sum.
select private.fold_analytics_day() is not null as went_on;

-- name: recount_funnel
-- One step of keeping the ways that admins look at: whether there was one to walk anew.
select private.recount_analytics_funnel() as went_on;

-- name: fold_coin_day
-- One step of counting coins: whether there was a day that is over to count.
select private.fold_coin_day() is not null as went_on;

-- name: overview
-- How many people there are, by day, and what they did most.
select private.analytics_overview(%(days)s::integer);

-- name: retention
-- How many of those who first came in a period came again.
select private.analytics_retention(%(unit)s::text, %(periods)s::integer);

-- name: funnel
-- How far people came on a way of several steps.
select private.analytics_funnel(%(steps)s::text[], %(window_hours)s::integer, %(days)s::integer);

-- name: scenes
-- The scenes most pictures were made of.
select private.analytics_scenes(%(days)s::integer, %(limit)s::integer);

-- name: generations
-- How generations fare, by day.
select private.analytics_generations(%(days)s::integer);

-- name: live
-- What was live, by day.
select private.analytics_live(%(days)s::integer);

-- name: revenue
-- How many coins moved why, by day.
select private.analytics_revenue(%(days)s::integer);

-- name: makers
-- How makers of pictures elsewhere fare, and what they cost, by day.
select private.analytics_makers(%(days)s::integer);
