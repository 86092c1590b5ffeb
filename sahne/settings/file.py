"""Settings in a file, `sahne.toml` where the program starts, or the one that `SAHNE_CONFIG` names.

A setting's name there is its variable's in small letters without `SAHNE_`; a value is TOML's own: a text, a number,
true or false. A name that is no setting's is refused, as no other program reads the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sahne.errors import SettingInvalid
from sahne.settings import OWN_NAMES, PREFIX, Settings
from sahne.settings.secrets import OF_A_FILE, SECRETS, with_secrets

FILE = Path("sahne.toml")
WHICH = "SAHNE_CONFIG"
SECRETS_IN_FILES = frozenset(f"{name}{OF_A_FILE}" for name in SECRETS)
GUIDE = "docs/guides/production.md lists every setting with its bounds."


def config_file() -> Path | None:
    """The file that is named, else the one that lies here; None: there is none.

    Raises:
        SettingInvalid: one is named and not there.
    """
    named = os.environ.get(WHICH)
    path = Path(named) if named else FILE
    if path.is_file():
        return path
    if named:
        raise SettingInvalid(details=f"{WHICH}: there is no file {path}", hint="Name it as it is seen from here.")
    return None


def read_file(path: Path) -> dict[str, Any]:
    """What it sets, by the settings' names.

    Raises:
        SettingInvalid: it is no TOML, or sets what is no setting.
    """
    import tomllib  # only here: most folders have no such file

    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(details=f"{path}: is no TOML: {error}", hint=GUIDE) from error
    if unknown := _unknown(given):
        raise SettingInvalid(
            details="\n".join(f"{path}: {_in_words(name, meant)}" for name, meant in unknown.items()), hint=GUIDE
        )
    files = {name.removesuffix(OF_A_FILE): given.pop(name) for name in list(given) if name in SECRETS_IN_FILES}
    return with_secrets(given, files, lambda name: f"{path}: {name}{OF_A_FILE}")


def _unknown(given: Mapping[str, Any]) -> dict[str, str | None]:
    """Each name that is no setting's, with the one that is perhaps meant."""
    known = {each.name for each in fields(Settings)} | SECRETS_IN_FILES
    return {name: _nearest(name, known) for name in given if name not in known}


def _nearest(name: str, known: set[str]) -> str | None:
    """By a slip of the pen, or because it is the variable's name."""
    of_variable = {variable.lower(): own for own, variable in OWN_NAMES.items()}
    plain = name.lower().replace("-", "_")
    plain = of_variable.get(plain, plain.removeprefix(PREFIX.lower()))
    return next(iter(get_close_matches(plain, known, 1)), None)


def _in_words(name: str, meant: str | None) -> str:
    perhaps = f" Perhaps {meant} is meant." if meant else ""
    return f"there is no setting {name}.{perhaps}"
