"""`sahne signing new|rotate|retire|list`: the keys that sign access tokens, in the file of SAHNE_JWT_KEYS."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from sahne.cli.output import failures_in_words, people, print_json, print_table
from sahne.cli.shared_options import AsJson
from sahne.errors import InvalidRequest
from sahne.settings.reading import read_settings
from sahne.signing_keys import ALGORITHMS, HINT, KEYS_MAX, SigningKey, SigningKeys, new_key, write_keys

app = typer.Typer(
    name="signing", help="The keys that sign access tokens: make, change, retire them.", no_args_is_help=True
)

File = Annotated[Path | None, typer.Option("--file", help="The file of keys; SAHNE_JWT_KEYS when left out.")]


class SigningKeysRefused(InvalidRequest):
    """The keys cannot be changed like that."""

    code = "signing_keys_refused"


@app.command()
def new(
    algorithm: Annotated[str, typer.Option(help="ES256 (short and quick), or RS256.")] = "ES256",
    file: File = None,
    as_json: AsJson = False,
) -> None:
    """Make a key: the first one signs, a later one only verifies until `rotate`."""
    with failures_in_words(as_json=as_json):
        chosen = next((name for name in ALGORITHMS if name == algorithm.upper()), None)
        if chosen is None:
            raise SigningKeysRefused("There is no such algorithm", hint=f"One of {', '.join(ALGORITHMS)}.")
        path = _path(file)
        keys = _keys(path) if path.exists() else ()
        if len(keys) >= KEYS_MAX:
            raise SigningKeysRefused(f"There are {KEYS_MAX} keys", hint="Retire one first: sahne signing retire KID.")
        made = new_key(chosen, signs=not keys)
        write_keys(path, (*keys, made))
        _tell(path, (*keys, made), as_json)
        if keys:
            _say(
                "Restart the servers: they show it. When everybody who checks tokens has read it (10 minutes), rotate."
            )
        else:
            _say(f"Set SAHNE_JWT_KEYS={path} and restart the servers.")


@app.command()
def rotate(file: File = None, as_json: AsJson = False) -> None:
    """Let the newest key sign from the next start on; the one that signed until now verifies."""
    with failures_in_words(as_json=as_json):
        path = _path(file)
        keys = _keys(path)
        if keys[-1].signs:
            raise SigningKeysRefused("The newest key signs already", hint="Make the next one: sahne signing new.")
        keys = (*(replace(key, signs=False) for key in keys[:-1]), replace(keys[-1], signs=True))
        write_keys(path, keys)
        _tell(path, keys, as_json)
        _say("Restart the servers. When the last token of the old key has ended (SAHNE_JWT_EXPIRY_SECONDS), retire it.")


@app.command()
def retire(
    key_id: Annotated[str, typer.Argument(metavar="KID", help="As `sahne signing list` shows it.")],
    file: File = None,
    as_json: AsJson = False,
) -> None:
    """Take a key away: what it signed is refused from the next start on."""
    with failures_in_words(as_json=as_json):
        path = _path(file)
        keys = _keys(path)
        kept = tuple(key for key in keys if key.id != key_id)
        if len(kept) == len(keys):
            raise SigningKeysRefused(f"No key {key_id} is there", hint="`sahne signing list` shows them.")
        if not any(key.signs for key in kept):
            raise SigningKeysRefused("It is the one that signs", hint="`sahne signing rotate` lets another one sign.")
        write_keys(path, kept)
        _tell(path, kept, as_json)


@app.command("list")
def list_keys(file: File = None, as_json: AsJson = False) -> None:
    """Which keys there are, and which one signs."""
    with failures_in_words(as_json=as_json):
        path = _path(file)
        _tell(path, _keys(path), as_json)


def _path(file: Path | None) -> Path:
    path = file or read_settings().jwt_keys
    if path is None:
        raise SigningKeysRefused("No file of keys is named", hint="Give --file, or set SAHNE_JWT_KEYS.")
    return path


def _keys(path: Path) -> tuple[SigningKey, ...]:
    keys = SigningKeys.of(path)
    assert keys.signing, HINT
    # as they are used: of several that may sign the first one does
    return tuple(replace(key, signs=key is keys.signing) for key in keys.keys)


def _tell(path: Path, keys: tuple[SigningKey, ...], as_json: bool) -> None:
    shown: list[dict[str, Any]] = [
        {"kid": key.id, "algorithm": key.algorithm, "state": "signs" if key.signs else "verifies"} for key in keys
    ]
    if as_json:
        print_json({"file": str(path), "keys": shown})
        return
    table = Table("kid", "algorithm", "state")
    for row in shown:
        table.add_row(*row.values())
    print_table(table)


def _say(line: str) -> None:
    people.print(line, soft_wrap=True)
