"""Schemas and roles that the settings name are looked for before the doors open."""

from __future__ import annotations

import pytest

from sahne.database.named import NameUnknown, refuse_unknown
from sahne.settings.reading import read_settings
from tests.conftest import free_port
from tests.connections import as_authenticator


def test_what_is_there_is_taken(database_url: str) -> None:
    settings = read_settings(env_file=None)
    roles = [settings.rest_anon_role, *settings.token_role_names]
    functions = ["private.named_actor", "handle_updated_at", "now"]
    refuse_unknown(as_authenticator(database_url), schemas=settings.rest_schema_names, roles=roles, functions=functions)


@pytest.mark.parametrize(
    ("schemas", "roles", "functions", "told"),
    [
        (["public", "nope"], ["anon"], [], "There is no schema nope."),
        (["public"], ["anon", "boss"], [], "Role authenticator cannot become boss."),
        (["public"], ["postgres"], [], "Role authenticator cannot become postgres."),
        (["public"], ["anon"], ["private.nope"], "There is no function private.nope that takes no arguments."),
        (["public"], ["anon"], ["private.standing"], "There is no function private.standing that takes no arguments."),
    ],
)
def test_what_is_not_is_named(
    database_url: str, schemas: list[str], roles: list[str], functions: list[str], told: str
) -> None:
    with pytest.raises(NameUnknown) as refused:
        refuse_unknown(as_authenticator(database_url), schemas=schemas, roles=roles, functions=functions)
    assert refused.value.message == told
    assert refused.value.hint


def test_where_nothing_answers_nothing_is_said() -> None:
    refuse_unknown(f"postgresql://a:b@127.0.0.1:{free_port()}/a", schemas=["nope"], roles=["nope"])
