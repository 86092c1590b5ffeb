"""What tests of letters share: an inbox that is read over HTTP, what stands in a letter, and what is done with it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt

from tests.eventually import eventually

PASSWORD = "correct horse"
ANOTHER = "battery staple"


@dataclass(frozen=True, slots=True)
class Read:
    """A letter that came."""

    to: str
    subject: str
    text: str
    html: str
    link: str  # empty where it has none

    @property
    def code(self) -> str:
        """What its reader types in."""
        found = re.search(r": ([0-9]{6,10})$", self.text, re.MULTILINE)
        assert found, self.text
        return found[1]

    @property
    def token(self) -> str:
        """What its link carries."""
        assert self.link
        return parse_qs(urlsplit(self.link).query)["token"][0]


class Inbox:
    """The letters of a server that sends none."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/inbox"

    def letters(self, to: str) -> list[Read]:
        """All to an address, the newest first."""
        answer = httpx.get(self._url, headers={"accept": "application/json"}, timeout=20)
        assert answer.status_code == 200, answer.text
        names = ("to", "subject", "text", "html", "link")
        return [Read(**{n: each[n] or "" for n in names}) for each in answer.json()["letters"] if each["to"] == to]

    def newest(self, to: str, count: int = 1) -> Read:
        """The newest, when there are as many as that."""
        return eventually(lambda: letters[0] if len(letters := self.letters(to)) >= count else None)


def sign_up(door: httpx.Client, email: str, password: str = PASSWORD, **body: object) -> dict:
    answer = door.post("/signup", json={"email": email, "password": password, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign_in(door: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return door.post("/token?grant_type=password", json={"email": email, "password": password})


def confirmed(door: httpx.Client, inbox: Inbox, email: str, password: str = PASSWORD) -> dict:
    """Somebody who signed up and followed the letter; their session."""
    sign_up(door, email, password)
    return prove(door, type="signup", token_hash=inbox.newest(email).token).json()


def prove(door: httpx.Client, **body: object) -> httpx.Response:
    return door.post("/verify", json=body)


def fragment(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).fragment).items()}


def methods(token: str) -> list[str]:
    return [each["method"] for each in jwt.decode(token, options={"verify_signature": False})["amr"]]


def a_challenge() -> tuple[str, dict[str, str]]:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return verifier, {"code_challenge": challenge, "code_challenge_method": "s256"}


def exchange(door: httpx.Client, auth_code: str, verifier: str) -> httpx.Response:
    return door.post("/token?grant_type=pkce", json={"auth_code": auth_code, "code_verifier": verifier})


def mine(session: dict) -> dict[str, str]:
    """The header of who has a session."""
    return {"authorization": f"Bearer {session['access_token']}"}
