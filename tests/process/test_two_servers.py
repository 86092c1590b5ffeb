"""Two server processes of one installation, on one database and one real Redis, which are killed now and then."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from sahne.database.migrate import migrate
from sahne.settings import Settings
from tests.accounts import NEW
from tests.clients.conftest import Packages, packages
from tests.clients.talking_script import follow
from tests.conftest import free_port
from tests.crowds import PEOPLE, check, gathered
from tests.eventually import eventually, eventually_async
from tests.gateway.realtime_socket import Talk, talking
from tests.keys import own_keys
from tests.nginx import nginx
from tests.process.sahne_up import run_sahne, started_sahne
from tests.redis_server import RedisServer, redis_server

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

__all__ = ["packages"]  # a fixture of the clients' tests

READY_SECONDS_MAX = 60
SCRIPT_SECONDS_MAX = 120
STEPS = 4
HALL = "realtime:hall"
TABLE = """
create table public.boards (id int primary key);
grant all on public.boards to anon, authenticated, service_role;
alter publication supabase_realtime add table public.boards;
"""


@dataclass(slots=True)
class OneOfTwo:
    """A server process, which may be killed and started again."""

    settings: Settings
    folder: Path
    bus_url: str
    stack: Any = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        settings = replace(self.settings, bus_url=self.bus_url)
        log = self.folder / f"{settings.port}.log"
        running = started_sahne("serve", cwd=self.folder, variables=settings.environment(), out=log)
        self.process = running.__enter__()
        self.stack = running
        eventually(lambda: "ready http" in log.read_text(), READY_SECONDS_MAX)

    def restart(self) -> None:
        """As a supervisor does: told to stop, waited for, started."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(READY_SECONDS_MAX) == 0
        self.start()

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.stack is not None:
            self.stack.__exit__(None, None, None)

    def ready(self) -> dict[str, Any]:
        answer: dict[str, Any] = httpx.get(f"{self.settings.api_url}/ready").json()
        return answer

    def metric(self, name: str) -> float:
        token = {"authorization": f"Bearer {self.settings.metrics_token}"}
        lines = httpx.get(f"{self.settings.api_url}/metrics", headers=token).text.splitlines()
        (value,) = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")]
        return float(value)


@dataclass(frozen=True, slots=True)
class House:
    """Both servers and where they meet."""

    ada: OneOfTwo
    bo: OneOfTwo
    redis: RedisServer

    def know_each_other(self) -> bool:
        return all(one.metric("sahne_bus_servers") == 2 for one in (self.ada, self.bo))


@pytest.fixture(scope="module")
def house(settings: Settings, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("two")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(TABLE)
    own = own_keys() | {
        "client_ip_header": "x-real-ip",
        "metrics_token": "for the tests alone",
        "confirm_email": False,
        "realtime_messages_per_second_max": 100_000,
        "realtime_bytes_per_second_max": 100_000_000,
    }
    with redis_server(folder) as redis:
        made = [OneOfTwo(replace(settings, **own, port=free_port()), folder, redis.url) for _ in range(2)]
        house = House(made[0], made[1], redis)
        try:
            for one in made:
                one.start()
            eventually(house.know_each_other)
            yield house
        finally:
            for one in made:
                one.stop()


def test_supabase_js_at_either_hears_and_sees_everybody(house: House, database_url: str, packages: Packages) -> None:
    env = {
        "SAHNE_URLS": json.dumps([house.ada.settings.api_url, house.bo.settings.api_url]),
        "SAHNE_ANON_KEY": house.ada.settings.publishable_key,
        "SAHNE_SERVICE_KEY": house.ada.settings.secret_key,
    }
    done = follow(packages, "two_servers.mjs", env, database_url=database_url, seconds_max=SCRIPT_SECONDS_MAX)
    assert done == STEPS


async def test_the_people_of_a_server_that_is_killed_under_load_leave_once_and_only_they(house: House) -> None:
    async with AsyncExitStack() as stack:
        watcher = await watching(stack, house.ada, "watcher")
        load = asyncio.create_task(shout(await stack.enter_async_context(talking(house.ada.settings))))
        people = [f"person {number}" for number in range(40)]
        for name in people:
            await present(stack, house.bo, name)
        await watcher.sees({"watcher", *people})
        house.bo.kill()
        await watcher.sees({"watcher"}, seconds=30)
        load.cancel()
        assert watcher.left == Counter(people)
        assert watcher.came == Counter(["watcher", *people])
    await asyncio.to_thread(house.bo.start)
    await asyncio.to_thread(eventually, house.know_each_other)


async def test_who_joins_at_a_new_server_sees_those_who_were_there_before(house: House) -> None:
    async with AsyncExitStack() as stack:
        await present(stack, house.ada, "early")
        late = await watching(stack, house.bo, "late")
        await late.sees({"early", "late"})


async def test_a_bus_that_is_killed_is_told_each_server_goes_on_and_presence_is_true_again_afterwards(
    house: House,
) -> None:
    async with AsyncExitStack() as stack:
        here = await watching(stack, house.ada, "here")
        leaving = AsyncExitStack()
        await present(leaving, house.bo, "leaves meanwhile")
        await present(stack, house.bo, "stays")
        await here.sees({"here", "leaves meanwhile", "stays"})

        house.redis.kill()
        await eventually_async(in_thread(lambda: house.ada.ready().get("bus") is house.bo.ready().get("bus") is False))
        assert house.ada.ready()["status"] == "degraded"
        assert house.ada.metric("sahne_bus_up") == 0
        await leaving.aclose()
        await present(stack, house.bo, "comes meanwhile")
        await present(stack, house.ada, "neighbour")
        await here.sees(
            {"here", "leaves meanwhile", "stays", "neighbour"}
        )  # its own are as ever, the others as they were

        house.redis.start()
        await here.sees({"here", "stays", "neighbour", "comes meanwhile"}, seconds=30)
        assert house.ada.metric("sahne_bus_up") == 1
        assert here.left == Counter(["leaves meanwhile"])
        assert here.came["stays"] == 1


async def test_guesses_at_one_server_are_counted_by_the_other(house: House) -> None:
    guess = {"email": "ada@example.com", "password": "guess"}
    thief = NEW | {"x-real-ip": "203.0.113.66"}
    path = "/auth/v1/token?grant_type=password"
    async with httpx.AsyncClient(headers=thief, timeout=30) as client:

        async def guessed(at: OneOfTwo) -> int:
            return (await client.post(f"{at.settings.api_url}{path}", json=guess)).status_code

        codes = [await guessed(house.ada) for _ in range(32)]
        assert 429 in codes

        async def refused_there_too() -> bool:
            return await guessed(house.bo) == 429

        await eventually_async(refused_there_too)
        at_home = await client.post(
            f"{house.bo.settings.api_url}{path}", json=guess, headers={"x-real-ip": "203.0.113.1"}
        )
        assert at_home.status_code == 400


async def test_behind_the_nginx_of_the_guide_a_restart_of_either_drops_no_request(house: House, tmp_path: Path) -> None:
    ports = [house.ada.settings.port, house.bo.settings.port]
    with nginx(ports, tmp_path) as url:
        through = replace(house.ada.settings, site_url=url)
        answers: Counter[int] = Counter()
        asking = asyncio.create_task(ask_on(url, answers))
        for each in (house.ada, house.bo):
            await asyncio.to_thread(each.restart)
            before = answers[200]
            await eventually_async(in_thread(lambda before=before: answers[200] > before + 20))
        await asyncio.to_thread(eventually, house.know_each_other)
        asking.cancel()
        assert set(answers) == {200}
        async with talking(through) as one, talking(through, "1.0.0") as other:
            for talk in (one, other):
                assert (await talk.join("realtime:room")).payload["status"] == "ok"
            await one.send("realtime:room", "broadcast", {"type": "broadcast", "event": "line", "payload": {}})
            assert (await other.hear()).event == "broadcast"


def test_gifts_go_on_while_one_server_after_the_other_is_told_to_stop(
    house: House, database_url: str, tmp_path: Path
) -> None:
    with nginx([house.ada.settings.port, house.bo.settings.port], tmp_path) as url:
        crowd = gathered(database_url).at(url, house.ada.settings.jwt_secret)
        with crowd:
            for one in (house.ada, house.bo, house.ada, house.bo):
                given = len(crowd.acknowledged)
                eventually(lambda given=given: len(crowd.acknowledged) > given + PEOPLE * 4, 60)
                one.restart()
        assert crowd.failures == Counter(), crowd.failures
        check(database_url, crowd)
    eventually(house.know_each_other)


EXPANDS = "-- Adds a column.\n-- serves: any\nalter table public.boards add column label text;"
CONTRACTS = "alter table public.boards drop column label;"


def test_a_server_of_the_version_before_serves_a_schema_that_was_expanded_and_refuses_one_that_was_contracted(
    house: House, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "20990101000000_expands.sql").write_text(EXPANDS)
    migrate(database_url, folder=tmp_path)
    house.bo.restart()
    keys = {"apikey": house.bo.settings.secret_key}
    for one in (house.ada, house.bo):  # which was up before, and which has begun since
        assert httpx.get(f"{one.settings.api_url}/rest/v1/boards?select=id", headers=keys).status_code == 200
    (tmp_path / "20990102000000_contracts.sql").write_text(CONTRACTS)
    migrate(database_url, folder=tmp_path)
    environment = replace(house.ada.settings, port=free_port(), bus_url=house.redis.url).environment()
    refused = run_sahne("serve", cwd=tmp_path, variables=environment)
    assert (refused.returncode, "(schema_newer)" in refused.stderr) == (1, True), refused.stderr
    assert "20990102000000_contracts" in refused.stderr
    assert "20990101000000" not in refused.stderr
    assert httpx.get(f"{house.ada.settings.api_url}/rest/v1/boards?select=id", headers=keys).status_code == 200
    with psycopg.connect(database_url) as conn:
        for table, column in (("schema_migrations", "version"), ("sahne_checksums", "name")):
            conn.execute(f"delete from supabase_migrations.{table} where {column} like '%2099%'".encode())


async def ask_on(url: str, answers: Counter[int]) -> None:
    """One request after another, each on a connection of its own, as many people's are."""
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, timeout=30) as client:
        while True:
            answers[(await client.get(f"{url}/ready")).status_code] += 1


# several processes of one machine


@pytest.fixture
def alone(house: House) -> Settings:
    """Settings of another server, which meets its processes on a channel of their own."""
    channel = f"{free_port()}"
    return replace(house.ada.settings, port=free_port(), bus_url=house.redis.url, bus_channel=channel)


def test_processes_share_a_port_and_one_that_is_killed_is_started_again(alone: Settings, tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    one = OneOfTwo(alone, tmp_path, "")

    def servers() -> float:
        with suppress(httpx.HTTPError):
            return one.metric("sahne_bus_servers")
        return 0

    with started_sahne("serve", "--processes", "2", cwd=tmp_path, variables=alone.environment(), out=log) as process:
        eventually(lambda: servers() == 2, READY_SECONDS_MAX)
        taken = run_sahne("serve", cwd=tmp_path, variables=alone.environment())
        assert (taken.returncode, "(port_taken)" in taken.stderr) == (1, True)
        first, second = children(process.pid)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: first not in children(process.pid))
        assert all(httpx.get(f"{alone.api_url}/health").status_code == 200 for _ in range(20))
        eventually(lambda: log.read_text().count("ready http") == 3 and servers() == 2, READY_SECONDS_MAX)
        again = children(process.pid)
        assert (len(again), again[0]) == (2, second)
        process.terminate()
        assert process.wait(READY_SECONDS_MAX) == 0
        assert [pid for pid in again if Path(f"/proc/{pid}").exists()] == []
    ended = [json.loads(line) for line in log.read_text().splitlines() if '"ProcessEnded"' in line]
    assert [(each["pid"], each["code"]) for each in ended] == [(first, -signal.SIGKILL)]


def test_several_processes_without_a_bus_are_refused_with_what_to_set(alone: Settings, tmp_path: Path) -> None:
    without = replace(alone, bus_url=None).environment()
    refused = run_sahne("serve", "--processes", "2", cwd=tmp_path, variables=without)
    assert refused.returncode == 1
    assert "(bus_missing)" in refused.stderr
    assert "SAHNE_BUS_URL" in refused.stderr


def children(pid: int) -> list[int]:
    """Of a process, in the order in which they began."""
    told = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid), "--sort", "start_time,pid"],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(line) for line in told.stdout.split()]


# people in the hall


@dataclass(slots=True)
class Watcher:
    """Who is there as one client sees it, from the state and every difference."""

    talk: Talk
    there: Counter[str] = field(default_factory=Counter)
    came: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)

    async def listen(self) -> None:
        while True:
            heard = self._read(await self.talk.socket.recv())
            if heard is not None:
                event, payload = heard
                if event == "presence_state":
                    self._add(payload, self.came)
                elif event == "presence_diff":
                    self._add(payload["joins"], self.came)
                    for key, value in payload["leaves"].items():
                        self.left[key] += len(value["metas"])
                        self.there[key] -= len(value["metas"])

    def _read(self, data: str | bytes) -> tuple[str, Any] | None:
        if isinstance(data, bytes):
            return None
        message = json.loads(data)
        return message[3], message[4]

    def _add(self, by_key: dict[str, Any], to: Counter[str]) -> None:
        for key, value in by_key.items():
            to[key] += len(value["metas"])
            self.there[key] += len(value["metas"])

    async def sees(self, names: set[str], seconds: float = 10) -> None:
        async def seen() -> bool:
            assert +self.there == Counter(names), +self.there
            return True

        await eventually_async(seen, seconds)


async def watching(stack: AsyncExitStack, at: OneOfTwo, name: str) -> Watcher:
    """Somebody who is there and listens."""
    watcher = Watcher(await present(stack, at, name, enabled=True))
    listening = asyncio.create_task(watcher.listen())
    stack.callback(listening.cancel)
    return watcher


async def present(stack: AsyncExitStack, at: OneOfTwo, name: str, *, enabled: bool = False) -> Talk:
    talk = await stack.enter_async_context(talking(at.settings, headers={"x-real-ip": "203.0.113.9"}))
    config = {"presence": {"key": name, "enabled": enabled}}
    assert (await talk.join(HALL, config)).payload["status"] == "ok"
    await talk.send(HALL, "presence", {"type": "presence", "event": "track", "payload": {"name": name}})
    return talk


async def shout(talk: Talk) -> None:
    """Lines into the hall, as fast as each is acknowledged."""
    assert (await talk.join(HALL, {"broadcast": {"ack": True}})).payload["status"] == "ok"
    while True:
        await talk.send(HALL, "broadcast", {"type": "broadcast", "event": "line", "payload": {"text": "x" * 200}})
        while (await talk.hear()).event != "phx_reply":
            pass


def in_thread(check: Any) -> Any:
    async def ask() -> Any:
        return await asyncio.to_thread(check)

    return ask
