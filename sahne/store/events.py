"""One thing that a store told, in our own words: whoever it comes from, it is kept and read alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sahne.store.errors import StoreUnreadable

Source = Literal["revenuecat", "apple", "google"]
Effect = Literal[
    "none", "linked", "failing", "cancelled", "refunded", "expired", "running", "bought", "lent", "looked", "moved"
]

CUSTOMERS_MAX = 100
NAME_CHARACTERS_MAX = 256
MILLISECONDS_MAX = 253_402_300_799_000  # the end of the year 9999

# What apps send for want of a name: it is nobody's, and would make one person of them all
NOBODY = frozenset(
    {"", "0", "-1", "[]", "{}", "(null)", "null", "nil", "none", "nan", "undefined", "unidentified", "unknown"}
    | {"anonymous", "guest", "no_user", "user", "false", "true"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreEvent:
    """As `private.store_events` has it. `body` is the JSON that is kept; `line` a subscription through its renewals.

    Without `is_forever`, an `ends_at` of None says that no end was told. `givers` are those of `customers` that a
    transfer takes it from.
    """

    source: Source
    id: str
    type: str
    effect: Effect
    happened_at: datetime
    is_sandbox: bool
    customers: tuple[str, ...]
    body: str
    givers: tuple[str, ...]
    store: str | None = None
    line: str | None = None
    product_id: str | None = None
    transaction_id: str | None = None
    entitlements: tuple[str, ...] | None = None
    ends_at: datetime | None = None
    is_forever: bool = False
    is_trial: bool = False


class Told:
    """An object of a store's JSON, read by field; what is of another kind than promised is refused by its name."""

    def __init__(self, fields: object) -> None:
        if not isinstance(fields, dict):
            raise StoreUnreadable(details="it is no JSON object")
        self.fields: dict[str, Any] = fields

    def text(self, name: str) -> str | None:
        """A text of a bounded length, None where it is not told."""
        value = self.fields.get(name)
        if value is None or (isinstance(value, str) and len(value) <= NAME_CHARACTERS_MAX):
            return value
        raise _unreadable(name)

    def needed(self, name: str) -> str:
        """A text that is never empty."""
        if value := self.text(name):
            return value
        raise _unreadable(name)

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, None where it is not told."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise _unreadable(name)
        return tuple(value)

    def moment(self, name: str) -> datetime | None:
        """Of milliseconds since 1970."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MILLISECONDS_MAX:
            raise _unreadable(name)
        seconds, milliseconds = divmod(value, 1000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)

    def date(self, name: str) -> datetime | None:
        """Of a date and time in ISO 8601; without a zone it is UTC's."""
        text = self.text(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise _unreadable(name) from error
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

    def needed_moment(self, name: str) -> datetime:
        """One that is always told."""
        if moment := self.moment(name):
            return moment
        raise _unreadable(name)


def names(*given: str | None) -> tuple[str, ...]:
    """Customers by the trust in their names: each once, and nobody's left out.

    Raises:
        StoreUnreadable: they are more than one person ever has.
    """
    found = tuple(name for name in dict.fromkeys(given) if name and is_a_name(name))
    if len(found) > CUSTOMERS_MAX:
        raise StoreUnreadable(details=f"{len(found)} names of one customer")
    return found


def is_a_name(name: str) -> bool:
    """Whether it can be somebody's alone."""
    return len(name) <= NAME_CHARACTERS_MAX and name.strip().lower() not in NOBODY


def _unreadable(name: str) -> StoreUnreadable:
    return StoreUnreadable(details=name, hint=f"`{name}` is not what it is promised to be.")
