"""The LiveKit servers of a house that has one."""

from __future__ import annotations

from sahne.live import Servers
from sahne.live_servers import MAIN
from sahne.providers.livekit import LiveKit


def alone(livekit: LiveKit) -> Servers:
    """This one is all there is."""
    return Servers({MAIN: livekit})
