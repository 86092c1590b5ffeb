"""The `Prefer` header (RFC 7240) as a value: what of it is understood, what of it is honoured."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sahne.gateway.rest.errors import BadPreference

KNOWN = {
    "return": {"minimal", "representation", "headers-only"},
    "count": {"exact", "planned", "estimated"},
    "resolution": {"merge-duplicates", "ignore-duplicates"},
    "missing": {"default", "null"},
    "handling": {"strict", "lenient"},
    "tx": {"commit", "rollback"},
}
HEADERS_REMEMBERED_MAX = 1_024

# what `Preference-Applied` may speak of
OF_READS = frozenset({"count", "tx", "handling", "timezone"})
OF_CALLS = OF_READS | {"max-affected"}
OF_WRITES = OF_CALLS | {"resolution", "missing", "return"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """None where nothing was said. `max_affected` is in rows."""

    returns: str | None = None
    count: str | None = None
    resolution: str | None = None
    missing: str | None = None
    handling: str | None = None
    tx: str | None = None
    timezone: str | None = None
    max_affected: int | None = None

    @property
    def strict(self) -> bool:
        """Whether what is not understood is an error."""
        return self.handling == "strict"

    def applied(self, names: Container[str]) -> bytes:
        """The value of `Preference-Applied` for those of `names` that were given."""
        values = {
            "resolution": self.resolution,
            "missing": self.missing,
            "return": self.returns,
            "count": self.count,
            "tx": self.tx,
            "handling": self.handling,
            "timezone": self.timezone,
            "max-affected": self.max_affected if self.strict else None,
        }
        return ", ".join(
            f"{name}={values[name]}" for name in values if name in names and values[name] is not None
        ).encode()


@lru_cache(HEADERS_REMEMBERED_MAX)
def preferences_of(header: str) -> Preferences:
    """Read a `Prefer` header, several joined by commas; the first of each name counts.

    Raises:
        BadPreference: `handling=strict` and something is not understood.
    """
    preferences: dict[str, str] = {}
    unknown: list[str] = []
    for part in header.split(","):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if not name or name in preferences:
            continue
        is_known = value in KNOWN[name] if name in KNOWN else name == "timezone" or _is_count(name, value)
        if is_known:
            preferences[name] = value
        else:
            unknown.append(part.strip())
    if unknown and preferences.get("handling") == "strict":
        raise BadPreference(details=f"Invalid preferences: {', '.join(unknown)}")
    return Preferences(
        returns=preferences.get("return"),
        count=preferences.get("count"),
        resolution=preferences.get("resolution"),
        missing=preferences.get("missing"),
        handling=preferences.get("handling"),
        tx=preferences.get("tx"),
        timezone=preferences.get("timezone"),
        max_affected=int(preferences["max-affected"]) if "max-affected" in preferences else None,
    )


def _is_count(name: str, value: str) -> bool:
    return name == "max-affected" and value.isdigit()


def settings_of(
    preferences: Preferences, settings: Sequence[tuple[bytes, bytes]], time_zones: Container[str]
) -> Sequence[tuple[bytes, bytes]]:
    """`settings` and what the preferences want set for the transaction.

    Raises:
        BadPreference: `handling=strict` and there is no such time zone.
    """
    zone = preferences.timezone
    if zone is None:
        return settings
    if zone in time_zones:
        return (*settings, (b"timezone", zone.encode()))
    if preferences.strict:
        raise BadPreference(details=f"Invalid preferences: timezone={zone}")
    return settings
