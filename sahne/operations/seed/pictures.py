"""The studio of the seeded world: scenes, who made how many pictures of them, and what is counted of that.

The counts are the ones the triggers would have kept: `load` puts them in beside the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sahne.operations.seed.people import People
from sahne.operations.seed.size import Frame, Size
from sahne.operations.seed.writing import Dice, Table, dashed, fixed_id, line, moment, row, shares

DAY = 86_400_000
IDLE_SHARE = 0.35  # people who never made a picture
FREE_PICTURES_A_DAY_MAX = 4  # a day in another zone touches two of UTC's: at most eight, under the free limit
FREE_LIMIT, PREMIUM_LIMIT = 10, 999_999
GENERATION_EVERY = 10  # so many pictures to one that has its request kept as a row

CATEGORIES = ("Travel", "Cinema", "History", "Fantasy", "Fashion", "Seasons", "Sport", "Vintage")
_MOODS = "Golden Silver Quiet Stormy Velvet Crimson Misty Bright Frozen Hidden Electric Paper"
_PLACES = "Harbour Garden Rooftop Library Desert Forest Station Palace Market Lighthouse Bridge Theatre"
MOODS, PLACES = _MOODS.split(), _PLACES.split()
PROMPTS = ("a portrait in soft light", "full body, film grain", "looking over the shoulder", "smiling, golden hour")


class Shot(NamedTuple):
    """When a picture was made and by whom."""

    at: int
    person: int


class PersonsDay(NamedTuple):
    """A day, as its number since 1970, of one person."""

    day: int
    person: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One scene; every seed shares the same ones."""

    id: str
    name: str
    category: str
    premium: bool
    active: bool


@dataclass(slots=True, kw_only=True)
class Counts:
    """What the triggers would have counted. Days are UTC's; `booked` has the quota's own days."""

    total: Counter[int] = field(default_factory=Counter)
    favorite: Counter[int] = field(default_factory=Counter)
    scenes: Counter[str] = field(default_factory=Counter)
    days: Counter[PersonsDay] = field(default_factory=Counter)
    booked: Counter[PersonsDay] = field(default_factory=Counter)
    times: dict[int, list[float]] = field(default_factory=dict)  # day: [seconds, how many]


def make_scenes(size: Size) -> list[Scene]:
    """From two dozen to all 144, by the number of people."""
    names = [f"{mood} {place}" for mood in MOODS for place in PLACES]
    count = min(len(names), 24 + size.users // 500)
    chosen = [names[(number * 29) % len(names)] for number in range(count)]
    return [
        Scene(
            id=fixed_id(f"scene:{name}"),
            name=name,
            category=CATEGORIES[number % len(CATEGORIES)].lower(),
            premium=number % 4 == 3,
            active=number % 19 != 18,
        )
        for number, name in enumerate(chosen)
    ]


def plan_pictures(frame: Frame, size: Size, people: People) -> list[Shot]:
    """Every picture in the order of time.

    A few make very many and pay for it; who does not pay keeps to the free limit. Fills `people.pictures`.
    """
    dice = Dice(frame.seed, "pictures")
    weights = [0.0 if dice.chance(IDLE_SHARE) else min(dice.paretovariate(1.3), 400.0) for _ in people.ids]
    if weights and not any(weights):
        weights[0] = 1.0
    people.pictures = shares(weights, size.images)
    shots: list[Shot] = []
    for person, count in enumerate(people.pictures):
        if count:
            shots += [Shot(at, person) for at in _moments(frame, people, person, count, dice)]
    shots.sort()
    return shots


def _moments(frame: Frame, people: People, person: int, count: int, dice: Dice) -> Iterator[int]:
    """When one person makes so many pictures; more than a free account can, and they pay."""
    joined, last = people.joined[person], frame.end - 1
    days = (last - joined) // DAY + 1
    if count > days * FREE_PICTURES_A_DAY_MAX // 2:
        people.premium.add(person)
    if person in people.premium:
        for _ in range(count):
            yield dice.randint(joined, last)
        return
    first = joined // DAY * DAY
    chosen = dice.sample(range(days), -(-count // FREE_PICTURES_A_DAY_MAX))
    for number in range(count):
        day = first + chosen[number // FREE_PICTURES_A_DAY_MAX] * DAY
        yield min(max(day + dice.randrange(DAY), joined), last)


def picture_tables(frame: Frame, people: People, scenes: list[Scene], plan: list[Shot], counts: Counts) -> list[Table]:
    """The pictures and, before them, the requests some of them came of; `counts` is filled on the way."""
    dice = Dice(frame.seed, "generations")
    requests = {number: dice.id() for number in range(0, len(plan), GENERATION_EVERY)}
    pictures = list(_choose(frame, scenes, plan))
    return [
        Table("copy_generations", _generations(people, plan, pictures, requests), len(requests)),
        Table("copy_reservations", _reservations(frame, people, plan, requests), len(requests)),
        Table("copy_images", _images(frame, people, plan, pictures, requests, counts), len(plan)),
    ]


def count_tables(frame: Frame, people: People, counts: Counts) -> list[Table]:
    """What is counted by person: nobody else's rows are touched. Only to be read once the pictures are written."""
    dice, ids = Dice(frame.seed, "usage"), people.ids
    totals = (line(ids[person], count, counts.favorite[person]) for person, count in counts.total.items())
    days = (line(_date(each.day), ids[each.person], count) for each, count in counts.days.items())
    usage = (_usage(each, count, people, dice) for each, count in counts.booked.items())
    return [
        Table("copy_user_counts", totals, len(counts.total)),
        Table("copy_user_days", days, len(counts.days)),
        Table("copy_usage", usage, len(counts.booked)),
    ]


def _usage(booked: PersonsDay, count: int, people: People, dice: Dice) -> str:
    limit = PREMIUM_LIMIT if booked.person in people.premium else FREE_LIMIT
    at = moment(booked.day * DAY)
    return line(dice.id(), people.ids[booked.person], _date(booked.day), count, limit, at, at)


def day_rows(counts: Counts) -> list[tuple[date, int, int, float, int]]:
    """day, pictures, people, seconds, pictures with seconds: to be added to `private.image_days`."""
    pictures: Counter[int] = Counter()
    people: Counter[int] = Counter()
    for each, count in counts.days.items():
        pictures[each.day] += count
        people[each.day] += 1
    return [
        (_date(day), pictures[day], people[day], counts.times[day][0], int(counts.times[day][1]))
        for day in sorted(pictures)
    ]


@dataclass(frozen=True, slots=True)
class _Picture:
    scene: str | None
    seconds: float | None
    favorite: bool


def _choose(frame: Frame, scenes: list[Scene], plan: list[Shot]) -> Iterator[_Picture]:
    """Some scenes are loved; a few pictures have none any more. Seconds are exact in float4, so sums are exact too."""
    dice = Dice(frame.seed, "choices")
    loved = [1.0 / (rank + 3) for rank in range(len(scenes))]
    picked = dice.choices(scenes, loved, k=len(plan))
    for scene in picked:
        yield _Picture(
            None if dice.chance(0.01) else scene.id,
            None if dice.chance(0.02) else dice.randrange(64, 64 * 24) / 64,
            dice.chance(0.12),
        )


def _images(
    frame: Frame, people: People, plan: list[Shot], pictures: list[_Picture], requests: dict[int, str], counts: Counts
) -> Iterator[str]:
    dice = Dice(frame.seed, "images")
    for number, (shot, picture) in enumerate(zip(plan, pictures, strict=True)):
        _count(shot, picture, frame, counts)
        id, owner = dice.id(), people.ids[shot.person]
        url = f"/storage/v1/object/authenticated/images/{dashed(owner)}/{id}"
        yield row(
            id=id,
            user_id=owner,
            scene_id=picture.scene,
            image_url=f"{url}.webp",
            thumbnail_url=f"{url}_320.webp",
            prompt=PROMPTS[number % len(PROMPTS)],
            is_favorite="t" if picture.favorite else "f",
            generation_time=picture.seconds,
            model="embedded-studio-1",
            image_size="1024x1024",
            seed=dice.getrandbits(32),
            metadata='{"provider": "embedded"}',
            created_at=moment(shot.at),
            generation_id=requests.get(number),
        )


def _count(shot: Shot, picture: _Picture, frame: Frame, counts: Counts) -> None:
    day = shot.at // DAY
    counts.total[shot.person] += 1
    counts.days[PersonsDay(day, shot.person)] += 1
    counts.booked[PersonsDay(_booked_day(shot.at, frame.zone), shot.person)] += 1
    if picture.favorite:
        counts.favorite[shot.person] += 1
    if picture.scene:
        counts.scenes[picture.scene] += 1
    times = counts.times.setdefault(day, [0.0, 0])
    if picture.seconds is not None:
        times[0] += picture.seconds
        times[1] += 1


def _generations(people: People, plan: list[Shot], pictures: list[_Picture], requests: dict[int, str]) -> Iterator[str]:
    for number, id in requests.items():
        shot, picture = plan[number], pictures[number]
        start = shot.at - int((picture.seconds or 2.0) * 1000)
        yield row(
            id=id,
            user_id=people.ids[shot.person],
            scene_id=picture.scene,
            status="done",
            progress=100,
            requested_count=1,
            image_size="1024x1024",
            idempotency_key=f"seed:{id}",
            prompt=PROMPTS[number % len(PROMPTS)],
            provider="embedded",
            model="embedded-studio-1",
            attempts=1,
            created_at=moment(start - 300),
            started_at=moment(start),
            finished_at=moment(shot.at),
            updated_at=moment(shot.at),
        )


def _reservations(frame: Frame, people: People, plan: list[Shot], requests: dict[int, str]) -> Iterator[str]:
    for number, id in requests.items():
        shot = plan[number]
        day = _date(_booked_day(shot.at, frame.zone))
        yield line(id, people.ids[shot.person], day, 1, 1, moment(shot.at), moment(shot.at))


def _booked_day(at: int, zone: str) -> int:
    if zone == "UTC":
        return at // DAY
    return datetime.fromtimestamp(at // 1000, ZoneInfo(zone)).date().toordinal() - date(1970, 1, 1).toordinal()


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * 86_400, UTC).date()
