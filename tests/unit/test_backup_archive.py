"""A backup as one stream: what went in comes out, and what was cut off or changed never comes out as something else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sahne.errors import SettingInvalid
from sahne.object_stores import Bucket, S3Access
from sahne.operations.backup.age import BackupKey, BackupKeyWrong
from sahne.operations.backup.archive import packed, unpack
from sahne.operations.backup.archives import archives_in_bucket
from sahne.operations.backup.bucket_lock import LOCK, bucket_lock
from sahne.operations.backup.manifest import BackupDamaged
from sahne.operations.backup.shelf import BackupUnderWay
from sahne.providers.blobs import BlobStoreUnavailable
from sahne.providers.blobs.bucket import open_bucket
from tests.faulty_bucket import Fault, faulty_bucket
from tests.s3 import S3Server, s3_server

KEY, OTHER_KEY = BackupKey.new(), BackupKey.new()
FILES = st.dictionaries(st.sampled_from(["a", "b", "c/d", "c/e", "f/g/h"]), st.binary(max_size=200_000), max_size=4)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(server: S3Server) -> Bucket:
    return server.new_bucket()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stream(files: dict[str, bytes], key: BackupKey | None) -> bytes:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "backup"
        folder.mkdir()
        write(folder, files)
        return b"".join(packed(folder, sorted(path.name for path in folder.iterdir()), key))


def unpacked(content: bytes, key: BackupKey | None) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as place:
        unpack(iter([content[:70_000], content[70_000:]]), Path(place), key)
        return read(Path(place) / "backup")


@settings(max_examples=40, deadline=None)
@given(files=FILES, sealed=st.booleans())
def test_what_went_in_comes_out(files: dict[str, bytes], sealed: bool) -> None:
    key = KEY if sealed else None
    content = stream(files, key)
    assert unpacked(content, key) == files
    assert all(each not in content for each in files.values() if sealed and len(each) > 3)


@settings(max_examples=60, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), cut=st.booleans())
def test_a_byte_that_is_missing_or_another_is_found_wherever_it_is(where: float, cut: bool) -> None:
    content = bytearray(_SEALED)
    at = int(where * len(content))
    if cut:
        del content[at:]
    else:
        content[at] ^= 1
    with pytest.raises((BackupDamaged, BackupKeyWrong)):
        unpacked(bytes(content), KEY)


_SEALED = stream({"a": b"a" * 150_000, "b/c": b"c" * 50}, KEY)


def test_another_key_says_so_and_none_is_a_setting(tmp_path: Path) -> None:
    with pytest.raises(BackupKeyWrong):
        unpacked(_SEALED, OTHER_KEY)
    file = tmp_path / "key"
    file.write_text(KEY.as_file())
    assert unpacked(_SEALED, BackupKey.of(file))["b/c"] == b"c" * 50
    for content in ("", "# a comment\n", "AGE-SECRET-KEY-1NONE\n"):
        file.write_text(content)
        with pytest.raises(SettingInvalid):
            BackupKey.of(file)
    with pytest.raises(SettingInvalid):
        BackupKey.of(tmp_path / "nowhere")


def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "in" / "backup", {"a": b"a"})
    (folder / "out").symlink_to("/etc")
    with pytest.raises(BackupDamaged):
        unpack(packed(folder, ["a", "out"], None), tmp_path / "out", None)


def test_what_fails_while_it_is_sent_leaves_nothing_in_the_bucket(
    server: S3Server, bucket: Bucket, tmp_path: Path
) -> None:
    folder = write(tmp_path / "backup", {"a": b"a" * 30_000_000})
    store = open_bucket(bucket)
    with pytest.raises(FileNotFoundError):
        obstore.put(store, "x.tar.age", packed(folder, ["a", "not there"], KEY), use_multipart=True)
    assert server.files(bucket) == []


@pytest.mark.parametrize("fault", ["fails", "breaks off"])
def test_a_bucket_that_does_not_do_as_it_should_is_told(fault: Fault, tmp_path: Path) -> None:
    with faulty_bucket(fault) as url:
        shelf = archives_in_bucket(Bucket("any", "", S3Access(url, "us-east-1", "key", "secret")), KEY, tmp_path)
        with pytest.raises(BlobStoreUnavailable):
            shelf.opened(None, tell=lambda *_: None).__enter__()


def test_one_is_at_work_in_a_bucket_at_a_time_and_who_died_is_followed_in_time(bucket: Bucket) -> None:
    store, other = open_bucket(bucket), open_bucket(bucket)
    with bucket_lock(store), pytest.raises(BackupUnderWay) as refused, bucket_lock(other):
        pass
    assert "UTC" in str(refused.value.details)
    with suppress(RuntimeError), bucket_lock(store):
        raise RuntimeError
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat().encode()
    obstore.put(store, LOCK, past)
    with bucket_lock(store), pytest.raises(BackupUnderWay), bucket_lock(other):
        pass
