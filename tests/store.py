"""What RevenueCat tells, made up: events with times, and how they are put into the inbox and read."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from psycopg.rows import DictRow

from sahne.database.sql import load_queries
from sahne.store.events import StoreEvent
from sahne.store.revenuecat import read_event
from tests.world import World

QUERIES = load_queries("sahne.store")
DAY_MS = 86_400_000
NOW_MS = int(time.time()) * 1000


def told(type: str, customer: object, /, *, at: int = 0, ends: int | None = 30, **fields: Any) -> bytes:
    """A webhook's body; `at` and `ends` are days from now, `ends` None is for ever."""
    event: dict[str, Any] = {
        "id": str(uuid4()),
        "type": type,
        "event_timestamp_ms": NOW_MS + at * DAY_MS,
        "app_user_id": str(customer),
        "original_app_user_id": str(customer),
        "aliases": [str(customer)],
        "expiration_at_ms": None if ends is None else NOW_MS + ends * DAY_MS,
        "entitlement_ids": ["premium"],
        "environment": "PRODUCTION",
        "store": "APP_STORE",
        "product_id": "premium_month",
        "original_transaction_id": f"of {customer}",
        "transaction_id": f"of {customer}",
        "period_type": "NORMAL",
    }
    return orjson.dumps({"api_version": "1.0", "event": event | fields})


def moved(givers: list[str], receivers: list[str], *, at: int = 0, **fields: Any) -> bytes:
    """A transfer, which names neither a customer nor a product."""
    event = {"id": str(uuid4()), "type": "TRANSFER", "event_timestamp_ms": NOW_MS + at * DAY_MS, "store": "APP_STORE"}
    parties = {"transferred_from": givers, "transferred_to": receivers}
    return orjson.dumps({"api_version": "1.0", "event": event | parties | fields})


def tell(world: World, *told: bytes | StoreEvent) -> None:
    """Each kept and then read, as the inbox does; a webhook's body, or what was made of one."""
    for each in told:
        keep(world, each)
        read(world, each)


def keep(world: World, told: bytes | StoreEvent) -> None:
    """Into the inbox."""
    event = _event(told)
    query = QUERIES["keep_look" if event.effect == "looked" else "keep_event"]
    with world.serving() as conn:
        conn.execute(query, {name: _listed(each) for name, each in asdict(event).items()})


def read(world: World, told: bytes | StoreEvent) -> None:
    """What is told of its customers; the inbox does not take up what changes nothing."""
    event = _event(told)
    if event.effect == "none":
        return
    with world.serving() as conn:
        conn.execute(QUERIES["fold_customers"], {"customers": list(event.customers)})


def _event(told: bytes | StoreEvent) -> StoreEvent:
    return told if isinstance(told, StoreEvent) else read_event(told)


def _listed(value: Any) -> Any:
    """psycopg takes a tuple for a row."""
    return list(value) if isinstance(value, tuple) else value


def premium(world: World, user: UUID) -> tuple[bool, str | None, int | None]:
    """Whether somebody is premium, the seed's status, and the days until it ends."""
    row = profile(world, user)
    ends = row["subscription_expires_at"]
    days = round((ends.timestamp() * 1000 - NOW_MS) / DAY_MS) if ends else None
    return bool(world.one("select private.is_premium(%s)", user)), row["subscription_status"], days


def profile(world: World, user: UUID) -> DictRow:
    return world.owner("select * from public.profiles where id = %s", user)[0]


def notices(world: World, user: UUID) -> list[str]:
    rows = world.owner("select code from public.notifications where user_id = %s order by created_at, id", user)
    return [row["code"] for row in rows]


def stands(customer: object, at: float, **products: dict[str, Any]) -> bytes:
    """What RevenueCat answers of a subscriber when it is asked; `at` is days from now."""
    subscriptions = {name: {"store": "app_store", "is_sandbox": False} | each for name, each in products.items()}
    entitlement = {"product_identifier": next(iter(products), ""), "expires_date": None}
    return orjson.dumps(
        {
            "request_date": day(at),
            "request_date_ms": round(NOW_MS + at * DAY_MS),
            "subscriber": {
                "original_app_user_id": str(customer),
                "entitlements": {"premium": entitlement},
                "subscriptions": subscriptions,
                "non_subscriptions": {},
            },
        }
    )


def day(at: float) -> str:
    """A moment as RevenueCat's REST API writes it, days from now."""
    return datetime.fromtimestamp((NOW_MS + at * DAY_MS) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
