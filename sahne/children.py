"""Programs we start: they must not outlive us."""

from __future__ import annotations

import contextlib
import ctypes
import signal


def end_with_parent(with_signal: signal.Signals) -> None:
    """In a child before exec: have Linux signal us when the thread that starts us ends; elsewhere nothing."""
    pr_set_pdeathsig = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, int(with_signal))
