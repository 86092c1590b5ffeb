"""`coins/…`: balance, statement, earnings of the caller."""

from __future__ import annotations

from sahne.coins.wallets import list_transactions, read_balance, read_earnings
from sahne.gateway.functions.answers import Earnings, Statement, Wallet
from sahne.gateway.functions.bodies import Page, Since
from sahne.gateway.functions.operation import Answer, Call, Who, operation


@operation("GET", "coins/wallet", answer=Wallet, who=Who.SIGNED_IN)
async def read_wallet(call: Call) -> Answer:
    """The balance in coins."""
    return {"balance": await read_balance(call.parts.pipeline, call.actor)}


@operation("GET", "coins/transactions", answer=Statement, who=Who.SIGNED_IN)
async def read_statement(call: Call, query: Page) -> Answer:
    """What happened to one's coins, newest first; go on with `before` = the last `entry_id`."""
    assert call.actor.user_id
    async with call.parts.database.transaction(call.actor.as_service()) as conn:
        rows = await list_transactions(conn, call.actor.user_id, before=query.before, limit=query.limit)
    return {"transactions": rows}


@operation("GET", "coins/earnings", answer=Earnings, who=Who.SIGNED_IN)
async def earnings(call: Call, query: Since) -> Answer:
    """Net coins that came in, since a moment or ever."""
    assert call.actor.user_id
    async with call.parts.database.transaction(call.actor.as_service()) as conn:
        return await read_earnings(conn, call.actor.user_id, since=query.since)


OPERATIONS = (read_wallet, read_statement, earnings)
