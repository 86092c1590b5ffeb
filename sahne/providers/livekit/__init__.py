"""LiveKit, which carries pictures and sound: what we ask of it, and its in-memory twin; the real one is `remote.py`.

It owns media only. Who may come in, who is counted and who is sent away is decided in our database; here are
the calls that make it so, the tokens, and the webhooks that tell what happened.
"""

from sahne.providers.livekit.grants import Permission, permission_of
from sahne.providers.livekit.memory import InMemoryLiveKit
from sahne.providers.livekit.rooms import LiveKit, LiveKitUnavailable, Occupant, OpenRoom
from sahne.providers.livekit.webhook import Event, WebhookRefused, verified_event

__all__ = [
    "Event",
    "InMemoryLiveKit",
    "LiveKit",
    "LiveKitUnavailable",
    "Occupant",
    "OpenRoom",
    "Permission",
    "WebhookRefused",
    "permission_of",
    "verified_event",
]
