"""What an app's own code is asked: whether somebody may become a user, and what a token shall say.

A hook is a function in the database (`pg-functions://postgres/SCHEMA/FUNCTION`, called with one jsonb, as the role
`supabase_auth_admin`), or an address that is posted to, signed as Standard Webhooks has it. Both are asked what
Supabase Auth asks and may answer the same: `{}`, `{"claims": {…}}` or `{"error": {"http_code": 403, "message": "…"}}`.
A hook that does not answer in time, or answers something else, refuses: whoever set one wants to be asked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
import psycopg

from sahne.accounts.hook_errors import HookBroken, HookRefused, HookTimeout
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Login
from sahne.accounts.transaction import ROLE
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import one
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.providers.exchange import ProviderFault, ask
from sahne.standard_webhooks import headers_of

QUERIES = load_queries(__package__, "hooks.sql")
FUNCTION_MILLISECONDS_MAX = 2_000
ANSWER_SECONDS_MAX = 5.0
ANSWER_BYTES_MAX = 20 * 1024
MESSAGE_CHARACTERS_MAX = 500
CLAIMS_BYTES_MAX = 6 * 1024  # of a token's 8 kB, which its header and signature share
SCHEME = "pg-functions"

# what a token cannot go without, and whose it is: a hook may say more, and other values of the rest
FIXED = ("iss", "sub", "aud", "exp", "iat", "session_id", "aal", "is_anonymous")
REQUIRED = (*FIXED, "role", "email", "phone")


@dataclass(frozen=True, slots=True)
class Hook:
    """Where one is, and the secrets that sign what is posted there; each of them signs, while one is changed."""

    url: str
    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, url: str | None, secrets: tuple[str, ...]) -> Hook | None:
        """As settings name it, if they do."""
        return None if url is None else cls(url, secrets)


class Hooks:
    """The hooks of this server; without any, nobody is asked and nothing takes longer."""

    def __init__(
        self, database: Database, *, access_token: Hook | None = None, user_created: Hook | None = None
    ) -> None:
        self._database = database
        self._access_token = access_token
        self._user_created = user_created

    @property
    def asks_about_users(self) -> bool:
        """Whether anybody is asked who may become a user."""
        return self._user_created is not None

    async def admit(self, user: dict[str, Any], origin: Origin) -> None:
        """Whether somebody may become a user; `user` is as the API shows one: `email`, `phone`, `user_metadata` …

        Raises:
            HookRefused: in the hook's own words. HookTimeout, HookBroken
        """
        if self._user_created is None:
            return
        metadata = {
            "uuid": str(uuid4()),
            "time": datetime.now(UTC).isoformat(),
            "name": "before-user-created",
            "ip_address": origin.ip or "",
        }
        await self._ask(self._user_created, {"metadata": metadata, "user": user})

    async def claims(self, login: Login, claims: dict[str, Any]) -> dict[str, Any]:
        """What the token of a login says: as it would be, or as the hook wants it.

        Raises:
            HookRefused: in the hook's own words. HookTimeout
            HookBroken: it left out what no token can go without, or changed whose it is.
        """
        if self._access_token is None:
            return claims
        method = str(login.session.amr[0]["method"]) if login.session.amr else "password"
        event = {"user_id": str(login.user.id), "claims": claims, "authentication_method": method}
        wanted = (await self._ask(self._access_token, event)).get("claims")
        if not isinstance(wanted, dict):
            raise HookBroken(details="it answered no claims")
        if missing := [name for name in REQUIRED if name in claims and name not in wanted]:
            raise HookBroken(details=f"it left out {', '.join(missing)}")
        if changed := [name for name in FIXED if wanted[name] != claims[name]]:
            raise HookBroken(details=f"it changed {', '.join(changed)}")
        if len(orjson.dumps(wanted)) > CLAIMS_BYTES_MAX:
            raise HookBroken(details=f"its claims are more than {CLAIMS_BYTES_MAX} bytes")
        return wanted

    async def _ask(self, hook: Hook, event: dict[str, Any]) -> dict[str, Any]:
        parts = urlsplit(hook.url)
        if parts.scheme == SCHEME:
            _, schema, function = parts.path.split("/")
            answer = await self._call(schema, function, event)
        else:
            answer = await _post(hook, event)
        if not isinstance(answer, dict):
            raise HookBroken(details="it answered no object")
        if refusal := answer.get("error"):
            raise _refusal(refusal)
        return answer

    async def _call(self, schema: str, function: str, event: dict[str, Any]) -> Any:
        values = {"schema": schema, "function": function, "event": orjson.dumps(event).decode()}
        try:
            async with self._database.transaction(ANONYMOUS.as_role(ROLE)) as conn:
                await conn.execute(QUERIES["hook_patience"], {"milliseconds": FUNCTION_MILLISECONDS_MAX})
                return (await one(conn, QUERIES["ask_hook"], values))["answer"]
        except psycopg.errors.QueryCanceled as error:
            raise HookTimeout() from error
        except psycopg.Error as error:
            raise HookBroken(details=error.diag.message_primary or type(error).__name__) from error


async def _post(hook: Hook, event: dict[str, Any]) -> Any:
    content = orjson.dumps(event)
    try:
        answer = await ask(
            "POST",
            hook.url,
            headers_of(f"msg_{uuid4().hex}", int(time.time()), content, hook.secrets),
            body=content,
            bytes_max=ANSWER_BYTES_MAX,
            seconds_max=ANSWER_SECONDS_MAX,
        )
    except ProviderFault as error:
        raise HookTimeout(details=str(error)) from error
    if answer.status == 204:
        return {}
    if answer.status != 200:
        raise HookBroken(details=f"it answered {answer.status}")
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise HookBroken(details="it answered no JSON") from error


def _refusal(refusal: Any) -> HookRefused:
    told = refusal if isinstance(refusal, dict) else {}
    status, message = told.get("http_code"), told.get("message")
    return HookRefused(
        status if type(status) is int and 400 <= status <= 599 else 500,
        message[:MESSAGE_CHARACTERS_MAX] if isinstance(message, str) and message else None,
    )
