"""The stage: sessions, who is in them, gifts, guests, order in the house, calls, and LiveKit kept in agreement."""

from sahne.live.servers import Servers
from sahne.live.stage import Stage

__all__ = ["Servers", "Stage"]
