"""A change to one row of a published table, and what of it is written for a reader.

Shape of the JSON: `{schema, table, commit_timestamp, type, columns, record?, old_record?, errors}`
(Supabase Realtime's `postgres_changes` payload, whose values are `to_jsonb`'s).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import orjson

from sahne.changes.pgoutput import UNCHANGED, Delete, Insert, Relation, Unchanged, Update
from sahne.changes.position import BEGINNING, Position
from sahne.changes.tables import Table

RECORD_BYTES_MAX = 1024 * 1024
FIELD_BYTES_KEPT_OF_A_LARGE_RECORD = 64

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"

_TOO_LARGE = b'["Error 413: Payload Too Large"]'
_NO_KEY = b'["Error 400: Bad Request, no primary key"]'
_UNAUTHORISED = b'["Error 401: Unauthorized"]'


@dataclass(slots=True, eq=False, kw_only=True)
class Change:
    """`new` and `old` map columns to PostgreSQL's text; absent columns are not in the stream. None: no such row.

    `position` is where it stands in the order of commits.
    """

    table: Table
    type: str
    committed_at: datetime
    xid: int
    new: dict[str, str | None] | None
    old: dict[str, str | None] | None
    old_is_whole: bool = False
    position: Position = BEGINNING
    _fragments: dict[tuple[bool, str], bytes] = field(default_factory=dict, repr=False)

    @property
    def row(self) -> dict[str, str | None]:
        """The row filters are tried on: the new one, or what is known of the deleted one."""
        return self.new if self.new is not None else self.old or {}

    def key(self) -> tuple[str, ...] | None:
        """The primary key's values in its order, None when there is none."""
        values = tuple(self.row.get(column) for column in self.table.key)
        return values if values and None not in values else None  # type: ignore[return-value]

    def write(self, role: str, select: tuple[str, ...] | None, *, bound: bool) -> bytes:
        """The payload for a reader of `role`; `bound` says that row security binds it.

        A bound reader gets of an old row the key alone: nobody has asked whether they could see that row.
        """
        readable = self.table.reads(role)
        if not self.table.key:
            return self._envelope(self.type, b"errors", _NO_KEY)
        if not readable.issuperset(self.table.key):
            return self._envelope(self.type, b"errors", _UNAUTHORISED)
        columns = [
            column
            for column in self.table.columns
            if column in readable and (select is None or column in select or column in self.table.key)
        ]
        old_columns = [column for column in columns if not bound or column in self.table.key]
        return self._write(self.type, columns, old_columns)

    def write_disappearance(self) -> bytes:
        """The payload for readers from whose sight an update took the row: a DELETE with the key only."""
        return self._write(DELETE, list(self.table.key), list(self.table.key))

    def _write(self, kind: str, columns: list[str], old_columns: list[str]) -> bytes:
        described = [{"name": column, "type": self.table.types[column].name} for column in columns]
        records: list[bytes] = []
        errors = b"null"
        if kind != DELETE:
            record, cut = self._record(columns, old=False)
            errors = _TOO_LARGE if cut else errors
            records += [b"record", record]
        if kind != INSERT:
            record, cut = self._record(old_columns, old=True)
            errors = _TOO_LARGE if cut else errors
            records += [b"old_record", record]
        return self._envelope(kind, b"columns", orjson.dumps(described), *records, b"errors", errors)

    def _envelope(self, kind: str, *fields: bytes) -> bytes:
        at = self.committed_at
        stamp = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
        head = {
            "schema": self.table.schema,
            "table": self.table.name,
            "commit_timestamp": stamp,
            "type": kind,
        }
        rest = b"".join(b',"%b":%b' % (name, value) for name, value in zip(fields[::2], fields[1::2], strict=True))
        return orjson.dumps(head)[:-1] + rest + b"}"

    def _record(self, columns: list[str], *, old: bool) -> tuple[bytes, bool]:
        row = (self.old or self._key_of_new()) if old else self.new or {}
        fields = [(column, self._fragment(row[column], column, old=old)) for column in columns if column in row]
        cut = sum(len(fragment) for _, fragment in fields) > RECORD_BYTES_MAX
        if cut:
            fields = [
                (column, fragment) for column, fragment in fields if len(fragment) <= FIELD_BYTES_KEPT_OF_A_LARGE_RECORD
            ]
        return b"{" + b",".join(orjson.dumps(column) + b":" + value for column, value in fields) + b"}", cut

    def _fragment(self, value: str | None, column: str, *, old: bool) -> bytes:
        if value is None:
            return b"null"
        fragment = self._fragments.get((old, column))
        if fragment is None:
            fragment = self._fragments[old, column] = self.table.writers[column](value)
        return fragment

    def _key_of_new(self) -> dict[str, str | None]:
        """An update that leaves the key alone sends no old row: the key is the new one's."""
        return {column: (self.new or {})[column] for column in self.table.key if column in (self.new or {})}


def change_of(
    message: Insert | Update | Delete, table: Table, committed_at: datetime, xid: int, position: Position = BEGINNING
) -> Change:
    """A decoded message as a change; large values an update left alone are taken from the old row where it is whole."""
    names = message.relation.columns
    whole = message.relation.replica_identity == "f"
    change = partial(Change, table=table, committed_at=committed_at, xid=xid, position=position)
    if isinstance(message, Insert):
        return change(type=INSERT, new=_row(names, message.new), old=None)
    old = _old_row(message, whole=whole)
    if isinstance(message, Delete):
        return change(type=DELETE, new=None, old=old, old_is_whole=whole)
    new = _row(names, message.new)
    for column, value in zip(names, message.new, strict=True):
        if value is UNCHANGED and old is not None and column in old:
            new[column] = old[column]
    return change(type=UPDATE, new=new, old=old, old_is_whole=whole and old is not None)


def rows_of(message: Insert | Update | Delete) -> tuple[dict[str, str | None] | None, dict[str, str | None] | None]:
    """What the stream tells of the row before and after (None: there is none).

    Where it tells nothing of the row before, the key is what it was.
    """
    new = None if isinstance(message, Delete) else _row(message.relation.columns, message.new)
    if isinstance(message, Insert):
        return None, new
    old = _old_row(message, whole=message.relation.replica_identity == "f")
    return (_key_of(message.relation, new) if old is None and new is not None else old), new


def _old_row(message: Update | Delete, *, whole: bool) -> dict[str, str | None] | None:
    if message.old is None:
        return None
    row = _row(message.relation.columns, message.old)
    if whole and not message.old_is_key:
        return row
    return _key_of(message.relation, row)


def _key_of(relation: Relation, row: dict[str, str | None]) -> dict[str, str | None]:
    keys = {name for name, key in zip(relation.columns, relation.key, strict=True) if key}
    return {column: value for column, value in row.items() if column in keys}


def _row(names: tuple[str, ...], values: tuple[str | Unchanged | None, ...]) -> dict[str, str | None]:
    return {name: value for name, value in zip(names, values, strict=True) if not isinstance(value, Unchanged)}
