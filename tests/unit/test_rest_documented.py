"""The bounds of the Data API are documented as they are."""

from __future__ import annotations

import re
from pathlib import Path

from sahne.gateway.rest import costly, grammar, payload, shape
from sahne.gateway.rest.query.statement import ANSWER_BYTES_MAX
from sahne.repeats import WRITTEN_OUT_MAX

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "data-api.md"
BOUNDS = {
    "parameters": shape.PARAMETERS_MAX,
    "selected columns": grammar.SELECTED_MAX,
    "embedded resources": grammar.EMBEDS_MAX,
    "levels of embedding, and of a logic tree": grammar.DEPTH_MAX,
    "filters in a logic tree": grammar.MEMBERS_MAX,
    "columns to order by": grammar.ORDERS_MAX,
    "steps into JSON": grammar.STEPS_MAX,
    "letters in all regular expressions (`match`, `imatch`)": costly.REGULAR_LETTERS_MAX,
    "their parts, with what `{…}` repeats written out": WRITTEN_OUT_MAX,
    "letters in all patterns (`like`, `ilike`)": costly.LIKE_LETTERS_MAX,
    "text searches": costly.SEARCHES_MAX,
    "letters in all text searches": costly.SEARCH_LETTERS_MAX,
    "denials (`!`) on end in a text search": costly.DENIALS_MAX,
    "rows of a body": payload.ROWS_MAX,
    "bytes of an answer": ANSWER_BYTES_MAX,
}


def test_the_page_has_every_bound_as_it_is() -> None:
    rows = re.findall(r"^\| (.+?) \| (\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {what: int(bound) for what, bound in rows} == BOUNDS
