"""What a subscription is refused with."""

from __future__ import annotations

from sahne.errors import InvalidRequest


class BadBinding(InvalidRequest):
    """What a subscription asks for cannot be understood."""

    code = "bad_binding"


class BadFilter(BadBinding):
    """The filter of a subscription cannot be understood."""

    code = "bad_filter"
