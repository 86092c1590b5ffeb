"""What PostgreSQL's own upkeep leaves undone, found and done without locking anybody out."""
