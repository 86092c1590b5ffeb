"""A second factor's life: set up (`unverified`), proven by its first code (`verified`), asked for at sign-in, removed.

How it is proven is `factor_proofs.py`'s; phones are set up in `phone_factors.py`. Source: the Supabase Auth API
(`/factors`), whose codes and sentences clients match on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sahne.accounts import totp
from sahne.accounts.assurance import (
    AAL2,
    QUERIES,
    accept_person,
    lower_sessions,
)
from sahne.accounts.audit import write_audit
from sahne.accounts.factor_errors import (
    EnrollNeedsMore,
    FactorNameConflict,
    FactorNameTooLong,
    FactorNotFound,
    RecoveryCodesAlone,
    RecoveryCodesElsewhere,
    TooManyFactors,
    UnenrollNeedsMore,
    WebauthnFactorUnverifiable,
)
from sahne.accounts.factor_secrets import FactorSecrets
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Bearer
from sahne.accounts.transaction import accounts_transaction
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import every, maybe
from sahne.database.pool import Connection, Database

FACTORS_MAX = 10
NAME_CHARACTERS_MAX = 100
UNFINISHED_SECONDS_MAX = 300


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A factor that waits for its first code. This is the only time its secret is told."""

    id: UUID
    friendly_name: str
    secret: str
    address: str


async def enroll(
    database: Database, secrets: FactorSecrets, bearer: Bearer, friendly_name: str, issuer: str, origin: Origin
) -> Enrolled:
    """Begin to set up an authenticator app.

    Raises:
        FactorNameTooLong, FactorNameConflict, TooManyFactors, EnrollNeedsMore, and those of `accept_person`.
    """
    accept_person(bearer)
    if max(len(friendly_name), len(issuer)) > NAME_CHARACTERS_MAX:
        raise FactorNameTooLong()
    user, factor_id, secret = bearer.user, uuid4(), totp.new_secret()
    async with accounts_transaction(database, bearer.actor) as conn:
        await make_room(conn, bearer, friendly_name)
        values = {"id": factor_id, "user_id": user.id, "friendly_name": friendly_name}
        await conn.execute(QUERIES["add_factor"], values | {"secret": secrets.seal(secret, factor_id)})
        traits = {"factor_id": factor_id, "factor_type": "totp"}
        await write_audit(conn, "factor_in_progress", origin, actor_id=user.id, username=user.email, **traits)
    address = totp.address_of(secret, issuer=issuer, account=user.email or user.phone or str(user.id))
    return Enrolled(factor_id, friendly_name, secret, address)


async def make_room(conn: Connection, bearer: Bearer, friendly_name: str) -> list[dict[str, Any]]:
    """What factors there are, when there may be one more of this name.

    Raises:
        FactorNameConflict, TooManyFactors, EnrollNeedsMore
    """
    user_id = bearer.user.id
    await conn.execute(QUERIES["hold_user"], {"user_id": user_id})
    await conn.execute(QUERIES["delete_unfinished"], {"user_id": user_id, "seconds": UNFINISHED_SECONDS_MAX})
    factors = await every(conn, QUERIES["factors_of_user"], {"user_id": user_id})
    if any(factor["friendly_name"] == friendly_name for factor in factors):
        raise FactorNameConflict(f'A factor with the friendly name "{friendly_name}" for this user already exists')
    if len(factors) >= FACTORS_MAX:
        raise TooManyFactors()
    if bearer.aal != AAL2 and any(factor["status"] == "verified" for factor in factors):
        raise EnrollNeedsMore()
    return factors


async def find_factor(conn: Connection, bearer: Bearer, factor_id: UUID) -> dict[str, Any]:
    """A person's own factor, whose codes can be tried.

    Raises:
        FactorNotFound, WebauthnFactorUnverifiable
    """
    factor = await maybe(conn, QUERIES["factor"], {"factor_id": factor_id, "user_id": bearer.user.id})
    if factor is None:
        raise FactorNotFound()
    if factor["factor_type"] == "webauthn":
        raise WebauthnFactorUnverifiable()
    return factor


async def has_proven(conn: Connection, user_id: UUID, *, but: UUID | None = None) -> bool:
    """Whether there is a proven factor, recovery codes not counted, besides one."""
    factors = await every(conn, QUERIES["factors_of_user"], {"user_id": user_id})
    return any(
        factor["status"] == "verified" and factor["factor_type"] != "recovery_code" and factor["id"] != but
        for factor in factors
    )


@again_if_undone
async def unenroll(database: Database, bearer: Bearer, factor_id: UUID, origin: Origin) -> None:
    """Remove a factor; sessions that it raised are lowered, this one too.

    Raises:
        FactorNotFound, UnenrollNeedsMore, RecoveryCodesElsewhere
        RecoveryCodesAlone: it is the last, and recovery codes are left.
    """
    session_id, user = accept_person(bearer), bearer.user
    async with accounts_transaction(database, bearer.actor) as conn:
        await conn.execute(QUERIES["hold_user"], {"user_id": user.id})
        factors = {row["id"]: row for row in await every(conn, QUERIES["factors_of_user"], {"user_id": user.id})}
        factor = factors.get(factor_id)
        if factor is None:
            raise FactorNotFound()
        if factor["factor_type"] == "recovery_code":
            raise RecoveryCodesElsewhere()
        if factor["status"] == "verified":
            if bearer.aal != AAL2:
                raise UnenrollNeedsMore()
            has_codes = any(other["factor_type"] == "recovery_code" for other in factors.values())
            if has_codes and not await has_proven(conn, user.id, but=factor_id):
                raise RecoveryCodesAlone()
        await delete_factor(conn, user.id, factor_id)
        traits = {"factor_id": factor_id, "factor_status": factor["status"], "session_id": session_id}
        await write_audit(conn, "factor_unenrolled", origin, actor_id=user.id, username=user.email, **traits)


async def delete_factor(conn: Connection, user_id: UUID, factor_id: UUID) -> None:
    """The factor is gone, and what it proved."""
    await conn.execute(QUERIES["delete_factor"], {"factor_id": factor_id, "user_id": user_id})
    await lower_sessions(conn, user_id, factor_id)
