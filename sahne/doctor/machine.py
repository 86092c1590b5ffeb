"""This machine: its port, its disk, and the ways to where the settings lead."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sahne.database.embedded import DISK_BYTES_MIN
from sahne.doctor.finding import Finding, fault, not_looked_at, warning
from sahne.doctor.installation import Installation
from sahne.ports import family_of
from sahne.providers.exchange import ProviderFault, ask
from sahne.public_addresses import is_loopback
from sahne.settings import Settings

MIB = 2**20
DISK_BYTES_FEW = 5 * 1024 * MIB
WAY_SECONDS_MAX = 3.0
POSTGRESQL_PORT = 5432


async def python(_: Installation) -> AsyncIterator[Finding]:
    """Which one runs this; an older one could not have read it."""
    yield Finding("Python", ".".join(map(str, sys.version_info[:3])))


async def port(installation: Installation) -> AsyncIterator[Finding]:
    """Free for a server, or a server of ours answers there."""
    host, number = _own_address(installation.settings)
    place = f"port {number}"
    if is_free(host, number):
        yield Finding(place, "free: no server runs here")
        return
    try:
        async with asyncio.timeout(WAY_SECONDS_MAX):
            health = (await ask("GET", f"{_base(host, number)}/health")).json()
    except (ProviderFault, TimeoutError):
        health = {}
    if health.get("status") == "ok":
        yield Finding(place, f"Sahne {health.get('version')} answers")
    else:
        yield fault(place, f"something else has it on {host}", "End that, or choose another with SAHNE_PORT.")


def _own_address(settings: Settings) -> tuple[str, int]:
    """Where a server listens: what the running `sahne up` has noted, else what the settings say."""
    noted = urlsplit(settings.api_url)
    if noted.hostname and noted.port and is_loopback(noted.hostname):
        return noted.hostname, noted.port
    return settings.host, settings.port


def is_free(host: str, number: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket(family_of(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def _base(host: str, number: int) -> str:
    """Where it is asked from this machine; who listens on every address listens on loopback."""
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{here}:{number}"


async def disk(installation: Installation) -> AsyncIterator[Finding]:
    """Whether the data folder takes files, and for how long."""
    for what, folder in (("data folder", installation.settings.data), ("backups", installation.settings.backups_path)):
        yield disk_at(what, folder)


def disk_at(what: str, folder: Path) -> Finding:
    """The room in a folder, or where it would be made."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not there.is_dir():
        return fault(what, f"{there} is no folder", "Choose another with SAHNE_DATA or SAHNE_BACKUPS.")
    try:
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return fault(what, f"{there} takes no file: {error.strerror}", "Give this user the right to write there.")
    free = shutil.disk_usage(there).free
    found = f"{folder}: {free // MIB:,} MiB free"
    if free < DISK_BYTES_MIN:
        return fault(what, found, "Make room: writes fail soon, and PostgreSQL ends when it has none.")
    if free < DISK_BYTES_FEW:
        return warning(what, found, "Make room before it runs out, or move it to a larger disk.")
    return Finding(what, found)


async def ways(installation: Installation) -> AsyncIterator[Finding]:
    """Every address that DATABASE_URL's name leads to, tried: some names have one that this machine cannot reach."""
    url = installation.settings.database_url
    if url is None:
        yield not_looked_at("ways to the database", "there is no DATABASE_URL")
        return
    host = urlsplit(url).hostname
    if host is None:
        yield Finding("ways to the database", "a local socket")
        return
    yield await way_to("ways to the database", host, urlsplit(url).port or POSTGRESQL_PORT)


async def way_to(what: str, host: str, number: int) -> Finding:
    """By each address of a name."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, number, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return fault(what, f"{host}: {error.strerror}", "Check how it is written, and this machine's name server.")
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    return judged_ways(what, host, addresses, await unreached(addresses, number))


async def unreached(addresses: Sequence[str], number: int) -> list[str]:
    """Those of the addresses that let nobody in at this port."""
    answers = await asyncio.gather(*(_answers(address, number) for address in addresses))
    return [address for address, answers in zip(addresses, answers, strict=True) if not answers]


async def _answers(address: str, number: int) -> bool:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(WAY_SECONDS_MAX):
            _, writer = await asyncio.open_connection(address, number)
        writer.close()
        return True
    return False


def judged_ways(what: str, host: str, addresses: Sequence[str], silent: Sequence[str]) -> Finding:
    """One that answers is enough to work, and each that does not costs its time at every connection."""
    if not silent:
        return Finding(what, f"{host} answers at {', '.join(addresses)}")
    found = f"{host}: nothing answers at {', '.join(silent)}"
    if len(silent) < len(addresses):
        return warning(what, found, "Name the address that answers, or have the others taken out of the name server.")
    if all(":" in address for address in silent):
        to_do = "It has IPv6 addresses alone: give this machine IPv6, or take an address with IPv4, such as a pooler's."
        return fault(what, found, to_do)
    return fault(what, found, "Check host and port; a firewall may stand in between.")
