"""The folder of functions, read: every file cut into its functions and what is said about them beside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from sahne.database.history import Source
from sahne.database.statements import Statement
from sahne.errors import SetupError

_CREATE = re.compile(r"create or replace function ([a-z_]+\.[a-z_]+)\s*\(")
_ABOUT = re.compile(r"(comment on|grant execute on|revoke (all|execute) on) function\b")


class NotOfAFunction(SetupError):
    """The folder of functions holds functions, their comments and their rights; nothing else."""

    code = "not_of_a_function"


class TwoOfOneName(SetupError):
    """Two functions of the folder have one name."""

    code = "two_of_one_name"


@dataclass(frozen=True, slots=True)
class FunctionText:
    """One `create or replace function`: the statement, and the text with the comment that stands above it."""

    name: str
    source: Source
    statement: Statement

    @property
    def place(self) -> str:
        """File and line, as a reader of the repository finds them."""
        return f"{self.source.file}:{self.statement.line}"

    @property
    def text(self) -> str:
        """As it stands in the file, whole."""
        lines = self.source.text.splitlines()
        first = self.statement.line - 1
        while first > 0 and lines[first - 1].startswith("--"):
            first -= 1
        return "\n".join([*lines[first : self.statement.line - 1], f"{self.statement.text};"])


def read_sources(folder: Traversable | None = None) -> list[Source]:
    """Every file of the folder, of the package's own where none is given.

    Raises:
        NotOfAFunction: a file holds something that belongs into a migration.
    """
    folder = folder or files("sahne.database").joinpath("functions")
    sources = list(_sources(folder, "functions"))
    for source in sources:
        for statement in source.statements:
            if not _CREATE.match(statement.text) and not _ABOUT.match(statement.text):
                raise NotOfAFunction(
                    details=f"{source.file}:{statement.line}: {statement.text.splitlines()[0]}",
                    hint="Begin it with `create or replace function schema.name(`; anything else is a migration's.",
                )
    return sources


def function_texts(sources: list[Source]) -> Iterator[FunctionText]:
    """The functions of all files in their order.

    Raises:
        TwoOfOneName: which of them is meant would hang on what a caller sends.
    """
    by_name: dict[str, FunctionText] = {}
    for source in sources:
        for statement in source.statements:
            if created := _CREATE.match(statement.text):
                text = FunctionText(created[1], source, statement)
                if by_name.setdefault(text.name, text) is not text:
                    places = [by_name[text.name].place, text.place]
                    raise TwoOfOneName(details=places, hint="Give one of them another name.")
                yield text


def _sources(folder: Traversable, name: str) -> Iterator[Source]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _sources(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".sql"):
            yield Source(f"{name}/{entry.name.removesuffix('.sql')}", entry.read_text("utf-8-sig"))
