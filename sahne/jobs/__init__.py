"""The job queue: procrastinate's tables in schema `jobs`, jobs deferred in our own transactions, one worker loop."""
