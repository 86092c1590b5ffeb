"""What `sahne doctor` makes of what it sees, and how it goes through its table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest

from sahne.doctor import keeping, machine, postgres, services, settings_and_keys
from sahne.doctor.changes import judged_publication, judged_slot
from sahne.doctor.finding import Finding
from sahne.doctor.installation import Installation
from sahne.doctor.look import Check, Look, findings_of, look_at_all
from sahne.doctor.table import CHECKS
from sahne.operations.live_status import Finding as LiveFinding
from sahne.providers.mail.smtp import SmtpServer
from sahne.settings.reading import read_settings
from tests.conftest import free_port
from tests.image_providers import KEY, fake_bfl
from tests.keys import own_keys
from tests.smtp_server import SmtpTwin

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def installation(**given: Any) -> Installation:
    return Installation(read_settings(env_file=None, **given))


async def seen_by(look: Look, **given: Any) -> list[Finding]:
    return [finding async for finding in look(installation(**given))]


async def state_of(look: Look, **given: Any) -> str:
    """Of a look that finds one thing."""
    (finding,) = await seen_by(look, **given)
    assert bool(finding.to_do) == (finding.state in ("warning", "fault"))
    return finding.state


async def well(_: Installation) -> AsyncIterator[Finding]:
    yield Finding("first", "well")


async def breaks(given: Installation) -> AsyncIterator[Finding]:
    async for finding in well(given):
        yield finding
    raise ZeroDivisionError("by nought")


async def hangs(given: Installation) -> AsyncIterator[Finding]:
    async for finding in well(given):
        yield finding
    await asyncio.Event().wait()


async def test_a_look_that_breaks_keeps_what_it_found_and_takes_no_other_with_it() -> None:
    told: list[tuple[str, int, int]] = []
    checks = [Check("a", "broken", breaks), Check("a", "sound", well)]
    broken, sound = await look_at_all(installation(), checks, lambda *each: told.append(each))
    assert [each.state for each in broken.findings] == ["ok", "fault"]
    assert broken.findings[1].found == "the look broke: ZeroDivisionError: by nought"
    assert [each.state for each in sound.findings] == ["ok"]
    assert told == [("a", 1, 2), ("a", 2, 2)]


async def test_a_look_that_hangs_ends_with_its_time() -> None:
    first, last = await findings_of(Check("a", "slow", hangs, seconds_max=0.05), installation())
    assert (first.state, last.state, last.looked_at) == ("ok", "fault", "slow")


async def test_without_a_database_what_is_in_it_is_not_looked_at_and_its_absence_is_one_fault() -> None:
    for url in (None, f"postgresql://a:b@127.0.0.1:{free_port()}/c"):
        checks = [each for each in CHECKS if each.group in ("database", "changes", "access")]
        looked = await look_at_all(installation(database_url=url), checks, lambda *_: None)
        faults = {each.check.looks_at for each in looked if any(one.state == "fault" for one in each.findings)}
        assert faults == {"database"}


async def test_settings_that_do_not_fit_are_told_line_by_line() -> None:
    given: dict[str, Any] = own_keys() | {"livekit_url": "wss://live.example.com", "confirm_email": True}
    lines = [each.found.partition(":")[0] for each in await seen_by(settings_and_keys.fit, **given)]
    assert {"SAHNE_LIVEKIT_API_KEY", "SAHNE_LIVEKIT_API_SECRET", "SAHNE_SMTP_URL"} == set(lines)
    assert await state_of(settings_and_keys.fit, **own_keys()) == "ok"
    assert await state_of(settings_and_keys.fit, host="0.0.0.0") == "fault"


@pytest.mark.parametrize(("days", "state"), [(-1, "fault"), (3, "warning"), (400, "ok"), (None, "ok")])
async def test_a_key_that_ends_soon_is_told_before_it_ends(days: int | None, state: str) -> None:
    keys = own_keys()
    claims = {"role": "anon"} | ({} if days is None else {"exp": datetime.now(UTC) + timedelta(days=days)})
    keys["anon_key"] = jwt.encode(claims, str(keys["jwt_secret"]))
    found = {each.looked_at: each.state for each in await seen_by(settings_and_keys.keys, **keys)}
    assert found["SAHNE_ANON_KEY"] == state


async def test_a_laptops_keys_are_warned_of_where_the_database_is_elsewhere() -> None:
    assert await state_of(settings_and_keys.keys) == "ok"
    assert await state_of(settings_and_keys.keys, database_url="postgresql://a:b@db.example.com/c") == "warning"


async def test_a_file_of_signing_keys_must_be_readable_and_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    assert await state_of(settings_and_keys.signing_keys) == "not_looked_at"
    path.write_text("no JSON")
    assert await state_of(settings_and_keys.signing_keys, jwt_keys=path) == "fault"


async def test_a_port_is_free_or_ours_or_somebody_elses() -> None:
    port = free_port()
    assert await state_of(machine.port, port=port) == "ok"
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    async with server:
        assert await state_of(machine.port, port=port) == "fault"


def test_a_folder_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    assert machine.disk_at("data folder", tmp_path / "not yet made").state != "fault"
    file = tmp_path / "file"
    file.touch()
    assert machine.disk_at("data folder", file / "below").state == "fault"
    assert machine.disk_at("data folder", Path("/proc/sahne")).state == "fault"


async def test_an_address_that_cannot_be_reached_is_a_warning_beside_one_that_can_and_else_a_fault() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        silent = await machine.unreached(["127.0.0.1", "::1"], port)
    assert silent == ["::1"]
    found = machine.judged_ways("ways", "db.example.com", ["127.0.0.1", "::1"], silent)
    assert (found.state, "::1" in found.found) == ("warning", True)
    only = machine.judged_ways("ways", "db.example.com", ["2001:db8::1"], ["2001:db8::1"])
    assert only.state == "fault"
    assert "IPv6" in only.to_do
    assert "IPv6" not in machine.judged_ways("ways", "db", ["192.0.2.1"], ["192.0.2.1"]).to_do
    assert (await machine.way_to("ways", "no-such-name.invalid", port)).state == "fault"


def slot(**given: Any) -> dict[str, Any]:
    usual = {"slot": "s", "active": True, "temporary": False, "is_invalid": False, "kept_bytes": 1}
    return usual | {"invalid_because": "its log is gone"} | given


@pytest.mark.parametrize(
    ("given", "states"),
    [
        ({}, []),
        ({"active": False}, ["warning"]),
        ({"active": False, "temporary": True}, []),
        ({"is_invalid": True, "active": False, "kept_bytes": None}, ["fault"]),
        ({"kept_bytes": 2**30}, ["warning"]),
    ],
)
def test_a_slot_is_judged_by_its_reader_and_what_is_kept_for_it(given: dict[str, Any], states: list[str]) -> None:
    assert [each.state for each in judged_slot(slot(**given))] == states


def test_a_publication_that_leaves_out_deletes_is_a_fault() -> None:
    whole = {"name": "supabase_realtime", "is_there": True, "owner": "sahne", "is_ours": True, "is_whole": True}
    assert [each.state for each in judged_publication(whole, [], "sahne")] == ["ok"]
    assert [each.state for each in judged_publication(whole | {"is_whole": False}, [], "sahne")] == ["fault"]


@pytest.mark.parametrize(
    ("transactions", "multixacts", "state"),
    [
        (150_000_000, 1, "ok"),
        (500_000_000, 1, "warning"),
        (1, 900_000_000, "warning"),
        (1_400_000_000, 1, "fault"),
    ],
)
def test_running_out_of_transaction_ids_is_told_in_time(transactions: int, multixacts: int, state: str) -> None:
    bounds = {"transactions_vacuumed_at": 200_000_000, "multixacts_vacuumed_at": 400_000_000}
    row = {"database": "sahne", "transactions": transactions, "multixacts": multixacts} | bounds
    assert postgres.judged_age(row).state == state


def test_clocks_that_are_apart_are_a_fault() -> None:
    assert postgres.judged_clock(0.1).state == "ok"
    assert postgres.judged_clock(61).state == "fault"


@pytest.mark.parametrize(
    ("workers", "waiting", "stalled", "states"),
    [
        (2, 0, 0, ["ok"]),
        (0, 0, 0, ["warning"]),
        (0, 3, 0, ["fault"]),
        (2, 500, 0, ["warning"]),
        (2, 0, 1, ["ok", "warning"]),
    ],
)
def test_a_queue_nobody_works_through_is_a_fault(workers: int, waiting: int, stalled: int, states: list[str]) -> None:
    row = {"workers": workers, "waiting": waiting, "stalled": stalled}
    assert [each.state for each in keeping.judged_queue(row)] == states


def shelf(folder: Path, *, age: timedelta, verified: bool = True, drill: dict[str, Any] | None = None) -> Path:
    """A folder with one backup's notes."""
    made = folder / f"{NOW - age:%Y%m%dT%H%M%SZ}"
    made.mkdir(parents=True)
    note = "verified_at" if verified else "damaged_at"
    (made / "verified.json").write_bytes(orjson.dumps({note: NOW}))
    if drill:
        (made / "drill.json").write_bytes(orjson.dumps({"backup": made.name, "drilled_at": NOW - age} | drill))
    return folder


@pytest.mark.parametrize(
    ("age", "verified", "drill", "states"),
    [
        (timedelta(hours=9), True, {"passed": True}, ["ok", "ok"]),
        (timedelta(hours=9), True, None, ["ok", "warning"]),
        (timedelta(days=2), True, {"passed": True}, ["warning", "ok"]),
        (timedelta(days=9), True, {"passed": True}, ["fault", "warning"]),
        (timedelta(hours=9), False, {"passed": False}, ["fault", "fault"]),
    ],
)
def test_backups_are_judged_by_the_last_good_one_and_its_drill(
    tmp_path: Path, age: timedelta, verified: bool, drill: dict[str, Any] | None, states: list[str]
) -> None:
    folder = shelf(tmp_path / "backups", age=age, verified=verified, drill=drill)
    assert [each.state for each in keeping.judged_backups(folder, NOW)] == states


def test_no_backup_at_all_is_a_warning(tmp_path: Path) -> None:
    assert [each.state for each in keeping.judged_backups(tmp_path, NOW)] == ["warning"]


def test_what_livekit_is_looked_at_for_is_a_fault_where_nobody_could_go_live() -> None:
    assert services.live_finding("main", LiveFinding("answer", "refused", "Start it.")).state == "fault"
    assert services.live_finding("main", LiveFinding("media by TCP", "none", "Open it.")).state == "warning"
    assert (
        services.live_finding("main", LiveFinding("webhooks", "not looked at: no", "Set it.")).state == "not_looked_at"
    )
    assert services.live_finding("main", LiveFinding("rooms", "none")).state == "ok"


async def test_the_mail_server_is_greeted_and_sent_nothing() -> None:
    async with SmtpTwin() as twin:
        server = SmtpServer.of(f"smtp://127.0.0.1:{twin.port}?tls=none")
        assert (await services.mail_at(server, "Sahne <a@example.com>")).state == "ok"
        assert twin.taken == []
        assert not any(line.upper().startswith(("MAIL", "RCPT", "DATA")) for line in twin.said)
        without_tls = SmtpServer.of(f"smtp://127.0.0.1:{twin.port}")
        refused = await services.mail_at(without_tls, "Sahne <a@example.com>")
        assert (refused.state, "STARTTLS" in refused.to_do) == ("fault", True)
    assert (await services.mail_at(server, "Sahne <a@example.com>")).state == "fault"


async def test_a_maker_of_pictures_is_asked_what_costs_nothing() -> None:
    with fake_bfl() as bfl:
        given = {"image_providers": "bfl", "bfl_url": bfl.url}
        assert await state_of(services.makers, **given, bfl_api_key=KEY) == "ok"
        assert await state_of(services.makers, **given, bfl_api_key="another") == "fault"
        bfl.credits = 0
        assert await state_of(services.makers, **given, bfl_api_key=KEY) == "fault"
        assert bfl.submissions == 0
    assert await state_of(services.makers, **given, bfl_api_key=KEY) == "warning"
    assert await state_of(services.makers) == "not_looked_at"
