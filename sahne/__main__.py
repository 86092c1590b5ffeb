"""`python -m sahne` and the `sahne` command."""

import os
import signal
import sys

INTERRUPTED = 128 + signal.SIGINT


def main() -> None:
    """Run the command line; Ctrl-C at any moment, the first included, ends it with a word and exit code 130."""
    try:
        from sahne.cli.main import run

        run(sys.argv[1:])
    except KeyboardInterrupt:
        end_interrupted()
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        end_interrupted()


def end_interrupted() -> None:
    """Say so and exit, at once: Python itself ends by the signal when Ctrl-C fell into an extension's import."""
    sys.stdout.flush()
    print("Stopped.", file=sys.stderr, flush=True)
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
