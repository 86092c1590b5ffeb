"""What several servers of one installation tell each other: over Redis or Valkey, or not at all where there is one."""
