"""Options that several commands take, in the same words each time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

NEGATIVE_NUMBER = re.compile(r"-\d+(\.\d+)?")


class TakesNumbers(TyperCommand):
    """A command among whose arguments is a number: `-5` is a number out of range there, and no option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As every command does."""
        ctx.ignore_unknown_options = any(map(NEGATIVE_NUMBER.fullmatch, args))
        return super().parse_args(ctx, args)


def in_utc(moment: datetime) -> datetime:
    """A moment as it was given; one that names no zone is meant in UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Data = Annotated[
    Path | None, typer.Option(help="The folder that holds everything.", show_default="SAHNE_DATA, else .sahne")
]
StackData = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="The data folder of the `sahne up` that is meant; DATABASE_URL comes before it.",
        show_default="SAHNE_DATA, else .sahne",
    ),
]
Email = Annotated[str, typer.Argument(help="The e-mail address the person signs in with.")]
