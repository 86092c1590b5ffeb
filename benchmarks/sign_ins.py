"""Sign-ins with a password, beside bcrypt alone: the same hash compared by as many threads and nothing else.

`python -m benchmarks sign_ins [--rounds 5] [--seconds 4]` takes about a minute. A sign-in reads the credentials,
compares, and opens a session with its first refresh token and a line of the audit log. bcrypt alone has the machine to
itself, ours shares it with PostgreSQL and the clients: the CPU of a sign-in is what to compare. Nobody else should use
the machine.
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import psycopg

from benchmarks.harness import Load, Measured, as_json, conclude, in_turn, load, median, percentiles
from benchmarks.rivals import start_postgres, start_sahne
from sahne.accounts.passwords import COST, THREADS, hash_password, matches
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY

PEOPLE = 200
CONNECTIONS = 4
PASSWORD = "bench-password"
OF_BCRYPT_MIN = 0.8
CPU_OF_BCRYPT_MAX = 1.1
OURS, ALONE = "sign-ins", "bcrypt alone"

WORLD = """
insert into auth.users (id, email, encrypted_password, email_confirmed_at)
select gen_random_uuid(), 'bench' || n || '@example.com', %s, now() from generate_series(1, %s) n
"""


def main(arguments: list[str]) -> None:
    """Measure, write `results/sign_ins.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks sign_ins", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    password_hash = hash_password(PASSWORD)
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(WORLD, [password_hash, PEOPLE * 2])  # a load asks for even numbers
        rest_url, server = start_sahne(stack, cluster.url, folder)
        asked = Load(
            url=rest_url.removesuffix("/rest/v1"),
            method="POST",
            path="/auth/v1/token?grant_type=password",
            body=f'{{"email": "bench{{n}}@example.com", "password": "{PASSWORD}"}}',
            numbers=PEOPLE,
            token=DEVELOPMENT_ANON_KEY,
            connections=CONNECTIONS,
            seconds=options.seconds,
            pid=server,
        )
        variants = {OURS: partial(load, asked, folder), ALONE: partial(_bcrypt, password_hash, options.seconds)}
        variants[OURS]()
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
    for name, measured in medians.items():
        print(f"{name:14s} {measured.per_second:6.1f}/s {(measured.cpu_us or 0) / 1000:5.1f} ms CPU  {measured.waits}")
    conclude("sign_ins", _misses(medians[OURS], medians[ALONE]), load_before, {
        "rounds": options.rounds, "seconds": options.seconds, "bcrypt_cost": COST, "threads": THREADS,
        "connections": CONNECTIONS, **{name: as_json(each) for name, each in medians.items()},
    })  # fmt: skip


def _bcrypt(password_hash: str, seconds: float) -> Measured:
    """The comparison alone, by as many threads as the server has for it."""
    until = time.perf_counter() + seconds

    def compare() -> list[float]:
        waits = []
        while (began := time.perf_counter()) < until:
            if not matches(PASSWORD, password_hash):
                raise RuntimeError("the password is not that of the hash")
            waits.append((time.perf_counter() - began) * 1000)
        return waits

    began, before = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(THREADS) as threads:
        waits = [wait for each in [threads.submit(compare) for _ in range(THREADS)] for wait in each.result()]
    took, spent = time.perf_counter() - began, time.process_time() - before
    return Measured(per_second=len(waits) / took, cpu_us=spent / len(waits) * 1e6, **percentiles(waits))


def _misses(ours: Measured, alone: Measured) -> list[str]:
    """Every goal that was not reached, in words."""
    missed = [f"{ours.errors} answers were errors"] if ours.errors else []
    ratio, cpu = ours.per_second / alone.per_second, (ours.cpu_us or 0) / (alone.cpu_us or 1)
    print(f"{ratio:.2f} of bcrypt alone, {cpu:.2f}x its CPU")
    if ratio < OF_BCRYPT_MIN:
        missed.append(f"{ratio:.2f} of the comparisons that bcrypt does alone, goal {OF_BCRYPT_MIN:g}")
    if cpu > CPU_OF_BCRYPT_MAX:
        missed.append(f"a sign-in takes {cpu:.2f}x the CPU of bcrypt, goal {CPU_OF_BCRYPT_MAX:g}x")
    return missed
