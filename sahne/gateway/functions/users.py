"""`admin/users`, `admin/creator-requests` and `admin/account-conflicts`: people, and what admins do about them."""

from __future__ import annotations

from uuid import UUID

from sahne.accounts import conflicts, standing
from sahne.gateway.functions.account_answers import CreatorRequestAnswer, CreatorRequests
from sahne.gateway.functions.account_bodies import (
    AccountConflictSettled,
    AccountConflictsPage,
    CreatorRequestDecided,
    CreatorRequestsPage,
    PremiumGrant,
    Suspension,
    UsersPage,
)
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.origins import origin_of
from sahne.gateway.functions.refusals import (
    CONFLICT_SETTLED,
    FORBIDDEN,
    IS_ADMIN,
    NOT_FOUND,
    NOT_SUSPENDED,
    OF_NAMED,
    REQUEST_DECIDED,
)
from sahne.gateway.functions.user_answers import AccountConflictAnswer, AccountConflicts, PeoplePage, PersonAnswer

OF_ADMINS = (*OF_NAMED, FORBIDDEN)
OF_ONE = (*OF_ADMINS, NOT_FOUND)


@operation("GET", "admin/users", answer=PeoplePage, who=Who.ADMINS, refuses=OF_ADMINS)
async def read_users(call: Call, query: UsersPage) -> Answer:
    """The people of the app, the newest first; `q` is how an address, a username or a name begins, or an id."""
    return await standing.read_users(call.parts.pipeline, call.actor, query.q, query.standing, query.after, query.limit)


@operation("GET", "admin/users/{user_id}", answer=PersonAnswer, who=Who.ADMINS, refuses=OF_ONE)
async def read_user(call: Call, user_id: UUID) -> Answer:
    """One of them: how they stand, their coins, where they are signed in, what they were suspended for."""
    return await standing.read_user(call.parts.pipeline, call.actor, user_id)


@operation("POST", "admin/users/{user_id}/suspend", answer=PersonAnswer, who=Who.ADMINS, refuses=(*OF_ONE, IS_ADMIN))
async def suspend_user(call: Call, user_id: UUID, body: Suspension) -> Answer:
    """Suspend somebody, until a moment or without an end: what is live with them ends, they are signed out
    everywhere, and no token of theirs does anything. They are told why."""
    await standing.suspend_user(call.parts.database, call.actor, user_id, body.ends_at, body.reason, origin_of(call))
    return await standing.read_user(call.parts.pipeline, call.actor, user_id)


@operation(
    "POST", "admin/users/{user_id}/unsuspend", answer=PersonAnswer, who=Who.ADMINS, refuses=(*OF_ONE, NOT_SUSPENDED)
)
async def unsuspend_user(call: Call, user_id: UUID) -> Answer:
    """End a suspension. They may sign in again."""
    await standing.unsuspend_user(call.parts.database, call.actor, user_id, origin_of(call))
    return await standing.read_user(call.parts.pipeline, call.actor, user_id)


@operation("POST", "admin/users/{user_id}/sign-out", answer=PersonAnswer, who=Who.ADMINS, refuses=OF_ONE)
async def sign_user_out(call: Call, user_id: UUID) -> Answer:
    """Sign somebody out everywhere; tokens that were given out before live until they expire."""
    await standing.sign_user_out(call.parts.database, call.actor, user_id, origin_of(call))
    return await standing.read_user(call.parts.pipeline, call.actor, user_id)


@operation("POST", "admin/users/{user_id}/premium", answer=PersonAnswer, who=Who.ADMINS, refuses=OF_ONE)
async def grant_premium(call: Call, user_id: UUID, body: PremiumGrant) -> Answer:
    """Give premium away, until a moment or without an end, or end what was given. What a store says stands beside."""
    return await standing.grant_premium(
        call.parts.pipeline, call.actor, user_id, body.until, is_premium=body.is_premium
    )


@operation("GET", "admin/creator-requests", answer=CreatorRequests, who=Who.ADMINS, refuses=OF_ADMINS)
async def read_creator_requests(call: Call, query: CreatorRequestsPage) -> Answer:
    """Who wants to be a creator, the oldest first."""
    return await standing.read_creator_requests(call.parts.pipeline, call.actor, query.status, query.after, query.limit)


@operation(
    "PATCH",
    "admin/creator-requests/{request_id}",
    answer=CreatorRequestAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ONE, REQUEST_DECIDED),
)
async def decide_creator_request(call: Call, request_id: UUID, body: CreatorRequestDecided) -> Answer:
    """Decide, once: who is approved may open the stage at once. They are told, with the reason."""
    return await standing.decide_creator_request(call.parts.pipeline, call.actor, request_id, body.status, body.reason)


@operation("GET", "admin/account-conflicts", answer=AccountConflicts, who=Who.ADMINS, refuses=OF_ADMINS)
async def read_account_conflicts(call: Call, query: AccountConflictsPage) -> Answer:
    """Accounts that met, the oldest first: an address, a number or a sign-in elsewhere that somebody wants and another
    account has. Nothing became one by itself; both are shown with what they hold."""
    is_open = query.status == "open"
    return await conflicts.read_conflicts(call.parts.pipeline, call.actor, query.after, query.limit, is_open=is_open)


@operation(
    "PATCH",
    "admin/account-conflicts/{conflict_id}",
    answer=AccountConflictAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ONE, CONFLICT_SETTLED),
)
async def settle_account_conflict(call: Call, conflict_id: UUID, body: AccountConflictSettled) -> Answer:
    """Say what was decided, once. The accounts stay as they are: what moves between them is moved by hand."""
    return await conflicts.settle_conflict(call.parts.pipeline, call.actor, conflict_id, body.note)


OF_ADMINISTRATION = (
    read_users,
    read_user,
    suspend_user,
    unsuspend_user,
    sign_user_out,
    grant_premium,
    read_creator_requests,
    decide_creator_request,
    read_account_conflicts,
    settle_account_conflict,
)
