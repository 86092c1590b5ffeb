"""Objects of 1 MB and 100 MB, down and up: ours beside nginx with files of that size, and whether memory stays flat.

`python -m benchmarks storage [--rounds 3] [--seconds 3] [--bucket]` takes about two minutes, with a bucket three: then
a second server of ours has its objects in one, on the same disk (`tests/s3.py`), to compare and without a goal. Both
serve from a page cache that has the file. nginx sends one with sendfile and finds it by its name; ours asks the
database first. nginx writes what is put and no more; ours tries the permission, hashes, flushes to the disk, and writes
a row. Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import os
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg

from benchmarks.harness import (
    Measured,
    as_json,
    conclude,
    forget_peak_memory,
    in_turn,
    median,
    memory_mb,
    peak_memory_mb,
    wrk,
)
from benchmarks.rivals import start_nginx, start_postgres, start_sahne
from sahne.settings.local_stack import DEVELOPMENT_SERVICE_ROLE_KEY
from tests.s3 import s3_server

MB = 1_000_000
CONNECTIONS = {1: 10, 100: 2}  # by the size in MB
LARGE_TIMES = 2  # so many times the seconds for 100 MB
OF_NGINX_MIN = 0.5
MEMORY_ABOVE_MB_MAX = 16.0
BUCKET = "bench"
OURS, NGINX, OVER_BUCKET = "sahne", "nginx", "bucket"
KEY = {"Authorization": f"Bearer {DEVELOPMENT_SERVICE_ROLE_KEY}", "Content-Type": "application/octet-stream"}

UP = """
wrk.method, wrk.path, wrk.body = "%(method)s", "%(path)s", string.rep("x", %(size)d)
wrk.headers["x-upsert"] = "true"
"""


def main(arguments: list[str]) -> None:
    """Measure, write `results/storage.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks storage", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--bucket", action="store_true")
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute("insert into storage.buckets (id, name, public) values (%s, %s, true)", [BUCKET, BUCKET])
        files = folder / "files"
        files.mkdir()
        rest_url, server = start_sahne(stack, cluster.url, folder, {"SAHNE_UPLOAD_BYTES_MAX": str(1000 * MB)})
        servers = {OURS: (rest_url.removesuffix("/rest/v1"), server), NGINX: start_nginx(stack, files, folder)}
        if options.bucket:
            servers[OVER_BUCKET] = _start_over_bucket(stack, cluster.url, folder)
        for size in CONNECTIONS:
            content = os.urandom(size * MB)
            (files / f"{size}").write_bytes(content)
            for who in servers.keys() - {NGINX}:
                _put(f"{servers[who][0]}/storage/v1/object/{BUCKET}/{size}-{who}", content)
        peaks: dict[str, float] = {}
        variants = _variants(servers, folder, options.seconds, peaks)
        for warm_up in variants.values():
            warm_up()
        peaks.clear()
        resting = memory_mb(server)
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
    misses = _misses(medians, peaks)
    for name, measured in medians.items():
        size = _size_of(name)
        peak = f"  {peaks[name]:.0f} MB at most" if name in peaks else ""
        print(
            f"{name:20s} {measured.per_second * size:7.0f} MB/s {(measured.cpu_us or 0) / size:6.0f} us CPU a MB"
            f"  p99 {measured.p99_ms:.1f} ms{peak}"
        )
    conclude("storage", misses, load_before, {
        "rounds": options.rounds, "seconds": options.seconds, "memory_mb": round(resting, 1),
        "peak_memory_mb": {name: round(peak, 1) for name, peak in peaks.items()},
        "moved": {
            name: as_json(each) | {"mb_per_second": round(each.per_second * _size_of(name), 1)}
            for name, each in medians.items()
        },
    })  # fmt: skip


def _start_over_bucket(stack: ExitStack, database_url: str, folder: Path) -> tuple[str, int]:
    store = stack.enter_context(s3_server(folder / "s3"))
    variables = {f"SAHNE_{name.upper()}": value for name, value in store.settings(store.new_bucket()).items()}
    place = folder / "over_bucket"
    place.mkdir()
    url, pid = start_sahne(stack, database_url, place, variables | {"SAHNE_UPLOAD_BYTES_MAX": str(1000 * MB)})
    return url.removesuffix("/rest/v1"), pid


def _variants(
    servers: Mapping[str, tuple[str, int]], folder: Path, seconds: int, peaks: dict[str, float]
) -> dict[str, Callable[[], Measured]]:
    """`down 1 MB, sahne` and its like; the server's peaks of memory by the same names."""
    variants: dict[str, Callable[[], Measured]] = {}
    headers = [f"{name}: {value}" for name, value in KEY.items()]
    for size, connections in CONNECTIONS.items():
        for who, (url, pid) in servers.items():
            is_nginx = who == NGINX
            place = f"/{size}" if is_nginx else f"/storage/v1/object/public/{BUCKET}/{size}-{who}"
            into = f"/{size}-up" if is_nginx else f"/storage/v1/object/{BUCKET}/{size}-up-{who}"
            up = UP % {"method": "PUT" if is_nginx else "POST", "path": into, "size": size * MB}
            moves = {"down": (f'wrk.path = "{place}"', []), "up": (up, headers)}
            for way, (script, sent) in moves.items():
                name = f"{way} {size} MB, {who}"
                lasts = seconds if size == min(CONNECTIONS) else seconds * LARGE_TIMES
                measure = partial(wrk, script, url, sent, connections, lasts, pid, folder)
                variants[name] = partial(_watched, name, peaks, pid, measure) if not is_nginx else measure
    return variants


def _watched(name: str, peaks: dict[str, float], pid: int, measure: Callable[[], Measured]) -> Measured:
    """The same, and the most memory it took of any round."""
    forget_peak_memory(pid)
    measured = measure()
    peaks[name] = max(peaks.get(name, 0.0), peak_memory_mb(pid))
    return measured


def _put(url: str, content: bytes) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, content, KEY, method="POST")) as answer:
        answer.read()


def _size_of(name: str) -> int:
    return int(name.split()[1])


def _misses(medians: Mapping[str, Measured], peaks: Mapping[str, float]) -> list[str]:
    """Every goal that was not reached, in words."""
    missed = [f"{name}: {each.errors} answers were errors" for name, each in medians.items() if each.errors]
    for size in CONNECTIONS:
        for way in ("down", "up"):
            ratio = medians[f"{way} {size} MB, {OURS}"].per_second / medians[f"{way} {size} MB, {NGINX}"].per_second
            print(f"{way} {size} MB: {ratio:.2f} of nginx")
            if way == "down" and ratio < OF_NGINX_MIN:
                missed.append(f"down {size} MB: {ratio:.2f} of nginx, goal {OF_NGINX_MIN:g}")
    small, *_, large = sorted(CONNECTIONS)
    for way in ("down", "up"):
        above = peaks[f"{way} {large} MB, {OURS}"] - peaks[f"{way} {small} MB, {OURS}"]
        if above > MEMORY_ABOVE_MB_MAX:
            missed.append(
                f"{way}: {large} MB take {above:.0f} MB more than {small} MB, goal {MEMORY_ABOVE_MB_MAX:g} MB"
            )
    return missed
