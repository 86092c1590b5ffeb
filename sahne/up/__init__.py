"""What `sahne up` runs: one process that brings PostgreSQL, LiveKit and the worker, and serves every door."""
