"""What every door's answers carry for browsers, and who may see the operators' pages."""

from __future__ import annotations

import httpx
import pytest

from sahne.errors import SahneError
from sahne.gateway.asgi import Receive, Scope, Send
from sahne.gateway.development_keys import DevelopmentKeys
from sahne.gateway.operators import OperatorsOnly, OperatorUnknown, for_operators
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.conftest import Running
from tests.keys import own_keys

TOKEN = "a-token-for-the-scraper"
DATA = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "path",
    [
        "/health", "/ready", "/metrics", "/openapi.json", "/config.json", "/rest/v1/gifts", "/rest/v1/nothing", "/auth/v1/health",
        "/functions/v1/nothing", "/storage/v1/bucket", "/webhooks/nothing",
    ],
)  # fmt: skip
def test_data_is_sniffed_by_nobody_and_shown_in_no_frame(server: Running, path: str) -> None:
    answer = httpx.get(f"{server.url}{path}", headers={"apikey": server.settings.anon_key})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == DATA
    assert answer.headers.get_list("content-security-policy") == [DATA]


@pytest.mark.parametrize("path", ["/docs", "/"])
def test_a_page_has_one_policy_of_its_own_and_no_frame_around_it(server: Running, path: str) -> None:
    answer = httpx.get(f"{server.url}{path}")
    (policy,) = answer.headers.get_list("content-security-policy")
    assert policy != DATA
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def settings_of(**given: str) -> Settings:
    return read_settings(env_file=None, **given)


async def opened(settings: Settings, authorization: str | None = None, origin: str | None = None) -> bool:
    """Whether somebody with these headers is let in."""
    entered = []

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        entered.append(scope["path"])

    sent = {"authorization": authorization, "origin": origin}
    headers = [(name.encode(), value.encode()) for name, value in sent.items() if value]
    guarded = for_operators(door, settings, DevelopmentKeys(settings))
    await guarded({"path": "/metrics", "headers": headers}, None, None)  # type: ignore[arg-type]
    return entered == ["/metrics"]


@pytest.mark.anyio
async def test_the_metrics_of_a_laptop_are_open_but_to_no_page_of_elsewhere() -> None:
    assert await opened(settings_of())
    assert await opened(settings_of(), origin="http://localhost:3000")
    with pytest.raises(OperatorsOnly):
        await opened(settings_of(), origin="https://page.example")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "reached_by",
    [{"site_url": "https://api.example.com"}, {"host": "0.0.0.0"}, own_keys()],
    ids=["url", "host", "keys"],
)
async def test_where_others_reach_the_server_they_are_closed_until_there_is_a_token(reached_by: dict[str, str]) -> None:
    with pytest.raises(OperatorsOnly):
        await opened(settings_of(**reached_by), "Bearer anything")
    assert await opened(settings_of(**reached_by, metrics_token=TOKEN), f"Bearer {TOKEN}")


@pytest.mark.anyio
@pytest.mark.parametrize("sent", [None, TOKEN, f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}"])
async def test_another_token_does_not_open_them_even_on_a_laptop(sent: str | None) -> None:
    with pytest.raises(SahneError) as refused:
        await opened(settings_of(metrics_token=TOKEN), sent)
    assert isinstance(refused.value, OperatorUnknown)
    assert refused.value.status == 401
