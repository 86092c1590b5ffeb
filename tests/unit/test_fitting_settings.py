"""Settings that cannot work are refused before anything is started, by the names of the variables."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from sahne.errors import SettingInvalid, SetupError
from sahne.gateway.fitting_settings import KeysMixed, refuse_unfit
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.keys import key, own_keys

OWN = own_keys()
KEYS = sorted(OWN.keys() - {"confirm_email"})
LIVEKIT = {"livekit_url": "wss://live.example.com", "livekit_api_key": "APIx", "livekit_api_secret": "s" * 32}


def settings(**given: Any) -> Settings:
    return read_settings(env_file=None, **given)


def wrong_with(**given: Any) -> str:
    """What is told to be wrong with keys of one's own and these settings."""
    with pytest.raises(SettingInvalid) as refused:
        refuse_unfit(settings(**OWN | given))
    assert refused.value.hint
    return str(refused.value.details)


@pytest.mark.parametrize(
    "given",
    [
        {},
        OWN,
        OWN | LIVEKIT,
        OWN | {"site_url": "https://api.example.com", "host": "0.0.0.0"},
        OWN | {"token_roles": "anon, authenticated"},
    ],
)
def test_a_laptop_and_an_installation_start(given: dict[str, Any]) -> None:
    refuse_unfit(settings(**given))


@pytest.mark.parametrize("name", KEYS)
def test_one_public_key_beside_ones_own_is_refused_and_named(name: str) -> None:
    rest = {other: value for other, value in OWN.items() if other != name}
    with pytest.raises(KeysMixed) as refused:
        refuse_unfit(settings(**rest))
    assert refused.value.details == f"public: SAHNE_{name.upper()}"
    assert f"SAHNE_{name.upper()}" in str(refused.value.hint)


@pytest.mark.parametrize("name", KEYS)
def test_and_so_is_one_of_ones_own_beside_the_public_ones(name: str) -> None:
    with pytest.raises(KeysMixed):
        refuse_unfit(settings(**{name: OWN[name]}))


def test_where_others_reach_the_server_the_public_keys_are_refused_first() -> None:
    with pytest.raises(SetupError, match="public; they are refused on"):
        refuse_unfit(settings(host="0.0.0.0"))


SECRET = OWN["jwt_secret"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"confirm_email": None}, "SAHNE_SMTP_URL: is missing: who signs up is sent a letter (or set SAHNE_CONFIRM_EMAIL=false)"),
        ({"smtp_url": "smtp://mail.example.com"}, "SAHNE_MAIL_FROM: is missing beside SAHNE_SMTP_URL: letters need a sender"),
        ({"anon_key": "abc"}, "SAHNE_ANON_KEY: is not signed with SAHNE_JWT_SECRET"),
        ({"anon_key": key("x" * 40, "anon")}, "SAHNE_ANON_KEY: is not signed with SAHNE_JWT_SECRET"),
        ({"anon_key": OWN["publishable_key"]}, "SAHNE_ANON_KEY: must be a token signed with SAHNE_JWT_SECRET; this is an opaque key"),
        ({"anon_key": OWN["service_role_key"]}, "SAHNE_ANON_KEY: must have the role anon; it has service_role"),
        ({"service_role_key": key(SECRET, "authenticated")}, "SAHNE_SERVICE_ROLE_KEY: must have the role service_role; it has authenticated"),
        ({"service_role_key": key(SECRET, "service_role", exp=1)}, "SAHNE_SERVICE_ROLE_KEY: has expired"),
        ({"service_role_key": jwt.encode({"role": "boss"}, SECRET)}, "SAHNE_SERVICE_ROLE_KEY: must have the role service_role"),
        ({"publishable_key": OWN["secret_key"]}, "SAHNE_PUBLISHABLE_KEY: must be sb_publishable_ and at least 16 characters"),
        ({"secret_key": OWN["anon_key"]}, "SAHNE_SECRET_KEY: must be sb_secret_ and at least 16 characters"),
        ({"secret_key": "sb_secret_"}, "SAHNE_SECRET_KEY: must be sb_secret_ and at least 16 characters"),
        ({"token_roles": "anon, service_role"}, "SAHNE_TOKEN_ROLES: must name authenticated: nobody could sign in"),
        (LIVEKIT | {"livekit_api_key": None}, "SAHNE_LIVEKIT_API_KEY: is missing beside SAHNE_LIVEKIT_URL"),
        ({"livekit_api_secret": "s"}, "SAHNE_LIVEKIT_URL: is missing beside SAHNE_LIVEKIT_API_SECRET\nSAHNE_LIVEKIT_API_KEY: is missing beside SAHNE_LIVEKIT_API_SECRET"),
        (LIVEKIT | {"livekit_url": "live.example.com"}, "SAHNE_LIVEKIT_URL: must begin with wss:// or ws://"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_named_with_what_is_wrong(given: dict[str, Any], told: str) -> None:
    assert wrong_with(**given) == told


def test_all_that_is_wrong_is_told_at_once_and_no_value_of_it() -> None:
    told = wrong_with(anon_key="a-secret-word", livekit_api_key="another-one", token_roles="anon")
    assert len(told.splitlines()) == 4
    assert "word" not in told
    assert "another" not in told


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SAHNE_SITE_URL", "api.example.com"), ("SAHNE_SITE_URL", "wss://api.example.com"), ("SAHNE_SITE_URL", "https://"),
        ("SAHNE_SITE_URL", "https://user@api.example.com"), ("SAHNE_SITE_URL", "https://api.example.com/?a=b"),
        ("SAHNE_SITE_URL", "https://:a-password@api.example.com"), ("SAHNE_TRACES_URL", "http://:a-password@127.0.0.1:4318"),
        ("SAHNE_HOOK_USER_CREATED", "https://:a-password@app.example.com/hook"),
        ("SAHNE_PROVIDER_URLS", "github=https://:a-password@github.example.com"),
        ("SAHNE_HOST", ""), ("SAHNE_HOST", "http://0.0.0.0"), ("SAHNE_HOST", "0.0.0.0 "), ("SAHNE_PORT", "0"),
        ("SAHNE_CLIENT_IP_HEADER", "x real ip"), ("SAHNE_CLIENT_IP_HEADER", "x-real-ip:"),
        ("SAHNE_STATEMENT_TIMEOUT_SECONDS", "inf"), ("SAHNE_STATEMENT_TIMEOUT_SECONDS", "0.0001"),
        ("SAHNE_STATEMENT_TIMEOUT_SECONDS", "nan"), ("SAHNE_REQUEST_TIMEOUT_SECONDS", "inf"),
        ("SAHNE_WORKER_HEARTBEAT_SECONDS", "0.000001"), ("SAHNE_TOKEN_ROLES", "authenticated,,anon"), ("SAHNE_REST_ANON_ROLE", " "),
    ],
)  # fmt: skip
def test_a_value_that_is_none_is_refused_where_it_is_read(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingInvalid) as refused:
        read_settings()
    assert str(refused.value.details).startswith(f"{variable}: ")


def test_a_setting_that_is_left_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SITE_URL", "CLIENT_IP_HEADER", "LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.setenv(f"SAHNE_{name}", "")
    read = read_settings()
    assert (read.api_url, read.client_ip_header, read.has_livekit) == ("http://127.0.0.1:54321", None, False)
    refuse_unfit(read)


@pytest.mark.parametrize("kind", ["of watching", "of hooks", "of more servers and agents"])
def test_what_a_host_hands_on_empty_is_not_set(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    names = {
        "of watching": ("traces_url", "traces_headers", "error_reports", "metrics_token", "worker_metrics_port"),
        "of hooks": ("hook_password_attempt", "hook_mfa_attempt", "hook_send_email", "hook_send_sms"),
        "of more servers and agents": ("bus_url", "management_token"),
    }[kind]
    for name in names:
        monkeypatch.setenv(f"SAHNE_{name.upper()}", "")
    read = read_settings(env_file=None)
    assert {getattr(read, name) for name in names} == {None}


def test_what_we_are_to_another_provider_is_said_whole() -> None:
    """An app alone has no secret; a secret or a key alone is of nobody."""
    refuse_unfit(settings(**OWN | {"google_client_ids": "app", "apple_client_ids": "com.example.app"}))
    assert "SAHNE_GITHUB_CLIENT_IDS" in wrong_with(github_client_secret="a secret of ours")
    assert "a secret of ours" not in wrong_with(github_client_secret="a secret of ours")
    half = wrong_with(apple_client_ids="com.example.web", apple_team_id="TEAM")
    assert "SAHNE_APPLE_KEY_ID" in half
    assert "SAHNE_APPLE_KEY:" in half
    whole = {"apple_team_id": "TEAM", "apple_key_id": "KEY", "apple_key": "AuthKey.p8"}
    assert "SAHNE_APPLE_CLIENT_IDS" in wrong_with(**whole)
