"""Large bodies take turns: one is read at a time, so many wait, and the rest are told."""

from __future__ import annotations

import asyncio

import pytest

from sahne.database.catalog import Catalog
from sahne.gateway.rest.errors import BadBody, BodiesBusy
from sahne.gateway.rest.large_bodies import WAITING_MAX, LargeBodies
from sahne.gateway.rest.request import request_of

pytestmark = pytest.mark.anyio

CATALOG = Catalog(version=1, schemas={})
REQUEST = request_of("POST", "/rest/v1/lines", [(b"content-type", b"text/csv")])
UNEVEN = b"a\n1,2\n"


async def test_those_who_wait_are_answered_and_those_too_many_are_refused_at_once() -> None:
    large = LargeBodies()
    asked = [large.prepare(REQUEST, "", UNEVEN, CATALOG, "anon") for _ in range(WAITING_MAX + 3)]
    answers = [type(answer) for answer in await asyncio.gather(*asked, return_exceptions=True)]
    assert answers == [BadBody] * (WAITING_MAX + 1) + [BodiesBusy] * 2
    with pytest.raises(BadBody):
        await large.prepare(REQUEST, "", UNEVEN, CATALOG, "anon")
