"""The table of all that `sahne doctor` looks at, in the order in which it is told."""

from __future__ import annotations

from sahne.doctor import access, changes, keeping, machine, own_model, postgres, services, settings_and_keys
from sahne.doctor.look import Check

LIVE_SECONDS_MAX = 45.0  # a join, and a webhook's way back

CHECKS = (
    Check("settings", "names of settings", settings_and_keys.names),
    Check("settings", "settings together", settings_and_keys.fit),
    Check("settings", "keys", settings_and_keys.keys),
    Check("settings", "signing keys", settings_and_keys.signing_keys),
    Check("machine", "Python", machine.python),
    Check("machine", "port", machine.port),
    Check("machine", "disk", machine.disk),
    Check("machine", "ways to the database", machine.ways),
    Check("database", "database", postgres.answers),
    Check("database", "migrations", postgres.migrations),
    Check("database", "PostgreSQL", postgres.version),
    Check("database", "clocks", postgres.clock),
    Check("database", "PostgreSQL's settings", postgres.server_settings),
    Check("database", "pooler", postgres.poolers),
    Check("database", "transaction ids", postgres.wraparound),
    Check("database", "transactions", postgres.long_transactions),
    Check("database", "indexes", postgres.invalid_indexes),
    Check("changes", "replication", postgres.lacks),
    Check("changes", "replication slots", changes.slots),
    Check("changes", "publications", changes.publications),
    Check("access", "row level security", access.row_security),
    Check("access", "grants", access.grants),
    Check("access", "definer functions", access.definer_functions),
    Check("access", "roles", access.roles),
    Check("services", "LiveKit", services.live, LIVE_SECONDS_MAX),
    Check("services", "mail", services.mail),
    Check("services", "makers of pictures", services.makers),
    Check("services", own_model.LOOKED_AT, own_model.own_model, own_model.SECONDS_MAX),
    Check("services", "pushes", settings_and_keys.push_keys),
    Check("keeping", "buckets", keeping.buckets),
    Check("keeping", "stored objects", keeping.objects),
    Check("keeping", "queue", keeping.queue),
    Check("keeping", "backups", keeping.backups),
)
