"""Who is let into a live session and what they may send there: each of 168 cases, asked of a migrated database.

A case is how the session is entered, the role somebody has in it, and whether they are banned, subscribed and have a
ticket. Everything happens in one transaction that is undone: any database will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.types.json import Jsonb

from sahne.database.actor import user_actor
from sahne.database.refusals import Refused, refusals
from sahne.live.seats import permission_of_seat

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "entry.md"
COMMAND = "python scripts/entry-table"
ACCESS = ("public", "subscribers_only", "pay_per_view")
ROLES = ("host", "co_host", "moderator", "invited_guest", "speaker", "viewer", "listener")
PRICE = 10
HEAD = f"""# Who comes in

Three ways into a session, seven roles in it, banned or not, subscribed or not, with a ticket or without: what
`live/sessions/{{id}}/join` answers in each of these 168 cases. Printed by `{COMMAND}`, which asks a migrated database;
`tests/database/test_entry_table.py` asks again and compares.

A cell is what the token lets its holder send (*watches*: nothing), or the code of the refusal: then there is no token.
The session is a `video_live`; in an audio room whoever may send may send a microphone alone.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One of them."""

    access: str
    role: str
    banned: bool
    subscribed: bool
    paid: bool


@dataclass(frozen=True, slots=True)
class House:
    """A live session of one way in, its host, and somebody who has been in it and bought a ticket elsewhere."""

    session: UUID
    host: UUID
    guest: UUID


CASES = [
    Case(access=access, role=role, banned=banned, subscribed=subscribed, paid=paid)
    for access, role, banned, subscribed, paid in product(ACCESS, ROLES, (False, True), (False, True), (False, True))
]


def ask_all(conn: Connection[dict[str, Any]]) -> dict[Case, str]:
    """What becomes of each case; nothing lasts."""
    with conn.transaction(force_rollback=True):
        houses = {access: _house(conn, access) for access in ACCESS}
        return {case: _ask(conn, houses[case.access], case) for case in CASES}


def render(found: dict[Case, str]) -> str:
    """The page."""
    lines = [HEAD]
    for access in ACCESS:
        lines += [f"## {access}", "", "| role | | neither | subscribed | ticket | both |", "|---|---|---|---|---|---|"]
        for role, banned in product(ROLES, (False, True)):
            cells = [
                found[Case(access=access, role=role, banned=banned, subscribed=subscribed, paid=paid)]
                for paid, subscribed in product((False, True), (False, True))
            ]
            lines.append(f"| {role} | {'banned' if banned else ''} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _house(conn: Connection[dict[str, Any]], access: str) -> House:
    host, guest = _person(conn), _person(conn)
    conn.execute("update public.profiles set is_creator = true where id = %s", (host,))
    conn.execute("select private.grant_coins(%s, %s, %s)", (guest, 10 * PRICE, str(uuid4())))
    planned = {"title": "Akşam sahnesi", "session_type": "video_live", "access_type": access}
    price = {"ppv_coin_price": PRICE} if access == "pay_per_view" else {}
    concert = planned | {"access_type": "pay_per_view", "ppv_coin_price": PRICE}
    session = _verb(conn, host, "create_session", Jsonb(planned | price))["session"]["id"]
    _verb(conn, host, "start_session", session)
    elsewhere = _verb(conn, host, "create_session", Jsonb(concert))["session"]["id"]
    _verb(conn, guest, "buy_ticket", elsewhere, str(uuid4()))
    return House(UUID(session), host, guest)


def _ask(conn: Connection[dict[str, Any]], house: House, case: Case) -> str:
    who, other = (house.host, house.guest) if case.role == "host" else (house.guest, house.host)
    with conn.transaction(force_rollback=True):
        if case.role != "host":
            conn.execute(
                """insert into public.live_participants
                          (session_id, user_id, profile_id, role, livekit_identity, is_active, joined_at, left_at)
                   values (%s, %s, %s, %s, %s, false, now(), now())""",
                (house.session, who, who, case.role, str(who)),
            )
        if case.banned:
            conn.execute(
                """insert into public.live_session_bans (session_id, banned_user_id, banned_by, banned_profile_id)
                   values (%s, %s, %s, %s)""",
                (house.session, who, other, who),
            )
        if case.subscribed and who != house.host:
            conn.execute(
                "insert into public.creator_subscriptions (subscriber_id, creator_id) values (%s, %s)",
                (who, house.host),
            )
        if case.paid:
            conn.execute(
                """insert into private.tickets (session_id, user_id, wallet_id, price, payment_id)
                   select %s, %s, wallet_id, price, payment_id from private.tickets where user_id = %s""",
                (house.session, who, house.guest),
            )
        try:
            with refusals():
                return _in_words(_verb(conn, who, "join_session", house.session)["seat"])
        except Refused as refused:
            return f"`{refused.code}`"


def _in_words(seat: dict[str, Any]) -> str:
    sources = permission_of_seat(seat).sources
    words = {"camera": "camera", "microphone": "microphone", "screen_share": "screen"}  # which has its sound with it
    return ", ".join(words[source] for source in sources if source in words) or "watches"


def _person(conn: Connection[dict[str, Any]]) -> UUID:
    user = uuid4()
    conn.execute(
        """insert into auth.users (id, aud, role, email, created_at, updated_at)
           values (%s, 'authenticated', 'authenticated', %s, now(), now())""",
        (user, f"{user}@example.com"),
    )
    return user


def _verb(conn: Connection[dict[str, Any]], user: UUID, name: str, *values: object) -> Any:
    holes = ", ".join(["%s"] * len(values))
    with _acting(conn, user):
        row = conn.execute(f"select private.{name}({holes}) as answer".encode(), values).fetchone()
    return row["answer"] if row else None


@contextmanager
def _acting(conn: Connection[dict[str, Any]], user: UUID) -> Iterator[None]:
    """As an operation works for somebody; the connection's own role comes back."""
    actor = user_actor(user).as_service()
    with conn.transaction():
        conn.execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
            (actor.role, actor.claims),
        )
        yield
        conn.execute("select set_config('role', 'none', true), set_config('request.jwt.claims', '', true)")
