"""The studio of the seeded world: scenes, who made how many pictures of them, and what is counted of that.

The counts are the ones the triggers would have kept: `load` puts them in beside the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sahne.operations.seed.people import People
from sahne.operations.seed.size import Frame, Size
from sahne.operations.seed.writing import NULL, Dice, Table, dashed, fixed_id, line, moment, shares

DAY = 86_400_000
IDLE_SHARE = 0.35  # people who never made a picture
FREE_PICTURES_A_DAY_MAX = 4  # a day in another zone touches two of UTC's: at most eight, under the free limit
FREE_LIMIT, PREMIUM_LIMIT = 10, 999_999
GENERATION_EVERY = 10  # so many pictures to one that has its request kept as a row
PERSON_BITS = 24

CATEGORIES = ("Travel", "Cinema", "History", "Fantasy", "Fashion", "Seasons", "Sport", "Vintage")
_MOODS = "Golden Silver Quiet Stormy Velvet Crimson Misty Bright Frozen Hidden Electric Paper"
_PLACES = "Harbour Garden Rooftop Library Desert Forest Station Palace Market Lighthouse Bridge Theatre"
MOODS, PLACES = _MOODS.split(), _PLACES.split()
PROMPTS = ("a portrait in soft light", "full body, film grain", "looking over the shoulder", "smiling, golden hour")


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene; every seed shares the same ones."""

    id: str
    name: str
    category: str
    premium: bool
    active: bool


@dataclass(slots=True)
class Counts:
    """What the triggers would have counted. Days are numbers since 1970 of UTC; `booked` has the quota's own days."""

    total: Counter[int] = field(default_factory=Counter)
    favorite: Counter[int] = field(default_factory=Counter)
    scenes: Counter[str] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)  # day << PERSON_BITS | person
    booked: Counter[int] = field(default_factory=Counter)
    times: dict[int, list[float]] = field(default_factory=dict)  # day: [seconds, how many]


def make_scenes(size: Size) -> list[Scene]:
    """From two dozen to all 144, by the number of people."""
    names = [f"{mood} {place}" for mood in MOODS for place in PLACES]
    count = min(len(names), 24 + size.users // 500)
    chosen = [names[(number * 29) % len(names)] for number in range(count)]
    return [
        Scene(fixed_id(f"scene:{name}"), name, CATEGORIES[number % len(CATEGORIES)].lower(),
              premium=number % 4 == 3, active=number % 19 != 18)
        for number, name in enumerate(chosen)
    ]  # fmt: skip


def plan_pictures(frame: Frame, size: Size, people: People) -> list[int]:
    """When each picture was made and by whom, in the order of time: `moment << PERSON_BITS | person`.

    A few make very many and pay for it; who does not pay keeps to the free limit. Fills `people.pictures`.
    """
    dice = Dice(frame.seed, "pictures")
    weights = [0.0 if dice.chance(IDLE_SHARE) else min(dice.paretovariate(1.3), 400.0) for _ in people.ids]
    if weights and not any(weights):
        weights[0] = 1.0
    people.pictures = shares(weights, size.images)
    packed: list[int] = []
    for person, count in enumerate(people.pictures):
        if not count:
            continue
        joined = people.joined[person]
        days = (frame.end - 1 - joined) // DAY + 1
        if count > days * FREE_PICTURES_A_DAY_MAX // 2:
            people.premium.add(person)
        if person in people.premium:
            moments = [dice.randint(joined, frame.end - 1) for _ in range(count)]
        else:
            chosen = dice.sample(range(days), -(-count // FREE_PICTURES_A_DAY_MAX))
            first = joined // DAY * DAY
            moments = [
                min(max(first + chosen[number // FREE_PICTURES_A_DAY_MAX] * DAY + dice.randrange(DAY), joined),
                    frame.end - 1)
                for number in range(count)
            ]  # fmt: skip
        packed += [each << PERSON_BITS | person for each in moments]
    packed.sort()
    return packed


def picture_tables(frame: Frame, people: People, scenes: list[Scene], plan: list[int], counts: Counts) -> list[Table]:
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
    dice, ids, mask = Dice(frame.seed, "usage"), people.ids, (1 << PERSON_BITS) - 1

    def usage(key: int, count: int) -> str:
        day, person = key >> PERSON_BITS, key & mask
        limit = PREMIUM_LIMIT if person in people.premium else FREE_LIMIT
        at = moment(day * DAY)
        return f"{dice.id()}\t{ids[person]}\t{_date(day)}\t{count}\t{limit}\t{at}\t{at}\n"

    return [
        Table("copy_user_counts", (line(ids[p], n, counts.favorite[p]) for p, n in counts.total.items()),
              len(counts.total)),
        Table("copy_user_days", (line(_date(k >> PERSON_BITS), ids[k & mask], n) for k, n in counts.days.items()),
              len(counts.days)),
        Table("copy_usage", (usage(key, count) for key, count in counts.booked.items()), len(counts.booked)),
    ]  # fmt: skip


def day_rows(counts: Counts) -> list[tuple[date, int, int, float, int]]:
    """day, pictures, people, seconds, pictures with seconds: to be added to `private.image_days`."""
    pictures: Counter[int] = Counter()
    people: Counter[int] = Counter()
    for key, count in counts.days.items():
        pictures[key >> PERSON_BITS] += count
        people[key >> PERSON_BITS] += 1
    return [(_date(day), pictures[day], people[day], counts.times[day][0], int(counts.times[day][1]))
            for day in sorted(pictures)]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Picture:
    scene: str | None
    seconds: float | None
    favorite: bool


def _choose(frame: Frame, scenes: list[Scene], plan: list[int]) -> Iterator[_Picture]:
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
    frame: Frame, people: People, plan: list[int], pictures: list[_Picture], requests: dict[int, str], counts: Counts
) -> Iterator[str]:
    dice, mask = Dice(frame.seed, "images"), (1 << PERSON_BITS) - 1
    folders = {p: f"/storage/v1/object/authenticated/images/{dashed(people.ids[p])}" for p in {k & mask for k in plan}}
    local = ZoneInfo(frame.zone) if frame.zone != "UTC" else None
    for number, (packed, picture) in enumerate(zip(plan, pictures, strict=True)):
        at, person = packed >> PERSON_BITS, packed & mask
        day, id = at // DAY, dice.id()
        key = day << PERSON_BITS | person
        counts.total[person] += 1
        counts.days[key] += 1
        counts.booked[_booked_day(at, local) << PERSON_BITS | person if local else key] += 1
        if picture.favorite:
            counts.favorite[person] += 1
        if picture.scene:
            counts.scenes[picture.scene] += 1
        times = counts.times.setdefault(day, [0.0, 0])
        if picture.seconds is not None:
            times[0] += picture.seconds
            times[1] += 1
        request, url = requests.get(number), f"{folders[person]}/{id}"
        yield (
            f"{id}\t{people.ids[person]}\t{picture.scene or NULL}\t{url}.webp\t{url}_320.webp\t"
            f"{PROMPTS[number & 3]}\t{'t' if picture.favorite else 'f'}\t"
            f"{NULL if picture.seconds is None else picture.seconds}\tembedded-studio-1\t1024x1024\t"
            f'{dice.getrandbits(32)}\t{{"provider": "embedded"}}\t{moment(at)}\t{request or NULL}\n'
        )


def _generations(people: People, plan: list[int], pictures: list[_Picture], requests: dict[int, str]) -> Iterator[str]:
    mask = (1 << PERSON_BITS) - 1
    for number, id in requests.items():
        at, person = plan[number] >> PERSON_BITS, plan[number] & mask
        start = at - int((pictures[number].seconds or 2.0) * 1000)
        yield line(id, people.ids[person], pictures[number].scene, "done", 100, 1, "1024x1024", f"seed:{id}",
                   PROMPTS[number & 3], "embedded", "embedded-studio-1", 1,
                   moment(start - 300), moment(start), moment(at), moment(at))  # fmt: skip


def _reservations(frame: Frame, people: People, plan: list[int], requests: dict[int, str]) -> Iterator[str]:
    mask = (1 << PERSON_BITS) - 1
    local = ZoneInfo(frame.zone) if frame.zone != "UTC" else None
    for number, id in requests.items():
        at, person = plan[number] >> PERSON_BITS, plan[number] & mask
        day = _booked_day(at, local) if local else at // DAY
        yield line(id, people.ids[person], _date(day), 1, 1, moment(at), moment(at))


def _booked_day(at: int, zone: ZoneInfo) -> int:
    return datetime.fromtimestamp(at // 1000, zone).date().toordinal() - date(1970, 1, 1).toordinal()


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * 86_400, UTC).date()
