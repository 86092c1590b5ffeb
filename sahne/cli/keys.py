"""`sahne keys`: the URLs and keys an app's `.env` wants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sahne.cli.output import failures_in_words, people, print_json, print_pairs, print_text
from sahne.cli.shared_options import AsJson, Data
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.up.state import read_state, settings_here

ENVIRONMENT = {
    "api_url": "SUPABASE_URL",
    "db_url": "SUPABASE_DB_URL",
    "publishable_key": "SUPABASE_PUBLISHABLE_KEY",
    "secret_key": "SUPABASE_SECRET_KEY",
    "anon_key": "SUPABASE_ANON_KEY",
    "service_role_key": "SUPABASE_SERVICE_ROLE_KEY",
    "jwt_secret": "SUPABASE_JWT_SECRET",
}


def keys(
    data: Data = None,
    as_env: Annotated[bool, typer.Option("--env", help="Lines for an app's .env, on stdout.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the API's URL and its keys."""
    if as_env and as_json:
        raise typer.BadParameter("Choose one of --env and --json.")
    with failures_in_words(as_json=as_json):
        values = keys_of(settings_here(data))
        say_when_nothing_runs(data)
    if as_json:
        print_json(values)
    elif as_env:
        print_text("\n".join(f"{ENVIRONMENT[name]}={value}" for name, value in values.items()))
    else:
        print_pairs(values)


def say_when_nothing_runs(data: Path | None) -> None:
    """The keys are those of the settings then: they may be asked for before the first start."""
    settings = read_settings(data=data)
    if settings.database_url is None and read_state(settings.data) is None:
        nobody = f"No `sahne up` runs on the data folder {settings.data}"
        people.print(f"[yellow]![/] {nobody}: this is what the settings say.", soft_wrap=True)


def keys_of(settings: Settings) -> dict[str, str]:
    """The names `supabase status -o env` uses, in lower case, so that scripts can switch."""
    return {
        "api_url": settings.api_url,
        "db_url": settings.admin_database_url,
        "publishable_key": settings.publishable_key,
        "secret_key": settings.secret_key,
        "anon_key": settings.anon_key,
        "service_role_key": settings.service_role_key,
        "jwt_secret": settings.jwt_secret,
    }
