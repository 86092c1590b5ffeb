"""The post: what a request asks to be sent is written and handed over while nobody waits for it.

A request hands in an errand and is answered. Whether there is anybody to write to is found out afterwards, so neither
the answer nor its time tells. The errands are in memory alone: they hold codes nobody else may read, and whoever gets
no letter asks for another.

Errands about one person go in the order they came, so the letter that comes last holds the code that is good; only a
letter that has to be tried again may come after its successor.

handed in → written (a letter, or none) → handed over → done, or again after 5, 10, 20 … seconds, `ATTEMPTS_MAX` times
→ given up. At the end what waits has `STOP_SECONDS_MAX`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from sahne.backoff import Backoff
from sahne.errors import Unavailable
from sahne.providers.mail import Letter, LetterDelayed, LetterRefused, Mailer
from sahne.telemetry import Failed, observe

ERRANDS_MAX = 1_000
CARRIERS = 4
ATTEMPTS_MAX = 7  # over five minutes
PAUSE_SECONDS_MIN = 5.0
PAUSE_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 5.0

Writing = Callable[[], Awaitable[Letter | None]]


@dataclass(frozen=True, slots=True)
class LetterSent:
    """A letter was handed over."""

    attempts: int


@dataclass(frozen=True, slots=True)
class LetterGivenUp:
    """A letter was refused, or could not be handed over as often as it was tried."""

    why: str


@dataclass(frozen=True, slots=True)
class ErrandsLost:
    """There was no room for an errand, or no time at the end."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    write: Writing
    letter: Letter | None = None
    attempts: int = 0
    backoff: Backoff
    line: asyncio.Queue[_Errand]


class Post:
    """Open it with `async with`; `hand_in` never waits."""

    def __init__(
        self,
        mailer: Mailer,
        *,
        errands_max: int = ERRANDS_MAX,
        pause_seconds_min: float = PAUSE_SECONDS_MIN,
        attempts_max: int = ATTEMPTS_MAX,
    ) -> None:
        self._mailer = mailer
        self._attempts_max = attempts_max
        self._errands_max = errands_max
        self._pause_seconds_min = pause_seconds_min
        self._lines: list[asyncio.Queue[_Errand]] = [asyncio.Queue() for _ in range(CARRIERS)]
        self._open = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._carriers: list[asyncio.Task[None]] = []
        self._pauses: set[asyncio.TimerHandle] = set()

    async def __aenter__(self) -> Post:
        self._carriers = [asyncio.create_task(self._carry(line), name="sahne post") for line in self._lines]
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await self._empty.wait()
        for pause in self._pauses:
            pause.cancel()
        for carrier in self._carriers:
            carrier.cancel()
        await asyncio.gather(*self._carriers, return_exceptions=True)
        if self._open:
            observe(ErrandsLost(self._open))

    def hand_in(self, write: Writing, about: str) -> None:
        """Have a letter written and sent, after those about the same address or user; one too many is lost and told."""
        if self._open >= self._errands_max:
            observe(ErrandsLost(1))
            return
        self._open += 1
        self._empty.clear()
        line = self._lines[hash(about) % CARRIERS]
        backoff = Backoff(self._pause_seconds_min, PAUSE_SECONDS_MAX)
        line.put_nowait(_Errand(write=write, backoff=backoff, line=line))

    async def _carry(self, line: asyncio.Queue[_Errand]) -> None:
        while True:
            errand = await line.get()
            try:
                later = await self._try(errand)
            except Exception as error:
                observe(Failed.of("write a letter", error))
                later = None
            if later is None:
                self._close_one()
            else:
                self._again(later)

    async def _try(self, errand: _Errand) -> _Errand | None:
        """Write it if it is not written, and hand it over; answers what is to be tried again."""
        attempts = errand.attempts + 1
        letter = errand.letter
        try:
            letter = letter or await errand.write()
            if letter is not None:
                await self._mailer.send(letter)
                observe(LetterSent(attempts))
        except LetterRefused as error:
            observe(LetterGivenUp(str(error)))
        except (LetterDelayed, Unavailable) as error:
            if attempts < self._attempts_max:
                return replace(errand, letter=letter, attempts=attempts)
            observe(LetterGivenUp(str(error)))
        return None

    def _again(self, errand: _Errand) -> None:
        loop = asyncio.get_running_loop()

        def ready() -> None:
            self._pauses.discard(pause)
            errand.line.put_nowait(errand)

        pause = loop.call_later(errand.backoff.next_seconds(), ready)
        self._pauses.add(pause)

    def _close_one(self) -> None:
        self._open -= 1
        if not self._open:
            self._empty.set()
