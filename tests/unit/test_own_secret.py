"""The secret that a server alone knows: made once, for its owner's eyes, and none beside a JWT secret of one's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sahne.gateway.own_secret import OwnSecretUnusable, own_secret
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.keys import own_keys


def settings_of(data: Path, **given: str) -> Settings:
    return read_settings(env_file=None, data=data, **given)


def test_it_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    made = own_secret(settings_of(tmp_path / "data"))
    assert len(made) > 60
    assert own_secret(settings_of(tmp_path / "data")) == made
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o777 == 0o600
    assert own_secret(settings_of(tmp_path / "other")) != made


def test_servers_that_start_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: own_secret(settings_of(tmp_path)), range(32)))
    assert len(made) == 1


def test_beside_a_secret_of_ones_own_there_is_none(tmp_path: Path) -> None:
    keys = own_keys()
    assert own_secret(settings_of(tmp_path, **keys)) == keys["jwt_secret"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_one_that_was_broken_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(OwnSecretUnusable) as refused:
        own_secret(settings_of(tmp_path))
    assert refused.value.hint


def test_a_folder_that_takes_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(OwnSecretUnusable):
        own_secret(settings_of(tmp_path / "data"))
