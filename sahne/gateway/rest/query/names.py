"""Names and constants of a request as SQL writes them."""

from __future__ import annotations

from sahne.gateway.rest.errors import ParseFailed


def quoted(name: str) -> str:
    """An identifier.

    Raises:
        ParseFailed: there is a NUL in it, which no name in PostgreSQL has.
    """
    _refuse_nul(name)
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant; only for what belongs to the shape (JSON keys, configuration names).

    Raises:
        ParseFailed: there is a NUL in it.
    """
    _refuse_nul(text)
    plain = "'" + text.replace("'", "''") + "'"
    return "E" + plain.replace("\\", "\\\\") if "\\" in text else plain


def _refuse_nul(text: str) -> None:
    if "\0" in text:
        raise ParseFailed("A name has no NUL in it", details=f"seen in {text!r}")


def table(schema: str, name: str) -> str:
    """A relation or function, with its schema."""
    return f"{quoted(schema)}.{quoted(name)}"
