"""`python -m benchmarks` runs every measurement; `python -m benchmarks NAME …` one of them; `--list` names them."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import (
    analytics,
    authorisation,
    ban,
    bus,
    chat,
    churn,
    common_queries,
    data_api,
    expensive,
    fan_out,
    hot_room,
    idle_sockets,
    join_storm,
    lean,
    ledger,
    operations,
    rendering,
    routing,
    search,
    sign_ins,
    signing,
    start,
    storage,
    studio,
    tail,
    traces,
    webhook,
)

BENCHMARKS: dict[str, Callable[[list[str]], None]] = {
    "data_api": data_api.main,
    "tail": tail.main,
    "common_queries": common_queries.main,
    "ledger": ledger.main,
    "operations": operations.main,
    "search": search.main,
    "join_storm": join_storm.main,
    "ban": ban.main,
    "webhook": webhook.main,
    "chat": chat.main,
    "idle_sockets": idle_sockets.main,
    "storage": storage.main,
    "rendering": rendering.main,
    "studio": studio.main,
    "sign_ins": sign_ins.main,
    "signing": signing.main,
    "start": start.main,
    "lean": lean.main,
    "expensive": expensive.main,
    "analytics": analytics.main,
    "fan_out": fan_out.main,
    "bus": bus.main,
    "routing": routing.main,
    "hot_room": hot_room.main,
    "authorisation": authorisation.main,
    "churn": churn.main,
    "traces": traces.main,
}


def main(arguments: list[str]) -> None:
    """Run what is named, or everything."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name == "--list":
        print("\n".join(BENCHMARKS))
    elif name and name not in BENCHMARKS:
        sys.exit(f"There is no benchmark {name}; there are: {', '.join(BENCHMARKS)}.")
    else:
        for each in [name] if name else BENCHMARKS:
            BENCHMARKS[each](rest)


main(sys.argv[1:])
