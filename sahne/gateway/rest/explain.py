"""The media type that asks for a statement's plan instead of its answer. Pure.

`Accept: application/vnd.pgrst.plan+json; for="application/json"; options=analyze|verbose`, in PostgREST's words.
"""

from __future__ import annotations

from typing import NamedTuple

from sahne.gateway.rest.errors import NoSuchMediaType

MEDIA_TYPE = "application/vnd.pgrst.plan"
OPTIONS = ("analyze", "verbose", "settings", "buffers", "wal")


class Explain(NamedTuple):
    """`format` is `json` or `text`; `answer` the media type of the answer whose statement is looked at."""

    format: str
    options: tuple[str, ...]
    answer: str

    @property
    def sql(self) -> str:
        """What stands before the statement."""
        return f"explain ({', '.join([f'format {self.format}', *self.options])}) "

    @property
    def content_type(self) -> bytes:
        """What the answer is called."""
        options = f"; options={'|'.join(self.options)}" if self.options else ""
        return f'{MEDIA_TYPE}+{self.format}; for="{self.answer}"{options}; charset=utf-8'.encode()


def explain_of(accept: str) -> Explain | None:
    """What an `Accept` header asks for, None when it asks for an answer.

    Raises:
        NoSuchMediaType: an option that nobody knows.
    """
    if not accept.startswith(MEDIA_TYPE):
        return None
    name, *pieces = (piece.strip() for piece in accept.split(";"))
    parameters = {key: value.strip('"') for key, _, value in (piece.partition("=") for piece in pieces)}
    format_ = name.removeprefix(MEDIA_TYPE).removeprefix("+") or "text"
    options = tuple(parameters["options"].split("|")) if parameters.get("options") else ()
    if format_ not in ("json", "text") or not set(options) <= set(OPTIONS):
        raise NoSuchMediaType(f"None of these media types are available: {accept}")
    return Explain(format_, options, parameters.get("for", "application/json"))
