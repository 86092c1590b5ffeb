"""The change feed: what was committed, told to those who asked for it and may see it."""
