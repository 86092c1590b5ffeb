"""`sahne seed`: a believable world of any size, the same for the same seed and day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from sahne.cli.output import failures_in_words, people, print_json, progress_bars
from sahne.cli.shared_options import AsJson, StackData, in_utc
from sahne.counted import counted
from sahne.database.reach import refuse_unreachable
from sahne.operations.seed.load import seed as load_seed
from sahne.operations.seed.size import choose_size, last_midnight
from sahne.up.state import settings_of_a_database


def seed(
    users: Annotated[int | None, typer.Option(help="People; default 200.")] = None,
    images: Annotated[int | None, typer.Option(help="Pictures; default 10 a person.")] = None,
    messages: Annotated[int | None, typer.Option(help="Chat lines; default 15 a person.")] = None,
    sessions: Annotated[int | None, typer.Option(help="Live sessions; default one to 400 chat lines.")] = None,
    gifts: Annotated[int | None, typer.Option(help="Gifts sent; default one to 20 chat lines.")] = None,
    events: Annotated[int | None, typer.Option(help="Analytics events; default 5 a person.")] = None,
    number: Annotated[int, typer.Option("--seed", min=0, help="Another number, another world.")] = 1,
    until: Annotated[
        datetime | None, typer.Option(help="The world's last moment, UTC; default the last midnight.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Even where others can reach it or real people live.")] = False,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Fill a database with invented people, pictures, sessions, chat, gifts, coins and events.

    Nobody can sign in as one of them. Without numbers it is a small world beside the demo's.
    """
    with failures_in_words(as_json=as_json), progress_bars() as tell:
        size = choose_size(users, images, messages, sessions, gifts, events)
        end = in_utc(until) if until else last_midnight()
        settings = settings_of_a_database(data)
        refuse_unreachable(settings.admin_database_url)
        seeded = load_seed(settings, size, number=number, until=end, even_so=yes, tell=tell)
    if as_json:
        print_json(seeded.as_json())
        return
    for name, count in seeded.rows.items():
        people.print(f"{count:>12,}  {name}")
    people.print(f"[green]{counted(sum(seeded.rows.values()), 'row')}[/] in {seeded.seconds:.1f} s.")
