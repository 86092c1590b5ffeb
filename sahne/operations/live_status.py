"""What a LiveKit server is like now: each thing looked at, what was found, and what to do where it is not well.

ask it → its rooms and people → a room of our own: the clocks, a trial join and the ports it offers, whether the webhook
that tells of this room comes back to us. The room is closed again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import urlsplit

from sahne.counted import counted
from sahne.database.actor import SERVICE
from sahne.database.fetch import maybe, one
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.live_servers import LiveServer
from sahne.providers.livekit import LiveKitUnavailable, Permission
from sahne.providers.livekit.remote import RemoteLiveKit
from sahne.providers.livekit.trial import Trial, Way, try_join

QUERIES = load_queries(__package__, "live_status.sql")

ROOMS_LOOKED_AT_MAX = 200
CLOCKS_APART_SECONDS_MAX = 30.0  # tokens are refused when they are sixty apart
WEBHOOK_SECONDS_MAX = 5.0
LOOK_AGAIN_SECONDS = 0.1
LOOPBACK = "127."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing: `to_do` is empty when it is well."""

    looked_at: str
    found: str
    to_do: str = ""


async def look_at(server: LiveServer, database: Database | None) -> list[Finding]:
    """Everything about one server; without a database nothing is known of webhooks."""
    livekit = RemoteLiveKit.of(server)
    began = time.monotonic()
    try:
        rooms = await livekit.rooms()
    except LiveKitUnavailable as unavailable:
        return [Finding("answer", f"{server.url}: {unavailable.details}", _to_do(str(unavailable.details)))]
    findings = [Finding("answer", f"{server.url} in {(time.monotonic() - began) * 1000:.0f} ms")]
    findings.append(await _people(livekit, [room.name for room in rooms]))
    findings.append(await _last_webhook(server, database))
    try:
        findings += await _in_a_room_of_our_own(livekit, server, database)
    except LiveKitUnavailable as unavailable:
        findings.append(Finding("join", str(unavailable.details), "See its log for why it let nobody in."))
    return findings


def _to_do(details: str) -> str:
    if "401" in details or "permission" in details:
        return "The key or its secret is not one of the server's: compare them with `keys` in its configuration."
    return "Start it, or set its address right (SAHNE_LIVEKIT_URL); its HTTP port must be open to this machine."


async def _people(livekit: RemoteLiveKit, rooms: list[str]) -> Finding:
    looked_at = rooms[:ROOMS_LOOKED_AT_MAX]
    unread = people = 0
    for room in looked_at:
        try:
            people += len(await livekit.occupants(room))
        except LiveKitUnavailable:
            unread += 1
    found = f"{counted(len(rooms), 'room')}, {counted(people, 'person', 'people')}"
    if len(rooms) > len(looked_at):
        found += f" in the first {len(looked_at)}"
    if unread:
        return Finding("rooms", f"{found}; {counted(unread, 'room')} could not be read", "Look into the server's log.")
    return Finding("rooms", found)


async def _last_webhook(server: LiveServer, database: Database | None) -> Finding:
    if database is None:
        return Finding("webhooks", "not looked at: no database answers", "Set DATABASE_URL, or start `sahne up`.")
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, QUERIES["last_event"], {"server": server.name})
    if row["seconds"] is None:
        return Finding("webhooks", "none in the last seven days")
    return Finding("webhooks", f"the last one came {row['seconds']:.0f} s ago; {row['waiting']} wait to be dealt with")


async def _in_a_room_of_our_own(livekit: RemoteLiveKit, server: LiveServer, database: Database | None) -> list[Finding]:
    room = f"sahne-status-{token_hex(4)}"
    asked = time.time()
    made = await livekit.create_room(room)
    clock = _clock(asked, time.time(), made.made_at)
    try:
        trial = await try_join(livekit.url, livekit.token(room, "sahne-status", "", Permission()))
        webhook = await _webhook(server, room, database)
    finally:
        with contextlib.suppress(LiveKitUnavailable):
            await livekit.delete_room(room)
    return [*_joined(trial, server), clock, webhook]


def _clock(asked: float, answered: float, made_at: float) -> Finding:
    """Ours when we asked and when we were answered; by it the room was made in between, or the clocks differ."""
    apart = max(asked - made_at, made_at - answered, 0.0)
    found = f"{apart:.1f} s apart" if apart >= 0.05 else "the same"
    if apart > CLOCKS_APART_SECONDS_MAX:
        return Finding("clocks", found, "Set both by NTP: tokens are refused when they are more than 60 s apart.")
    return Finding("clocks", found)


def _joined(trial: Trial, server: LiveServer) -> Iterator[Finding]:
    region = f", region {trial.region}" if trial.region else ""
    yield Finding("version", f"{trial.version or 'not told'}{region}")
    for transport in ("udp", "tcp"):
        ways = [way for way in trial.ways if way.transport == transport]
        yield _ways(transport, ways, server)


def _ways(transport: str, ways: list[Way], server: LiveServer) -> Finding:
    """One address that answers is enough; only this machine's way there was tried."""
    name = f"media by {transport.upper()}"
    if not ways:
        port = "`rtc.udp_port`" if transport == "udp" else "`rtc.tcp_port`"
        to_do = f"Have it listen: set {port}."
        return Finding(name, "no address is offered", to_do)
    answering = [way for way in ways if way.answers]
    silent = [way for way in ways if not way.answers]
    found = "; ".join(
        f"{' '.join(f'{way.host}:{way.port}' for way in some)} {word}"
        for some, word in ((answering, "answered a STUN check"), (silent, "did not"))
        if some
    )
    if not answering:
        to_do = "Open these ports to the world, or set `rtc.node_ip` to the address that others reach."
        return Finding(name, found, to_do)
    if all(way.host.startswith(LOOPBACK) for way in answering) and not _is_here(server):
        return Finding(name, f"{found}: only this very machine gets there", "Set `rtc.node_ip` to its public address.")
    return Finding(name, found)


def _is_here(server: LiveServer) -> bool:
    return (urlsplit(server.url).hostname or "") in ("127.0.0.1", "localhost", "::1")


async def _webhook(server: LiveServer, room: str, database: Database | None) -> Finding:
    """Whether the room's own `room_started` came into the inbox, and as whose."""
    name = "webhook and back"
    if database is None:
        return Finding(name, "not looked at: no database answers", "Set DATABASE_URL, or start `sahne up`.")
    began = time.monotonic()
    while time.monotonic() - began < WEBHOOK_SECONDS_MAX:
        async with database.transaction(SERVICE) as conn:
            row = await maybe(conn, QUERIES["event_of_room"], {"room": room})
        if row and row["server"] == server.name:
            return Finding(name, "it came")
        if row:
            return Finding(name, f"it came signed as {row['server']}'s", "Give each server a key of its own.")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    to_do = (
        "In the server's configuration `webhook.urls` must hold this API's /webhooks/livekit, reachable from there, and"
        " `webhook.api_key` a key that is set here; and `sahne up` or `sahne serve` must run."
    )
    return Finding(name, f"nothing came within {WEBHOOK_SECONDS_MAX:.0f} s", to_do)
