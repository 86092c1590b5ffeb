"""`account` and `account/…`: everything of one's own as a copy, and giving the account up."""

from __future__ import annotations

from sahne.accounts import exports, leaving
from sahne.accounts.origin import USER_AGENT_CHARACTERS_MAX, Origin
from sahne.gateway.callers import address_of
from sahne.gateway.functions.account_answers import DeletionAnswer, ExportAnswer
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import (
    FRESH_SIGN_IN_NEEDED,
    LAST_ADMIN,
    OF_ACCOUNTS,
    SECOND_FACTOR_NEEDED,
    TOO_MANY_EXPORTS,
    USER_BANNED,
    USER_NOT_FOUND,
)


@operation(
    "POST",
    "account/export",
    answer=ExportAnswer,
    who=Who.SIGNED_IN,
    status=202,
    refuses=(*OF_ACCOUNTS, TOO_MANY_EXPORTS),
)
async def ask_export(call: Call) -> Answer:
    """Ask for everything that is yours as a ZIP: rows as JSON and CSV, pictures, the statement of your coins. A
    worker puts it together; it is kept for a day, and while it is, asking again is the same copy."""
    return await exports.ask_export(call.parts.pipeline, call.actor, call.parts.own_secret)


@operation("GET", "account/export", answer=ExportAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_export(call: Call) -> Answer:
    """How the copy stands that you asked for last, and when it is ready where to get it: `url` belongs behind the
    server's address, and opens it for a quarter of an hour."""
    return await exports.own_export(call.parts.pipeline, call.actor, call.parts.own_secret)


@operation(
    "DELETE",
    "account",
    answer=DeletionAnswer,
    who=Who.SIGNED_IN,
    refuses=(USER_NOT_FOUND, USER_BANNED, FRESH_SIGN_IN_NEEDED, LAST_ADMIN, SECOND_FACTOR_NEEDED),
)
async def ask_deletion(call: Call) -> Answer:
    """Give the account up, with a sign-in of the last 15 minutes. At once your sessions and calls end, what you
    planned is called off, no subscription is renewed, links open nothing, and you are signed out everywhere. Signing
    in again before `due_at` keeps the account; then it is erased with everything but the ledger, which names
    nobody."""
    return await leaving.ask_deletion(call.parts.database, call.actor, _origin(call))


@operation("GET", "account/deletion", answer=DeletionAnswer, who=Who.SIGNED_IN)
async def own_deletion(call: Call) -> Answer:
    """Whether the account is about to be erased, and when."""
    return await leaving.own_deletion(call.parts.pipeline, call.actor)


@operation("POST", "account/restore", answer=DeletionAnswer, who=Who.SIGNED_IN, refuses=(USER_NOT_FOUND, USER_BANNED))
async def restore_account(call: Call) -> Answer:
    """Keep the account after all. What has ended meanwhile stays so."""
    return await leaving.call_deletion_off(call.parts.pipeline, call.actor)


def _origin(call: Call) -> Origin:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in call.scope["headers"]}
    client, header = call.scope.get("client"), call.parts.settings.client_ip_header
    address = address_of(client[0] if client else None, headers.get(header.lower()) if header else None)
    return Origin(address, headers.get("user-agent", "")[:USER_AGENT_CHARACTERS_MAX] or None)


OPERATIONS = (ask_export, own_export, ask_deletion, own_deletion, restore_account)
