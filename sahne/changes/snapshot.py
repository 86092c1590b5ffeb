"""Whether a transaction that the stream tells of is there for others yet.

The stream hands a commit on as soon as it is on disk; other sessions see it a moment later, when its process has taken
itself off the list of the running ones. Who asks in between finds the row as it was before, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass

READ_SNAPSHOT = b"select pg_current_snapshot()::text"

EPOCH = 1 << 32
HALF_EPOCH = 1 << 31


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`pg_current_snapshot()`: transactions from `end` on are not seen, nor the `running` ones before it."""

    end: int
    running: frozenset[int]

    def sees(self, xid: int) -> bool:
        """Whether the effects of this transaction are seen; `xid` is the stream's, the low 32 bits of the whole."""
        whole = self.end - self.end % EPOCH + xid
        if whole - self.end >= HALF_EPOCH:
            whole -= EPOCH
        elif self.end - whole > HALF_EPOCH:
            whole += EPOCH
        return whole < self.end and whole not in self.running


def snapshot_from(text: str) -> Snapshot:
    """From PostgreSQL's `xmin:xmax:xip,xip,…`."""
    _, end, running = text.split(":")
    return Snapshot(int(end), frozenset(int(xid) for xid in running.split(",") if xid))
