"""What tests of other people's sign-in share: a server's settings, a browser's way there and back, what apps are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from sahne.settings import Settings
from tests.letters import fragment, mine
from tests.openid import APP_ID, APPLE_KEY, CLIENT_ID, SECRET, FakeProvider, back_from

CORP, OTHER = "custom:corp", "custom:other"
APP = "http://localhost:3000/in"
KNOWN = ("google", "apple", "github", "facebook", "discord")


def with_providers(settings: Settings, corp: FakeProvider, other: FakeProvider, key: Path) -> Settings:
    """People come from `corp`, or from `other`, which plays the five known providers too."""
    key.write_text(APPLE_KEY)
    ids: dict[str, Any] = {f"{name}_client_ids": CLIENT_ID for name in KNOWN}
    secrets: dict[str, Any] = {f"{name}_client_secret": SECRET for name in KNOWN if name != "apple"}
    return replace(
        settings,
        confirm_email=True,
        manual_linking=True,
        client_ip_header="x-real-ip",
        openid_providers=f"corp={corp.url},{CLIENT_ID},{SECRET},{APP_ID}; other={other.url},{CLIENT_ID},{SECRET}",
        provider_urls=";".join(f"{name}={other.url}" for name in KNOWN),
        apple_team_id="TEAM",
        apple_key_id="KEY",
        apple_key=key,
        **(ids | secrets),
    )


@dataclass(frozen=True, slots=True)
class Way:
    """A browser's way to a provider and back."""

    door: httpx.Client
    provider: FakeProvider
    name: str = CORP

    def away(self, **query: str) -> str:
        answer = self.door.get("/authorize", params={"provider": self.name, "redirect_to": APP} | query)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def back(self, address: str) -> httpx.Response:
        url, form = back_from(address, self.provider.url)
        return self.door.post(url, data=form) if form else self.door.get(url)

    def whole(self, **query: str) -> dict[str, str]:
        return fragment(self.back(self.away(**query)))


def by_token(door: httpx.Client, id_token: str, name: str = CORP, **body: Any) -> httpx.Response:
    return door.post("/token?grant_type=id_token", json={"provider": name, "id_token": id_token} | body)


def user_of(door: httpx.Client, session: dict[str, Any]) -> dict[str, Any]:
    return door.get("/user", headers=mine(session)).json()


def errors(answer: httpx.Response, goal: str = APP) -> tuple[str, str]:
    """What an app is told of a sign-in that went wrong."""
    location = answer.headers["location"]
    assert location.startswith(goal)
    told = fragment(answer)
    assert "access_token" not in told
    assert "code" not in parse_qs(urlsplit(location).query)
    return told["error"], told["error_code"]
