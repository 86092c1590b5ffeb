"""What pictures elsewhere may cost, and whom trouble turns away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import pytest

from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.image_providers import NO_BUDGET, Budget
from sahne.providers.images.bfl import BlackForestLabs
from sahne.settings import Settings
from sahne.studio.budget import read_spent
from sahne.studio.errors import BudgetSpent
from sahne.studio.requests import Wish
from tests.image_providers import KEY, FakeBfl, fake_bfl
from tests.remote import ByHand
from tests.studio import Studio, ask, work

pytestmark = pytest.mark.anyio
COST = 45_000  # of the fake's every picture
PRICE = 40_000  # of a picture without a photo, by the table


@pytest.fixture
def bfl() -> Iterator[FakeBfl]:
    with fake_bfl() as fake:
        yield fake


def hands(studio: Studio, database: Database, settings: Settings, bfl: FakeBfl, budget: Budget = NO_BUDGET) -> ByHand:
    return ByHand(studio, database, settings, BlackForestLabs(bfl.url, KEY), budget=budget)


async def test_sixteen_at_once_spend_what_may_be_spent_and_no_more(
    studio: Studio, database: Database, settings: Settings, scene: UUID, bfl: FakeBfl
) -> None:
    studio.owner("delete from private.remote_pictures")
    people = [studio.person() for _ in range(16)]
    ids = [await ask(database, person, Wish(scene), of=("bfl",)) for person in people]
    await hands(studio, database, settings, bfl, Budget(day=10 * PRICE)).finish()
    ends = Counter((studio.generation(id)["status"], studio.generation(id)["error_code"]) for id in ids)
    assert 8 <= ends["done", None] <= 10, "the provider charges more than the table says"
    assert ends["failed", "budget_spent"] == 16 - ends["done", None] == 16 - bfl.submissions
    assert sum(studio.used(person) for person in people) == ends["done", None]


@pytest.mark.parametrize("budget", [Budget(day=COST), Budget(month=COST)])
async def test_a_budget_that_is_spent_is_said_before_anything_is_kept(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, bfl: FakeBfl, budget: Budget
) -> None:
    studio.owner("delete from private.remote_pictures")
    await ask(database, ada, Wish(scene), of=("bfl",), budget=budget)
    await hands(studio, database, settings, bfl, budget).finish()
    with pytest.raises(BudgetSpent):
        await ask(database, ada, Wish(scene), of=("bfl",), budget=budget)
    assert studio.used(ada) == 1
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada)), of=("bfl", "memory"), budget=budget)
    await hands(studio, database, settings, bfl, budget).finish()
    await work(settings, database)
    assert (studio.generation(id)["status"], studio.generation(id)["model"]) == ("done", "memory-1")


@pytest.mark.parametrize(("ago", "day"), [("1 day", 0), ("0 days", COST)])
async def test_the_books_are_kept_by_day_and_month(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, bfl: FakeBfl, ago: str, day: int
) -> None:
    studio.owner("delete from private.remote_pictures")
    await ask(database, ada, Wish(scene), of=("bfl",))
    await hands(studio, database, settings, bfl).finish()
    studio.owner("update private.remote_pictures set sent_at = sent_at - %s::interval", ago)
    async with database.transaction(SERVICE) as conn:
        assert (await read_spent(conn)).day == day
    studio.owner("update private.remote_pictures set sent_at = sent_at - interval '40 days'")
    async with database.transaction(SERVICE) as conn:
        assert (await read_spent(conn)).month == 0


async def test_without_credit_nobody_else_is_sent_there(
    studio: Studio, database: Database, settings: Settings, ada: UUID, bo: UUID, scene: UUID, bfl: FakeBfl
) -> None:
    bfl.refusals.append((402, {}))
    by_hand = hands(studio, database, settings, bfl)
    await ask(database, ada, Wish(scene), of=("bfl",))
    await by_hand.round()
    by_hand.now -= 3600  # the next look is at the same moment
    id = await ask(database, bo, Wish(scene), of=("bfl",))
    await by_hand.round()
    assert (studio.generation(id)["error_code"], bfl.submissions) == ("provider_unavailable", 1)


async def test_who_says_wait_is_waited_for_by_everybody(
    studio: Studio, database: Database, settings: Settings, ada: UUID, bo: UUID, scene: UUID, bfl: FakeBfl
) -> None:
    bfl.refusals.append((429, {"retry-after": "20"}))
    by_hand = hands(studio, database, settings, bfl)
    await ask(database, ada, Wish(scene), of=("bfl", "memory"))
    await by_hand.round()
    by_hand.now -= 3600
    id = await ask(database, bo, Wish(scene), of=("bfl", "memory"))
    await by_hand.round()
    assert ([row["status"] for row in studio.remote(id)], bfl.submissions) == (["wanted"], 1)
    await by_hand.finish()
    assert studio.generation(id)["status"] == "done"
