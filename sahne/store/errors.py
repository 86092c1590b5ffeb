"""Why nothing is taken from somebody who says that they are a store."""

from __future__ import annotations

from sahne.errors import InvalidRequest, PayloadTooLarge, Unauthenticated, Unavailable


class StoreNotSet(Unavailable):
    """Nothing is taken from this store here: its keys are not set."""

    code = "store_not_set"


class StoreRefused(Unauthenticated):
    """This is not from our store."""

    code = "store_refused"


class StoreUnreadable(InvalidRequest):
    """This is no event that can be read."""

    code = "store_unreadable"


class StoreNotJson(InvalidRequest):
    """A store sends JSON."""

    code = "store_not_json"
    status = 415


class StoreTooLarge(PayloadTooLarge):
    """This is more than a store ever tells at once."""

    code = "store_too_large"
