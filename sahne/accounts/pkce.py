"""PKCE (RFC 7636): a letter's link gives the app a code alone, and only who began may exchange it for a session.

Flow: a challenge comes with the request → it is kept with the code that the letter's token will lead to → the link is
followed → the code may be exchanged for `FLOW_SECONDS_MAX`, once, with the verifier.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sahne.accounts.audit import write_audit
from sahne.accounts.errors import (
    BadCodeVerifier,
    ChallengeCharacters,
    ChallengeIncomplete,
    ChallengeLength,
    ChallengeMethodUnknown,
    FlowIncomplete,
    FlowStateExpired,
    FlowStateNotFound,
    UserBanned,
)
from sahne.accounts.one_time import QUERIES, Codes
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Login, open_session
from sahne.accounts.transaction import accounts_transaction
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database

FLOW_SECONDS_MAX = 300
CHALLENGE_CHARACTERS = range(43, 129)
VERIFIER_CHARACTERS_MAX = 256
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]+")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the verifier will have to fit; `method` is `s256` or `plain`."""

    method: str
    challenge: str

    def is_met_by(self, verifier: str) -> bool:
        """Whether this is the verifier."""
        given = verifier.encode()
        if self.method == "s256":
            given = urlsafe_b64encode(hashlib.sha256(given).digest()).rstrip(b"=")
        return hmac.compare_digest(given, self.challenge.encode())


def accept_challenge(method: str, challenge: str) -> Challenge | None:
    """The challenge of a request, None where there is none.

    Raises:
        ChallengeIncomplete, ChallengeLength, ChallengeCharacters, ChallengeMethodUnknown
    """
    if not method and not challenge:
        return None
    if not method or not challenge:
        raise ChallengeIncomplete()
    if len(challenge) not in CHALLENGE_CHARACTERS:
        raise ChallengeLength()
    if not _CHALLENGE.fullmatch(challenge):
        raise ChallengeCharacters()
    if method.lower() not in ("s256", "plain"):
        raise ChallengeMethodUnknown()
    return Challenge(method.lower(), challenge)


async def begin_flow(
    conn: Connection, codes: Codes, user_id: UUID, token_hash: str, challenge: Challenge, amr: str
) -> None:
    """Keep a challenge until its letter comes back; `amr` is how the session will say it was opened."""
    values = {
        "user_id": user_id,
        "auth_code": _auth_code(codes, token_hash),
        "method": challenge.method,
        "challenge": challenge.challenge,
        "amr": amr,
    }
    await conn.execute(QUERIES["add_flow"], values)


async def open_flow(conn: Connection, codes: Codes, user_id: UUID, token_hash: str) -> str:
    """The letter came back: the code that may be exchanged now.

    Raises:
        FlowStateNotFound
    """
    code = _auth_code(codes, token_hash)
    if await maybe(conn, QUERIES["open_flow"], {"auth_code": code, "user_id": user_id}) is None:
        raise FlowStateNotFound()
    return code


async def exchange(database: Database, auth_code: str, verifier: str, origin: Origin) -> Login:
    """A session for a code and its verifier.

    Raises:
        FlowIncomplete, FlowStateNotFound, FlowStateExpired, BadCodeVerifier, UserBanned
    """
    if not auth_code or not verifier:
        raise FlowIncomplete()
    async with accounts_transaction(database, ANONYMOUS) as conn:
        values = {"auth_code": auth_code, "seconds": FLOW_SECONDS_MAX}
        flow = await maybe(conn, QUERIES["take_flow"], values)
        if flow is None:
            raise FlowStateNotFound()
        if not flow["is_fresh"]:
            raise FlowStateExpired()
        challenge = Challenge(flow["method"], flow["challenge"])
        if len(verifier) > VERIFIER_CHARACTERS_MAX or not challenge.is_met_by(verifier):
            raise BadCodeVerifier()
        login = await open_session(conn, flow["user_id"], flow["amr"], origin)
        if login.user.is_suspended(datetime.now(UTC)):
            raise UserBanned()
        await write_audit(conn, "login", origin, actor_id=login.user.id, username=login.user.email, provider="email")
    return login


def _auth_code(codes: Codes, token_hash: str) -> str:
    """The code of a token: known to nobody before its link is followed, as only the server can make it."""
    digest = codes.derived(f"auth code\x00{token_hash}")
    return str(UUID(digest[:32], version=4))
