-- What is kept and what is worked through: stored objects, the queue.

-- name: missing_buckets
-- Of these buckets, those that are not there.
select wanted as bucket
  from unnest(%(buckets)s::text[]) as wanted
 where not exists (select from storage.buckets where buckets.id = wanted)
 order by wanted;

-- name: some_objects
-- A few stored objects, whichever: their ids are random.
select bucket_id || '/' || name as object, version
  from storage.objects
 where version is not null and not is_delete_marker
 order by id
 limit %(count)s;

-- name: queue
-- How long the queue is, what stands in it although its worker is gone, what failed lately, and who works.
select (select count(*) from jobs.procrastinate_jobs
         where status = 'todo' and coalesce(scheduled_at, '-infinity') <= now()) as waiting,
       (select count(*) from jobs.procrastinate_jobs as doing
          left join jobs.procrastinate_workers as workers on workers.id = doing.worker_id
         where doing.status = 'doing'
           and coalesce(workers.last_heartbeat, '-infinity') < now() - %(silent_seconds)s * interval '1 second'
       ) as stalled,
       (select count(*) from jobs.procrastinate_workers
         where last_heartbeat >= now() - %(silent_seconds)s * interval '1 second') as workers;

-- name: failed_jobs
-- What was given up in the last day, by task.
select jobs.task_name as task, count(*) as failures
  from jobs.procrastinate_jobs as jobs
 where jobs.status = 'failed'
   and exists (select from jobs.procrastinate_events as events
                where events.job_id = jobs.id and events.type = 'failed' and events.at > now() - interval '1 day')
 group by jobs.task_name
 order by failures desc, task;
