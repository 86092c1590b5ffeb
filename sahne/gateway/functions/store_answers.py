"""What operations of the stores answer, as types."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID


class PremiumLine(TypedDict):
    """What one has, or had, premium by: a subscription, or one purchase; no `ends_at` is no end."""

    store: str
    product_id: str | None
    ends_at: datetime | None
    is_cancelled: bool
    is_payment_failing: bool
    is_trial: bool


class Premium(TypedDict):
    """Whether one is premium now and until when; `status` is null for who never was by a store."""

    is_premium: bool
    until: datetime | None
    status: Literal["active", "canceled", "expired"] | None
    is_payment_failing: bool
    lines: list[PremiumLine]


class PremiumAnswer(TypedDict):
    """One's premium."""

    premium: Premium


class Product(TypedDict):
    """What is sold through the app stores, by its id there: premium, or so many coins."""

    product_id: str
    kind: Literal["premium", "coins"]
    coins: int | None
    is_active: bool
    order_index: int


class Products(TypedDict):
    """What is sold, in its order."""

    products: list[Product]


class ProductAnswer(TypedDict):
    """A product."""

    product: Product


class Purchase(TypedDict):
    """Coins that were bought, and what of a refund is still `owed`."""

    id: UUID
    store: str
    product_id: str
    coins: int
    bought_at: datetime
    refunded_at: datetime | None
    owed: int


class OwnPurchases(TypedDict):
    """Coins one has bought, and what one owes of all of them together."""

    purchases: list[Purchase]
    owed: int
