"""`python -m sahne` and the `sahne` command."""

from sahne.cli import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
