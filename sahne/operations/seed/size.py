"""How large the seeded world is, and the moment it ends at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sahne.errors import SetupError

ROWS_MAX = 50_000_000
USERS_MAX = 10_000_000
SCENE_DAYS = 180  # people joined and made pictures in these days before the end
STAGE_DAYS = 90  # sessions, calls and events are of these


class ImpossibleSize(SetupError):
    """A world of this size cannot be made."""

    code = "impossible_size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Counts of what is asked for; the rest (participants, wallets, entries, …) follows. `messages` are text lines."""

    users: int = 200
    images: int = 2_000
    messages: int = 3_000
    sessions: int = 24
    gifts: int = 300
    events: int = 3_000


def choose_size(
    users: int | None,
    images: int | None,
    messages: int | None,
    sessions: int | None,
    gifts: int | None,
    events: int | None,
) -> Size:
    """What was asked for; of what was not, as much as goes with the rest.

    Raises:
        ImpossibleSize: negative, too large, or somebody is missing who could do it.
    """
    small = Size()
    people = small.users if users is None else users
    lines = small.messages * people // small.users if messages is None else messages
    size = Size(
        users=people,
        images=small.images * people // small.users if images is None else images,
        messages=lines,
        sessions=(max(1, lines // 400) if lines else 0) if sessions is None else sessions,
        gifts=lines // 20 if gifts is None else gifts,
        events=people * 5 if events is None else events,
    )
    _refuse_impossible(size)
    return size


def _refuse_impossible(size: Size) -> None:
    counts = {name: getattr(size, name) for name in Size.__slots__}
    if min(counts.values()) < 0 or max(counts.values()) > ROWS_MAX or size.users > USERS_MAX:
        raise ImpossibleSize(details=counts, hint=f"Each from 0 to {ROWS_MAX}, users to {USERS_MAX}.")
    if (size.images or size.sessions) and not size.users:
        raise ImpossibleSize(details=counts, hint="Somebody must make the pictures and hold the sessions: add users.")
    if (size.messages or size.gifts) and not size.sessions:
        raise ImpossibleSize(details=counts, hint="Messages and gifts are sent in sessions: add sessions.")
    if size.sessions and size.users < 4:
        raise ImpossibleSize(details=counts, hint="A session wants a host and an audience: add users.")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a world depends on besides its size: the same frame and size give the same rows.

    `end` is its present moment in Unix milliseconds; `zone` and `commission_percent` are the database's settings.
    """

    seed: int
    end: int
    zone: str = "UTC"
    commission_percent: int = 20

    def days_before_end(self, days: float) -> int:
        """That many days before the end, in Unix milliseconds."""
        return self.end - int(days * 86_400_000)


def last_midnight() -> datetime:
    """The default end: the world does not reach into the day that is being lived, so that a day has one world."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def as_milliseconds(moment: datetime) -> int:
    """Unix milliseconds of an aware moment."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
