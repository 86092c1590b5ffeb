"""Who is present on a topic: state and differences in Phoenix' shape, nothing sent from here.

State: `{key: {"metas": [{"phx_ref": …, …what was tracked}]}}`. An update is a join and a leave of one key in one
difference, the join naming the reference it replaces. A reference is one presence's alone on all servers, so what is
told of other servers' may come twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

import orjson

from sahne.errors import InvalidRequest
from sahne.gateway.realtime.bounds import PRESENCE_BYTES_OF_A_TOPIC_MAX

Meta = dict[str, Any]
ByKey = dict[str, list[Meta]]


class NotAMap(InvalidRequest):
    """Presence track payload must be a map"""

    code = "presence_not_a_map"


class PresenceFull(InvalidRequest):
    """The presence of this topic is full"""

    code = "presence_full"


@dataclass(frozen=True, slots=True)
class Difference:
    """Who came and who went, by key."""

    joins: ByKey
    leaves: ByKey

    def body(self) -> dict[str, Any]:
        """The payload of `presence_diff`."""
        return {"joins": _metas(self.joins), "leaves": _metas(self.leaves)}


class Present(NamedTuple):
    """One presence; `size` is in bytes."""

    key: str
    meta: Meta
    size: int


def references(server: str) -> Iterator[str]:
    """What tells presences apart: none comes twice, on whichever server."""
    return (f"F{server}{number:08x}" for number in count(1))


class Presence:
    """The presences of one topic. A holder (a channel) has at most one; those of other servers go by reference."""

    def __init__(self, named: Iterator[str] | None = None, *, bytes_max: int = PRESENCE_BYTES_OF_A_TOPIC_MAX) -> None:
        self._here: dict[int, Present] = {}
        self._elsewhere: dict[str, dict[str, Present]] = {}
        self._bytes_left = bytes_max
        self._references = references("") if named is None else named

    # of this server

    def track(self, holder: int, key: str, payload: object, size: int = 0) -> Difference | None:
        """The holder is here with `payload` of `size` bytes; None when that is what was known.

        Raises:
            NotAMap: `payload` is not an object.
            PresenceFull: with it the topic's presences were more than whoever joins should have to receive.
        """
        if not isinstance(payload, dict):
            raise NotAMap()
        before = self._here.get(holder)
        if before is not None and _without_references(before.meta) == payload:
            return None
        size += len(key)
        grows_by = size - (before.size if before else 0)
        if grows_by > self._bytes_left:
            raise PresenceFull()
        self._bytes_left -= grows_by
        meta = {**payload, "phx_ref": next(self._references)}
        if before is not None:
            meta["phx_ref_prev"] = before.meta["phx_ref"]
        self._here[holder] = Present(key, meta, size)
        return Difference({key: [meta]}, {before.key: [before.meta]} if before else {})

    def untrack(self, holder: int) -> Difference | None:
        """The holder is gone; None when it was not here."""
        before = self._here.pop(holder, None)
        if before is None:
            return None
        self._bytes_left += before.size
        return Difference({}, {before.key: [before.meta]})

    def here(self) -> ByKey:
        """Those of this server."""
        return _by_key(self._here.values())

    # of other servers

    def merge(self, server: str, joins: Mapping[str, list[Meta]], leaves: Iterable[str]) -> Difference | None:
        """Who came there, and the references of who went; None when all of it was known."""
        theirs = self._elsewhere.setdefault(server, {})
        gone = [theirs.pop(reference) for reference in leaves if reference in theirs]
        came = [
            Present(key, meta, len(key) + len(orjson.dumps(meta)))
            for key, metas in joins.items()
            for meta in metas
            if meta["phx_ref"] not in theirs
        ]
        theirs |= {present.meta["phx_ref"]: present for present in came}
        if not theirs:
            del self._elsewhere[server]
        self._bytes_left += sum(present.size for present in gone) - sum(present.size for present in came)
        return Difference(_by_key(came), _by_key(gone)) if came or gone else None

    def replace(self, server: str, state: Mapping[str, list[Meta]]) -> Difference | None:
        """All who are there."""
        told = {meta["phx_ref"] for metas in state.values() for meta in metas}
        return self.merge(server, state, self.references_of(server) - told)

    def drop(self, server: str) -> Difference | None:
        """Nobody is there any more."""
        return self.merge(server, {}, self.references_of(server))

    def references_of(self, server: str) -> set[str]:
        """Of who is there."""
        return set(self._elsewhere.get(server, ()))

    # of all

    def body(self) -> dict[str, Any]:
        """The payload of `presence_state`."""
        return _metas(_by_key(self._all()))

    def __len__(self) -> int:
        return len(self._here) + sum(map(len, self._elsewhere.values()))

    def _all(self) -> Iterator[Present]:
        yield from self._here.values()
        for theirs in self._elsewhere.values():
            yield from theirs.values()


def _by_key(presents: Iterable[Present]) -> ByKey:
    by_key: ByKey = {}
    for present in presents:
        by_key.setdefault(present.key, []).append(present.meta)
    return by_key


def _metas(by_key: ByKey) -> dict[str, Any]:
    return {key: {"metas": metas} for key, metas in by_key.items()}


def _without_references(meta: Meta) -> Meta:
    return {name: value for name, value in meta.items() if name not in ("phx_ref", "phx_ref_prev")}
