"""One question to a hook and its answer: a function in the database, or an address that is posted to.

A function is called with one jsonb, as the role `supabase_auth_admin`; an address is posted to, signed as Standard
Webhooks has it. Both may answer `{}`, what was asked for, or `{"error": {"http_code": 403, "message": "…"}}`.
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

from sahne.accounts.hook_errors import HookBroken, HookBusy, HookRefused, HookTimeout
from sahne.accounts.origin import Origin
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
SCHEME = "pg-functions"
TAKEN, BUSY = (200, 202, 204), (429, 503)


@dataclass(frozen=True, slots=True)
class Hook:
    """Where one is, and the secrets that sign what is posted there; each of them signs, while one is changed."""

    url: str
    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, url: str | None, secrets: tuple[str, ...]) -> Hook | None:
        """As settings name it, if they do."""
        return None if url is None else cls(url, secrets)


def metadata_of(name: str, origin: Origin) -> dict[str, str]:
    """What every question says of itself. Its `uuid` is the question's, however often it is asked."""
    return {"uuid": str(uuid4()), "time": datetime.now(UTC).isoformat(), "name": name, "ip_address": origin.ip or ""}


async def ask_hook(database: Database, hook: Hook, event: dict[str, Any]) -> dict[str, Any]:
    """What the hook answers.

    Raises:
        HookRefused: in the hook's own words. HookTimeout, HookBusy, HookBroken
    """
    parts = urlsplit(hook.url)
    if parts.scheme == SCHEME:
        _, schema, function = parts.path.split("/")
        answer = await _call(database, schema, function, event)
    else:
        answer = await _post(hook, event)
    if not isinstance(answer, dict):
        raise HookBroken(details="it answered no object")
    if refusal := answer.get("error"):
        raise _refusal(refusal)
    return answer


async def _call(database: Database, schema: str, function: str, event: dict[str, Any]) -> Any:
    values = {"schema": schema, "function": function, "event": orjson.dumps(event).decode()}
    try:
        async with database.transaction(ANONYMOUS.as_role(ROLE)) as conn:
            await conn.execute(QUERIES["hook_patience"], {"milliseconds": FUNCTION_MILLISECONDS_MAX})
            return (await one(conn, QUERIES["ask_hook"], values))["answer"]
    except psycopg.errors.QueryCanceled as error:
        raise HookTimeout() from error
    except psycopg.Error as error:
        raise HookBroken(details=error.diag.message_primary or type(error).__name__) from error


async def _post(hook: Hook, event: dict[str, Any]) -> Any:
    content = orjson.dumps(event)
    asked = event.get("metadata", {}).get("uuid") or uuid4()
    try:
        answer = await ask(
            "POST",
            hook.url,
            headers_of(f"msg_{str(asked).replace('-', '')}", int(time.time()), content, hook.secrets),
            body=content,
            bytes_max=ANSWER_BYTES_MAX,
            seconds_max=ANSWER_SECONDS_MAX,
        )
    except ProviderFault as error:
        raise HookTimeout(details=str(error)) from error
    if answer.status in BUSY:
        raise HookBusy(details=f"it answered {answer.status}")
    if answer.status not in TAKEN:
        raise HookBroken(details=f"it answered {answer.status}")
    if not answer.body:
        return {}
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
