"""Settings in `sahne.toml`, and secrets in files of their own: the same names, the same bounds, and a known order."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path

import pytest

from sahne.errors import SettingInvalid
from sahne.settings import Settings, variable_of
from sahne.settings.file import WHICH
from sahne.settings.reading import misnamed_variables, read_settings
from sahne.settings.secrets import SECRETS
from tests.process.sahne_up import run_sahne

SECRET = "a-secret-of-an-installation-that-is-long-enough"
HOOKS = ("user_created", "access_token", "password_attempt", "mfa_attempt", "send_email", "send_sms")
# Their names sound like one, and they open nothing: what everybody may see, paths, and how passwords must be
NO_SECRETS = {
    "anon_key", "publishable_key", "jwt_keys", "backup_key", "apple_key", "apns_key", "provenance_key", "apple_key_id",
    "apns_key_id", "livekit_api_key", "livekit_old_api_key", "s3_access_key_id", "s3_protocol_access_key_id",
    "token_roles", "token_issuers", "passkeys", "passkey_rp_id",
    "passkey_origins", "password_characters_min", "password_required_characters", "leaked_passwords",
    "leaked_passwords_url", "leaked_passwords_must_answer", "reauthenticate_for_password",
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, in which nothing is set."""
    for name in os.environ:
        if name.startswith("SAHNE_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(*, hint: str = "production.md") -> str:
    with pytest.raises(SettingInvalid) as wrong:
        read_settings()
    assert hint in (wrong.value.hint or "")
    return str(wrong.value.details)


def test_the_environment_comes_before_env_and_that_before_the_toml(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "sahne.toml").write_text(
        'port = 1\ndb_port = 2\npipeline_connections = 3\nexpo_push = true\nsms_dollars = 0.5\nhost = "::1"\n'
    )
    (here / ".env").write_text("SAHNE_DB_PORT=22\nSAHNE_PIPELINE_CONNECTIONS=33\n")
    monkeypatch.setenv("SAHNE_PIPELINE_CONNECTIONS", "44")
    read = read_settings(host="127.0.0.9")
    assert (read.port, read.db_port, read.pipeline_connections, read.host) == (1, 22, 44, "127.0.0.9")
    assert (read.expo_push, read.sms_dollars) == (True, 0.5)


def test_a_file_that_is_named_is_read_in_place_of_the_one_here(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "sahne.toml").write_text("port = 1\n")
    (here / "other.toml").write_text("db_port = 2\n")
    monkeypatch.setenv(WHICH, "other.toml")
    assert (read_settings().port, read_settings().db_port) == (54321, 2)
    monkeypatch.setenv(WHICH, "none.toml")
    assert refused(hint="") == "SAHNE_CONFIG: there is no file none.toml"


def test_a_name_that_is_no_setting_is_refused_with_the_nearest(here: Path) -> None:
    (here / "sahne.toml").write_text(
        'prot = 1\nSAHNE_HOST = "x"\ndatabase-url = "x"\njwt_secret_fiel = "x"\nwhatever = 1\n'
    )
    assert refused().splitlines() == [
        "sahne.toml: there is no setting prot. Perhaps port is meant.",
        "sahne.toml: there is no setting SAHNE_HOST. Perhaps host is meant.",
        "sahne.toml: there is no setting database-url. Perhaps database_url is meant.",
        "sahne.toml: there is no setting jwt_secret_fiel. Perhaps jwt_secret_file is meant.",
        "sahne.toml: there is no setting whatever.",
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("port = 0", "port: must be at least 1"),
        ("port = true", "port: must be a whole number"),
        ("sms_dollars = true", "sms_dollars: must be a number"),
        ("host = 5", "host: must be a text"),
        ('expo_push = "maybe"', "expo_push: must be true or false"),
        ('redirect_urls = ["https://a.example"]', "redirect_urls: must be a text"),
        ('jwt_secret = "short"', "jwt_secret: must have at least 32 characters"),
        ("jwt_secret_file = 5", "jwt_secret_file: must be the path of a file"),
    ],
)
def test_a_value_has_the_bounds_it_has_everywhere_and_is_not_repeated(here: Path, line: str, fault: str) -> None:
    (here / "sahne.toml").write_text(line)
    with pytest.raises(SettingInvalid) as wrong:
        read_settings()
    assert wrong.value.details == f"sahne.toml: {fault}"


def test_what_is_no_toml_is_refused_with_its_place(here: Path) -> None:
    (here / "sahne.toml").write_text('port = 1\nhost = = "x"\n')
    assert refused() == "sahne.toml: is no TOML: Invalid value (at line 2, column 8)"
    (here / "sahne.toml").write_bytes(b'host = "\xff"')
    assert refused().startswith("sahne.toml: is no TOML")


def test_a_secret_may_lie_in_a_file_of_its_own(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "jwt").write_text(f"{SECRET}\n")
    (here / "sahne.toml").write_text('jwt_secret_file = "jwt"\n')
    assert read_settings().jwt_secret == SECRET
    (here / "other").write_text(SECRET.upper())
    monkeypatch.setenv("SAHNE_JWT_SECRET_FILE", "other")
    assert read_settings().jwt_secret == SECRET.upper(), "the environment's file comes before the TOML's"
    monkeypatch.setenv("SAHNE_JWT_SECRET", SECRET[::-1])
    assert read_settings().jwt_secret == SECRET[::-1], "the secret itself comes before its file"
    assert misnamed_variables() == {}


def test_a_file_of_a_secret_that_cannot_be_read_is_named_and_no_other_setting_has_one(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHNE_SMTP_URL_FILE", "none")
    assert refused(hint="must be able to read it") == (
        "SAHNE_SMTP_URL_FILE: none cannot be read: No such file or directory"
    )
    monkeypatch.setenv("SAHNE_SMTP_URL_FILE", "/dev/zero")
    assert refused(hint="must be able to read it").endswith("it is too large for a secret")
    monkeypatch.delenv("SAHNE_SMTP_URL_FILE")
    monkeypatch.setenv("SAHNE_HOST_FILE", "none")
    assert read_settings().host == "127.0.0.1"
    assert "SAHNE_HOST_FILE" in misnamed_variables()


def test_whatever_is_called_a_secret_is_one() -> None:
    names = {each.name for each in fields(Settings)}
    assert names >= SECRETS | NO_SECRETS
    assert {f"hook_{each}" for each in HOOKS} <= SECRETS, "an address may have a token in it"
    sound = {name for name in names if any(word in name for word in ("secret", "password", "token", "key"))}
    assert sound - SECRETS - NO_SECRETS == set()


def test_sahne_settings_says_where_each_value_is_from_and_prints_no_secret(tmp_path: Path) -> None:
    config = tmp_path / "its.toml"
    config.write_text(f'port = 5001\nrest_rows_max = 7\njwt_secret = "{SECRET}"\n')
    variables = {"SAHNE_PORT": "5002", "SAHNE_SMTP_URL": "smtp://user:hidden@mail.example.com"}
    said = run_sahne("--config", str(config), "settings", "--json", cwd=tmp_path, variables=variables)
    assert said.returncode == 0, said.stderr
    rows = {row["name"]: row for row in json.loads(said.stdout)["settings"]}
    assert {name: (row["value"], row["from"]) for name, row in rows.items()} == {
        "port": (5002, "the environment"),
        "rest_rows_max": (7, str(config)),
        "jwt_secret": (None, str(config)),
        "smtp_url": (None, "the environment"),
    }
    assert rows["port"]["variable"] == variable_of("port")
    in_words = run_sahne("--config", str(config), "settings", "--all", cwd=tmp_path, variables=variables).stdout
    assert "SAHNE_DB_PORT" in in_words
    assert "(a secret)" in in_words
    assert SECRET not in in_words + said.stdout
    assert "hidden" not in in_words + said.stdout
