"""`sahne objects …`: the stored objects' bytes, and the store they lie in."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Annotated

import typer

from sahne.cli.output import failures_in_words, people, print_json, progress_bars
from sahne.cli.shared_options import AsJson, Data
from sahne.counted import counted
from sahne.errors import SettingInvalid
from sahne.object_stores import DISK, bucket_in, of_store
from sahne.objects.stores import Moved, move_bytes
from sahne.providers.blobs.opened import open_store, refuse_half_set
from sahne.settings import Settings
from sahne.settings.reading import read_settings

GUIDE = "docs/guides/production.md"

app = typer.Typer(no_args_is_help=True, help="The stored objects' bytes, and where they lie.")


@app.callback()
def root() -> None:
    """The stored objects' bytes, and where they lie."""


@app.command()
def move(
    to: Annotated[
        str | None,
        typer.Option(help="The store to copy into, s3://bucket/prefix or disk.", show_default="SAHNE_OBJECTS_URL"),
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Compare what is there already, too, byte by byte.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Copy all bytes into another store, while servers go on; say it again until nothing is left to copy."""
    with failures_in_words(as_json=as_json):
        settings = read_settings(data=data)
        source, target = way(settings, to)
        started = perf_counter()
        with progress_bars() as tell:
            old, new = open_store(settings, source), open_store(settings, target)
            moved = asyncio.run(move_bytes(old, new, verify=verify, tell=tell))
    if as_json:
        print_json(
            {
                "from": shown(settings, source),
                "to": shown(settings, target),
                "copied": moved.copied,
                "bytes": moved.bytes,
                "there": moved.there,
                "gone": moved.gone,
                "mended": moved.mended,
                "seconds": round(perf_counter() - started, 2),
            }
        )
        return
    show_moved(moved, settings, source, target)


def way(settings: Settings, to: str | None) -> tuple[str, str]:
    """Out of which store into which: from the old one into the present, before that from the present one into `to`.

    Raises:
        SettingInvalid: there are no two.
    """
    refuse_half_set(settings)
    if to is not None and (wrong := of_store(to)):
        raise SettingInvalid(details=f"--to {wrong}", hint=f"{GUIDE} says how objects move.")
    present = settings.objects_url or DISK
    if settings.objects_old_url is not None and to in (None, present):
        return settings.objects_old_url, present
    if to is None or to == present:
        raise SettingInvalid(
            details="There is one store, and nothing to move.",
            hint="Name another one with --to, or say with SAHNE_OBJECTS_OLD_URL where the objects were before.",
        )
    return present, to


def shown(settings: Settings, store: str) -> str:
    """A store without its key."""
    return str(settings.objects_path) if store == DISK else str(bucket_in(store, settings.s3_access))


def show_moved(moved: Moved, settings: Settings, source: str, target: str) -> None:
    """What was copied, and what to do next."""
    copied = f"{counted(moved.copied, 'object')} ({moved.bytes / 2**20:,.1f} MiB) copied"
    people.print(f"[green]{copied}[/] to {shown(settings, target)}; {moved.there:,} were there.", soft_wrap=True)
    if moved.mended:
        people.print(f"[yellow]{counted(len(moved.mended), 'object')} differed and were copied anew.[/]")
    if settings.objects_old_url is None:
        old = DISK if source == DISK else shown(settings, source)
        people.print(
            f"→ Set SAHNE_OBJECTS_URL={shown(settings, target)} and SAHNE_OBJECTS_OLD_URL={old}, restart servers and"
            " workers, and say [bold]sahne objects move[/] once more for what came meanwhile.",
            soft_wrap=True,
        )
    elif moved.copied:
        people.print("→ Say it once more; when nothing is copied, take SAHNE_OBJECTS_OLD_URL away and restart.")
    else:
        people.print("→ All of it is there: take SAHNE_OBJECTS_OLD_URL away and restart.")
