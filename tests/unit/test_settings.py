"""The public development keys stay where nobody else can reach them."""

from __future__ import annotations

import pytest

from sahne.errors import SettingInvalid, SetupError
from sahne.settings import Settings
from sahne.settings.reading import read_settings

OWN = {
    "jwt_secret": "a-secret-of-an-installation-that-is-long-enough",
    "anon_key": "own",
    "service_role_key": "own",
    "publishable_key": "sb_publishable_own",
    "secret_key": "sb_secret_own",
}


def settings(**given: str) -> Settings:
    return read_settings(env_file=None, **given)


@pytest.mark.parametrize("given", [{}, {"host": "localhost"}, {"host": "::1"}, {"site_url": "http://localhost:8000"}])
def test_on_loopback_they_serve(given: dict[str, str]) -> None:
    settings(**given).refuse_development_keys_off_loopback()


@pytest.mark.parametrize(
    "given", [{"host": "0.0.0.0"}, {"host": "192.168.1.7"}, {"site_url": "https://sahne.example"}, {"host": "::"}]
)
def test_where_others_reach_them_they_are_refused_and_own_keys_are_not(given: dict[str, str]) -> None:
    with pytest.raises(SetupError, match="development keys"):
        settings(**given).refuse_development_keys_off_loopback()
    settings(**given, **OWN).refuse_development_keys_off_loopback()
    for name in OWN:
        two = {other: value for other, value in OWN.items() if other != name}
        with pytest.raises(SetupError, match="development keys"):
            settings(**given, **two).refuse_development_keys_off_loopback()


def test_a_child_gets_the_very_same_settings() -> None:
    parent = settings(port="5005", database_url="postgresql://a:b@127.0.0.1/c", livekit_url="ws://x")
    told = parent.environment()
    assert told["SAHNE_PORT"] == "5005"
    assert told["DATABASE_URL"] == "postgresql://a:b@127.0.0.1/c"
    assert told["SAHNE_LIVEKIT_URL"] == "ws://x"
    assert "SAHNE_SITE_URL" not in told


def test_a_setting_that_cannot_be_used_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHNE_PORT", "abc")
    monkeypatch.setenv("SAHNE_JWT_SECRET", "tooshort")
    with pytest.raises(SettingInvalid) as refused:
        read_settings()
    said = str(refused.value.details)
    assert "SAHNE_PORT" in said
    assert "SAHNE_JWT_SECRET" in said
    assert "tooshort" not in said
