"""How often one caller may try to sign up and in, and how often one account may be tried, whoever tries."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sahne.gateway.auth.errors import OverRequestRateLimit
from sahne.gateway.rates import BUCKETS_MAX, Buckets, Rate
from sahne.remembered import Remembered

FIVE_MINUTES = 300
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """What is limited, and how."""

    what: str
    rate: Rate


SIGN_UP = Limit("sign up", Rate(burst=30, refill=30, seconds=FIVE_MINUTES))
ANONYMOUS = Limit("sign in anonymously", Rate(burst=30, refill=3, seconds=FIVE_MINUTES))
REFRESH = Limit("refresh", Rate(burst=150, refill=150, seconds=FIVE_MINUTES))
# by account and address together: guessing is slow, and nobody can lock out somebody else
SIGN_IN = Limit("sign in", Rate(burst=30, refill=30, seconds=FIVE_MINUTES))
# an office signs in from one address; who tries a hundred made-up names keeps every other sign-in waiting for bcrypt
SIGN_INS_OF_A_CALLER = Limit("sign in from one address", Rate(burst=100, refill=100, seconds=FIVE_MINUTES))
# by account alone: many addresses that guess at one account share this, but for those it was signed in from before
GUESSES_AT_AN_ACCOUNT = Limit("sign in from anywhere", Rate(burst=60, refill=60, seconds=HOUR))


class Limits:
    """A bucket a key for each limit, all of them `factor` times as large. `clock` answers seconds."""

    def __init__(
        self, factor: int = 1, *, buckets_max: int = BUCKETS_MAX, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._factor = factor
        self._buckets_max = buckets_max
        self._clock = clock
        self._buckets: dict[Limit, Buckets] = {}
        self._homes: Remembered[tuple[str, str], bool] = Remembered(buckets_max)

    def spend(self, limit: Limit, *key: str) -> None:
        """Take one token from a key's bucket.

        Raises:
            OverRequestRateLimit: the bucket is empty.
        """
        buckets = self._buckets.get(limit)
        if buckets is None:
            buckets = self._buckets[limit] = Buckets(
                limit.rate.times(self._factor), buckets_max=self._buckets_max, clock=self._clock
            )
        bucket = buckets.bucket(key)
        if not bucket.take():
            raise OverRequestRateLimit(retry_after_seconds=bucket.wait_seconds())

    def spend_guess(self, account: str, place: str) -> None:
        """One try at an account from a place.

        Raises:
            OverRequestRateLimit: the place, or all strangers together, tried too often.
        """
        self.spend(SIGN_IN, account, place)
        if self._homes.find((account, place)) is None:
            self.spend(GUESSES_AT_AN_ACCOUNT, account)

    def remember_home(self, account: str, place: str) -> None:
        """It was signed in to from here: strangers' guesses do not keep its owner out."""
        self._homes.keep((account, place), True)
