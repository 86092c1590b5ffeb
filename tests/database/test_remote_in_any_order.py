"""Whatever makers elsewhere, workers and people do in whatever order: no picture is paid twice, and the quota is exact.

The makers speak over sockets; a worker dies at any step, its hand comes back late. `--prove` takes 10 000 steps, every
run a tenth of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as bounds
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.errors import SahneError
from sahne.providers.images.bfl import BlackForestLabs
from sahne.providers.images.fal import Fal
from sahne.providers.images.provider import Handle, Word
from sahne.settings import Settings
from sahne.studio.generations import cancel_generation
from sahne.studio.remote_pictures import RemotePicture
from sahne.studio.requests import Wish
from sahne.studio.words import hear_word
from tests.eventually import eventually_async
from tests.image_providers import KEY, FakeBfl, fake_bfl
from tests.queued_makers import FAL_KEY, FakeFal, fake_fal
from tests.remote import ByHand
from tests.studio import Studio, ask, work

pytestmark = pytest.mark.prove

STEPS_OF_A_STORY = 100
ORDERS = [("bfl",), ("bfl", "fal"), ("fal", "bfl"), ("bfl", "memory"), ("fal", "bfl", "memory")]
Weather = tuple[str, int | str]
WEATHERS: list[Weather] = [
    *(("question", status) for status in (402, 403, 422, 429, 503)),
    *(("look", status) for status in (429, 500)),
    *(("delivery", how) for how in ("half", "gone", "slow")),
    *(("end", end) for end in ("Ready", "Ready", "Ready", "Content Moderated", "Error")),
]
ENDS = {"Ready": "ok", "Content Moderated": "policy", "Error": "error"}  # as fal says it
LIVE = ("wanted", "sending", "waiting")
UNFINISHED = "('queued', 'submitting', 'running', 'storing')"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was sent, and the generation it became."""

    person: UUID
    wish: Wish
    key: str
    order: tuple[str, ...]
    id: UUID


class Story(RuleBasedStateMachine):
    """Two people of one studio, two makers elsewhere and one here, and a worker that is not always well."""

    studio: Studio
    settings: Settings
    outcomes: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.studio.owner("truncate jobs.procrastinate_jobs, public.generations, private.remote_pictures cascade")
        self.studio.owner("update private.settings set failed_images_max = 10000")
        self.around, self.loop = ExitStack(), asyncio.Runner()
        self.bfl: FakeBfl = self.around.enter_context(fake_bfl())
        self.fal: FakeFal = self.around.enter_context(fake_fal())
        self.database = Database(self.settings.authenticator_url, connections_max=8)
        self.run(self.database.__aenter__())
        makers = BlackForestLabs(self.bfl.url, KEY), Fal(self.fal.url, FAL_KEY, f"{self.fal.url}/.well-known/jwks.json")
        self.by_hand = ByHand(self.studio, self.database, self.settings, *makers)
        self.people = [self.studio.person(), self.studio.person()]
        self.scene = self.studio.scene()
        self.asked: list[Asked] = []
        self.hands: list[RemotePicture] = []
        self.deleted: Counter[UUID] = Counter()

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run(doing)

    @rule(who=st.integers(0, 1), count=st.integers(1, 3), order=st.sampled_from(ORDERS))
    def somebody_asks(self, who: int, count: int, order: tuple[str, ...]) -> None:
        person, wish, key = self.people[who], Wish(self.scene, count=count, image_size="768x768"), str(uuid4())
        try:
            id = self.run(ask(self.database, person, wish, key, of=order))
        except SahneError as refused:
            self.outcomes[refused.code] += 1
        else:
            self.asked.append(Asked(person, wish, key, order, id))

    @rule(which=st.integers(0, 3))
    def they_ask_once_more(self, which: int) -> None:
        if asked := self.late(which):
            again = self.run(ask(self.database, asked.person, asked.wish, asked.key, of=asked.order))
            assert again == asked.id

    @rule(weather=st.sampled_from(WEATHERS))
    def the_weather_turns(self, weather: Weather) -> None:
        """The next question, look or delivery goes wrong, or what is made from now on ends in another way."""
        match weather:
            case ("question", int(status)):
                self.bfl.refusals.append((status, {}))
                self.fal.refusals.append(status)
            case ("look", int(status)):
                self.bfl.poll_refusals.append((status, {}))
            case ("delivery", str(how)):
                self.bfl.deliveries.append(how)
            case ("end", str(end)):
                self.bfl.end, self.fal.end = {"status": end}, ENDS[end]

    @rule()
    def a_worker_takes_what_is_due(self) -> None:
        self.hands += self.run(self.by_hand.take())

    @rule(count=st.integers(1, 3), others_die=st.booleans(), newest=st.booleans())
    def hands_go_on(self, count: int, others_die: bool, newest: bool) -> None:
        """Some that were ever taken, at once: also one whose picture is long in another's."""

        async def go_on() -> None:
            now = [self.hands.pop(-1 if newest else 0) for _ in range(min(count, len(self.hands)))]
            await asyncio.gather(*(self.by_hand.maker.step(picture) for picture in now))

        self.run(go_on())
        if others_die:
            self.hands.clear()

    @rule(rounds=st.integers(1, 3))
    def a_worker_is_well(self, rounds: int) -> None:
        for _ in range(rounds):
            self.run(self.by_hand.round())

    @rule(others_go_on=st.booleans())
    def a_worker_dies_while_it_asks(self, others_go_on: bool) -> None:
        """The maker has taken what it took, and nobody hears of it; of the others some are a step further."""

        async def die() -> None:
            taken = await self.by_hand.take()
            if others_go_on:
                await asyncio.gather(*(self.by_hand.maker.step(picture) for picture in taken[1:]))
                taken = taken[:1]
            self.bfl.answers_submissions.clear()
            before = self.bfl.submissions
            steps = [asyncio.create_task(self.by_hand.maker.step(picture)) for picture in taken]

            async def is_asked() -> bool:
                return self.bfl.submissions > before or all(step.done() for step in steps)

            await eventually_async(is_asked)
            for step in steps:
                step.cancel()
            await asyncio.gather(*steps, return_exceptions=True)
            self.bfl.answers_submissions.set()

        self.run(die())

    @rule(which=st.integers(0, 7), names_the_picture=st.booleans())
    def a_word_comes(self, which: int, names_the_picture: bool) -> None:
        """Of a job that there is; its address names the picture it was asked for, as the one that was lost needs."""
        if not self.bfl.jobs:
            return
        jobs = list(self.bfl.jobs.items())
        id, job = jobs[-1 - which % len(jobs)]
        of_it = "select id from private.remote_pictures where provider = 'bfl' and seed = %s"
        named = [row["id"] for row in self.studio.owner(of_it, job.inputs["seed"])] if names_the_picture else []
        word = Word(id, Handle(id, f"{self.bfl.url}/v1/get_result?id={id}"))
        if self.run(hear_word(self.database, "bfl", word, named[0] if named else None)):
            self.outcomes["heard"] += 1

    @rule()
    def an_hour_passes_since_questions_were_sent(self) -> None:
        self.studio.owner("update private.remote_pictures set sent_at = sent_at - interval '1 hour'")

    @rule(which=st.integers(0, 3), really=st.integers(0, 2))
    def they_change_their_mind(self, which: int, really: int) -> None:
        if not really and (asked := self.late(which)):
            try:
                self.run(cancel_generation(self.database, user_actor(asked.person), asked.id))
            except SahneError as refused:
                self.outcomes[refused.code] += 1

    @rule()
    def a_picture_is_deleted_by_its_owner(self) -> None:
        rows = self.studio.owner("delete from public.generated_images where id = (select id from public.generated_images "
                                 "limit 1) returning generation_id")  # fmt: skip
        self.deleted.update(row["generation_id"] for row in rows)

    @rule(who=st.integers(0, 1), really=st.integers(0, 3))
    def somebody_is_erased(self, who: int, really: int) -> None:
        if really:
            return
        gone = self.people[who]
        self.studio.owner("delete from auth.users where id = %s", gone)
        self.people[who] = self.studio.person()
        self.asked = [asked for asked in self.asked if asked.person != gone]
        self.outcomes["erased"] += 1

    @rule()
    def who_is_here_makes_what_is_left(self) -> None:
        self.run(work(self.settings, self.database))

    @invariant()
    def the_quota_is_what_is_under_way_and_what_came(self) -> None:
        for person in self.people:
            assert self.studio.used(person) == sum(map(self.worth, self.of(person)))

    @invariant()
    def no_picture_is_paid_twice(self) -> None:
        """Each picture was taken once by each maker that was asked; and what was taken is on the books."""
        for name, jobs in (("bfl", self.bfl.jobs), ("fal", self.fal.jobs)):
            row = self.studio.owner(
                """select count(*) filter (where sent_at is not null) as sent,
                          count(*) filter (where cost_microdollars > 0) as booked
                     from private.remote_pictures where provider = %s""", name,
            )[0]  # fmt: skip
            assert len(jobs) <= row["booked"] <= row["sent"]

    @invariant()
    def no_generation_has_more_than_was_asked_for(self) -> None:
        assert self.studio.owner(
            """select from public.generations join public.generated_images images on images.generation_id = generations.id
                group by generations.id having count(*) > requested_count or count(distinct images.seed) < count(*)"""
        ) == []  # fmt: skip

    @invariant()
    def an_end_is_when_all_have_come_and_says_whether_any_did(self) -> None:
        for asked in self.asked:
            row = self.studio.generation(asked.id)
            if row["status"] == "done":
                assert self.came(asked.id) > 0
            if row["status"] in ("failed", "moderated"):
                assert self.came(asked.id) == 0
            if row["status"] in ("done", "failed", "moderated"):
                assert {each["status"] for each in self.studio.remote(asked.id)}.isdisjoint(LIVE)

    def teardown(self) -> None:
        """The weather is good again: all ends, and what ended is as it must be."""
        self.bfl.refusals.clear()
        self.fal.refusals.clear()
        self.bfl.poll_refusals.clear()
        self.bfl.deliveries.clear()
        self.studio.owner("update private.remote_pictures set sent_at = sent_at - interval '1 hour'")
        try:
            self.run(self.by_hand.finish())
            self.run(work(self.settings, self.database))
            assert self.studio.owner(f"select from public.generations where status in {UNFINISHED}") == []
            self.the_quota_is_what_is_under_way_and_what_came()
            self.no_picture_is_paid_twice()
            self.outcomes.update(self.studio.generation(asked.id)["status"] for asked in self.asked)
        finally:
            self.run(self.database.__aexit__(None, None, None))
            self.loop.close()
            self.around.close()

    def late(self, which: int) -> Asked | None:
        """One of the last that were asked."""
        return self.asked[-1 - which % len(self.asked)] if self.asked else None

    def of(self, person: UUID) -> list[UUID]:
        return [asked.id for asked in self.asked if asked.person == person]

    def came(self, id: UUID) -> int:
        """How many pictures a generation ever got."""
        return len(self.studio.images(id)) + self.deleted[id]

    def worth(self, id: UUID) -> int:
        """What a generation weighs on the quota: all while it is under way, then what came."""
        row = self.studio.generation(id)
        return int(row["requested_count"]) if row["finished_at"] is None else self.came(id)


def test_no_picture_is_paid_twice_and_the_quota_is_exact_whatever_happens(
    studio: Studio, settings: Settings, pytestconfig: pytest.Config
) -> None:
    stories = 100 if pytestconfig.getoption("--prove") else 12
    outcomes: Counter[str] = Counter()

    class Told(Story):
        pass

    Told.studio, Told.settings, Told.outcomes = studio, settings, outcomes
    run_state_machine_as_test(
        Told,
        settings=bounds(
            max_examples=stories, stateful_step_count=STEPS_OF_A_STORY, derandomize=True, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert outcomes.keys() >= {"done", "failed", "canceled", "erased", "heard"}, outcomes
