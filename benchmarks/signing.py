"""Tokens that a key pair signed (ES256) beside those of the shared secret (HS256): one server, one row of the Data API.

`python -m benchmarks signing [--rounds 7] [--seconds 4]` takes about a minute. In the steady state a token is known and
both cost the same; what a token costs that was never seen is measured beside it, in this process, without a server.
Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import os
import time
from contextlib import ExitStack
from functools import partial
from statistics import median as middle
from uuid import uuid4

import jwt

from benchmarks.harness import Load, as_json, conclude, in_turn, load, median
from benchmarks.rivals import start_postgres, start_sahne
from sahne.gateway.bearer import Verifier
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET
from sahne.settings.reading import read_settings
from sahne.signing_keys import SigningKey, SigningKeys, new_key, write_keys

CONNECTIONS = 8
FRESH_TOKENS = 500
CPU_RATIO_MAX = 1.05
PAIR, SECRET = "ES256", "HS256"


def main(arguments: list[str]) -> None:
    """Measure, write `results/signing.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks signing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    key = new_key("ES256", signs=True)
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        write_keys(folder / "keys.json", (key,))
        url, pid = start_sahne(stack, cluster.url, folder, {"SAHNE_JWT_KEYS": str(folder / "keys.json")})
        asked = {
            name: Load(
                url=url, method="GET", path="/categories?select=id,slug&limit=1", body="", numbers=1,
                token=_token(name, key), connections=CONNECTIONS, seconds=options.seconds, pid=pid,
            )
            for name in (PAIR, SECRET)
        }  # fmt: skip
        variants = {name: partial(load, each, folder) for name, each in asked.items()}
        for warm in variants.values():
            warm()
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
    fresh = {name: _fresh_us(name, key) for name in (PAIR, SECRET)}
    for name, measured in medians.items():
        print(
            f"{name} {measured.per_second:7.0f}/s {measured.cpu_us or 0:6.0f} us CPU; never seen: {fresh[name]:.0f} us"
        )
    ratio = (medians[PAIR].cpu_us or 0) / (medians[SECRET].cpu_us or 1)
    print(f"{ratio:.3f}x the CPU")
    misses = [f"{name}: {each.errors} answers were errors" for name, each in medians.items() if each.errors]
    if ratio > CPU_RATIO_MAX:
        misses.append(f"a request costs {ratio:.2f}x the CPU, goal {CPU_RATIO_MAX:g}x")
    conclude("signing", misses, load_before, {
        "rounds": options.rounds, "seconds": options.seconds, "connections": CONNECTIONS, "never_seen_us": fresh,
        **{name: as_json(each) for name, each in medians.items()},
    })  # fmt: skip


def _token(name: str, key: SigningKey) -> str:
    claims = {"role": "authenticated", "sub": str(uuid4()), "exp": int(time.time()) + 3600}
    if name == PAIR:
        return jwt.encode(claims, key.key, "ES256", {"kid": key.id})
    return jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")


def _fresh_us(name: str, key: SigningKey) -> float:
    """What it costs to read a token for the first time."""
    verifier = Verifier(read_settings(env_file=None), signing=SigningKeys((key,)))
    spent = []
    for token in [_token(name, key) for _ in range(FRESH_TOKENS)]:
        began = time.perf_counter()
        verifier.actor(token)
        spent.append((time.perf_counter() - began) * 1e6)
    return round(middle(spent), 1)
