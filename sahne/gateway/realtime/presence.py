"""Who is present on a topic: state and differences in Phoenix' shape, nothing sent from here.

State: `{key: {"metas": [{"phx_ref": …, …what was tracked}]}}`. An update is a join and a leave of one key in one
difference, the join naming the reference it replaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from sahne.errors import InvalidRequest
from sahne.gateway.realtime.bounds import PRESENCE_BYTES_OF_A_TOPIC_MAX

Meta = dict[str, Any]


class NotAMap(InvalidRequest):
    """Presence track payload must be a map"""

    code = "presence_not_a_map"


class PresenceFull(InvalidRequest):
    """The presence of this topic is full"""

    code = "presence_full"


@dataclass(frozen=True, slots=True)
class Difference:
    """Who came and who went, by key."""

    joins: dict[str, list[Meta]]
    leaves: dict[str, list[Meta]]

    def body(self) -> dict[str, Any]:
        """The payload of `presence_diff`."""
        return {"joins": _metas(self.joins), "leaves": _metas(self.leaves)}


class Presence:
    """The presences of one topic. A holder (a channel) has at most one."""

    def __init__(self, bytes_max: int = PRESENCE_BYTES_OF_A_TOPIC_MAX) -> None:
        self._present: dict[int, tuple[str, Meta]] = {}
        self._sizes: dict[int, int] = {}
        self._bytes_left = bytes_max
        self._references = count(1)

    def track(self, holder: int, key: str, payload: object, size: int = 0) -> Difference | None:
        """The holder is here with `payload` of `size` bytes; None when that is what was known.

        Raises:
            NotAMap: `payload` is not an object.
            PresenceFull: with it the topic's presences were more than whoever joins should have to receive.
        """
        if not isinstance(payload, dict):
            raise NotAMap()
        before = self._present.get(holder)
        if before is not None and _without_references(before[1]) == payload:
            return None
        size += len(key)
        grows_by = size - self._sizes.get(holder, 0)
        if grows_by > self._bytes_left:
            raise PresenceFull()
        self._bytes_left -= grows_by
        self._sizes[holder] = size
        meta = {**payload, "phx_ref": self._reference()}
        if before is not None:
            meta["phx_ref_prev"] = before[1]["phx_ref"]
        self._present[holder] = (key, meta)
        return Difference({key: [meta]}, {before[0]: [before[1]]} if before else {})

    def untrack(self, holder: int) -> Difference | None:
        """The holder is gone; None when it was not here."""
        before = self._present.pop(holder, None)
        self._bytes_left += self._sizes.pop(holder, 0)
        return Difference({}, {before[0]: [before[1]]}) if before else None

    def body(self) -> dict[str, Any]:
        """The payload of `presence_state`."""
        by_key: dict[str, list[Meta]] = {}
        for key, meta in self._present.values():
            by_key.setdefault(key, []).append(meta)
        return _metas(by_key)

    def __len__(self) -> int:
        return len(self._present)

    def _reference(self) -> str:
        return f"F{next(self._references):011x}"


def _metas(by_key: dict[str, list[Meta]]) -> dict[str, Any]:
    return {key: {"metas": metas} for key, metas in by_key.items()}


def _without_references(meta: Meta) -> Meta:
    return {name: value for name, value in meta.items() if name not in ("phx_ref", "phx_ref_prev")}
