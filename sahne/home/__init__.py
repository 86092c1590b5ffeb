"""The laptop's home: one process that brings PostgreSQL, LiveKit and the worker, and serves every door."""
