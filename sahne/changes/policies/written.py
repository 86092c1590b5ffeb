"""The words of SQL that PostgreSQL itself wrote (`pg_get_expr`, `pg_get_function_sqlbody`), cut into tokens.

It writes keywords in capitals, names with their schema (the search path is empty), and a bracket around every
operator: so where a condition falls into alternatives can be read off its brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Tokens = tuple[str, ...]

_TOKEN = re.compile(
    r"""
    [EBX]?'(?:[^']|'')*'           # a string
  | "(?:[^"]|"")*"                 # a name in quotes
  | [^\W\d][\w$]*                  # a word
  | \$\d+ | \d[\w.]*               # a parameter, a number
  | :: | [.,;()\[\]:]
  | [-+*/<>=~!@\#%^&|`?]+          # an operator
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
MORE_THAN_AN_EXPRESSION = frozenset({"FROM", "WHERE", ",", "UNION", "INTERSECT", "EXCEPT", "ORDER", "DISTINCT"})


def tokens_of(text: str) -> Tokens:
    """The tokens of a piece of SQL without comments.

    Raises:
        ValueError: there is something that is none.
    """
    found: list[str] = []
    at = _SPACE.match(text).end()  # type: ignore[union-attr]
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"no token of SQL: {text[at : at + 20]!r}")
        found.append(token[0])
        at = _SPACE.match(text, token.end()).end()  # type: ignore[union-attr]
    return tuple(found)


def is_name(token: str) -> bool:
    """Whether it is a name and no keyword, sign or value."""
    return token.startswith('"') or ((token[:1].isalpha() or token[:1] == "_") and token == token.lower())


def closing(tokens: Sequence[str], opening: int) -> int:
    """Where the bracket that opens there is closed.

    Raises:
        ValueError: nowhere.
    """
    depth = 0
    for at in range(opening, len(tokens)):
        depth += _step(tokens[at])
        if depth == 0:
            return at
    raise ValueError("a bracket is not closed")


def bare(tokens: Tokens) -> Tokens:
    """Without the brackets around all of it."""
    while len(tokens) > 1 and tokens[0] == "(" and closing(tokens, 0) == len(tokens) - 1 and tokens[1] != "SELECT":
        tokens = tokens[1:-1]
    return tokens


def split(tokens: Tokens, keyword: str) -> list[Tokens]:
    """The parts between the `keyword`s that stand in no bracket."""
    places = [at for at in outside(tokens) if tokens[at] == keyword]
    starts, ends = [0, *(place + 1 for place in places)], [*places, len(tokens)]
    return [tokens[start:end] for start, end in zip(starts, ends, strict=True)]


def all_of(condition: Tokens) -> list[Tokens]:
    """The conditions that must all hold for it."""
    condition = bare(condition)
    parts = split(condition, "AND")
    return [condition] if len(parts) == 1 else [each for part in parts for each in all_of(part)]


def united(query: Tokens, *, all_rows: bool = False) -> list[Tokens]:
    """The queries whose rows are a `UNION`'s, as a set or, with `all_rows`, as often as in it; else itself."""
    if any(query[at] in ("INTERSECT", "EXCEPT", "ORDER", "LIMIT") for at in outside(query)):
        return [query]
    first, *others = split(query, "UNION")
    if all_rows and any(other[:1] != ("ALL",) for other in others):
        return [query]
    return [first, *(other[1:] if other[:1] == ("ALL",) else other for other in others)]


def outside(tokens: Tokens) -> Iterator[int]:
    """The places of tokens that stand in no bracket."""
    depth = 0
    for at, token in enumerate(tokens):
        step = _step(token)
        if depth == 0 and step == 0:
            yield at
        depth += step


def joined(permissive: list[Tokens], restrictive: list[Tokens]) -> Tokens:
    """Any of the permissive ones and all of the restrictive; without a permissive one nobody."""
    if not permissive:
        return ("false",)
    any_of = ("(", *_with_between(permissive, "OR"), ")")
    return ("(", *_with_between([any_of, *restrictive], "AND"), ")")


def _with_between(parts: list[Tokens], word: str) -> Tokens:
    found: list[str] = []
    for part in parts:
        found += [*((word,) if found else ()), "(", *part, ")"]
    return tuple(found)


def qualified(words: Tokens, schema: str, name: str) -> list[int]:
    """Where `schema.name` stands and is no type, collation or longer name."""
    return [
        at
        for at in range(len(words) - 2)
        if words[at : at + 3] == (schema, ".", name)
        and (at == 0 or words[at - 1] not in (".", "::", "COLLATE"))
        and words[at + 3 : at + 4] != (".",)
    ]


def only_expression(query: Tokens) -> Tokens | None:
    """The expression of `SELECT expression [AS name]`."""
    if query[:1] != ("SELECT",):
        return None
    if any(query[at] in MORE_THAN_AN_EXPRESSION for at in outside(query)):
        return None
    named = [at for at in outside(query) if query[at] == "AS"]
    return query[1 : named[-1]] if named else query[1:]


def quoted(name: str) -> str:
    """A name as PostgreSQL writes it, but for keywords."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'


def listed(names: list[str]) -> Tokens:
    """Names with commas between them."""
    return tuple(token for name in names for token in (",", name))[1:]


def _step(token: str) -> int:
    return 1 if token in ("(", "[") else -1 if token in (")", "]") else 0
