"""Ways into an account, added and removed by hand: who is signed in links another provider's identity, or unlinks one.

Who has a second factor needs it for this, as for the address and the password: each way in is as good as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from sahne.accounts.assurance import AAL2
from sahne.accounts.audit import write_audit
from sahne.accounts.conflicts import conflicts_noted
from sahne.accounts.errors import AccountSuspended
from sahne.accounts.identity_errors import (
    AddressInTheWay,
    AddressTaken,
    IdentityLinked,
    IdentityTaken,
    IdentityUnknown,
    LastIdentity,
    LinkingNeedsMore,
)
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Bearer, Login, open_session
from sahne.accounts.sign_in_elsewhere import METHOD, QUERIES, Newcomer, Once, add_identity, find_identity, use_token
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import find_by_email, find_user
from sahne.database.fetch import every
from sahne.database.pool import Connection, Database


def accept_change_of_ways(bearer: Bearer) -> None:
    """Raises AccountSuspended, LinkingNeedsMore."""
    if bearer.user.is_suspended(datetime.now(UTC)):
        raise AccountSuspended()
    if bearer.user.has_factor and bearer.aal != AAL2:
        raise LinkingNeedsMore()


async def link_by_token(
    database: Database, bearer: Bearer, newcomer: Newcomer, once: Once | None, origin: Origin
) -> Login:
    """Another way in, by an app's id token, and a session by it.

    Raises:
        AccountSuspended, LinkingNeedsMore, IdentityTaken, IdentityLinked, AddressTaken, IdTokenUsed
    """
    accept_change_of_ways(bearer)
    async with (
        conflicts_noted(database),
        accounts_transaction(database, bearer.actor) as conn,
    ):
        if once is not None:
            await use_token(conn, once)
        await link(conn, bearer.user.id, newcomer, origin)
        return await open_session(conn, bearer.user.id, METHOD, origin)


async def link(conn: Connection, user_id: UUID, newcomer: Newcomer, origin: Origin) -> None:
    """The identity is the user's; who had no address has its one, if the provider has checked it.

    Raises:
        IdentityTaken, IdentityLinked
        AddressTaken: somebody else has the address.
    """
    await accept_identity(conn, user_id, newcomer)
    user = await find_user(conn, user_id)
    await add_identity(conn, user_id, newcomer)
    if not user.email and newcomer.proven_email:
        holder = await find_by_email(conn, newcomer.proven_email)
        if holder is not None:
            raise AddressTaken(holder.id, user_id, newcomer.provider)
        await conn.execute(QUERIES["move_to_address"], {"user_id": user_id, "email": newcomer.proven_email})
    await conn.execute(QUERIES["note_providers"], {"user_id": user_id})
    traits = {"provider": newcomer.provider, "provider_id": newcomer.person.subject}
    await write_audit(conn, "identity_linked", origin, actor_id=user_id, username=user.email, **traits)


async def accept_identity(conn: Connection, user_id: UUID, newcomer: Newcomer) -> None:
    """Whether nobody has the identity.

    Raises:
        IdentityTaken, IdentityLinked
    """
    identity = await find_identity(conn, newcomer)
    if identity is not None:
        if identity["user_id"] == user_id:
            raise IdentityLinked()
        raise IdentityTaken(identity["user_id"], user_id, newcomer.provider)


async def unlink(database: Database, bearer: Bearer, identity_id: UUID, origin: Origin) -> None:
    """One way in less. An address that came by it alone gives way to one that another provider has checked.

    Raises:
        AccountSuspended, LinkingNeedsMore, LastIdentity, IdentityUnknown
        AddressInTheWay: somebody else has that address.
    """
    accept_change_of_ways(bearer)
    user = bearer.user
    async with accounts_transaction(database, bearer.actor) as conn:
        await conn.execute(QUERIES["hold_account"], {"user_id": user.id})
        identities = await every(conn, QUERIES["identities_of_user"], {"user_id": user.id})
        gone = next((each for each in identities if each["id"] == identity_id), None)
        if gone is None:
            raise IdentityUnknown()
        left = [each for each in identities if each["id"] != identity_id]
        if not left:
            raise LastIdentity()
        await conn.execute(QUERIES["remove_identity"], {"identity_id": identity_id, "user_id": user.id})
        if gone["provider"] == "email":
            await conn.execute(QUERIES["forget_password"], {"user_id": user.id})
        if gone["provider"] == "phone":
            await conn.execute(QUERIES["forget_number"], {"user_id": user.id})
        await _settle_address(conn, user.id, user.email, left)
        await conn.execute(QUERIES["note_providers"], {"user_id": user.id})
        traits = {"identity_id": identity_id, "provider": gone["provider"], "provider_id": gone["provider_id"]}
        await write_audit(conn, "identity_unlinked", origin, actor_id=user.id, username=user.email, **traits)


async def _settle_address(conn: Connection, user_id: UUID, email: str | None, left: list[dict[str, Any]]) -> None:
    if any(each["email"] == email for each in left):
        return
    checked = next((each["email"] for each in left if each["is_verified"] and each["email"]), None)
    if checked is None:
        return
    try:
        async with conn.transaction():
            await conn.execute(QUERIES["move_to_address"], {"user_id": user_id, "email": checked})
    except psycopg.errors.UniqueViolation as error:
        raise AddressInTheWay() from error
