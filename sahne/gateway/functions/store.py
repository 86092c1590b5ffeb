"""`store/…`: what one has bought through the app stores, and what is sold there."""

from __future__ import annotations

from sahne.gateway.functions.answers import PremiumAnswer
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import OF_ACCOUNTS
from sahne.store import premium


@operation("GET", "store/premium", answer=PremiumAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_premium(call: Call) -> Answer:
    """Whether one is premium now, until when, and by which purchases."""
    return {"premium": await premium.own_premium(call.parts.pipeline, call.actor)}


OPERATIONS = (own_premium,)
