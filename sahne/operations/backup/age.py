"""Backups encrypted with age (https://age-encryption.org/v1), so that its own program opens them without us.

The key is a file as `age-keygen` writes it: whoever has it reads every backup, and without it nobody reads any.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pyrage
from pyrage.x25519 import Identity

from sahne.errors import SettingInvalid, SetupError
from sahne.operations.backup.manifest import USE_ANOTHER, BackupDamaged
from sahne.settings import variable_of

VARIABLE = variable_of("backup_key")
MARK = "AGE-SECRET-KEY-"
_OF_ANOTHER_KEY = "No matching keys found"


class BackupKeyWrong(SetupError):
    """This backup is encrypted for another key."""

    code = "backup_key_wrong"


class BackupKeyMissing(SetupError):
    """This backup is encrypted, and there is no key here."""

    code = "backup_key_missing"


class BackupKey:
    """An age key, which encrypts and decrypts streams of any length in little memory."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    @classmethod
    def of(cls, path: Path) -> BackupKey:
        """The key in a file; lines that are none are comments.

        Raises:
            SettingInvalid: there is none in it.
        """
        try:
            lines = path.read_text("utf-8").splitlines()
            return cls(next(Identity.from_str(line.strip()) for line in lines if line.startswith(MARK)))
        except (OSError, UnicodeDecodeError, StopIteration, pyrage.IdentityError) as error:
            details = f"{VARIABLE}: must be the file of an age key, whose line begins with {MARK}"
            raise SettingInvalid(details=details, hint="Make one with `sahne backup key`, or `age-keygen`.") from error

    @classmethod
    def new(cls) -> BackupKey:
        """One that nobody has yet."""
        return cls(Identity.generate())

    def as_file(self) -> str:
        """What its file holds."""
        return f"# public key: {self._identity.to_public()}\n{self._identity}\n"

    def seal(self, source: BinaryIO, sink: BinaryIO) -> None:
        """Encrypt what comes until it ends."""
        pyrage.encrypt_io(source, sink, [self._identity.to_public()])

    def unseal(self, source: BinaryIO, sink: BinaryIO) -> None:
        """Decrypt what comes until it ends; each piece is written when it was found to be what was encrypted.

        Raises:
            BackupKeyWrong. BackupDamaged: something was changed, or the end is missing.
        """
        try:
            pyrage.decrypt_io(source, sink, [self._identity])
        except pyrage.DecryptError as error:
            if str(error) == _OF_ANOTHER_KEY:
                hint = f"Set {VARIABLE} to the file of the key it was made with."
                raise BackupKeyWrong(hint=hint) from error
            raise BackupDamaged(details=["the archive does not begin as age's do"], hint=USE_ANOTHER) from error
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            raise BackupDamaged(details=["the archive is cut off or was changed"], hint=USE_ANOTHER) from error
