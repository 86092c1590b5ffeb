"""What tests of second factors share: a person with an authenticator app, which shows the code of now and the next one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import httpx
import psycopg

from sahne.accounts.totp import STEP_SECONDS, code_at
from tests.accounts import an_email

PASSWORD = "sahne-demo"


@dataclass
class Phone:
    """An authenticator app with one factor in it."""

    secret: str
    factor_id: str

    def code(self, steps_off: int = 0) -> str:
        """What it shows, or will show."""
        return code_at(self.secret, int(time.time()) // STEP_SECONDS + steps_off)

    @property
    def wrong_code(self) -> str:
        """None of those around now."""
        around = {self.code(off) for off in range(-3, 4)}
        return next(f"{number:06}" for number in range(10) if f"{number:06}" not in around)


@dataclass
class Person:
    """Somebody at the auth door, with the tokens of their session."""

    door: httpx.Client
    email: str = field(default_factory=an_email)
    session: dict = field(default_factory=dict)
    place: str = "203.0.113.1"

    @classmethod
    def new(cls, door: httpx.Client) -> Person:
        """Signed up just now."""
        person = cls(door)
        person.session = door.post("/signup", json={"email": person.email, "password": PASSWORD}).json()
        return person

    def signed_in(self, place: str = "203.0.113.1") -> Person:
        """The same person in another session, from a place."""
        body = {"email": self.email, "password": PASSWORD}
        answer = self.door.post("/token?grant_type=password", json=body, headers={"x-real-ip": place})
        assert answer.status_code == 200, answer.text
        return Person(self.door, self.email, answer.json(), place)

    @property
    def id(self) -> str:
        """The user's."""
        return self.session["user"]["id"]

    def ask(self, method: str, path: str, body: dict | None = None) -> httpx.Response:
        """One request of theirs."""
        headers = {"authorization": f"Bearer {self.session['access_token']}", "x-real-ip": self.place}
        return self.door.request(method, path, json=body, headers=headers)

    def enroll(self, name: str = "phone") -> Phone:
        """A factor that waits for its first code."""
        answer = self.ask("POST", "/factors", {"factor_type": "totp", "friendly_name": name})
        assert answer.status_code == 200, answer.text
        return Phone(answer.json()["totp"]["secret"], answer.json()["id"])

    def challenge(self, phone: Phone) -> str:
        """A challenge to answer."""
        answer = self.ask("POST", f"/factors/{phone.factor_id}/challenge")
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def verify(self, phone: Phone, code: str, challenge: str | None = None) -> httpx.Response:
        """The answer to a challenge; what it opens is this person's session then."""
        body = {"challenge_id": challenge or self.challenge(phone), "code": code}
        answer = self.ask("POST", f"/factors/{phone.factor_id}/verify", body)
        if answer.status_code == 200:
            self.session = answer.json()
        return answer

    def with_phone(self, name: str = "phone") -> Phone:
        """A factor that is proven."""
        phone = self.enroll(name)
        answer = self.verify(phone, phone.code())
        assert answer.status_code == 200, answer.text
        return phone


def half_a_minute_later(database_url: str, phone: Phone) -> None:
    """What the phone shows now was not taken before: the step that the database remembers grows older."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("update private.factor_steps set step = step - 9 where factor_id = %s", (phone.factor_id,))
