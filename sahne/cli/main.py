"""Running the command line. With `--json` a wrong call is told as every other failure: `{"error": …}` on stdout.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from sahne.cli.app import app

# Typer keeps its base class of every wrong call to itself; this is it
WRONG_CALL: type[Exception] = typer.BadParameter.__bases__[0]
WRONG_USAGE = 2


def run(arguments: Sequence[str]) -> None:
    """Run one command and exit."""
    if "--json" not in arguments:
        app(arguments, prog_name="sahne")
        return
    try:
        ended = app(arguments, prog_name="sahne", standalone_mode=False)
    except WRONG_CALL as wrong:
        from sahne.cli.output import print_json  # only here: it is slow to load, and most calls are right

        print_json({"error": said_of(wrong)})
        sys.exit(WRONG_USAGE)
    except typer.Abort:
        sys.exit(1)
    sys.exit(ended if isinstance(ended, int) else 0)


def said_of(wrong: Exception) -> dict[str, str | None]:
    """The failure as every other command's: `{code, message, details, hint}`."""
    context: typer.Context | None = getattr(wrong, "ctx", None)
    message = wrong.format_message() if isinstance(wrong, typer.BadParameter) else ""
    hint = f"`{context.command_path if context else 'sahne'} --help` says how it is called."
    return {
        "code": "wrong_usage",
        "message": message or str(wrong) or "Something is missing.",
        "details": None,
        "hint": hint,
    }
