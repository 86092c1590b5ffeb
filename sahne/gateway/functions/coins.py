"""`coins/…`: balance, statement, earnings of the caller."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from sahne.coins.wallets import BEGINNING, STATEMENT_ROWS_MAX, list_transactions, read_balance, read_earnings
from sahne.gateway.functions.bodies import JsonObject
from sahne.gateway.functions.caller import Caller, PartsOf

router = APIRouter(prefix="/coins", tags=["coins"])


@router.get("/wallet")
async def wallet(caller: Caller, parts: PartsOf) -> JsonObject:
    """`{"balance"}` in coins."""
    assert caller.user_id
    async with parts.database.transaction(caller.as_service()) as conn:
        return {"balance": await read_balance(conn, caller.user_id)}


@router.get("/transactions")
async def transactions(
    caller: Caller,
    parts: PartsOf,
    before: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=STATEMENT_ROWS_MAX)] = 50,
) -> JsonObject:
    """`{"transactions": [{"entry_id", "id", "kind", "amount", "reference_type", "reference_id", "created_at"}]}`.

    Newest first; go on with `before` = the last `entry_id`.
    """
    assert caller.user_id
    async with parts.database.transaction(caller.as_service()) as conn:
        rows = await list_transactions(conn, caller.user_id, before=before, limit=limit)
    return {"transactions": rows}


@router.get("/earnings")
async def earnings(caller: Caller, parts: PartsOf, since: AwareDatetime = BEGINNING) -> JsonObject:
    """`{"total", "by_kind": {kind: {"coins", "transactions"}}}`, net, since a moment or ever."""
    assert caller.user_id
    async with parts.database.transaction(caller.as_service()) as conn:
        return await read_earnings(conn, caller.user_id, since=since)
