"""What tests of letters share: an inbox that is read over HTTP, and what stands in a letter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.eventually import eventually


@dataclass(frozen=True, slots=True)
class Read:
    """A letter that came."""

    to: str
    subject: str
    text: str
    html: str
    link: str | None

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
        return [Read(**{n: each[n] for n in names}) for each in answer.json()["letters"] if each["to"] == to]

    def newest(self, to: str, count: int = 1) -> Read:
        """The newest, when there are as many as that."""
        return eventually(lambda: letters[0] if len(letters := self.letters(to)) >= count else None)
