"""`sahne types`: what the operations take and answer, as types for an app."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sahne.cli.output import print_text
from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.python_types import python_types
from sahne.gateway.functions.table import OPERATIONS
from sahne.gateway.functions.typescript import typescript


class Language(StrEnum):
    """What the types are written in."""

    TYPESCRIPT = "typescript"
    PYTHON = "python"


WRITERS = {Language.TYPESCRIPT: typescript, Language.PYTHON: python_types}


def types(
    language: Annotated[Language, typer.Option(help="What to write them in.")] = Language.TYPESCRIPT,
) -> None:
    """Print the types of the operations: bodies, answers, codes. Those of tables: `supabase gen types`."""
    print_text(WRITERS[language](describe(OPERATIONS, "")))
