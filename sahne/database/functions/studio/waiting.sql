-- While pictures are made: the place in the queue and how long it may take; and batches, whose quota is one reservation.

-- How many generations come before this one in its lane, and between how many seconds it will be done: from a quarter to nine
-- tenths of how long its last pictures took, of the last 200. Elsewhere they are made at once, here one after the other. Of a lane that
-- made fewer than three in a day nothing is said.
create or replace function private.waiting_of(_generation_id uuid)
returns table (ahead integer, seconds_min integer, seconds_max integer)
language sql stable security definer set search_path = '', pg_temp as $$
  with asked as (
    select generations.*, private.is_made_elsewhere(id) as is_elsewhere
      from public.generations
     where id = _generation_id
  ), before as (
    select count(*) as generations, coalesce(sum(earlier.requested_count), 0) as pictures
      from asked
      join public.generations earlier
        on (earlier.created_at, earlier.id) < (asked.created_at, asked.id)
       and earlier.status in ('queued', 'submitting', 'running', 'storing')
     where asked.status = 'queued'
       and private.is_made_elsewhere(earlier.id) = asked.is_elsewhere
  ), paces as (
    select percentile_cont(array[0.25, 0.9]) within group (order by latest.generation_time) as seconds
      from (select images.generation_time::double precision
              from asked
             cross join (select generation_id, generation_time
                           from public.generated_images
                          where created_at > now() - interval '1 day'
                            and generation_time is not null
                            and generation_id is not null
                          order by created_at desc
                          limit 200) images  -- whoever waits asks each second
             where private.is_made_elsewhere(images.generation_id) = asked.is_elsewhere) latest
    having count(*) >= 3
  ), works as (
    select case when asked.is_elsewhere then 1
                else before.pictures + asked.requested_count end
           * (1 - case when asked.status = 'queued' then 0 else asked.progress / 100.0 end) as pictures
      from asked, before
  )
  select before.generations::integer,
         case when paces.seconds[1] is not null then greatest(1, ceil(works.pictures * paces.seconds[1]))::integer end,
         case when paces.seconds[2] is not null then greatest(1, ceil(works.pictures * paces.seconds[2]))::integer end
    from before
   cross join works
    left join paces on true
$$;

-- Whether a generation is, or was, in the lane of makers elsewhere.
create or replace function private.is_made_elsewhere(_generation_id uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select from private.remote_pictures
     where generation_id = _generation_id and status in ('wanted', 'sending', 'waiting', 'done'))
$$;

-- Reserve every image of every generation of a batch, or none: false when the day's quota does not reach.
create or replace function private.reserve_batch(_batch_id uuid) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _day date;
begin
  select private.spend_images(batches.user_id, sum(asked.requested_count)::integer) into _day
    from private.generation_batches batches
    join private.batch_generations members on members.batch_id = batches.id
    join public.generations asked on asked.id = members.generation_id
   where batches.id = _batch_id
   group by batches.user_id;
  if _day is null then
    return false;
  end if;
  insert into private.quota_reservations (generation_id, user_id, date, reserved)
  select asked.id, asked.user_id, _day, asked.requested_count
    from private.batch_generations members
    join public.generations asked on asked.id = members.generation_id
   where members.batch_id = _batch_id;
  return true;
end $$;

revoke execute on function
  private.waiting_of(uuid), private.is_made_elsewhere(uuid), private.reserve_batch(uuid)
  from public;
grant execute on function
  private.waiting_of(uuid), private.is_made_elsewhere(uuid), private.reserve_batch(uuid)
  to service_role;
