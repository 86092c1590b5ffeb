"""Options that several commands take, in the same words each time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
