"""People who sign in for real, give their account up, and the worker that erases it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import httpx

from sahne.accounts.erasure import erase_accounts
from sahne.database.pool import Database
from sahne.settings import Settings
from tests.accounts import an_email
from tests.world import World

PASSWORD = "correct horse"
Made = TypeVar("Made")


class Person:
    """Somebody with a password, and the session they signed in with last."""

    def __init__(self, http: httpx.Client, world: World, **data: Any) -> None:
        self._http = http
        self.world = world
        self.email = an_email("zuhtu-")
        body = {"email": self.email, "password": PASSWORD, "data": data}
        self.session = http.post("/auth/v1/signup", json=body).json()
        self.id = UUID(self.session["user"]["id"])

    def sign_in(self) -> httpx.Response:
        """Again, with the password."""
        body = {"email": self.email, "password": PASSWORD}
        answer = self._http.post("/auth/v1/token?grant_type=password", json=body)
        if answer.is_success:
            self.session = answer.json()
        return answer

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """An operation, with the token they have."""
        headers = {"authorization": f"Bearer {self.session['access_token']}"}
        return self._http.request(method, f"/functions/v1/{path}", json=body, headers=headers)

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON, which must be a success."""
        answer = self.ask(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = self.ask(method, path, body)
        return answer.status_code, answer.json()["code"]

    def grow_old(self) -> None:
        """Their sign-in was some time ago."""
        self.world.owner(
            "update auth.sessions set created_at = now() - interval '16 minutes' where user_id = %s", self.id
        )

    def comes_due(self) -> None:
        """The days of grace are over."""
        self.world.owner(
            "update private.account_deletions set asked_at = now() - interval '1 day', due_at = now() where user_id = %s",
            self.id,
        )

    def is_there(self) -> bool:
        return bool(self.world.owner("select from auth.users where id = %s", self.id))


def working(settings: Settings, work: Callable[[Database], Awaitable[Made]]) -> Made:
    """What the worker does, with its own few connections."""

    async def run() -> Made:
        async with Database(settings.authenticator_url, connections_max=3) as database:
            return await work(database)

    return asyncio.run(run())


def erase(settings: Settings) -> None:
    """The worker looks once who is due."""
    working(settings, erase_accounts)
