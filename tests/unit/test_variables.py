"""Settings out of texts: read as pydantic reads them, which is not loaded for it, and refused as all values are."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from sahne.errors import SettingInvalid
from sahne.settings import Settings, variable_of
from sahne.settings.reading import read_settings
from sahne.variables import Characters, Within, read_values
from sahne.wrong_values import in_our_words

INTEGERS = ["1", "100", "0", "101", "-1", "+5", " 7 ", "1_0", "5.0", "5.5", "1e1", "", "abc", "٣", "_1", "1__0"]
NUMBERS = ["0.1", "60", "0.09", "60.1", "1e1", " 5 ", "", "abc", "nan", "inf", "-inf", "5_0"]
TRUTHS = ["1", "0", "true", "False", "ON", "off", "yes", "n", "t", "", "2", "maybe", "truee"]
WORDS = ["own", "plain", "", "Own", "other"]
TEXTS = ["", "short", "x" * 15, "x" * 16, "ş" * 16]


@dataclass(frozen=True)
class Record:
    """One field of each kind."""

    integer: Annotated[int, Within(1, 100)] = 1
    number: Annotated[float, Within(0.1, 60)] = 1.0
    truth: bool = False
    word: Literal["own", "plain"] = "own"
    text: Annotated[str | None, Characters(16)] = None
    path: Path | None = None


BY_PYDANTIC: dict[str, TypeAdapter[object]] = {
    "integer": TypeAdapter(Annotated[int, Field(ge=1, le=100)]),
    "number": TypeAdapter(Annotated[float, Field(ge=0.1, le=60)]),
    "truth": TypeAdapter(bool),
    "word": TypeAdapter(Literal["own", "plain"]),
    "text": TypeAdapter(Annotated[str, Field(min_length=16)]),
    "path": TypeAdapter(Path),
}
CASES = {"integer": INTEGERS, "number": NUMBERS, "truth": TRUTHS, "word": WORDS, "text": TEXTS, "path": ["a/b", ""]}


def by_pydantic(name: str, text: str) -> object:
    try:
        return BY_PYDANTIC[name].validate_python(text)
    except ValidationError as error:
        return in_our_words(error.errors()[0])


def by_us(name: str, text: str) -> object:
    values, wrong = read_values(Record, {name: text})
    return wrong[name] if wrong else values[name]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in CASES.items() for text in texts])
def test_a_text_is_read_and_refused_as_one_that_pydantic_reads(name: str, text: str) -> None:
    assert by_us(name, text) == by_pydantic(name, text)


def test_nothing_is_read_as_nothing_where_it_may_be_and_refused_where_not() -> None:
    values, wrong = read_values(Record, {"text": None, "integer": None, "unknown": "x"})
    assert (values, list(wrong)) == ({"text": None}, ["integer"])


def test_what_cannot_be_taken_apart_is_refused_without_its_value() -> None:
    with pytest.raises(SettingInvalid) as refused:
        read_settings(env_file=None, site_url="http://[secret")
    assert refused.value.details == "SAHNE_SITE_URL: cannot be read"


def test_a_live_server_at_a_port_that_cannot_be_is_refused_and_one_without_a_port_is_not() -> None:
    with pytest.raises(SettingInvalid) as refused:
        read_settings(env_file=None, livekit_url="wss://live.example.com:99999")
    assert refused.value.details == "SAHNE_LIVEKIT_URL: must have a port from 1 to 65535, or none"
    assert read_settings(env_file=None, livekit_url="wss://live.example.com").livekit_url


def test_the_environment_comes_before_the_file_and_what_is_given_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("SAHNE_PORT=1\nSAHNE_DB_PORT=2\nSAHNE_HOST='::1' # here\nDATABASE_URL=postgresql://f/c\nOTHER=x\n")
    monkeypatch.setenv("SAHNE_DB_PORT", "22")
    monkeypatch.setenv("sahne_site_url", "https://ada.example")  # capitals are no matter
    monkeypatch.setenv("SAHNE_DATABASE_URL", "postgresql://not/its/name")
    read = read_settings(env_file=file, host="127.0.0.2", port=None)
    assert (read.port, read.db_port, read.host) == (1, 22, "127.0.0.2")
    assert (read.site_url, read.database_url) == ("https://ada.example", "postgresql://f/c")


def test_what_a_form_sends_as_nothing_is_nothing_and_an_empty_number_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHNE_SITE_URL", "")
    assert read_settings(env_file=None).site_url is None
    monkeypatch.setenv("SAHNE_PORT", "")
    with pytest.raises(SettingInvalid, match="cannot be used"):
        read_settings(env_file=None)


def test_every_setting_comes_back_out_of_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = read_settings(env_file=None, data=tmp_path, database_url="postgresql://a/b", rest_plans=True)
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert read_settings(env_file=None) == given
    assert len({variable_of(field.name) for field in fields(Settings)}) == len(fields(Settings))
