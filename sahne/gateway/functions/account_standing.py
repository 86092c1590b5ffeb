"""`account/creator`, `account/consents`, `account/sessions`: what one may do, what one agreed to, where one is signed
in."""

from __future__ import annotations

from uuid import UUID

from sahne.accounts import standing
from sahne.gateway.functions.account_answers import Consents, CreatorAnswer, SignedInAnswer
from sahne.gateway.functions.account_bodies import ConsentSaid, CreatorWish
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.origins import origin_of
from sahne.gateway.functions.refusals import (
    BLOCKED_WORD,
    CONSENT_OUTDATED,
    NOT_FOUND,
    OF_ACCOUNTS,
    OF_NAMED,
    REFUSED_LATELY,
)


@operation("GET", "account/creator", answer=CreatorAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_creator(call: Call) -> Answer:
    """Whether you are a creator; else how one becomes one here, and what came of your request."""
    return await standing.own_creator(call.parts.pipeline, call.actor)


@operation(
    "POST",
    "account/creator",
    answer=CreatorAnswer,
    who=Who.NAMED,
    refuses=(*OF_NAMED, BLOCKED_WORD, REFUSED_LATELY),
)
async def ask_to_create(call: Call, body: CreatorWish | None) -> Answer:
    """Become a creator, where that is open to everybody; else ask for it, in a few words. You are told what came of
    it, and may ask again a week after a refusal."""
    return await standing.ask_to_create(call.parts.pipeline, call.actor, body.message if body else None)


@operation("GET", "account/consents", answer=Consents, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_consents(call: Call) -> Answer:
    """The texts of today, such as terms, and what you answered last to each kind."""
    return await standing.own_consents(call.parts.pipeline, call.actor)


@operation(
    "POST",
    "account/consents",
    answer=Consents,
    who=Who.NAMED,
    refuses=(*OF_NAMED, CONSENT_OUTDATED, NOT_FOUND),
)
async def say_consent(call: Call, body: ConsentSaid) -> Answer:
    """Agree to a text by its version, or take it back. Each answer is kept with its time."""
    return await standing.say_consent(
        call.parts.pipeline, call.actor, body.kind, body.version, body.locale, is_given=body.is_given
    )


@operation("GET", "account/sessions", answer=SignedInAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_auth_sessions(call: Call) -> Answer:
    """Where you are signed in, the last used first."""
    return await standing.own_sessions(call.parts.pipeline, call.actor)


@operation(
    "DELETE",
    "account/sessions/{session_id}",
    answer=SignedInAnswer,
    who=Who.OWNER,
    refuses=(*OF_ACCOUNTS, NOT_FOUND),
)
async def end_auth_session(call: Call, session_id: UUID) -> Answer:
    """Sign out there: nothing is refreshed with it any more. A token that was given out before lives until it
    expires."""
    await standing.end_own_session(call.parts.database, call.actor, session_id, origin_of(call))
    return await standing.own_sessions(call.parts.pipeline, call.actor)


OPERATIONS = (own_creator, ask_to_create, own_consents, say_consent, own_auth_sessions, end_auth_session)
