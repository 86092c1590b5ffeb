"""The job queue: procrastinate's tables in schema `jobs`, jobs deferred inside our own transactions, one worker loop."""
