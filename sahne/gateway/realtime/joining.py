"""The payload of a join, read leniently: what cannot be understood falls back to its default, as clients expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import orjson

from sahne.changes.filters import parse_filter
from sahne.changes.subscriptions import EVERYTHING, Binding
from sahne.gateway.realtime.bounds import (
    BINDINGS_PER_CHANNEL_MAX,
    CHANGES_WAIT_MILLISECONDS,
    CHANGES_WAIT_MILLISECONDS_MAX,
    PRESENCE_KEY_CHARACTERS_MAX,
)

EVENTS = frozenset({"*", "INSERT", "UPDATE", "DELETE"})


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One item of `postgres_changes` as the client sent it, and the id it is answered with (never 0)."""

    id: int
    item: Mapping[str, Any]

    def binding(self) -> Binding:
        """What it asks for.

        Raises:
            BadFilter: its filter cannot be understood.
        """
        event = str(self.item.get("event") or EVERYTHING).upper()
        select = self.item.get("select")
        return Binding(
            event=event if event in EVENTS else EVERYTHING,
            schema=str(self.item.get("schema") or "public"),
            table=str(self.item.get("table") or EVERYTHING),
            conditions=parse_filter(str(self.item.get("filter") or "")),
            select=tuple(str(column) for column in select) if isinstance(select, list) and select else None,
        )

    def described(self) -> str:
        """The request in the words of Supabase's system message."""
        item = self.item
        return (
            f"[event: {item.get('event') or EVERYTHING}, schema: {item.get('schema') or 'public'}, "
            f"table: {item.get('table') or EVERYTHING}, filters: {item.get('filter') or '[]'}, "
            f"select: {item.get('select') or EVERYTHING}]"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a channel is joined with.

    `replay` is what was asked for, None when nothing was; `wait_milliseconds` is how long the answer may wait for the
    changes to come, None when it need not.
    """

    ack: bool = False
    hears_itself: bool = False
    replication_ready: bool = False
    presence_key: str = ""
    presence_enabled: bool = False
    private: bool = False
    change_requests: tuple[ChangeRequest, ...] = ()
    replay: object = None
    wait_milliseconds: int | None = None
    token: str | None = None


def read_config(payload: object) -> Config:
    """The configuration of a join's payload; anything missing or odd is its default."""
    top = payload if isinstance(payload, dict) else {}
    config = _part(top, "config")
    broadcast, presence = _part(config, "broadcast"), _part(config, "presence")
    token = top.get("access_token") or top.get("user_token")
    sent = config.get("postgres_changes")
    items = [item for item in sent if isinstance(item, dict)] if isinstance(sent, list) else []
    return Config(
        ack=_true(broadcast.get("ack")),
        hears_itself=_true(broadcast.get("self")),
        replication_ready=_true(broadcast.get("replication_ready")),
        presence_key=_short(presence.get("key")),
        presence_enabled=_true(presence.get("enabled")),
        private=_true(config.get("private")),
        change_requests=tuple(ChangeRequest(_id_of(item), item) for item in items[:BINDINGS_PER_CHANNEL_MAX]),
        replay=broadcast.get("replay"),
        wait_milliseconds=_wait(_part(config, "postgres_changes_options")),
        token=token if isinstance(token, str) else None,
    )


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


def _short(value: object) -> str:
    """A key that everybody of the topic is told with each change; none when it is too long."""
    key = str(value or "")
    return key if len(key) <= PRESENCE_KEY_CHARACTERS_MAX else ""


def _true(value: object) -> bool:
    return value is True or value == "true"


def _id_of(item: Mapping[str, Any]) -> int:
    """The same for the same request, whoever asks; clients test it for truth, so it is never 0."""
    return crc32(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)) or 1
