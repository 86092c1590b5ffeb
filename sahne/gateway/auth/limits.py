"""How often one caller may try to sign up and in, and how often one account may be tried, whoever tries."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sahne.gateway.auth.errors import OverEmailSendRateLimit, OverRequestRateLimit, OverSmsSendRateLimit
from sahne.gateway.rates import BUCKETS_MAX, Buckets, OwnRates, Rate, Rates
from sahne.remembered import Remembered

FIVE_MINUTES = 300
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """What is limited, and how."""

    what: str
    rate: Rate

    @property
    def name(self) -> str:
        """Its own among all limits of all doors."""
        return f"{self.what}, {self.rate.burst:g} and {self.rate.refill:g} in {self.rate.seconds:g} s"


SIGN_UP = Limit("sign up", Rate(burst=30, refill=30, seconds=FIVE_MINUTES))
ANONYMOUS = Limit("sign in anonymously", Rate(burst=30, refill=3, seconds=FIVE_MINUTES))
REFRESH = Limit("refresh", Rate(burst=150, refill=150, seconds=FIVE_MINUTES))
# each costs a question to the captcha's service
CAPTCHAS = Limit("solve captchas", Rate(burst=100, refill=100, seconds=FIVE_MINUTES))
# by account and address together: guessing is slow, and nobody can lock out somebody else
SIGN_IN = Limit("sign in", Rate(burst=30, refill=30, seconds=FIVE_MINUTES))
# an office signs in from one address; who tries a hundred made-up names keeps every other sign-in waiting for bcrypt
SIGN_INS_OF_A_CALLER = Limit("sign in from one address", Rate(burst=100, refill=100, seconds=FIVE_MINUTES))
# by account alone: many addresses that guess at one account share this, but for those it was signed in from before
GUESSES_AT_AN_ACCOUNT = Limit("sign in from anywhere", Rate(burst=60, refill=60, seconds=HOUR))

# letters are asked for by strangers too: one place does not use up what the whole house may send
LETTERS_OF_A_CALLER = Limit("ask for letters from one address", Rate(burst=60, refill=60, seconds=HOUR))
# a short message costs money, and some numbers pay those who have them written to
TEXTS_OF_A_CALLER = Limit("ask for short messages from one address", Rate(burst=20, refill=20, seconds=HOUR))
TEXTS_TO_A_NUMBER = Limit("have short messages sent to one number", Rate(burst=10, refill=5, seconds=HOUR))
VERIFY = Limit("send back what letters hold", Rate(burst=60, refill=60, seconds=FIVE_MINUTES))
# each who is sent to another provider is a row, and each who comes back a question to it
SENT_AWAY = Limit("sign in elsewhere", Rate(burst=60, refill=60, seconds=FIVE_MINUTES))
CALLBACKS = Limit("come back from elsewhere", Rate(burst=60, refill=60, seconds=FIVE_MINUTES))
# codes have six digits: of a million, an account is tried with twenty, and five more an hour, whoever tries
CODES_OF_AN_ACCOUNT_HERE = Limit("try codes", Rate(burst=10, refill=5, seconds=HOUR))
CODES_OF_AN_ACCOUNT = Limit("try codes from anywhere", Rate(burst=20, refill=5, seconds=HOUR))
# each begun is a row, each ended a signature to check
PASSKEYS = Limit("use passkeys", Rate(burst=60, refill=60, seconds=FIVE_MINUTES))
# how often a caller may ask; with how many wrong codes a person may be tried is the database's (`accounts/factors.sql`)
FACTORS = Limit("use second factors", Rate(burst=30, refill=15, seconds=60))


@dataclass(frozen=True, slots=True)
class LetterLimits:
    """How long between two letters to one address, and how many there are in an hour."""

    pause_seconds: int = 60
    per_hour: int = 600

    @property
    def to_an_address(self) -> Limit:
        """One, and the next after the pause."""
        return Limit("have a letter sent", Rate(burst=1, refill=1, seconds=max(self.pause_seconds, 1)))

    @property
    def of_the_house(self) -> Limit:
        """All of them."""
        return Limit("have letters sent", Rate(burst=self.per_hour, refill=self.per_hour, seconds=HOUR))


class Limits:
    """A bucket a key for each limit, all of them `factor` times as large. `clock` answers seconds."""

    def __init__(
        self,
        factor: int = 1,
        *,
        letters: LetterLimits | None = None,
        texts: LetterLimits | None = None,
        rates: Rates | None = None,
        buckets_max: int = BUCKETS_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = rates or OwnRates()
        self._letters = letters or LetterLimits()
        self._texts = texts or LetterLimits()
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
        if (wait := self._take(limit, key)) is not None:
            raise OverRequestRateLimit(retry_after_seconds=wait)

    def spend_letter(self, email: str) -> None:
        """One letter to an address, whether there is anybody to write to or not.

        Raises:
            OverEmailSendRateLimit: the last one was a moment ago, or the house has sent too many.
        """
        if (wait := self._take(self._letters.to_an_address, (email,))) is not None:
            raise OverEmailSendRateLimit.of_an_address(wait)
        if (wait := self._take(self._letters.of_the_house, ())) is not None:
            raise OverEmailSendRateLimit(retry_after_seconds=wait)

    def spend_text(self, phone: str) -> None:
        """One short message to a number, whether there is anybody to write to or not.

        Raises:
            OverSmsSendRateLimit: the last one was a moment ago, or too many were sent to the number, or by the house.
        """
        if (wait := self._take(self._texts.to_an_address, ("sms", phone))) is not None:
            raise OverSmsSendRateLimit.of_an_address(wait)
        for limit, key in ((TEXTS_TO_A_NUMBER, (phone,)), (self._texts.of_the_house, ("sms",))):
            if (wait := self._take(limit, key)) is not None:
                raise OverSmsSendRateLimit(retry_after_seconds=wait)

    def spend_code(self, email: str, place: str) -> None:
        """One try at the code that was sent to an address.

        Raises:
            OverRequestRateLimit: the place, or all places together, tried too often.
        """
        self.spend(CODES_OF_AN_ACCOUNT_HERE, email, place)
        self.spend(CODES_OF_AN_ACCOUNT, email)

    def _take(self, limit: Limit, key: tuple[str, ...]) -> float | None:
        """Take one token; None, or in how many seconds there will be one."""
        buckets = self._buckets.get(limit)
        if buckets is None:
            buckets = self._buckets[limit] = self._rates.buckets(
                limit.name, limit.rate.times(self._factor), buckets_max=self._buckets_max, clock=self._clock
            )
        bucket = buckets.bucket(key)
        return None if bucket.take() else bucket.wait_seconds()

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
