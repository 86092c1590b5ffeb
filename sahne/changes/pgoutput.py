"""The wire format of PostgreSQL's `pgoutput` plug-in, protocol version 1: bytes in, values out, no I/O.

Source: PostgreSQL manual, "Logical Replication Message Formats". Column values stay text, as the server wrote them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Unchanged(Enum):
    """The mark of a large value that an update left alone, so that it is not in the stream."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED
Value = str | None | Unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table as of now. `replica_identity` is `d`, `n`, `f` or `i`; `key` marks the columns of an old row's key."""

    oid: int
    schema: str
    name: str
    replica_identity: str
    columns: tuple[str, ...]
    types: tuple[int, ...]
    key: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Begin:
    """A transaction's changes follow; they come after its commit, whole and in order."""

    commit_lsn: int
    committed_at: datetime
    xid: int


@dataclass(frozen=True, slots=True)
class Commit:
    """The transaction's last message; `end_lsn` may be confirmed once its changes are dealt with."""

    end_lsn: int


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row."""

    relation: Relation
    new: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Update:
    """A changed row. `old` is None unless the identity changed (or is full); `old_is_key` says it is the key alone."""

    relation: Relation
    old: tuple[Value, ...] | None
    old_is_key: bool
    new: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Delete:
    """A row that is gone: its key (`old_is_key`) or, with a full identity, the whole of it."""

    relation: Relation
    old: tuple[Value, ...]
    old_is_key: bool


@dataclass(frozen=True, slots=True)
class Truncate:
    """Every row of these tables is gone."""

    relations: tuple[Relation, ...]


Message = Relation | Begin | Commit | Insert | Update | Delete | Truncate


class MalformedStream(ValueError):
    """The replication stream does not follow the protocol."""


class Decoder:
    """Remembers the tables the stream has described; `decode` answers None for messages of no interest.

    `wants` says whether the rows of a table are of any: nearly all of a change's cost is to read its values.
    """

    def __init__(self, wants: Callable[[Relation], bool] = lambda _: True) -> None:
        self._wants = wants
        self._relations: dict[int, Relation] = {}

    def decode(self, data: bytes) -> Message | None:
        """One message.

        Raises:
            MalformedStream: the bytes end early or speak of an unknown table.
        """
        try:
            return self._decode(_Reader(data))
        except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
            raise MalformedStream(f"message {data[:1]!r}: {error!r}") from error

    def _decode(self, reader: _Reader) -> Message | None:
        match reader.letter():
            case "B":
                commit_lsn, microseconds = reader.int64(), reader.int64()
                return Begin(commit_lsn, POSTGRES_EPOCH + timedelta(microseconds=microseconds), reader.int32())
            case "C":
                reader.skip(1 + 8)
                return Commit(reader.int64())
            case "R":
                return self._relation(reader)
            case "I" | "U" | "D" as kind:
                relation = self._relations[reader.int32()]
                return _row_change(kind, relation, reader) if self._wants(relation) else None
            case "T":
                count = reader.int32()
                reader.skip(1)
                return Truncate(tuple(self._relations[reader.int32()] for _ in range(count)))
            case _:  # origins, types, logical messages
                return None

    def _relation(self, reader: _Reader) -> Relation:
        oid, schema, name, identity = reader.int32(), reader.text(), reader.text(), reader.letter()
        columns = [(reader.int8(), reader.text(), reader.int32(), reader.int32()) for _ in range(reader.int16())]
        relation = Relation(
            oid=oid,
            schema=schema or "pg_catalog",
            name=name,
            replica_identity=identity,
            columns=tuple(column for _, column, _, _ in columns),
            types=tuple(type_oid for _, _, type_oid, _ in columns),
            key=tuple(bool(flags & 1) for flags, _, _, _ in columns),
        )
        self._relations[oid] = relation
        return relation


def _row_change(kind: str, relation: Relation, reader: _Reader) -> Insert | Update | Delete:
    """What follows the table's number in an insert, update or delete."""
    row = reader.letter()
    if kind == "I":
        return Insert(relation, reader.row())
    if kind == "D":
        return Delete(relation, reader.row(), row == "K")
    old = None
    if row in "KO":
        old = reader.row()
        reader.skip(1)
    return Update(relation, old, row == "K", reader.row())


class _Reader:
    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def skip(self, count: int) -> None:
        self._at += count

    def letter(self) -> str:
        self._at += 1
        return chr(self._data[self._at - 1])

    def int8(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def int16(self) -> int:
        return self._number(">H", 2)

    def int32(self) -> int:
        return self._number(">I", 4)

    def int64(self) -> int:
        return self._number(">q", 8)

    def _number(self, form: str, size: int) -> int:
        (number,) = struct.unpack_from(form, self._data, self._at)
        self._at += size
        return int(number)

    def text(self) -> str:
        end = self._data.find(b"\0", self._at)
        if end < 0:
            raise IndexError("unterminated text")
        text = self._data[self._at : end].decode()
        self._at = end + 1
        return text

    def row(self) -> tuple[Value, ...]:
        return tuple(self._value() for _ in range(self.int16()))

    def _value(self) -> Value:
        match self.letter():
            case "n":
                return None
            case "u":
                return UNCHANGED
            case "t":
                size = self.int32()
                if self._at + size > len(self._data):
                    raise IndexError("a value ends early")
                self._at += size
                return self._data[self._at - size : self._at].decode()
            case other:
                raise IndexError(f"a value of kind {other!r}")
