"""What a subscription is refused with."""

from __future__ import annotations

from sahne.errors import InvalidRequest


class BadFilter(InvalidRequest):
    """The filter of a subscription cannot be understood."""

    code = "bad_filter"
