"""What a PUT must say: its filters name the whole primary key, and its one row says the same. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from sahne.database.catalog import Relation
from sahne.gateway.rest.errors import BadPut, ForeignPut, LimitedPut
from sahne.gateway.rest.payload import Payload
from sahne.gateway.rest.syntax import Filter, Placeholder, Query


def check_put(relation: Relation, query: Query, values: Sequence[str], payload: Payload | None) -> None:
    """Refuse a PUT that means anything but one row.

    Raises:
        LimitedPut, BadPut, ForeignPut
    """
    if () in query.limits or () in query.offsets:
        raise LimitedPut()
    key: dict[str, str] = {}
    for each in query.filters.get((), []):
        if (
            not isinstance(each, Filter)
            or each.operator != "eq"
            or each.negated
            or not isinstance(each.value, Placeholder)
        ):
            raise BadPut()
        key[each.field.column] = values[each.value.place]
    if set(key) != set(relation.primary_key) or not key:
        raise BadPut()
    if payload is None or payload.rows != 1 or any(str(payload.first.get(k)) != v for k, v in key.items()):
        raise ForeignPut()
