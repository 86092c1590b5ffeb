"""What admins see of the people of the app, as types."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from sahne.gateway.functions.account_answers import SignedIn


class PersonRow(TypedDict):
    """Somebody with an account, and how they stand."""

    id: UUID
    email: str | None
    phone: str | None
    created_at: datetime
    last_sign_in_at: datetime | None
    last_seen_at: datetime | None
    username: str | None
    display_name: str | None
    avatar_url: str | None
    role: Literal["user", "creator", "admin"] | None
    is_creator: bool
    is_premium: bool
    premium_until: datetime | None
    standing: Literal["named", "anonymous", "suspended", "leaving"]
    suspended_until: datetime | None


class PeoplePage(TypedDict):
    """People, the newest first; `next` is the place for more, null at the end."""

    users: list[PersonRow]
    next: str | None


class PastSuspension(TypedDict):
    """That somebody was suspended: why, until when, and when an admin ended it."""

    reason: str
    created_at: datetime
    ends_at: datetime | None
    lifted_at: datetime | None


class PersonSummary(PersonRow):
    """With their coins, what there is of them, where they are signed in; how many shadows, and never which."""

    balance: int
    live_sessions: int
    pictures: int
    shadows: int
    reported: int
    deletion_due: datetime | None
    sessions: list[SignedIn]
    suspensions: list[PastSuspension]


class PersonAnswer(TypedDict):
    """One of them."""

    user: PersonSummary


class PersonHolding(PersonRow):
    """With what would be lost with the account: coins, months paid to them that are not over, what is subscribed on
    either side, sessions, pictures; how many shadows, and never which."""

    balance: int
    in_escrow: int
    subscriptions: int
    subscribers: int
    live_sessions: int
    pictures: int
    shadows: int


class AccountConflict(TypedDict):
    """What somebody wants for one account and another has: nobody wants it where a newcomer was not let in."""

    id: UUID
    number: int
    kind: Literal["identity", "email", "phone"]
    provider: str | None
    times: int
    created_at: datetime
    last_at: datetime
    settled_at: datetime | None
    note: str | None
    wanted_by: PersonHolding | None
    held_by: PersonHolding


class AccountConflicts(TypedDict):
    """Accounts that met."""

    conflicts: list[AccountConflict]


class AccountConflictAnswer(TypedDict):
    """One of them, settled."""

    conflict: AccountConflict
