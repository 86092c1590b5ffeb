"""Who is present on a topic: state and differences in Phoenix' shape, nothing sent from here.

State: `{key: {"metas": [{"phx_ref": …, …what was tracked}]}}`. An update is a join and a leave of one key in one
difference, the join naming the reference it replaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from sahne.errors import InvalidRequest

Meta = dict[str, Any]


class NotAMap(InvalidRequest):
    """Presence track payload must be a map"""

    code = "presence_not_a_map"


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

    def __init__(self) -> None:
        self._present: dict[int, tuple[str, Meta]] = {}
        self._references = count(1)

    def track(self, holder: int, key: str, payload: object) -> Difference | None:
        """The holder is here with `payload`; None when that is what was known.

        Raises:
            NotAMap: `payload` is not an object.
        """
        if not isinstance(payload, dict):
            raise NotAMap()
        before = self._present.get(holder)
        if before is not None and _without_references(before[1]) == payload:
            return None
        meta = {**payload, "phx_ref": self._reference()}
        if before is not None:
            meta["phx_ref_prev"] = before[1]["phx_ref"]
        self._present[holder] = (key, meta)
        return Difference({key: [meta]}, {before[0]: [before[1]]} if before else {})

    def untrack(self, holder: int) -> Difference | None:
        """The holder is gone; None when it was not here."""
        before = self._present.pop(holder, None)
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
