"""What keeps an installation: its demo world, invented data, backups, partitions, upkeep."""
