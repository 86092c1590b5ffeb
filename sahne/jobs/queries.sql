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
