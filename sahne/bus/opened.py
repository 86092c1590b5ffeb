"""The bus that the settings name."""

from __future__ import annotations

from sahne.bus.bus import Bus
from sahne.settings import Settings


def open_bus(settings: Settings) -> Bus:
    """One over Redis or Valkey where `SAHNE_BUS_URL` is set, else one without others."""
    if settings.bus_url is None:
        return Bus()
    from sahne.bus.redis import RedisWire  # only here: a single server needs none

    return Bus(RedisWire(settings.bus_url, settings.bus_channel))
