"""Whoever is put out of a room or off its stage is not heard there again, whatever token they still hold.

LiveKit knows no revocation: it lets in whoever has a token of before, and renews the tokens of everybody connected with
the rights of that moment, good for ten minutes more. So the person comes back, at once and whenever their client tries
again, and is heard until LiveKit has told us and we have told LiveKit: for a moment, and no longer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from tests.clients.live_media import Ears, Live, Speaker, live_stage, seated

# proving, a case takes three minutes and more
pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.prove, pytest.mark.timeout(1_200)]

SILENT_WITHIN_SECONDS = 2.0
A_MOMENT_SECONDS = 1.0
SPEAKS_SECONDS_MAX = 20.0
AT_ONCE = 9


@dataclass(frozen=True, slots=True)
class Effort:
    """How often each case is tried, and how long nobody may be heard."""

    rounds: int
    watched_seconds: float


USUAL = Effort(rounds=1, watched_seconds=3.0)
PROVING = Effort(rounds=9, watched_seconds=60.0)  # over a hundred in all

Act = Callable[[Live, UUID, UUID, str], Awaitable[None]]


@pytest.fixture(scope="module")
def live(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_stage(database_url, tmp_path_factory.mktemp("live")) as live:
        yield live


@pytest.fixture
def effort(pytestconfig: pytest.Config) -> Effort:
    return PROVING if pytestconfig.getoption("--prove") else USUAL


async def kicked(live: Live, ada: UUID, bo: UUID, path: str) -> None:
    await live.do(ada, f"{path}/participants/{bo}/kick")


async def muted(live: Live, ada: UUID, bo: UUID, path: str) -> None:
    await live.do(ada, f"{path}/participants/{bo}/mute")


async def demoted(live: Live, ada: UUID, bo: UUID, path: str) -> None:
    answer = await asyncio.to_thread(live.door.call, ada, "PATCH", f"{path}/participants/{bo}", {"role": "viewer"})
    assert answer.status_code == 200, answer.text


async def left(live: Live, _: UUID, bo: UUID, path: str) -> None:
    await live.do(bo, f"{path}/leave")


async def suspended(live: Live, _: UUID, bo: UUID, __: str) -> None:
    ban = "update auth.users set banned_until = now() + interval '1 day' where id = %s"
    await asyncio.to_thread(live.world.owner, ban, bo)


async def softly_deleted(live: Live, _: UUID, bo: UUID, __: str) -> None:
    await asyncio.to_thread(live.world.owner, "update auth.users set deleted_at = now() where id = %s", bo)


@pytest.mark.parametrize("token", ["of before", "renewed"])
@pytest.mark.parametrize("act", [kicked, muted, demoted, left, suspended, softly_deleted], ids=lambda act: act.__name__)
async def test_who_is_out_is_not_heard_again(live: Live, act: Act, token: str, effort: Effort) -> None:
    for begun in range(0, effort.rounds, AT_ONCE):
        rounds = range(begun, min(begun + AT_ONCE, effort.rounds))
        await asyncio.gather(*(comes_back_in_vain(live, act, token, effort.watched_seconds) for _ in rounds))


async def comes_back_in_vain(live: Live, act: Act, token: str, watched_seconds: float) -> None:
    ada, bo = live.world.person(creator=True), live.world.person()
    session = (await live.do(ada, "live/sessions", {"session_type": "video_live"}))["session"]["id"]
    path = f"live/sessions/{session}"
    async with seated(await live.do(ada, f"{path}/start")) as host:
        ears = Ears(host.room, str(bo))
        let_in = await let_on_stage(live, ada, bo, path)
        async with Speaker(let_in["url"], let_in["token"]) as speaker:
            await asyncio.wait_for(speaker.renewed.wait(), SPEAKS_SECONDS_MAX)
            assert await ears.hear(SPEAKS_SECONDS_MAX)
            kept = speaker.renewed_token if token == "renewed" else let_in["token"]
            await act(live, ada, bo, path)
            acted = time.monotonic()
            async with Speaker(let_in["url"], kept):
                begin = acted + SILENT_WITHIN_SECONDS
                assert not await ears.hear_longer(A_MOMENT_SECONDS, begin, watched_seconds)
        await ears.close()


async def let_on_stage(live: Live, ada: UUID, bo: UUID, path: str) -> dict[str, str]:
    """Where to connect, and a token with which one may speak."""
    await live.do(bo, f"{path}/join")
    invitation = (await live.do(ada, f"{path}/invitations", {"profile_id": str(bo), "role": "co_host"}))["participant"]
    await live.do(bo, f"live/invitations/{invitation['id']}/accept")
    let_in: dict[str, str] = (await live.do(bo, f"{path}/join"))["livekit"]
    return let_in
