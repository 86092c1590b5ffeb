"""The page a request asks for, when its query string and its `Range` header both speak of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from sahne.gateway.rest.errors import BadRange
from sahne.gateway.rest.operands import whole_number
from sahne.gateway.rest.shape import WITH_VALUE, Part, Shape
from sahne.gateway.rest.syntax import Query

LIMIT, OFFSET = ("limit", "", "limit"), ("offset", "", "offset")  # the root's


def within(shape: Shape, values: Sequence[str], header: tuple[int, int | None]) -> tuple[Shape, list[str]]:
    """The shape with the rows that are in the header's range and in the root's own page, as PostgREST has it.

    `header` is an offset and a limit or None. What an embedded resource's limit says is its own affair.

    Raises:
        BadRange: no row can be in both.
    """
    parts: list[Part] = []
    part_values: list[str] = []
    first, end = header[0], None if header[1] is None else header[0] + header[1]
    rest = iter(values)
    page: dict[str, int] = {}
    for part in shape:
        value = next(rest) if part[2] in WITH_VALUE else None
        if part in (LIMIT, OFFSET) and value is not None:
            page[part[0]] = whole_number(value)
            continue
        parts.append(part)
        if value is not None:
            part_values.append(value)
    offset, limit = page.get("offset", 0), page.get("limit")
    first = max(first, offset)
    end = _least(end, None if limit is None else offset + limit)
    if limit == 0:
        first, end = offset, offset
    elif end is not None and end <= first:
        raise BadRange(details="The Range header and the limit and offset of the query have no row in common.")
    if first:
        parts.append(OFFSET)
        part_values.append(str(first))
    if end is not None:
        parts.append(LIMIT)
        part_values.append(str(end - first))
    return tuple(parts), part_values


def check_page(query: Query, values: Sequence[str]) -> None:
    """Refuse a limit or an offset that is none, also where no row is looked for by it.

    Raises:
        BadRange: it is below 0.
        ParseFailed: it is no number.
    """
    for place in (*query.limits.values(), *query.offsets.values()):
        whole_number(values[place.place])


def _least(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
