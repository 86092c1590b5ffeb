"""The payload of a join, read leniently where a default does no harm, as clients expect.

What would be asked for in vain is refused with words instead: a binding that is odd, a token that is no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import orjson

from sahne.changes.errors import BadBinding
from sahne.changes.filters import parse_filter
from sahne.changes.subscriptions import EVERYTHING, Binding
from sahne.gateway.realtime.bounds import (
    BINDING_TEXT_CHARACTERS_MAX,
    BINDINGS_PER_CHANNEL_MAX,
    CHANGES_WAIT_MILLISECONDS,
    CHANGES_WAIT_MILLISECONDS_MAX,
    NAME_CHARACTERS_SHOWN,
    PRESENCE_KEY_CHARACTERS_MAX,
)
from sahne.gateway.realtime.frames import BadFrame, encode_payload
from sahne.gateway.realtime.refusals import MalformedJwt

EVENTS = frozenset({"*", "INSERT", "UPDATE", "DELETE"})


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One item of `postgres_changes` as the client sent it, and the id it is answered with (never 0)."""

    id: int
    item: Mapping[str, Any]

    def binding(self) -> Binding:
        """What it asks for.

        Raises:
            BadBinding: an event there is none of, a text that is none, a filter that cannot be understood.
        """
        event = self._text("event", EVERYTHING).upper()
        if event not in EVENTS:
            raise BadBinding("There is no such event.", hint="INSERT, UPDATE, DELETE or *.")
        return Binding(
            event=event,
            schema=self._text("schema", "public"),
            table=self._text("table", EVERYTHING),
            conditions=parse_filter(self._text("filter", "")),
            select=self._select(),
        )

    def described(self) -> str:
        """The request in the words of Supabase's system message."""
        parts = {"event": EVERYTHING, "schema": "public", "table": EVERYTHING, "filter": "[]", "select": EVERYTHING}
        shown = {name: _shown(self.item.get(name) or default) for name, default in parts.items()}
        return "[event: {event}, schema: {schema}, table: {table}, filters: {filter}, select: {select}]".format(**shown)

    def _text(self, name: str, default: str) -> str:
        value = self.item.get(name)
        return default if value is None or value == "" else _text(value, f"{name} of a binding")

    def _select(self) -> tuple[str, ...] | None:
        """The columns asked for; None for all of them."""
        columns = self.item.get("select")
        if columns is None or columns == []:
            return None
        if not isinstance(columns, list):
            raise BadBinding("select is a list of column names.", hint='Write select: ["col1", "col2"].')
        return tuple(_text(column, "column of select") for column in columns)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise BadBinding(f"The {what} is a string.")
    if "\0" in value or len(value) > BINDING_TEXT_CHARACTERS_MAX:
        raise BadBinding(f"The {what} is at most {BINDING_TEXT_CHARACTERS_MAX} characters, and none of them is NUL.")
    return value


def _shown(value: object) -> str:
    """A client's value in our words: a string as it is, anything else as the JSON it was."""
    written = value if isinstance(value, str) else orjson.dumps(value).decode()
    return written if len(written) <= NAME_CHARACTERS_SHOWN else written[:NAME_CHARACTERS_SHOWN] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a channel is joined with.

    `changes_left_out` counts what of `postgres_changes` is no object, nested too deep, or one too many. `replay` is
    what was asked for, None when nothing was; `wait_milliseconds` is how long the answer may wait for the changes to
    come, None when it need not. Who `catches_up` is told how far it has come, and says so in `seen` when it is back.
    """

    ack: bool = False
    hears_itself: bool = False
    replication_ready: bool = False
    presence_key: str = ""
    presence_enabled: bool = False
    private: bool = False
    change_requests: tuple[ChangeRequest, ...] = ()
    changes_left_out: int = 0
    replay: object = None
    wait_milliseconds: int | None = None
    catches_up: bool = False
    seen: object = None
    token: str | None = None


def read_config(payload: object) -> Config:
    """The configuration of a join's payload; what is missing or odd is its default.

    Raises:
        MalformedJwt: the token is no text.
    """
    top = payload if isinstance(payload, dict) else {}
    config = _part(top, "config")
    broadcast, presence = _part(config, "broadcast"), _part(config, "presence")
    sent = config.get("postgres_changes") or []
    asked = sent if isinstance(sent, list) else [sent]
    requests, options = _requests(asked), _part(config, "postgres_changes_options")
    return Config(
        ack=_true(broadcast.get("ack")),
        hears_itself=_true(broadcast.get("self")),
        replication_ready=_true(broadcast.get("replication_ready")),
        presence_key=_key(presence.get("key")),
        presence_enabled=_true(presence.get("enabled")),
        private=not _false(config.get("private")),
        change_requests=requests,
        changes_left_out=len(asked) - len(requests),
        replay=broadcast.get("replay"),
        wait_milliseconds=_wait(options),
        catches_up=isinstance(options.get("catch_up"), dict),
        seen=_part(options, "catch_up").get("since"),
        token=token_in(top),
    )


def token_in(payload: object) -> str | None:
    """The token that a payload brings, None when it brings none.

    Raises:
        MalformedJwt: what stands in its place is no text.
    """
    if not isinstance(payload, dict):
        raise MalformedJwt()
    token = payload.get("access_token") or payload.get("user_token")
    if token and not isinstance(token, str):
        raise MalformedJwt()
    return token or None


def _requests(asked: list[Any]) -> tuple[ChangeRequest, ...]:
    """Those that can be answered, as many as a channel may have."""
    requests: list[ChangeRequest] = []
    for item in asked:
        if len(requests) == BINDINGS_PER_CHANNEL_MAX:
            break
        if isinstance(item, dict):
            with suppress(BadFrame):
                encode_payload(item)  # the answer has it inside
                requests.append(ChangeRequest(_id_of(item), item))
    return tuple(requests)


def _wait(options: Mapping[str, Any]) -> int | None:
    if not _true(options.get("wait")):
        return None
    timeout = options.get("timeout")
    if not isinstance(timeout, int) or isinstance(timeout, bool) or timeout <= 0:
        return CHANGES_WAIT_MILLISECONDS
    return min(timeout, CHANGES_WAIT_MILLISECONDS_MAX)


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = of.get(name)
    return part if isinstance(part, dict) else {}


def _key(value: object) -> str:
    """A key that everybody of the topic is told with each change; none when it is too long or no key of an object."""
    if isinstance(value, bool | int | float):
        value = orjson.dumps(value).decode()
    return value if isinstance(value, str) and len(value) <= PRESENCE_KEY_CHARACTERS_MAX else ""


def _true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _false(value: object) -> bool:
    """Whether a topic is said to be public: who says it oddly gets a private one, where policies are asked."""
    return value is None or value is False or (isinstance(value, str) and value.lower() in ("", "false"))


def _id_of(item: Mapping[str, Any]) -> int:
    """The same for the same request, whoever asks; clients test it for truth, so it is never 0."""
    return crc32(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)) or 1
