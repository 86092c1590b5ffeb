"""`sahne keys`: the URLs and keys an app's `.env` wants."""

from __future__ import annotations

from sahne.cli.options import AsJson, Data
from sahne.cli.screen import failures_in_words, print_json, print_pairs
from sahne.home.state import settings_here
from sahne.settings import Settings


def keys(data: Data = None, as_json: AsJson = False) -> None:
    """Print the API's URL and its keys."""
    with failures_in_words(as_json=as_json):
        found = keys_of(settings_here(data))
    if as_json:
        print_json(found)
    else:
        print_pairs(found)


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
