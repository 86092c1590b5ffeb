"""What traces cost a request: the server's CPU without them, with none recorded, with the default's share, with all.

`python -m benchmarks traces [--rounds 5] [--seconds 2]` takes about two minutes. Four servers over one PostgreSQL are
asked in turn, for a row of the Data API and for a wallet; a collector of this process takes the spans. The server's CPU
is that of all its threads, so that sending is in it. Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

from benchmarks.harness import Load, Measured, as_json, conclude, in_turn, load, median
from benchmarks.ledger import GIFT, make_world
from benchmarks.rivals import start_postgres, start_sahne
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET

CONNECTIONS = 10
MORE_PERCENT_MAX = 3.0
SENDER = "0000cafe-0000-4000-8000-000000000001"
ASKED = {
    "one row": f"/rest/v1/gifts?select=id,name,coin_price&id=eq.{GIFT}",
    "wallet": "/functions/v1/coins/wallet",
}
# What is recorded: nothing, nothing although there is a collector, the share of the default, everything
SHARES = {"off": None, "none": "0", "a share": "", "all": "1"}


def main(arguments: list[str]) -> None:
    """Measure, write `results/traces.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks traces", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        make_world(cluster.url)
        collector = stack.enter_context(collecting())
        variants: dict[str, Callable[[], Measured]] = {}
        for share, value in SHARES.items():
            rest_url, pid = start_sahne(stack, cluster.url, folder, _recording(collector, value))
            for name, path in ASKED.items():
                asked = Load(
                    rest_url.removesuffix("/rest/v1"), "GET", path, "", 1, _token(), CONNECTIONS, options.seconds, pid
                )
                variants[f"{name}, {share}"] = partial(load, asked, folder)
        for warm_up in variants.values():
            warm_up()
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
    for name, measured in medians.items():
        print(f"{name:16s} {measured.per_second:6.0f}/s  {measured.cpu_us:4.0f} us CPU  p99 {measured.p99_ms} ms")
    figures = {name: as_json(measured) for name, measured in medians.items()}
    conclude("traces", _misses(medians), load_before, {"rounds": options.rounds, "asked": figures})


@contextmanager
def collecting() -> Iterator[str]:
    """The address of a collector, which reads what it is sent and forgets it."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def _recording(collector: str, share: str | None) -> dict[str, str]:
    if share is None:
        return {}
    return {"SAHNE_TRACES_URL": collector} | ({"SAHNE_TRACES_SHARE": share} if share else {})


def _token() -> str:
    claims = {"role": "authenticated", "sub": SENDER, "exp": int(time.time()) + 3600}
    return jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")


def _misses(medians: Mapping[str, Measured]) -> list[str]:
    """Every goal that was not reached, in words; that all are recorded has none."""
    missed = [f"{name}: {each.errors} answers were errors" for name, each in medians.items() if each.errors]
    for name in ASKED:
        without = medians[f"{name}, off"].cpu_us or 0
        for share in ("none", "a share", "all"):
            more = 100 * ((medians[f"{name}, {share}"].cpu_us or 0) / without - 1)
            print(f"{name}, {share}: {more:+.1f} % of CPU")
            if share == "a share" and more > MORE_PERCENT_MAX:
                missed.append(f"{name}: {more:.1f} % more CPU with a share, goal {MORE_PERCENT_MAX:g} %")
    return missed
