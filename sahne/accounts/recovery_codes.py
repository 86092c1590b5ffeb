"""Recovery codes: ten that open the account once each when the phone is gone. Never a person's only second factor.

Source: the Supabase Auth API (`/factors/recovery-codes`). What is kept is their SHA-256: each holds 80 bits nobody can
try. Told they are once.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sahne.accounts.assurance import (
    AAL2,
    QUERIES,
    accept_person,
    accept_try,
    count_try,
    lower_sessions,
    raise_session,
)
from sahne.accounts.audit import write_audit
from sahne.accounts.factor_errors import (
    RecoveryCodesAlone,
    RecoveryCodesExist,
    RecoveryCodesMissing,
    RecoveryCodesNeedMore,
    WrongRecoveryCode,
)
from sahne.accounts.factors import make_room
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Bearer, Login
from sahne.accounts.transaction import accounts_transaction
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import maybe, one
from sahne.database.pool import Connection, Database

CODES = 10
CODE_BYTES = 10
GROUP_CHARACTERS = 4
METHOD = "mfa/recovery_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySet:
    """A person's set; `codes` only when they were made just now."""

    id: UUID
    friendly_name: str | None
    total: int
    remaining: int
    codes: tuple[str, ...] = ()


async def find_set(database: Database, bearer: Bearer) -> RecoverySet:
    """How many codes there are and how many are left.

    Raises:
        RecoveryCodesMissing
    """
    accept_person(bearer)
    async with accounts_transaction(database, bearer.actor) as conn:
        return RecoverySet(**await _existing(conn, bearer))


async def make_codes(database: Database, bearer: Bearer, friendly_name: str, origin: Origin) -> RecoverySet:
    """The first set of a person who has another factor.

    Raises:
        RecoveryCodesNeedMore, RecoveryCodesExist, RecoveryCodesAlone, FactorNameConflict, TooManyFactors
    """
    _accept_two_factors(bearer)
    async with accounts_transaction(database, bearer.actor) as conn:
        await conn.execute(QUERIES["hold_user"], {"user_id": bearer.user.id})
        if await maybe(conn, QUERIES["recovery_set"], {"user_id": bearer.user.id}):
            raise RecoveryCodesExist()
        name = friendly_name or "Recovery codes"
        if not any(factor["status"] == "verified" for factor in await make_room(conn, bearer, name)):
            raise RecoveryCodesAlone("At least one other verified factor is required to generate recovery codes")
        made = await one(conn, QUERIES["add_recovery_set"], {"user_id": bearer.user.id, "friendly_name": name})
        return await _with_new_codes(conn, bearer, made, origin)


async def renew_codes(database: Database, bearer: Bearer, origin: Origin) -> RecoverySet:
    """New codes in place of all before.

    Raises:
        RecoveryCodesNeedMore, RecoveryCodesMissing
    """
    _accept_two_factors(bearer)
    async with accounts_transaction(database, bearer.actor) as conn:
        await conn.execute(QUERIES["hold_user"], {"user_id": bearer.user.id})
        return await _with_new_codes(conn, bearer, await _existing(conn, bearer), origin)


@again_if_undone
async def use_code(database: Database, bearer: Bearer, code: str, place: str, origin: Origin) -> Login:
    """Open the account with a code instead of the phone.

    Raises:
        WrongRecoveryCode: unknown, used, or no codes at all. FactorLocked
    """
    accept_person(bearer)
    user = bearer.user
    async with accounts_transaction(database, bearer.actor) as conn:
        await conn.execute(QUERIES["hold_user"], {"user_id": user.id})
        await accept_try(conn, user.id, place)
        used = await maybe(conn, QUERIES["use_recovery_code"], {"user_id": user.id, "code_hash": hash_of(code)})
        await count_try(conn, user.id, place, good=used is not None)
        traits = {"factor_type": "recovery_code", "good": used is not None}
        await write_audit(conn, "verification_attempted", origin, actor_id=user.id, username=user.email, **traits)
        if used is not None:
            return await raise_session(conn, bearer, used["id"], METHOD)
    raise WrongRecoveryCode()  # after the commit: a wrong code must stay counted


async def delete_codes(database: Database, bearer: Bearer, origin: Origin) -> UUID:
    """No code opens the account any more; other sessions that one opened have proven less.

    Raises:
        RecoveryCodesNeedMore, RecoveryCodesMissing
    """
    _accept_two_factors(bearer)
    user = bearer.user
    async with accounts_transaction(database, bearer.actor) as conn:
        await conn.execute(QUERIES["hold_user"], {"user_id": user.id})
        gone = await forget_codes(conn, user.id, kept=bearer.session_id)
        if gone is None:
            raise RecoveryCodesMissing()
        traits = {"factor_id": gone}
        await write_audit(conn, "recovery_codes_deleted", origin, actor_id=user.id, username=user.email, **traits)
    return gone


async def forget_codes(conn: Connection, user_id: UUID, *, kept: UUID | None = None) -> UUID | None:
    """Delete the set, if there is one; the session `kept` has proven no less."""
    gone = await maybe(conn, QUERIES["delete_recovery_set"], {"user_id": user_id})
    if gone is None:
        return None
    await lower_sessions(conn, user_id, gone["id"], but=kept)
    return UUID(str(gone["id"]))


def hash_of(code: str) -> str:
    """What is kept of a code, however it was typed in."""
    return hashlib.sha256("".join(code.split()).replace("-", "").lower().encode()).hexdigest()


def new_codes() -> tuple[str, ...]:
    """Ten codes of 16 characters each, in four groups."""
    texts = (base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower() for _ in range(CODES))
    return tuple(
        "-".join(text[at : at + GROUP_CHARACTERS] for at in range(0, len(text), GROUP_CHARACTERS)) for text in texts
    )


def _accept_two_factors(bearer: Bearer) -> None:
    accept_person(bearer)
    if bearer.aal != AAL2:
        raise RecoveryCodesNeedMore()


async def _existing(conn: Connection, bearer: Bearer) -> dict[str, Any]:
    row = await maybe(conn, QUERIES["recovery_set"], {"user_id": bearer.user.id})
    if row is None:
        raise RecoveryCodesMissing()
    return row


async def _with_new_codes(conn: Connection, bearer: Bearer, made: dict[str, Any], origin: Origin) -> RecoverySet:
    codes = new_codes()
    await conn.execute(
        QUERIES["replace_recovery_codes"], {"set_id": made["id"], "hashes": [hash_of(code) for code in codes]}
    )
    traits = {"factor_id": made["id"], "count": len(codes)}
    user = bearer.user
    await write_audit(conn, "recovery_codes_generated", origin, actor_id=user.id, username=user.email, **traits)
    return RecoverySet(
        id=made["id"], friendly_name=made["friendly_name"], total=len(codes), remaining=len(codes), codes=codes
    )
