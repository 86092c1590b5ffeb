"""The letters of a laptop: kept in a folder as `.eml` files, which any mail program opens, and sent to nobody.

The oldest go first: at most `LETTERS_MAX` of them, `BYTES_MAX` together, none older than `AGE_SECONDS_MAX`.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from sahne.files import write_whole
from sahne.providers.mail import Letter, message_of

LETTERS_MAX = 200
BYTES_MAX = 10 * 1024 * 1024
AGE_SECONDS_MAX = 7 * 86_400
NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}\.eml")


class FolderMail:
    """A `Mailer` that keeps letters in a folder, made when the first one comes."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        """See `Mailer.send`."""
        content = message_of(letter, self._sender).as_bytes()
        await asyncio.to_thread(self._keep, content)

    async def names(self) -> list[str]:
        """The letters there are, the newest first."""
        return await asyncio.to_thread(lambda: [path.name for path in self._paths()])

    async def read(self, name: str) -> EmailMessage | None:
        """One of them."""
        if not NAME.fullmatch(name):
            return None
        try:
            content = await asyncio.to_thread((self._folder / name).read_bytes)
        except FileNotFoundError:
            return None
        return message_from_bytes(content, policy=default)

    def _keep(self, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._folder / f"{time.time_ns():020}-{secrets.token_hex(4)}.eml", content)
        self._drop_old()

    def _drop_old(self) -> None:
        size, now = 0, time.time()
        for number, path in enumerate(self._paths()):
            stat = path.stat()
            size += stat.st_size
            if number and (number >= LETTERS_MAX or size > BYTES_MAX or now - stat.st_mtime > AGE_SECONDS_MAX):
                path.unlink(missing_ok=True)

    def _paths(self) -> list[Path]:
        return sorted((path for path in self._folder.glob("*.eml") if NAME.fullmatch(path.name)), reverse=True)
