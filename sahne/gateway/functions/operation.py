"""An operation is one declaration: how it is asked for, what it says, what it answers, how it may be refused.

@operation("POST", "live/sessions/{session_id}/gifts", answer=GiftSent, who=Who.SEATED, refuses=(INSUFFICIENT_COINS,))
async def send_gift(call: Call, session_id: UUID, body: Gift, key: str) -> Answer:
    \"\"\"Send a gift …\"\"\"

Router, validation, OpenAPI, pages and types are made from it. The parameters say what is asked for: those that the path
names are ids, or one of a few words; `body` is the request's (`| None` where it may be missing), `query` the query
string's fields, `key` the Idempotency-Key, which is needed then. The docstring is what the documents say.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, get_args, get_type_hints

from pydantic import BaseModel

from sahne.database.actor import Actor
from sahne.gateway.asgi import Scope
from sahne.gateway.functions.refusals import OF_BODIES, OF_EVERY_OPERATION, OF_SPENDING, Refusal
from sahne.gateway.functions.small_bodies import BODY_BYTES_MAX
from sahne.gateway.parts import Parts
from sahne.live import Stage

Answer = Mapping[str, Any]
Method = Literal["GET", "POST", "PATCH", "DELETE"]
Verb = Callable[..., Awaitable[Answer]]

PREFIX = "/functions/v1/"
PARAMETER = re.compile(r"\{(\w+)\}")


class Who(StrEnum):
    """Whom an operation is for, in words: the database decides."""

    ANYBODY = "everybody, signed in or not"
    SIGNED_IN = "everybody signed in, an anonymous sign-in too"
    NAMED = "everybody with an account; not an anonymous sign-in"
    OWNER = "the one whose it is"
    CREATORS = "creators"
    HOST = "the host of the session"
    IN_CHARGE = "the host and the moderators of the session"
    SEATED = "people in the session; not an anonymous sign-in"
    INVITED = "the one who was invited"
    CALLEE = "the one who is called"
    PARTIES = "the two of the call"
    ADMINS = "admins"


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls an operation, from where, and what it may use."""

    actor: Actor
    parts: Parts
    scope: Scope

    @property
    def stage(self) -> Stage:
        """The live stage."""
        return self.parts.stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`path` stands below `PREFIX`; `parameters` are those it names: None for an id, else words to choose from.

    `answer` is a class of `answers.py`, of the body of an answer with `status`. `own_refusals` come from its verb. A
    request's body has at most `body_bytes_max`.
    """

    method: Method
    path: str
    verb: Verb
    answer: type
    who: Who
    status: int
    own_refusals: tuple[Refusal, ...]
    parameters: Mapping[str, tuple[str, ...] | None]
    body: type[BaseModel] | None
    needs_body: bool
    query: type[BaseModel] | None
    spends: bool
    body_bytes_max: int

    @property
    def name(self) -> str:
        """What the verb is called."""
        return self.verb.__name__

    @property
    def room(self) -> str:
        """The first name of its path: `live`, `calls`, `coins`, `studio`."""
        return self.path.partition("/")[0]

    @property
    def purpose(self) -> str:
        """What it is for, as a person reads it."""
        return inspect.getdoc(self.verb) or ""

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Every way it may be refused, by status and code."""
        found = {*self.own_refusals, *OF_EVERY_OPERATION}
        found |= set(OF_SPENDING) if self.spends else set()
        found |= set(OF_BODIES) if self.method != "GET" else set()
        return tuple(sorted(found, key=lambda refusal: (refusal.status, refusal.code)))


def operation(
    method: Method,
    path: str,
    *,
    answer: type,
    who: Who,
    refuses: Iterable[Refusal] = (),
    status: int = 200,
    body_bytes_max: int = BODY_BYTES_MAX,
) -> Callable[[Verb], Operation]:
    """The decorator that makes an operation of a verb."""

    def declare(verb: Verb) -> Operation:
        asked = get_type_hints(verb)
        named = PARAMETER.findall(path)
        unnamed = asked.keys() - set(named) - {"call", "body", "query", "key", "return"}
        assert not unnamed, f"{verb.__name__}: the path names no {', '.join(sorted(unnamed))}"
        body = asked.get("body")
        kinds = [each for each in get_args(body) or (body,) if each is not type(None)]
        return Operation(
            method=method,
            path=path,
            verb=verb,
            answer=answer,
            who=who,
            status=status,
            own_refusals=tuple(refuses),
            parameters={name: get_args(asked[name]) or None for name in named},
            body=kinds[0] if body else None,
            needs_body=body is not None and type(None) not in get_args(body),
            query=asked.get("query"),
            spends="key" in asked,
            body_bytes_max=body_bytes_max,
        )

    return declare
