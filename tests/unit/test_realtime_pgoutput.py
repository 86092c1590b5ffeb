"""The stream's bytes, made by hand from PostgreSQL's manual, decoded."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from sahne.changes.pgoutput import UNCHANGED, Begin, Commit, Decoder, Delete, Insert, MalformedStream, Truncate, Update

RELATION = (
    b"R" + struct.pack(">I", 42) + b"public\0notes\0" + b"f" + struct.pack(">H", 2)
    + b"\x01id\0" + struct.pack(">Ii", 20, -1) + b"\x00body\0" + struct.pack(">Ii", 25, -1)
)  # fmt: skip


def row(*values: str | object | None) -> bytes:
    data = struct.pack(">H", len(values))
    for value in values:
        if value is None:
            data += b"n"
        elif value is UNCHANGED:
            data += b"u"
        else:
            text = str(value).encode()
            data += b"t" + struct.pack(">I", len(text)) + text
    return data


@pytest.fixture
def decoder() -> Decoder:
    made = Decoder()
    made.decode(RELATION)
    return made


def test_a_table_is_described_with_its_columns_types_and_key() -> None:
    relation = Decoder().decode(RELATION)
    assert relation is not None
    assert (relation.schema, relation.name, relation.replica_identity) == ("public", "notes", "f")  # type: ignore[union-attr]
    assert (relation.columns, relation.types, relation.key) == (("id", "body"), (20, 25), (True, False))  # type: ignore[union-attr]


def test_a_transaction_begins_with_its_time_and_ends_with_its_position() -> None:
    begin = Decoder().decode(b"B" + struct.pack(">qqI", 100, 86_400_000_000, 7))
    assert begin == Begin(100, datetime(2000, 1, 2, tzinfo=UTC), 7)
    assert Decoder().decode(b"C" + struct.pack(">bqqq", 0, 100, 164, 0)) == Commit(164)


def test_rows_come_with_nulls_and_unchanged_marks(decoder: Decoder) -> None:
    insert = decoder.decode(b"I" + struct.pack(">I", 42) + b"N" + row("1", None))
    assert isinstance(insert, Insert)
    assert insert.new == ("1", None)
    update = decoder.decode(b"U" + struct.pack(">I", 42) + b"O" + row("1", "old") + b"N" + row("1", UNCHANGED))
    assert isinstance(update, Update)
    assert (update.old, update.old_is_key, update.new) == (("1", "old"), False, ("1", UNCHANGED))


def test_an_update_without_an_old_row_and_a_delete_with_a_key(decoder: Decoder) -> None:
    update = decoder.decode(b"U" + struct.pack(">I", 42) + b"N" + row("1", "é"))
    assert isinstance(update, Update)
    assert (update.old, update.new) == (None, ("1", "é"))
    delete = decoder.decode(b"D" + struct.pack(">I", 42) + b"K" + row("1", None))
    assert isinstance(delete, Delete)
    assert delete.old_is_key


def test_the_rows_of_a_table_nobody_asked_for_are_not_read() -> None:
    asked: set[str] = set()
    decoder = Decoder(lambda relation: relation.name in asked)
    assert decoder.decode(RELATION) is not None
    insert = b"I" + struct.pack(">I", 42) + b"N" + row("1", "a")
    cut = b"U" + struct.pack(">I", 42) + b"N" + row("1", "a")[:-1]
    assert decoder.decode(insert) is None
    assert decoder.decode(cut) is None
    asked.add("notes")
    assert isinstance(decoder.decode(insert), Insert)
    with pytest.raises(MalformedStream):
        decoder.decode(cut)


def test_a_truncate_names_its_tables_and_other_messages_are_of_no_interest(decoder: Decoder) -> None:
    truncate = decoder.decode(b"T" + struct.pack(">IbI", 1, 0, 42))
    assert isinstance(truncate, Truncate)
    assert [relation.name for relation in truncate.relations] == ["notes"]
    assert decoder.decode(b"O" + struct.pack(">q", 1) + b"origin\0") is None


@pytest.mark.parametrize(
    "data",
    [
        b"", b"I", b"I" + struct.pack(">I", 99) + b"N" + row("1"), b"B\0", b"R" + struct.pack(">I", 1) + b"never ends",
        b"I" + struct.pack(">I", 42) + b"N" + struct.pack(">H", 1) + b"t" + struct.pack(">I", 9) + b"short",
        b"I" + struct.pack(">I", 42) + b"N" + struct.pack(">H", 1) + b"?",
    ],
)  # fmt: skip
def test_bytes_that_end_early_or_speak_of_an_unknown_table_are_refused(decoder: Decoder, data: bytes) -> None:
    with pytest.raises(MalformedStream):
        decoder.decode(data)
