"""How somebody stands with RevenueCat when it is asked, before an end, after it and daily: webhooks get lost.

Source: RevenueCat's "REST API v1", `GET /v1/subscribers/{app_user_id}`. What it answers is kept as events that take
part in the reading of all others (`database/functions/store/premium.sql`), so that it changes nothing where nothing was
lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, maybe
from sahne.database.pool import Database
from sahne.errors import Unavailable
from sahne.providers.exchange import ProviderFault, ask
from sahne.settings import Settings
from sahne.store.errors import StoreUnreadable
from sahne.store.events import StoreEvent, Told, names
from sahne.store.inbox import QUERIES
from sahne.telemetry import Failed, observe

PEOPLE_MAX = 100  # of one round


class RevenueCatLooks:
    """Asks RevenueCat for one person after another."""

    def __init__(self, url: str, key: str) -> None:
        self._url = f"{url.rstrip('/')}/v1/subscribers"
        self._headers = {"Authorization": f"Bearer {key}"}

    @classmethod
    def of(cls, settings: Settings) -> RevenueCatLooks | None:
        """As the settings have it; None without a key."""
        key = settings.revenuecat_api_key
        return cls(settings.revenuecat_url, key) if key else None

    async def work(self, database: Database, keep: Callable[[StoreEvent], Awaitable[None]]) -> bool:
        """Look at those who are due; never more at once, so that RevenueCat's bound is kept.

        Who cannot be looked at is due again in ten minutes, and holds up no other.

        Raises:
            Unavailable: RevenueCat cannot be asked at all.
        """
        async with database.transaction(SERVICE) as conn:
            due = await every(conn, QUERIES["take_looks"], {"people_max": PEOPLE_MAX})
        for row in due:
            try:
                events = read_subscriber(row["customer"], await self._subscriber(row["customer"]))
            except StoreUnreadable as error:
                observe(Failed.of("read how somebody stands with RevenueCat", error))
                continue
            for event in events:
                await keep(event)
            async with database.transaction(SERVICE) as conn:
                await maybe(conn, QUERIES["plan_look"], {"user_id": row["user_id"]})
        return False

    async def _subscriber(self, customer: str) -> bytes:
        try:
            answer = await ask("GET", f"{self._url}/{quote(customer, safe='')}", self._headers)
        except ProviderFault as fault:
            raise Unavailable(details=f"RevenueCat cannot be reached: {fault}") from fault
        if answer.status not in (200, 201):
            raise Unavailable(details=f"RevenueCat answers {answer.status}")
        return bytes(answer.body)


def read_subscriber(customer: str, body: bytes) -> list[StoreEvent]:
    """What somebody has, each subscription and each purchase by itself.

    Raises:
        StoreUnreadable: it is of another kind than promised.
    """
    try:
        told = Told(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise StoreUnreadable(details="it is no JSON") from error
    looked_at, subscriber = told.needed_moment("request_date_ms"), Told(told.fields.get("subscriber"))
    customers = names(customer, subscriber.text("original_app_user_id"))
    opened = Told(subscriber.fields.get("entitlements") or {})
    subscriptions = Told(subscriber.fields.get("subscriptions") or {})
    found = [
        _subscription(customers, looked_at, product, Told(fields), opened)
        for product, fields in subscriptions.fields.items()
    ]
    return found + list(_purchases(customers, Told(subscriber.fields.get("non_subscriptions") or {})))


def _subscription(
    customers: tuple[str, ...], looked_at: datetime, product: str, told: Told, opened: Told
) -> StoreEvent:
    ends_at, grace = told.date("expires_date"), told.date("grace_period_expires_date")
    refunded_at, is_failing = told.date("refunded_at"), told.date("billing_issues_detected_at") is not None
    is_cancelled = refunded_at is not None or told.date("unsubscribe_detected_at") is not None
    plan = told.text("product_plan_identifier")
    return StoreEvent(
        source="revenuecat",
        id=f"look {product} {customers[0]}"[:256],
        type="LOOK_CANCELLED" if is_cancelled else "LOOK_FAILING" if is_failing else "LOOK_RUNNING",
        effect="looked",
        happened_at=looked_at,
        is_sandbox=told.fields.get("is_sandbox") is True,
        customers=customers,
        givers=(),
        body=_kept(told.fields),
        store=_store_of(told),
        product_id=f"{product}:{plan}" if plan else product,
        entitlements=tuple(name for name, each in opened.fields.items() if _opens(each, product)),
        ends_at=refunded_at or max((each for each in (ends_at, grace) if each), default=None),
        is_forever=refunded_at is None and ends_at is None,
        is_trial=told.text("period_type") == "trial",
    )


def _purchases(customers: tuple[str, ...], bought: Told) -> Iterator[StoreEvent]:
    """Once each, by the store's transaction, as a webhook would tell it."""
    for product, several in bought.fields.items():
        for fields in several if isinstance(several, list) else ():
            told = Told(fields)
            transaction, bought_at = told.text("store_transaction_id"), told.date("purchase_date")
            if not transaction or not bought_at:
                continue
            yield StoreEvent(
                source="revenuecat",
                id=f"look {transaction}"[:256],
                type="LOOK_BOUGHT",
                effect="bought",
                happened_at=bought_at,
                is_sandbox=told.fields.get("is_sandbox") is True,
                customers=customers,
                givers=(),
                body=_kept(told.fields),
                store=_store_of(told),
                line=f"{_store_of(told)} {transaction}",
                product_id=product,
                transaction_id=transaction,
            )


def _opens(entitlement: object, product: str) -> bool:
    return isinstance(entitlement, dict) and entitlement.get("product_identifier") == product


def _store_of(told: Told) -> str:
    return (told.text("store") or "revenuecat").lower()


def _kept(fields: Mapping[str, Any]) -> str:
    return orjson.dumps(fields).decode()
