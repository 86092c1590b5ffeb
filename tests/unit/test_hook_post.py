"""Letters that an app's own code sends: asked again while it is away or busy, given up when it says no."""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.accounts.hook_calls import Hook, metadata_of
from sahne.accounts.hook_post import HookPost
from sahne.accounts.origin import NOWHERE
from sahne.database.pool import Database
from sahne.mail.post import LetterGivenUp, LetterSent, Post
from sahne.providers.mail import Letter
from sahne.telemetry import subscribe
from tests.conftest import free_port
from tests.eventually import eventually_async
from tests.image_providers import served

pytestmark = pytest.mark.anyio

SECRET = f"whsec_{base64.b64encode(b'4' * 32).decode()}"
LETTER = Letter(to="ada@example.com", subject="Hi", text="123456", html="")
ATTEMPTS_MAX = 3
NO_DATABASE = cast(Database, None)  # nobody asks it about a hook over HTTP


@dataclass
class App:
    url: str = ""
    answers: deque[Response] = field(default_factory=deque)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    async def hook(self, request: Request) -> Response:
        event = Webhook(SECRET).verify(await request.body(), dict(request.headers))
        self.asked.append((request.headers["webhook-id"], event))
        return self.answers.popleft() if self.answers else Response(status_code=204)


@pytest.fixture
def app() -> Iterator[App]:
    one = App()
    with served(Starlette(routes=[Route("/hook", one.hook, methods=["POST"])])) as url:
        one.url = f"{url}/hook"
        yield one


def told() -> Letter:
    return replace(LETTER, event={"metadata": metadata_of("send-email", NOWHERE), "email_data": {"token": "1"}})


async def outcome(app: App, letter: Letter) -> object:
    """What the log says of a letter in the end."""
    seen: list[object] = []

    async def write() -> Letter:
        return letter

    mailer = HookPost(NO_DATABASE, Hook(app.url, (SECRET,)))
    unsubscribe = subscribe(seen.append)
    try:
        async with Post(mailer, pause_seconds_min=0.01, attempts_max=ATTEMPTS_MAX) as post:
            post.hand_in(write, about="ada")
            return await eventually_async(_found(seen))
    finally:
        unsubscribe()


def _found(seen: list[object]) -> Any:
    async def found() -> object:
        return next((fact for fact in seen if isinstance(fact, LetterSent | LetterGivenUp)), None)

    return found


async def test_a_busy_app_is_asked_again_with_the_same_id(app: App) -> None:
    app.answers.extend([Response(status_code=503, headers={"retry-after": "1"}), Response(status_code=429)])
    assert await outcome(app, told()) == LetterSent(3)
    assert len(app.asked) == 3
    assert len({id for id, _ in app.asked}) == 1
    assert app.asked[0][1]["email_data"] == {"token": "1"}


async def test_an_app_that_is_away_is_given_up_after_so_many_tries() -> None:
    given_up = await outcome(App(url=f"http://127.0.0.1:{free_port()}/hook"), told())
    assert isinstance(given_up, LetterGivenUp)
    assert given_up.why.startswith("hook_timeout")


async def test_an_app_that_says_no_is_not_asked_again(app: App) -> None:
    app.answers.append(JSONResponse({"error": {"http_code": 400, "message": "Not to this domain"}}))
    assert await outcome(app, told()) == LetterGivenUp("hook_refused: Not to this domain")
    app.answers.append(Response(status_code=400))
    assert await outcome(app, told()) == LetterGivenUp("unexpected_failure: it answered 400")
    assert len(app.asked) == 2


async def test_what_is_no_question_for_an_app_goes_nowhere(app: App) -> None:
    assert await outcome(app, LETTER) == LetterSent(1)
    assert app.asked == []
