"""What the holder of the service key does to people's second factors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sahne.accounts.administration import get_user, write_order
from sahne.accounts.factor_errors import FactorNotFound
from sahne.accounts.factors import delete_factor
from sahne.accounts.origin import Origin
from sahne.accounts.recovery_codes import forget_codes
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import find_user
from sahne.database.actor import Actor
from sahne.database.pool import Database


async def list_factors_as(database: Database, actor: Actor, user_id: UUID) -> list[dict[str, Any]]:
    """A user's second factors, in the shape the API shows.

    Raises:
        UserNotFound
    """
    return (await get_user(database, actor, user_id)).factors


async def remove_factor_as(
    database: Database, actor: Actor, user_id: UUID, factor_id: UUID, origin: Origin
) -> dict[str, Any]:
    """Remove one of a user's second factors on somebody's order; recovery codes go with the last.

    Raises:
        UserNotFound, FactorNotFound
    """
    async with accounts_transaction(database, actor) as conn:
        factors = {UUID(factor["id"]): factor for factor in (await find_user(conn, user_id)).factors}
        if factor_id not in factors:
            raise FactorNotFound()
        await delete_factor(conn, user_id, factor_id)
        left = (factor for id, factor in factors.items() if id != factor_id)
        is_alone = not any(one["status"] == "verified" and one["factor_type"] != "recovery_code" for one in left)
        if factors[factor_id]["factor_type"] == "recovery_code" or is_alone:
            await forget_codes(conn, user_id)
        await write_order(conn, "factor_deleted", actor, origin, user_id=user_id, factor_id=factor_id)
    return factors[factor_id]
