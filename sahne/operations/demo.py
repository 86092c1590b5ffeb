"""The demo world: five people, a studio, a gift catalogue and two planned sessions, made once in an empty house.

Names, passwords and amounts are fixed (documents, tests and screenshots rely on them); it is refused off loopback.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal
from uuid import UUID

from sahne.accounts.administration import ensure_user, promote_user
from sahne.database.actor import SERVICE, user_actor
from sahne.database.fetch import one
from sahne.database.pool import Connection, Database
from sahne.database.sql import load_queries
from sahne.errors import SetupError
from sahne.settings import Settings

PASSWORD = "sahne-demo"
PEOPLE = ("ada", "bo", "cem", "dilek", "ege")
COINS_OF_BO = 5_000

QUERIES = load_queries(__package__, "demo.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A session of Ada's, so many hours ahead."""

    title: str
    description: str
    session_type: Literal["video_live", "audio_room"]
    category: str
    tags: tuple[str, ...]
    hours_ahead: int


KITCHEN = Plan(
    title="Songs from the kitchen",
    description="Three songs and your wishes.",
    session_type="video_live",
    category="music",
    tags=("acoustic", "songs"),
    hours_ahead=24,
)
NIGHT = Plan(
    title="Night talk",
    description="An open audio room.",
    session_type="audio_room",
    category="talk",
    tags=("night",),
    hours_ahead=48,
)


class DemoOffLoopback(SetupError):
    """The demo world has known passwords; it is made on loopback only."""

    code = "demo_off_loopback"


async def make_demo_world(settings: Settings, database: Database) -> bool:
    """Make it unless it was made before; whether it was made now.

    Raises:
        DemoOffLoopback: the server listens on an address others can reach.
    """
    if settings.public_hosts:
        raise DemoOffLoopback(
            details=settings.public_hosts[0],
            hint="Leave it out with --no-demo.",
        )
    if await _made_before(database):
        return False
    people = {name: await ensure_user(database, f"{name}@example.com", PASSWORD) for name in PEOPLE}
    await promote_user(database, "ada@example.com", "creator")
    await promote_user(database, "ege@example.com", "admin")
    # the catalogue comes last in one transaction with the rest: half a world is made again
    async with database.transaction(user_actor(people["ada"]).as_service()) as conn:
        await conn.execute(QUERIES["put_faces"])
        await conn.execute(QUERIES["put_categories"])
        await conn.execute(QUERIES["put_scenes"])
        await conn.execute(QUERIES["put_scene_translations"])
        await conn.execute(QUERIES["put_category_translations"])
        await conn.execute(QUERIES["put_tier"], {"ada": people["ada"]})
        await conn.execute(QUERIES["grant_coins"], {"user_id": people["bo"], "amount": COINS_OF_BO, "key": "demo-bo"})
        await _plan_sessions(conn, banned=people["cem"])
        await conn.execute(QUERIES["put_gifts"])
    return True


async def _made_before(database: Database) -> bool:
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, QUERIES["demo_is_made"])
    return bool(row["made"])


async def _plan_sessions(conn: Connection, *, banned: UUID) -> None:
    first = await _plan(conn, KITCHEN)
    await _plan(conn, NIGHT)
    await conn.execute(QUERIES["ban"], {"session_id": first, "profile_id": banned})


async def _plan(conn: Connection, plan: Plan) -> UUID:
    row = await one(conn, QUERIES["plan_session"], {**asdict(plan), "tags": list(plan.tags)})
    return UUID(row["session"]["id"])
