-- The queue from our side of the fence: procrastinate's own functions, named with their schema, so that a job is
-- deferred in whatever transaction the caller holds and no search_path is touched.

-- name: defer_job
-- A job that exists exactly when the caller's transaction commits; PostgreSQL wakes the workers then.
select (jobs.procrastinate_defer_jobs_v1(array[row(
         %(queue)s, %(task)s, %(priority)s, %(lock)s, %(queueing_lock)s, %(args)s, %(at)s
       )::jobs.procrastinate_job_to_defer_v1]))[1] as id;

-- name: cancel_jobs
-- The waiting jobs of a lock; one that runs is left to find out for itself that nobody wants it.
select count(jobs.procrastinate_cancel_job_v1(waiting.id, false, false)) as cancelled
  from jobs.procrastinate_jobs as waiting
 where waiting.lock = %(lock)s
   and waiting.status = 'todo';

-- name: note_end
-- A step of what happens by the clock ended well, now.
insert into private.clock_ends (step) values (%(step)s)
    on conflict (step) do update set ended_at = excluded.ended_at;

-- name: last_ends
-- When each of them last did, in Unix seconds.
select step, extract(epoch from ended_at)::float8 as ended_at from private.clock_ends;
