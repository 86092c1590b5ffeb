"""Who answers at the doors of Supabase's protocols: doors of our own, or a project that all is passed on to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client.registry import Collector

from sahne.gateway.asgi import Door


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """`doors` by their prefixes, of which `unbounded` ones bound bodies and time themselves; `sockets` is uvicorn's
    `ws=`; `answers` is what `/ready` tells of it, by name; `shown` what `/metrics` does.
    """

    doors: Mapping[str, Door]
    unbounded: frozenset[str]
    sockets: Callable[..., asyncio.Protocol]
    answers: Mapping[str, Callable[[], bool]]
    shown: tuple[Collector, ...] = ()
