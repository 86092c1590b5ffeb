"""A second factor is proven: a challenge is asked for, and its code makes this session one of two factors.

A code is looked at and counted in one transaction, the session raised in another: between them the app's own code may
be asked (`hooks.py`), which nobody waits for with a row held. What was good is good once, whatever comes between.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sahne.accounts import totp
from sahne.accounts.assurance import AAL2, QUERIES, accept_person, accept_try, count_try, raise_session
from sahne.accounts.audit import write_audit
from sahne.accounts.factor_errors import (
    ChallengeElsewhere,
    ChallengeExpired,
    ChallengeNotFound,
    EnrollNeedsMore,
    FactorNotFound,
    FactorRejected,
    WrongFactorCode,
    WrongPhoneCode,
)
from sahne.accounts.factor_secrets import FactorSecrets
from sahne.accounts.factors import find_factor, has_proven
from sahne.accounts.hooks import Hooks
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Bearer, Login, end_sessions
from sahne.accounts.transaction import accounts_transaction
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import maybe, one
from sahne.database.pool import Connection, Database

CHALLENGE_SECONDS_MAX = 300
METHODS = {"totp": "totp", "phone": "mfa/phone"}  # of a session's amr


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


@dataclass(frozen=True, slots=True)
class FactorGround:
    """What codes are looked at with: the accounts, what opens sealed secrets, and the app's own code."""

    database: Database
    secrets: FactorSecrets
    hooks: Hooks


@dataclass(frozen=True, slots=True)
class _Tried:
    """A code that was looked at, and the kind of factor it was for."""

    factor_type: str
    good: bool


async def challenge(database: Database, bearer: Bearer, factor_id: UUID, origin: Origin) -> Challenge:
    """Ask for the code that an app shows.

    Raises:
        FactorNotFound: also another person's. WebauthnFactorUnverifiable
    """
    accept_person(bearer)
    challenge_id = uuid4()
    async with accounts_transaction(database, bearer.actor) as conn:
        factor = await find_factor(conn, bearer, factor_id)
        expires_at = await add_challenge(conn, challenge_id, factor_id, origin)
    return Challenge(challenge_id, factor["factor_type"], expires_at)


async def add_challenge(
    conn: Connection, challenge_id: UUID, factor_id: UUID, origin: Origin, *, sealed_code: str | None = None
) -> int:
    """A challenge that waits for its code; answers until when (Unix seconds)."""
    values = {
        "id": challenge_id,
        "factor_id": factor_id,
        "ip": origin.ip,
        "otp_code": sealed_code,
        "seconds": CHALLENGE_SECONDS_MAX,
    }
    return int((await one(conn, QUERIES["add_challenge"], values))["expires_at"])


async def verify(ground: FactorGround, bearer: Bearer, factor_id: UUID, answer: Answer, origin: Origin) -> Login:
    """Answer a challenge: this session has proven two factors then, and all that have not are over.

    Raises:
        FactorNotFound, ChallengeNotFound, ChallengeElsewhere, ChallengeExpired, WrongFactorCode, WrongPhoneCode,
        FactorLocked, FactorUnreadable
        EnrollNeedsMore: a factor that was begun before another was proven.
        FactorRejected: by the app's own code; all sessions are over then. HookRefused, HookTimeout, HookBroken
    """
    accept_person(bearer)
    tried = await _try(ground, bearer, factor_id, answer, origin)
    rejection = await ground.hooks.factor_tried(bearer.user.id, factor_id, tried.factor_type, origin, good=tried.good)
    if rejection is not None:
        async with accounts_transaction(ground.database, bearer.actor) as conn:
            await end_sessions(conn, bearer, "global")
        raise FactorRejected(rejection.message)
    if not tried.good:
        raise WrongPhoneCode() if tried.factor_type == "phone" else WrongFactorCode()
    return await _raise(ground.database, bearer, factor_id, tried.factor_type)


@again_if_undone
async def _try(ground: FactorGround, bearer: Bearer, factor_id: UUID, answer: Answer, origin: Origin) -> _Tried:
    """Look at a code; a wrong one is counted, a good one used up."""
    user = bearer.user
    async with accounts_transaction(ground.database, bearer.actor) as conn:
        await conn.execute(QUERIES["hold_user"], {"user_id": user.id})
        factor = await find_factor(conn, bearer, factor_id)
        asked = await _accept_challenge(conn, factor_id, answer.challenge_id, origin)
        await accept_try(conn, user.id, answer.place)
        if factor["status"] != "verified" and bearer.aal != AAL2 and await has_proven(conn, user.id):
            raise EnrollNeedsMore()
        good = await _is_good(conn, ground.secrets, factor, asked, answer)
        await count_try(conn, user.id, answer.place, good=good)
        if good:
            await conn.execute(QUERIES["answer_challenge"], {"challenge_id": answer.challenge_id})
        traits = {"factor_id": factor_id, "challenge_id": answer.challenge_id, "good": good}
        traits |= {"factor_type": factor["factor_type"]}
        await write_audit(conn, "verification_attempted", origin, actor_id=user.id, username=user.email, **traits)
    return _Tried(factor["factor_type"], good)


async def _accept_challenge(conn: Connection, factor_id: UUID, challenge_id: UUID, origin: Origin) -> dict[str, Any]:
    values = {"factor_id": factor_id, "challenge_id": challenge_id, "ip": origin.ip, "seconds": CHALLENGE_SECONDS_MAX}
    row = await maybe(conn, QUERIES["challenge"], values)
    if row is None:
        raise ChallengeNotFound()
    if not row["fits"]:
        raise ChallengeElsewhere()
    if not row["is_fresh"]:
        raise ChallengeExpired()
    return row


async def _is_good(
    conn: Connection, secrets: FactorSecrets, factor: dict[str, Any], asked: dict[str, Any], answer: Answer
) -> bool:
    if factor["factor_type"] == "phone":
        sent = secrets.unseal(asked["otp_code"], answer.challenge_id)
        return hmac.compare_digest(sent.encode(), answer.code.encode())
    step = totp.step_of(secrets.unseal(factor["secret"], factor["id"]), answer.code, time.time())
    uses = {"factor_id": factor["id"], "step": step}
    return step is not None and await maybe(conn, QUERIES["use_step"], uses) is not None


@again_if_undone
async def _raise(database: Database, bearer: Bearer, factor_id: UUID, factor_type: str) -> Login:
    """The factor is proven by its first code, and the session has proven it."""
    user_id = bearer.user.id
    async with accounts_transaction(database, bearer.actor) as conn:
        await conn.execute(QUERIES["hold_user"], {"user_id": user_id})
        if await maybe(conn, QUERIES["prove_factor"], {"user_id": user_id, "factor_id": factor_id}) is None:
            raise FactorNotFound()  # it was removed meanwhile
        return await raise_session(conn, bearer, factor_id, METHODS[factor_type])
