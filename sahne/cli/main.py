"""Running the command line. Whatever is refused is told alike: code, message, what was seen, what to do; with `--json`
as `{"error": …}` on stdout.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from sahne.cli.app import app
from sahne.errors import InvalidRequest, SahneError
from sahne.wrong_values import in_our_words

FAILED = 1


class WrongUsage(InvalidRequest):
    """The command was called wrongly."""

    code = "wrong_usage"


def run(arguments: Sequence[str]) -> None:
    """Run one command and exit."""
    as_json = "--json" in arguments
    try:
        ended = app(arguments, prog_name="sahne", standalone_mode=False)
    except TyperException as wrong:
        if said := said_of(wrong):
            refuse(said, as_json=as_json)
        sys.exit(wrong.exit_code)
    except typer.Abort:
        print("Aborted.", file=sys.stderr)
        sys.exit(FAILED)
    except OSError as error:
        refuse_path(error, as_json)
        sys.exit(FAILED)
    sys.exit(ended if isinstance(ended, int) else 0)


def said_of(wrong: TyperException) -> WrongUsage | None:
    """A wrong call as our errors are; None for a group without a command, whose help was shown already."""
    faults = getattr(wrong.__cause__, "errors", None)  # pydantic's, whom Typer has read values
    if faults is not None:
        wrong.message = in_our_words(faults()[0])
    message = wrong.format_message()
    if isinstance(wrong, typer.BadParameter) and not (wrong.param or wrong.param_hint):
        message = wrong.message or message  # our own sentence, without Typer's "Invalid value" before it
    if not message:
        return None
    context: typer.Context | None = getattr(wrong, "ctx", None)
    return WrongUsage(
        message,
        details=" ".join(context.get_usage().split()) if context else None,
        hint=f"`{context.command_path if context else 'sahne'} --help` says how it is called.",
    )


def refuse_path(error: OSError, as_json: bool) -> None:
    """Say what the file system refused; what is no file's affair is a fault of ours and goes on as it is."""
    from sahne.cli.paths import path_refusal  # only here, as below

    refusal = path_refusal(error)
    if refusal is None:
        raise error
    refuse(refusal, as_json=as_json and error.filename is not None)  # without a name it may be stdout that is full


def refuse(error: SahneError, *, as_json: bool) -> None:
    """Tell it."""
    from sahne.cli.output import tell_failure  # only here: it is slow to load, and most calls are right

    tell_failure(error, as_json=as_json)
