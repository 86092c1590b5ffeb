"""Schemas and roles that the settings name are looked for before the doors open."""

from __future__ import annotations

import pytest

from sahne.database.named import NameUnknown, refuse_unknown
from sahne.settings import read_settings
from tests.conftest import free_port
from tests.connections import as_authenticator


def test_what_is_there_is_taken(database_url: str) -> None:
    settings = read_settings(env_file=None)
    roles = [settings.rest_anon_role, *settings.token_role_names]
    refuse_unknown(as_authenticator(database_url), schemas=settings.rest_schema_names, roles=roles)


@pytest.mark.parametrize(
    ("schemas", "roles", "told"),
    [
        (["public", "nope"], ["anon"], "There is no schema nope."),
        (["public"], ["anon", "boss"], "Role authenticator cannot become boss."),
        (["public"], ["postgres"], "Role authenticator cannot become postgres."),
    ],
)
def test_what_is_not_is_named(database_url: str, schemas: list[str], roles: list[str], told: str) -> None:
    with pytest.raises(NameUnknown) as refused:
        refuse_unknown(as_authenticator(database_url), schemas=schemas, roles=roles)
    assert refused.value.message == told
    assert refused.value.hint


def test_where_nothing_answers_nothing_is_said() -> None:
    refuse_unknown(f"postgresql://a:b@127.0.0.1:{free_port()}/a", schemas=["nope"], roles=["nope"])
