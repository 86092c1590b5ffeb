"""A person's way to another provider and back to the app: begun with a state, ended with a session or a code.

begin → the provider (`state` comes back once, within `STATE_SECONDS_MAX`) → a session in the address, or with PKCE a
code that is exchanged once within `FLOW_SECONDS_MAX` by who began. Nonce and verifier of the errand are made of the
state, by this server alone, so nothing that a thief of the rows could use lies in them. What the provider told, its
tokens too, waits for the exchange sealed with a key made of the code.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from sahne.accounts.conflicts import conflicts_noted
from sahne.accounts.errors import (
    AccountSuspended,
    BadCodeVerifier,
    FlowIncomplete,
    FlowStateExpired,
    FlowStateNotFound,
)
from sahne.accounts.identities import accept_change_of_ways, accept_identity, link
from sahne.accounts.identity_errors import StateExpired, StateInvalid, StateMissing
from sahne.accounts.one_time import Codes
from sahne.accounts.origin import Origin
from sahne.accounts.pkce import FLOW_SECONDS_MAX, VERIFIER_CHARACTERS_MAX, Challenge
from sahne.accounts.sessions import Bearer, Login, open_session
from sahne.accounts.sign_in_elsewhere import METHOD, QUERIES, Newcomer
from sahne.accounts.transaction import accounts_transaction
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import maybe
from sahne.database.pool import Database
from sahne.providers.sign_in.provider import Arrival, Errand, Person
from sahne.sealing import Sealing

STATE_SECONDS_MAX = 600
STATE_CHARACTERS_MAX = 128
CODE_PREFIX = "oauth_"  # of codes; those of letters have another form


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Where somebody is sent, and where they will be led when they are back."""

    provider: str
    redirect_to: str
    challenge: Challenge | None = None
    linking_user_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Who is in, with the provider's tokens, which are told this once."""

    login: Login
    provider_token: str
    provider_refresh_token: str


async def begin(database: Database, flow: Flow) -> str:
    """The state that somebody takes along."""
    state = secrets.token_urlsafe(32)
    values = {
        "state_hash": _hash(state),
        "provider": flow.provider,
        "redirect_to": flow.redirect_to,
        "method": flow.challenge.method if flow.challenge else None,
        "challenge": flow.challenge.challenge if flow.challenge else None,
        "linking_user_id": flow.linking_user_id,
    }
    async with accounts_transaction(database, ANONYMOUS) as conn:
        await conn.execute(QUERIES["add_oauth_flow"], values)
    return state


async def begin_linking(database: Database, bearer: Bearer, flow: Flow) -> str:
    """The same for somebody who wants another way into their account.

    Raises:
        AccountSuspended, LinkingNeedsMore
    """
    accept_change_of_ways(bearer)
    return await begin(database, flow)


def errand_of(state: str, codes: Codes, callback_url: str) -> Errand:
    """What goes along with a state."""
    return Errand(
        state=state,
        nonce=codes.derived(f"oauth nonce\x00{state}"),
        verifier=codes.derived(f"oauth verifier\x00{state}"),
        callback_url=callback_url,
    )


async def take(database: Database, state: str) -> Flow:
    """Somebody is back with a state, which is used up by it.

    Raises:
        StateMissing, StateInvalid, StateExpired
    """
    if not state:
        raise StateMissing()
    if len(state) > STATE_CHARACTERS_MAX or not state.isascii():
        raise StateInvalid()
    async with accounts_transaction(database, ANONYMOUS) as conn:
        values = {"state_hash": _hash(state), "seconds": STATE_SECONDS_MAX}
        row = await maybe(conn, QUERIES["take_oauth_flow"], values)
    if row is None:
        raise StateInvalid()
    if not row["is_fresh"]:
        raise StateExpired()
    return Flow(
        provider=row["provider"],
        redirect_to=row["redirect_to"],
        challenge=Challenge(row["method"], row["challenge"]) if row["challenge"] else None,
        linking_user_id=row["linking_user_id"],
    )


async def accept_link(database: Database, user_id: UUID, newcomer: Newcomer) -> None:
    """Whether nobody has the identity yet, told as early as it is known; it is linked at the exchange.

    Raises:
        IdentityTaken, IdentityLinked
    """
    async with (
        conflicts_noted(database),
        accounts_transaction(database, ANONYMOUS) as conn,
    ):
        await accept_identity(conn, user_id, newcomer)


async def hand_out(database: Database, flow: Flow, challenge: Challenge, user_id: UUID, arrival: Arrival) -> str:
    """The code that is exchanged by who began."""
    code = CODE_PREFIX + secrets.token_urlsafe(32)
    values = {
        "code_hash": _hash(code),
        "provider": flow.provider,
        "user_id": user_id,
        "links": flow.linking_user_id is not None,
        "method": challenge.method,
        "challenge": challenge.challenge,
        "sealed": _sealing(code).seal(orjson.dumps(asdict(arrival)).decode(), user_id),
    }
    async with accounts_transaction(database, ANONYMOUS) as conn:
        await conn.execute(QUERIES["add_oauth_code"], values)
    return code


async def exchange(database: Database, code: str, verifier: str, origin: Origin) -> Exchanged:
    """A session for a code and its verifier; who linked has the identity by it.

    Raises:
        FlowIncomplete, FlowStateNotFound, FlowStateExpired, BadCodeVerifier, AccountSuspended
        IdentityTaken, IdentityLinked, AddressTaken
    """
    if not code or not verifier:
        raise FlowIncomplete()
    async with conflicts_noted(database), accounts_transaction(database, ANONYMOUS) as conn:
        row = await maybe(conn, QUERIES["take_oauth_code"], {"code_hash": _hash(code), "seconds": FLOW_SECONDS_MAX})
        if row is None:
            raise FlowStateNotFound()
        if not row["is_fresh"]:
            raise FlowStateExpired()
        challenge = Challenge(row["method"], row["challenge"])
        if len(verifier) > VERIFIER_CHARACTERS_MAX or not challenge.is_met_by(verifier):
            raise BadCodeVerifier()
        told: dict[str, Any] = orjson.loads(_sealing(code).unseal(row["sealed"], row["user_id"]))
        arrival = Arrival(Person(**told["person"]), told["token"], told["refresh_token"])
        if row["links"]:
            await link(conn, row["user_id"], Newcomer(row["provider"], arrival.person), origin)
        login = await open_session(conn, row["user_id"], METHOD, origin)
        if login.user.is_suspended(datetime.now(UTC)):
            raise AccountSuspended()
    return Exchanged(login, arrival.token, arrival.refresh_token)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _sealing(code: str) -> Sealing:
    """Of what waits for a code; nobody else has it."""
    return Sealing(code, "oauth code")
