"""The demo world's scenes as its SQL has them, for those who make their pictures without a database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sahne.operations.demo import QUERIES

ROW = re.compile(r"\('([^']+)', '[^']*', '(\w+)',.*?'\{(.*?)\}', \w+, \d+\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DemoScene:
    """What the keyless studio reads of a scene, and its name."""

    name: str
    category: str
    keywords: tuple[str, ...]

    @property
    def file_name(self) -> str:
        """Of its picture, without the folder."""
        return f"{self.name.lower().replace(' ', '-')}.webp"


def scenes_of_the_demo() -> Iterator[DemoScene]:
    """Each, in the order of the studio."""
    for name, category, keywords in ROW.findall(QUERIES["put_scenes"].decode()):
        yield DemoScene(name, category, tuple(word.strip('"') for word in keywords.split(",")))
