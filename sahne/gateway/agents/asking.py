"""Asking the person before something is spent or taken away: what was asked is sealed, and good once, for minutes.

The seal says which tool with which arguments was shown to whom, and how they answer: by the client's own form, or, for
a client that has none, by calling again with what was given. PostgreSQL keeps which seals were answered, so that a
yes is good for one call, whichever server is asked.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries
from sahne.errors import Conflict
from sahne.sealing import SealBroken, Sealing

PURPOSE = "what agents asked a person"
GOOD_SECONDS = 600
QUERIES = load_queries(__package__)

Way = Literal["form", "again"]


class NotAgreed(Conflict):
    """This was not agreed to: it is another tool, other arguments, another person, too long ago, or was used before."""

    code = "not_agreed"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. `digest` is of the tool and its arguments, `until` in Unix seconds."""

    digest: str
    way: Way
    key: str
    until: float


class Asking:
    """Seals questions for a person, and opens what comes back."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._sealing = Sealing(secret, PURPOSE)
        self._clock = clock

    def ask(self, person: UUID, tool: str, arguments: Mapping[str, Any], way: Way) -> str:
        """What stands for the question."""
        asked = Asked(_digest(tool, arguments), way, str(uuid4()), self._clock() + GOOD_SECONDS)
        return self._sealing.seal(json.dumps(asdict(asked)), person)

    def agreed(self, sealed: str, person: UUID, tool: str, arguments: Mapping[str, Any], way: Way) -> str:
        """The key of what was agreed to.

        Raises:
            NotAgreed
        """
        try:
            asked = Asked(**json.loads(self._sealing.unseal(sealed, person)))
        except SealBroken as error:
            raise NotAgreed() from error
        if asked.way != way or asked.digest != _digest(tool, arguments) or asked.until < self._clock():
            raise NotAgreed(hint="Call the tool without `agreed`, and ask the person again.")
        return asked.key


async def use_up(pipeline: Pipeline, person: Actor, key: str) -> None:
    """What was answered under this key is answered no second time, by any server.

    Raises:
        NotAgreed: it was answered before.
    """
    with refusals():
        result = await pipeline.run(person.as_service(), QUERIES["use_up"], {"user_id": person.user_id, "key": key})
    if not result.json():
        raise NotAgreed(hint="One yes is for one call. Look at what came of it before you ask the person again.")


def _digest(tool: str, arguments: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([tool, arguments], sort_keys=True).encode()).hexdigest()
