"""What pictures elsewhere may cost, whom trouble turns away, and the books after whatever can happen."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from sahne.database.actor import SERVICE, user_actor
from sahne.database.pool import Database
from sahne.image_providers import NO_BUDGET, Budget
from sahne.providers.images.bfl import BlackForestLabs
from sahne.settings import Settings
from sahne.studio.budget import read_spent
from sahne.studio.errors import BudgetSpent, GenerationEnded
from sahne.studio.generations import cancel_generation
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


STEPS = st.sampled_from(["go", "go", "die at once", "die soon", "die later", "cancel"])
REFUSALS = st.sampled_from([(429, {"retry-after": "0"}), (500, {}), (402, {}), (422, {})])
ENDS = st.sampled_from(["Ready", "Ready", "Ready", "Content Moderated", "Request Moderated", "Error"])
DYING_SECONDS = {"die at once": 0.0, "die soon": 0.004, "die later": 0.02}


def test_after_whatever_happens_the_books_agree(
    studio: Studio, settings: Settings, pytestconfig: pytest.Config
) -> None:
    """Quota, rows, pictures, jobs and costs; with workers that die at any moment and a provider that does as it likes."""
    scene = studio.scene()

    @bounded(
        max_examples=150 if pytestconfig.getoption("--prove") else 15,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        count=st.integers(1, 3),
        steps=st.lists(STEPS, max_size=6),
        refusals=st.lists(REFUSALS, max_size=3),
        looks=st.lists(REFUSALS, max_size=2),
        deliveries=st.lists(st.sampled_from(["half", "gone", "slow"]), max_size=3),
        end=ENDS,
    )
    def happens(count: int, steps: list[str], refusals: list, looks: list, deliveries: list[str], end: str) -> None:  # type: ignore[type-arg]
        with fake_bfl() as bfl:
            bfl.refusals.extend(refusals)
            bfl.poll_refusals.extend(looks)
            bfl.deliveries.extend(deliveries)
            bfl.end = {"status": end}
            ada = studio.person()
            id = asyncio.run(live(bfl, ada, count, steps))
            agree(bfl, ada, id)

    async def live(bfl: FakeBfl, ada: UUID, count: int, steps: list[str]) -> UUID:
        async with Database(settings.authenticator_url, connections_max=4) as database:
            by_hand = hands(studio, database, settings, bfl)
            id = await ask(database, ada, Wish(scene, seed=3, count=count), of=("bfl",))
            for step in steps:
                if step == "cancel":
                    with contextlib.suppress(GenerationEnded):
                        await cancel_generation(database, user_actor(ada), id)
                elif step == "go":
                    await by_hand.round()
                else:
                    await killed(by_hand, DYING_SECONDS[step])
            await by_hand.round()
            studio.owner(
                "update private.remote_pictures set sent_at = sent_at - interval '1 hour' where status = 'sending'"
            )
            await by_hand.finish()
            return id

    async def killed(by_hand: ByHand, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await by_hand.round()
        except TimeoutError:
            pass

    def agree(bfl: FakeBfl, ada: UUID, id: UUID) -> None:
        rows, images = studio.remote(id), studio.images(id)
        by_end = Counter(row["status"] for row in rows)
        assert studio.generation(id)["status"] in ("done", "failed", "moderated", "canceled")
        assert set(by_end) <= {"done", "failed", "moderated", "canceled", "lost"}
        assert len(images) == by_end["done"] == studio.used(ada) == len({image["seed"] for image in images})
        asked = Counter(job.inputs["seed"] for job in bfl.jobs.values())
        assert max(asked.values(), default=0) <= 1, "no picture is paid for twice"
        known = {row["provider_job_id"] for row in rows if row["provider_job_id"]}
        assert known <= set(bfl.jobs)
        assert len(bfl.jobs) - len(known) <= by_end["lost"], "what was taken and is not known is counted as lost"
        booked = sum(row["cost_microdollars"] for row in rows)
        assert COST * len(known) <= booked <= COST * len(known) + PRICE * by_end["lost"]

    happens()
