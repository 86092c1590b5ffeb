"""`python -m sahne` and the `sahne` command."""

import sys

from sahne.interrupts import INTERRUPTED, end_interrupted, nothing_to_undo


def main() -> None:
    """Run the command line; Ctrl-C at any moment ends it with a word and exit code 130."""
    try:
        with nothing_to_undo():
            from sahne.cli.main import run

        run(sys.argv[1:])
    except KeyboardInterrupt:
        end_interrupted()
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        end_interrupted()


if __name__ == "__main__":
    main()
