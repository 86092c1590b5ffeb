"""A second factor's life: set up (`unverified`), proven by its first code (`verified`), asked for at sign-in, removed.

Source: the Supabase Auth API (`/factors`), whose codes and sentences clients match on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sahne.accounts import totp
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
    ChallengeElsewhere,
    ChallengeExpired,
    ChallengeNotFound,
    EnrollNeedsMore,
    FactorNameConflict,
    FactorNameTooLong,
    FactorNotFound,
    PhoneFactorUnverifiable,
    RecoveryCodesAlone,
    RecoveryCodesElsewhere,
    TooManyFactors,
    UnenrollNeedsMore,
    WebauthnFactorUnverifiable,
    WrongFactorCode,
)
from sahne.accounts.factor_secrets import FactorSecrets
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Bearer, Login
from sahne.accounts.transaction import accounts_transaction
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Connection, Database
from sahne.errors import SahneError

FACTORS_MAX = 10
NAME_CHARACTERS_MAX = 100
UNFINISHED_SECONDS_MAX = 300
CHALLENGE_SECONDS_MAX = 300
METHOD = "totp"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A factor that waits for its first code. This is the only time its secret is told."""

    id: UUID
    friendly_name: str
    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the next code answers, until `expires_at` (Unix seconds)."""

    id: UUID
    type: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A code for a challenge. `place` is where tries are counted."""

    challenge_id: UUID
    code: str
    place: str


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


async def challenge(database: Database, bearer: Bearer, factor_id: UUID, origin: Origin) -> Challenge:
    """Ask for a factor's code.

    Raises:
        FactorNotFound: also another person's. PhoneFactorUnverifiable, WebauthnFactorUnverifiable
    """
    accept_person(bearer)
    async with accounts_transaction(database, bearer.actor) as conn:
        factor = await _factor(conn, bearer, factor_id)
        values = {"factor_id": factor_id, "ip": origin.ip, "seconds": CHALLENGE_SECONDS_MAX}
        row = await one(conn, QUERIES["add_challenge"], values)
    return Challenge(row["id"], factor["factor_type"], row["expires_at"])


@again_if_undone
async def verify(
    database: Database, secrets: FactorSecrets, bearer: Bearer, factor_id: UUID, answer: Answer, origin: Origin
) -> Login:
    """Answer a challenge: this session has proven two factors then, and all that have not are over.

    Raises:
        FactorNotFound, ChallengeNotFound, ChallengeElsewhere, ChallengeExpired, WrongFactorCode, FactorLocked,
        EnrollNeedsMore: a factor that was begun before another was proven. FactorUnreadable
    """
    accept_person(bearer)
    async with accounts_transaction(database, bearer.actor) as conn:
        outcome = await _try_code(conn, secrets, bearer, factor_id, answer, origin)
    if isinstance(outcome, SahneError):
        raise outcome  # after the commit: a wrong code must stay counted
    return outcome


async def _try_code(
    conn: Connection, secrets: FactorSecrets, bearer: Bearer, factor_id: UUID, answer: Answer, origin: Origin
) -> Login | WrongFactorCode:
    user = bearer.user
    await conn.execute(QUERIES["hold_user"], {"user_id": user.id})
    factor = await _factor(conn, bearer, factor_id)
    await _accept_challenge(conn, factor_id, answer.challenge_id, origin)
    await accept_try(conn, user.id, answer.place)
    if factor["status"] != "verified" and bearer.aal != AAL2 and await _has_proven(conn, user.id):
        raise EnrollNeedsMore()
    step = totp.step_of(secrets.unseal(factor["secret"], factor_id), answer.code, time.time())
    uses = {"factor_id": factor_id, "step": step}
    good = step is not None and await maybe(conn, QUERIES["use_step"], uses) is not None
    await count_try(conn, user.id, answer.place, good=good)
    traits = {"factor_id": factor_id, "challenge_id": answer.challenge_id, "factor_type": "totp", "good": good}
    await write_audit(conn, "verification_attempted", origin, actor_id=user.id, username=user.email, **traits)
    if not good:
        return WrongFactorCode()
    values = {"user_id": user.id, "factor_id": factor_id, "challenge_id": answer.challenge_id}
    await conn.execute(QUERIES["prove_factor"], values)
    return await raise_session(conn, bearer, factor_id, METHOD)


async def _accept_challenge(conn: Connection, factor_id: UUID, challenge_id: UUID, origin: Origin) -> None:
    values = {"factor_id": factor_id, "challenge_id": challenge_id, "ip": origin.ip, "seconds": CHALLENGE_SECONDS_MAX}
    row = await maybe(conn, QUERIES["challenge"], values)
    if row is None:
        raise ChallengeNotFound()
    if not row["fits"]:
        raise ChallengeElsewhere()
    if not row["is_fresh"]:
        raise ChallengeExpired()


async def _factor(conn: Connection, bearer: Bearer, factor_id: UUID) -> dict[str, Any]:
    factor = await maybe(conn, QUERIES["factor"], {"factor_id": factor_id, "user_id": bearer.user.id})
    if factor is None:
        raise FactorNotFound()
    if factor["factor_type"] == "phone":
        raise PhoneFactorUnverifiable()
    if factor["factor_type"] == "webauthn":
        raise WebauthnFactorUnverifiable()
    return factor


async def _has_proven(conn: Connection, user_id: UUID, *, but: UUID | None = None) -> bool:
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
            if has_codes and not await _has_proven(conn, user.id, but=factor_id):
                raise RecoveryCodesAlone()
        await delete_factor(conn, user.id, factor_id)
        traits = {"factor_id": factor_id, "factor_status": factor["status"], "session_id": session_id}
        await write_audit(conn, "factor_unenrolled", origin, actor_id=user.id, username=user.email, **traits)


async def delete_factor(conn: Connection, user_id: UUID, factor_id: UUID) -> None:
    """The factor is gone, and what it proved."""
    await conn.execute(QUERIES["delete_factor"], {"factor_id": factor_id, "user_id": user_id})
    await lower_sessions(conn, user_id, factor_id)
