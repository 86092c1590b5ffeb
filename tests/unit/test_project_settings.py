"""The settings of a server beside a Supabase project: its address, its keys of either kind, who logs in."""

from __future__ import annotations

from typing import Any

import pytest

from sahne.errors import SettingInvalid
from sahne.gateway.fitting_settings import KeysMixed, refuse_unfit
from sahne.settings import Settings
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY
from sahne.settings.reading import read_settings
from tests.keys import own_keys

OWN = own_keys() | {"project_url": "https://abcdefgh.supabase.co", "confirm_email": None}
NEW_KEYS = {"anon_key": "", "service_role_key": ""}
OLD_KEYS = {"publishable_key": "", "secret_key": ""}


def settings(**given: Any) -> Settings:
    return read_settings(env_file=None, **(OWN | given))


@pytest.mark.parametrize("given", [{}, NEW_KEYS, OLD_KEYS])
def test_a_project_has_keys_of_one_kind_or_of_both_and_its_letters_are_its_own(given: dict[str, Any]) -> None:
    refuse_unfit(settings(**given))


@pytest.mark.parametrize("given", [NEW_KEYS, OLD_KEYS])
def test_a_home_of_ones_own_needs_all_of_them(given: dict[str, Any]) -> None:
    with pytest.raises(SettingInvalid):
        refuse_unfit(read_settings(env_file=None, **own_keys() | given))


def test_a_project_without_a_key_for_apps_or_for_the_server_is_refused() -> None:
    with pytest.raises(SettingInvalid) as refused:
        refuse_unfit(settings(**NEW_KEYS, **OLD_KEYS))
    assert "SAHNE_PUBLISHABLE_KEY: is missing" in str(refused.value.details)
    assert "SAHNE_SECRET_KEY: is missing" in str(refused.value.details)


def test_a_laptops_key_is_none_of_a_project() -> None:
    with pytest.raises(KeysMixed):
        refuse_unfit(settings(anon_key=DEVELOPMENT_ANON_KEY))


@pytest.mark.parametrize(
    "url",
    [
        "abcdefgh.supabase.co",
        "http://abcdefgh.supabase.co",
        "https://abcdefgh.supabase.co/rest/v1",
        "https://a:b@x.co",
        "https://x.co?a=b",
        "https://x.co:port",
        "wss://x.co",
    ],
)
def test_an_address_that_is_no_projects_is_refused(url: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        settings(project_url=url)
    assert str(refused.value.details).startswith("SAHNE_PROJECT_URL: must look like")


def test_its_tokens_are_known_by_its_issuer_and_the_doors_log_in_by_the_role_that_is_set() -> None:
    made = settings(
        project_url="https://abcdefgh.supabase.co/",
        database_url="postgresql://postgres.abcdefgh:secret@aws-0.pooler.supabase.com:5432/postgres",
        authenticator_role="sahne_server.abcdefgh",
        authenticator_password="p/w",
    )
    assert made.project_issuer == "https://abcdefgh.supabase.co/auth/v1"
    assert made.authenticator_url.startswith("postgresql://sahne_server.abcdefgh:p%2Fw@aws-0.pooler.supabase.com:5432/")
    with pytest.raises(SettingInvalid):
        settings(authenticator_role="no role")
