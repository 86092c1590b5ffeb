"""Backups: made whole, verified, drilled, pruned, restored into a new database. One folder each, see `shelf`."""
