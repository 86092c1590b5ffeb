"""`store/…` and `admin/store-products`: what one has bought through the app stores, and what is sold there."""

from __future__ import annotations

from sahne.gateway.functions.bodies import NewProduct
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import FORBIDDEN, OF_ACCOUNTS, OF_NAMED
from sahne.gateway.functions.store_answers import OwnPurchases, PremiumAnswer, ProductAnswer, Products
from sahne.store import premium

OF_ADMINS = (*OF_NAMED, FORBIDDEN)


@operation("GET", "store/premium", answer=PremiumAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_premium(call: Call) -> Answer:
    """Whether one is premium now, until when, and by which purchases."""
    return {"premium": await premium.own_premium(call.parts.pipeline, call.actor)}


@operation("GET", "store/products", answer=Products, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def products(call: Call) -> Answer:
    """What is sold through the app stores: premium, and packs of coins."""
    return await premium.products(call.parts.pipeline, call.actor, all=False)


@operation("GET", "store/purchases", answer=OwnPurchases, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_purchases(call: Call) -> Answer:
    """Coins one has bought, the newest first; what is `owed` of refunded ones is paid before anything is spent."""
    return await premium.own_purchases(call.parts.pipeline, call.actor)


@operation("GET", "admin/store-products", answer=Products, who=Who.ADMINS, refuses=OF_ADMINS)
async def all_products(call: Call) -> Answer:
    """Every product, those that are sold no more too."""
    return await premium.products(call.parts.pipeline, call.actor, all=True)


@operation("POST", "admin/store-products", answer=ProductAnswer, who=Who.ADMINS, refuses=OF_ADMINS)
async def set_product(call: Call, body: NewProduct) -> Answer:
    """Say what a product of the app stores is, by its id there; what was bought of it stays as it was."""
    fields = body.model_dump(mode="json", exclude={"product_id"})
    return await premium.set_product(call.parts.pipeline, call.actor, body.product_id, fields)


OPERATIONS = (own_premium, products, own_purchases)
OF_ADMINISTRATION = (all_products, set_product)
