"""Where bytes lie: of stored objects, and of backups (docs/guides/production.md, docs/guides/backups.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from sahne.object_stores import S3Access, of_backups, of_bucket, of_store
from sahne.setting_rules import an_address
from sahne.variables import Characters, Within


@dataclass(frozen=True, kw_only=True)
class StoreSettings:
    """Folders of the data folder, or buckets of a server that speaks S3."""

    # stored objects: a bucket, `s3://bucket/prefix`; without it the data folder. The old one is where they were before,
    # a bucket or `disk`: what is not in the new one yet is read there, until `sahne objects move` has taken all of it
    objects_url: Annotated[str | None, of_bucket] = None
    objects_old_url: Annotated[str | None, of_store] = None
    # whether who may download is sent to the bucket for the bytes, by an address that holds for a minute
    objects_handoff: bool = False
    # the buckets' server and our key of it; a URL of a bucket may have its own. Without a key, the machine's role
    s3_endpoint: Annotated[str | None, an_address] = None
    s3_region: str = "us-east-1"
    s3_access_key_id: Annotated[str | None, Characters(3)] = None
    s3_secret_access_key: Annotated[str | None, Characters(8)] = None
    s3_path_style: bool = True

    # backups: a folder or a bucket; the file of an age key they are encrypted for; the hour (UTC) of every night's one
    backups: Annotated[str | None, of_backups] = None
    backup_key: Path | None = None
    backup_hour: Annotated[int | None, Within(0, 23)] = None
    backup_keep_daily: Annotated[int, Within(0, 3660)] = 7
    backup_keep_weekly: Annotated[int, Within(0, 520)] = 4
    backup_keep_monthly: Annotated[int, Within(0, 120)] = 6

    @property
    def s3_access(self) -> S3Access:
        """What opens buckets whose URLs say nothing else."""
        return S3Access(
            self.s3_endpoint,
            self.s3_region,
            self.s3_access_key_id,
            self.s3_secret_access_key,
            path_style=self.s3_path_style,
        )
