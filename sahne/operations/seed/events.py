"""What the seeded people's apps reported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from sahne.operations.seed.people import People
from sahne.operations.seed.size import STAGE_DAYS, Frame, Size
from sahne.operations.seed.writing import NULL, Dice, Table, moment

NAMES = ("app_opened", "scene_viewed", "image_generated", "image_favorited", "image_shared", "live_joined", "gift_sent",
         "paywall_viewed", "purchase_completed")  # fmt: skip
OFTEN = (30, 25, 14, 6, 4, 12, 3, 5, 1)
PLATFORMS, VERSIONS = ("ios", "android", "web"), ("1.4.0", "1.4.1", "1.5.0")
NAMELESS_SHARE = 0.05  # events of people who are gone


def event_table(frame: Frame, size: Size, people: People) -> Table:
    """Events in the order of time."""
    return Table("copy_events", _events(frame, size, people), size.events)


def months_of_events(frame: Frame) -> list[date]:
    """The first days of the months that must have a partition."""
    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (frame.days_before_end(STAGE_DAYS), frame.end))
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _events(frame: Frame, size: Size, people: People) -> Iterator[str]:
    dice = Dice(frame.seed, "events")
    start = frame.days_before_end(STAGE_DAYS)
    for at in sorted(dice.randrange(start, frame.end) for _ in range(size.events)):
        there = people.there_at(at)
        person = dice.randrange(there) if there else None
        who = NULL if person is None or dice.chance(NAMELESS_SHARE) else people.ids[person]
        visit = f"s{(person or 0):x}-{at // 3_600_000:x}"
        when = moment(at)
        yield (
            f'{dice.id()}\t{who}\t{dice.choices(NAMES, OFTEN)[0]}\t{{"screen": {dice.randrange(12)}}}\t'
            f'{dice.choice(PLATFORMS)}\t{dice.choice(VERSIONS)}\t{{"model": "seed"}}\t{visit}\t{when}\t{when}\n'
        )
