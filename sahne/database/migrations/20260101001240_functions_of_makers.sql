-- The functions of what admins are told of makers as they were first: today's text is in sahne/database/functions/analytics.

set local check_function_bodies = off;

-- What admins are told of makers of pictures elsewhere, out of the pictures that were asked of them.

-- How each maker fares: its pictures of the last days, what they cost, how long they took, and whether it is asked now. By
-- day as well, the house's, of when they were sent.
create or replace function private.analytics_makers(_days integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _from constant timestamptz := private.house_day_begins(private.first_day_of(_days));
begin
  perform private.refuse_unless_admin();
  return (
    with sent as materialized (
      select pictures.provider as maker, private.house_day(pictures.sent_at) as day, pictures.status,
             pictures.cost_microdollars as cost, extract(epoch from pictures.finished_at - pictures.created_at) as seconds
        from private.remote_pictures pictures
       where pictures.sent_at >= _from and pictures.provider is not null
    ), makers as (
      select sent.maker, count(*) as pictures,
             count(*) filter (where sent.status = 'done') as done,
             count(*) filter (where sent.status in ('failed', 'lost', 'moved')) as failed,
             count(*) filter (where sent.status = 'moderated') as moderated,
             sum(sent.cost) as cost,
             percentile_cont(array[0.5, 0.95]) within group (order by sent.seconds)
               filter (where sent.status = 'done') as medians
        from sent
       group by 1
    ), days as (
      select sent.day, sent.maker, count(*) as pictures, sum(sent.cost) as cost
        from sent
       group by 1, 2
    )
    select jsonb_build_object(
      'makers', (
        select coalesce(jsonb_agg(jsonb_build_object(
                 'maker', coalesce(makers.maker, circuits.provider), 'pictures', coalesce(makers.pictures, 0),
                 'done', coalesce(makers.done, 0), 'failed', coalesce(makers.failed, 0),
                 'moderated', coalesce(makers.moderated, 0), 'cost_microdollars', coalesce(makers.cost, 0),
                 'median_seconds', round(makers.medians[1]::numeric, 3),
                 'p95_seconds', round(makers.medians[2]::numeric, 3),
                 'state', case when circuits.until > now() then circuits.state else 'ask' end,
                 'until', case when circuits.until > now() then circuits.until end)
                 order by coalesce(makers.maker, circuits.provider)), '[]')
          from makers
          full join private.image_circuits circuits on circuits.provider = makers.maker),
      'days', (
        select coalesce(jsonb_agg(jsonb_build_object(
                 'day', days.day, 'maker', days.maker, 'pictures', days.pictures, 'cost_microdollars', days.cost)
                 order by days.day, days.maker), '[]')
          from days)));
end $$;

revoke execute on function private.analytics_makers(integer) from public;
grant execute on function private.analytics_makers(integer) to service_role;
