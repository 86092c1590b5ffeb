"""The copy of everything that is somebody's, as a ZIP that grows while it is read: no more of it is in memory than a
piece.

`rows/<what>.json` and `rows/<what>.csv` hold the rows of each query of `exported_rows.sql`, `files/<bucket>/<name>` the
files as they are, `README.txt` says so and `contents.json` how many there are of each.

Source: APPNOTE.TXT of PKWARE (ZIP64, sizes behind the data); RFC 4180 (CSV).
"""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any
from uuid import UUID

import orjson
from psycopg.rows import DictRow

from sahne.accounts.transaction import ROLE
from sahne.database.actor import SERVICE, Actor
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.providers.blobs import CHUNK_BYTES, BlobMissing, BlobStore

ROWS_AT_ONCE = 500
CSV_BYTES_IN_MEMORY = 1024 * 1024
STATEMENT_SECONDS_MAX = 120.0
OF_ACCOUNTS = ("account", "identities", "sessions", "second_factors", "passkeys")
ROWS = load_queries(__package__, "exported_rows.sql")
FILES = "files"
# What a spreadsheet would take for a formula; the JSON beside has the text as it is
FORMULA = ("=", "+", "-", "@", "\t", "\r")

README = """Everything Sahne keeps of your account.

rows/*.json     what is written down of you, one file for each kind of thing
rows/*.csv      the same for a spreadsheet; a text that begins like a formula has a ' before it
files/          your pictures and photos, as they are
contents.json   what is in here, and when it was put together

Sahne'de hesabına ait her şey.

rows/*.json     hakkında yazılı olanlar, her konu için bir dosya
rows/*.csv      aynısı, hesap tablosu için; formül gibi başlayan bir metnin önünde ' durur
files/          resimlerin ve fotoğrafların, oldukları gibi
contents.json   burada neler olduğu ve ne zaman toplandığı
"""


@dataclass(slots=True)
class Contents:
    """What went into an archive, counted while it is made."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    missing: list[str] = field(default_factory=list)


class _Growing(io.RawIOBase):
    """A file that is written to its end and never gone back in; what was written is taken out piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        """It is nothing else."""
        return True

    def write(self, data: Any) -> int:
        """More at its end."""
        self._written += data
        return len(data)

    def take(self, least: int = 1) -> Iterator[bytes]:
        """What was written and not taken yet, when it is so much at least."""
        if len(self._written) >= least:
            taken = bytes(self._written)
            self._written.clear()
            yield taken


class Archive:
    """One person's copy. `chunks()` is read once; `contents` is whole then."""

    def __init__(self, database: Database, blobs: BlobStore, user_id: UUID) -> None:
        self.contents = Contents()
        self._database = database
        self._blobs = blobs
        self._user_id = user_id
        self._growing = _Growing()
        self._zip = zipfile.ZipFile(self._growing, "w")
        self._moment = datetime.now(UTC)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the ZIP, in order."""
        self._add("README.txt", README.encode())
        for name in ROWS:
            if name != FILES:
                async for chunk in self._rows(name):
                    yield chunk
        async for chunk in self._files():
            yield chunk
        self._add("contents.json", self._told())
        self._zip.close()
        for chunk in self._growing.take():
            yield chunk

    async def _rows(self, name: str) -> AsyncIterator[bytes]:
        """Both files of a query: JSON as the rows come, CSV meanwhile beside it on the disk."""
        count = 0
        with tempfile.SpooledTemporaryFile(CSV_BYTES_IN_MEMORY) as beside:
            text = io.TextIOWrapper(beside, "utf-8", newline="", write_through=True)
            table = csv.writer(text)
            with self._entry(f"rows/{name}.json") as entry:
                entry.write(b"[")
                async for row in self._read(name):
                    if not count:
                        table.writerow(row)
                    entry.write((b",\n" if count else b"\n") + orjson.dumps(row, default=str))
                    table.writerow(map(_cell, row.values()))
                    count += 1
                    for chunk in self._growing.take(CHUNK_BYTES):
                        yield chunk
                entry.write(b"\n]\n")
            text.flush()
            beside.seek(0)
            with self._entry(f"rows/{name}.csv") as entry:
                while piece := beside.read(CHUNK_BYTES):
                    entry.write(piece)
                    for chunk in self._growing.take(CHUNK_BYTES):
                        yield chunk
            text.detach()
        self.contents.rows[name] = count

    async def _read(self, name: str) -> AsyncIterator[DictRow]:
        actor: Actor = SERVICE.as_role(ROLE) if name in OF_ACCOUNTS else SERVICE
        async with (
            self._database.transaction(actor, statement_seconds_max=STATEMENT_SECONDS_MAX) as conn,
            conn.cursor(name="exported_rows") as cursor,
        ):
            cursor.itersize = ROWS_AT_ONCE
            await cursor.execute(ROWS[name], {"user_id": self._user_id})
            async for row in cursor:
                yield row

    async def _files(self) -> AsyncIterator[bytes]:
        async with self._database.transaction(SERVICE, statement_seconds_max=STATEMENT_SECONDS_MAX) as conn:
            files = [tuple(row.values()) for row in await every(conn, ROWS[FILES], {"user_id": self._user_id})]
        for bucket, name, version in files:
            try:
                async with self._blobs.open(version) as blob:
                    with self._entry(f"{FILES}/{bucket}/{name}", zipfile.ZIP_STORED) as entry:
                        async for piece in blob.chunks():
                            entry.write(piece)
                            for chunk in self._growing.take(CHUNK_BYTES):
                                yield chunk
            except BlobMissing:  # deleted meanwhile
                self.contents.missing.append(f"{bucket}/{name}")
            else:
                self.contents.files += 1

    @contextmanager
    def _entry(self, name: str, how: int = zipfile.ZIP_DEFLATED) -> Iterator[IO[bytes]]:
        info = zipfile.ZipInfo(name, self._moment.timetuple()[:6])
        info.compress_type = how
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as entry:
            yield entry

    def _add(self, name: str, content: bytes) -> None:
        with self._entry(name) as entry:
            entry.write(content)

    def _told(self) -> bytes:
        told = {
            "made_at": self._moment,
            "rows": self.contents.rows,
            "files": self.contents.files,
            "files_deleted_meanwhile": self.contents.missing,
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, dict | list):
        return orjson.dumps(value, default=str).decode()
    return value
