"""What the file system refuses is a sentence about the path that was named."""

from __future__ import annotations

import errno
import os

import pytest

from sahne.cli.paths import path_refusal


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.EEXIST, "here is a file"),
        (errno.ENOTDIR, "lies below a file"),
        (errno.EISDIR, "here is a folder"),
        (errno.ENOENT, "There is no here."),
        (errno.EACCES, "may not be read or written by this user"),
        (errno.EROFS, "read only"),
        (errno.ENOSPC, "no room left for here"),
    ],
)
def test_each_has_its_sentence_and_a_way_on(number: int, says: str) -> None:
    refusal = path_refusal(OSError(number, os.strerror(number), "here"))
    assert refusal is not None
    assert says in refusal.message
    assert refusal.hint


def test_what_has_no_name_is_what_was_written_and_what_is_no_files_affair_is_left_alone() -> None:
    refusal = path_refusal(OSError(errno.ENOSPC, "No space left on device"))
    assert refusal is not None
    assert "what is written" in refusal.message
    assert path_refusal(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")) is None
    assert path_refusal(TimeoutError()) is None
