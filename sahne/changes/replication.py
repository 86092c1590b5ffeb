"""The replication connection: a temporary logical slot and its stream of `pgoutput` messages.

The slot is temporary, so that a crash of ours leaves no WAL behind; what was committed while nobody listened is a
gap, which the listener is told of. Idle, the connection costs one small message each `STATUS_SECONDS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from psycopg import AsyncConnection, Error, OperationalError, pq
from psycopg.conninfo import make_conninfo

from sahne.changes.pgoutput import POSTGRES_EPOCH
from sahne.changes.position import lsn_from
from sahne.database.libpq import listen_again, more_input, next_result

STATUS_SECONDS = 10.0
CONNECT_SECONDS_MAX = 10
CLOSE_SECONDS_MAX = 2.0
BATCH_MESSAGES_MAX = 500
KEPT_LOG_BYTES_MAX = 1024 * 1024 * 1024

_DATA, _KEEPALIVE = ord("w"), ord("k")

# What the values are written in: the forms `to_jsonb` gives are derived from these
_OPTIONS = "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the stream comes from: the `url` of a role that may replicate, and how much may be kept for it there."""

    url: str
    kept_log_bytes_max: int = KEPT_LOG_BYTES_MAX


class Replication:
    """One connection that streams. `async for messages in replication.batches()` answers lists of raw messages.

    They tell of all that is committed after `began_lsn`.
    """

    def __init__(self, connection: AsyncConnection[tuple[object, ...]]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._confirmed_lsn = 0
        self._received_lsn = 0
        self.slot: str | None = None
        self.began_lsn = 0

    @classmethod
    async def open(cls, url: str, publications: Sequence[str]) -> Replication:
        """Connect, make the slot, start the stream.

        Raises:
            OperationalError: PostgreSQL does not answer, refuses, or has no slot left.
        """
        connection = await AsyncConnection.connect(
            make_conninfo(
                url,
                replication="database",
                application_name="sahne changes",
                options=_OPTIONS,
                connect_timeout=CONNECT_SECONDS_MAX,
            ),
            autocommit=True,
        )
        replication = cls(connection)
        try:
            slot = f"sahne_{uuid4().hex[:16]}"
            # this grammar wants its keywords in capitals
            names = ",".join(f'"{name}"' for name in publications)
            made = await replication._run(
                f"CREATE_REPLICATION_SLOT {slot} TEMPORARY LOGICAL pgoutput (SNAPSHOT 'nothing')"
            )
            replication.began_lsn = lsn_from(made[1]) if made else 0
            await replication._run(
                f"START_REPLICATION SLOT {slot} LOGICAL 0/0 (proto_version '1', publication_names '{names}')"
            )
        except BaseException:
            await replication.close()
            raise
        replication.slot = slot
        return replication

    async def close(self) -> None:
        """End the stream, drop the slot, hang up. Where that fails, the slot goes with the connection."""
        with contextlib.suppress(Error, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                if self.slot is not None:
                    self._pgconn.put_copy_end()
                    await self._drain()
                    await self._run(f"DROP_REPLICATION_SLOT {self.slot}")
        await self._connection.close()

    def confirm(self, lsn: int) -> None:
        """Everything up to `lsn` is dealt with: PostgreSQL may forget its WAL."""
        self._confirmed_lsn = max(self._confirmed_lsn, lsn)

    async def batches(self) -> AsyncIterator[list[bytes]]:
        """What has arrived, at most `BATCH_MESSAGES_MAX` messages at once; ends by raising.

        Raises:
            OperationalError: the connection is lost or the server ended the stream.
        """
        status = asyncio.create_task(self._keep_status())
        try:
            while True:
                yield self._take() or await self._next_batch()
        finally:
            status.cancel()

    async def _next_batch(self) -> list[bytes]:
        """Listen until a change comes. Every commit in the whole database, published or not, makes PostgreSQL send a
        keepalive: they are dealt with where they are read, and wake nobody.
        """
        loop = asyncio.get_running_loop()
        descriptor = self._pgconn.socket
        arrived: asyncio.Future[list[bytes]] = loop.create_future()

        def read() -> None:
            if arrived.done():
                return
            try:
                self._pgconn.consume_input()
                if batch := self._take():
                    arrived.set_result(batch)
                else:
                    listen_again(loop, descriptor, read)
            except Error as error:
                arrived.set_exception(error)

        loop.add_reader(descriptor, read)
        try:
            return await arrived
        finally:
            with contextlib.suppress(OSError, ValueError):
                loop.remove_reader(descriptor)

    def _take(self) -> list[bytes]:
        batch: list[bytes] = []
        while len(batch) < BATCH_MESSAGES_MAX:
            size, data = self._pgconn.get_copy_data(1)
            if size == 0:
                break
            if size < 0:
                raise OperationalError(f"the replication stream ended: {self._why_ended()}")
            if data[0] == _DATA:
                self._received_lsn = max(self._received_lsn, struct.unpack_from(">q", data, 1)[0])
                batch.append(bytes(data[25:]))
            elif data[0] == _KEEPALIVE:
                self._keepalive(data)
        return batch

    def _keepalive(self, data: memoryview) -> None:
        end_lsn, _, reply = struct.unpack_from(">qqb", data, 1)
        if self._confirmed_lsn >= self._received_lsn:  # nothing of ours is under way: the idle WAL can go too
            self.confirm(end_lsn)
            self._received_lsn = max(self._received_lsn, end_lsn)
        if reply:
            self._send_status()

    def _why_ended(self) -> str:
        result = self._pgconn.get_result()
        return result.get_error_message() if result is not None else "no reason given"

    def report(self) -> None:
        """Say now what is confirmed, not only every `STATUS_SECONDS`."""
        with contextlib.suppress(OperationalError):  # the reader finds out by itself
            self._send_status()

    async def _keep_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_SECONDS)
            self.report()

    def _send_status(self) -> None:
        now = int((time.time() - POSTGRES_EPOCH.timestamp()) * 1_000_000)
        lsn = self._confirmed_lsn
        self._pgconn.put_copy_data(struct.pack(">cqqqqb", b"r", lsn, lsn, lsn, now, 0))
        self._pgconn.flush()

    async def _run(self, command: str) -> list[str]:
        """The row that answers a command, empty when none does."""
        self._pgconn.send_query(command.encode())
        self._pgconn.flush()  # a command is far smaller than the socket's buffer
        row: list[str] = []
        while True:
            result = await next_result(self._pgconn)
            if result is None or result.status == pq.ExecStatus.COPY_BOTH:
                return row
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise OperationalError(result.get_error_message())
            if result.ntuples:
                row = [(result.get_value(0, column) or b"").decode() for column in range(result.nfields)]

    async def _drain(self) -> None:
        """Read and throw away what the server had sent before it heard that we end."""
        while True:
            size, _ = self._pgconn.get_copy_data(1)
            if size < 0:
                break
            if size == 0:
                await more_input(self._pgconn)
        while await next_result(self._pgconn) is not None:
            pass
