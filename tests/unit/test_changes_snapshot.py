"""A transaction is seen when it is before the snapshot's end and no longer running, across the wrap of 32-bit ids too."""

from __future__ import annotations

import pytest

from sahne.changes.snapshot import EPOCH, snapshot_from


@pytest.mark.parametrize(
    ("text", "seen", "unseen"),
    [
        ("10:10:", [3, 9], [10, 11]),
        ("10:20:10,15", [9, 11, 19], [10, 15, 20, 21]),
        (f"{EPOCH - 2}:{EPOCH + 5}:{EPOCH - 1}", [EPOCH - 2, 4, EPOCH - 100], [EPOCH - 1, 5, 6]),
        (f"{3 * EPOCH - 9}:{3 * EPOCH - 3}:", [EPOCH - 4], [EPOCH - 3, 1]),
    ],
)
def test_what_a_snapshot_sees(text: str, seen: list[int], unseen: list[int]) -> None:
    snapshot = snapshot_from(text)
    assert [xid for xid in seen if not snapshot.sees(xid)] == []
    assert [xid for xid in unseen if snapshot.sees(xid)] == []
