"""Parameters on their way to PostgreSQL: named placeholders become numbers, values become text."""

from __future__ import annotations

from uuid import UUID

from sahne.database.parameters import numbered, text_of


def test_named_placeholders_are_numbered_once_each() -> None:
    assert numbered(b"select %(a)s, %(b)s, %(a)s, 5 %% 2") == (b"select $1, $2, $1, 5 % 2", ("a", "b"))
    assert numbered(b"select 1") == (b"select 1", ())


def test_values_become_their_text() -> None:
    assert [text_of(value) for value in (None, b"raw", "é", 3, True, {"a": 1}, [1], UUID(int=1))] == [
        None, b"raw", "é".encode(), b"3", b"true", b'{"a":1}', b"[1]", b"00000000-0000-0000-0000-000000000001",
    ]  # fmt: skip


def test_tuples_become_arrays_whatever_their_texts_hold() -> None:
    assert text_of(()) == b"{}"
    assert text_of((1, None, UUID(int=1), True)) == b'{1,null,00000000-0000-0000-0000-000000000001,"true"}'
    assert text_of(("null", "", 'a"b', "c\\d", "e,f}")) == b'{"null","","a\\"b","c\\\\d","e,f}"}'
