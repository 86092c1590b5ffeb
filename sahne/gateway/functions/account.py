"""`account` and `account/…`: one's faces, everything of one's own as a copy, and giving the account up."""

from __future__ import annotations

from uuid import UUID

from sahne.accounts import exports, leaving, profiles
from sahne.gateway.functions.account_answers import DeletionAnswer, ExportAnswer, OwnProfileAnswer, OwnProfiles
from sahne.gateway.functions.account_bodies import NewShadow, ProfileEdit
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.origins import origin_of
from sahne.gateway.functions.refusals import (
    BLOCKED_WORD,
    CONFLICT,
    FRESH_SIGN_IN_NEEDED,
    LAST_ADMIN,
    NOT_FOUND,
    OF_ACCOUNTS,
    OF_NAMED,
    PROFILE_IN_USE,
    REAL_PROFILE,
    SECOND_FACTOR_NEEDED,
    TOO_MANY_EXPORTS,
    TOO_MANY_PROFILES,
    USER_BANNED,
    USER_NOT_FOUND,
    USERNAME_CHANGED,
    USERNAME_HELD,
    USERNAME_RESERVED,
)

OF_NAMES = (BLOCKED_WORD, CONFLICT, USERNAME_CHANGED, USERNAME_HELD, USERNAME_RESERVED)


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
    return await leaving.ask_deletion(call.parts.database, call.actor, origin_of(call))


@operation("GET", "account/deletion", answer=DeletionAnswer, who=Who.SIGNED_IN)
async def own_deletion(call: Call) -> Answer:
    """Whether the account is about to be erased, and when."""
    return await leaving.own_deletion(call.parts.pipeline, call.actor)


@operation("POST", "account/restore", answer=DeletionAnswer, who=Who.SIGNED_IN, refuses=(USER_NOT_FOUND, USER_BANNED))
async def restore_account(call: Call) -> Answer:
    """Keep the account after all. What has ended meanwhile stays so."""
    return await leaving.call_deletion_off(call.parts.pipeline, call.actor)


@operation("GET", "account/profiles", answer=OwnProfiles, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_profiles(call: Call) -> Answer:
    """Your own profile, and your shadows."""
    return await profiles.own_profiles(call.parts.pipeline, call.actor)


@operation(
    "POST",
    "account/profiles",
    answer=OwnProfileAnswer,
    who=Who.NAMED,
    status=201,
    refuses=(*OF_NAMED, *OF_NAMES, TOO_MANY_PROFILES),
)
async def add_shadow(call: Call, body: NewShadow) -> Answer:
    """A shadow: a face to be among people with, and nobody can tell whose it is."""
    return await profiles.add_shadow(call.parts.pipeline, call.actor, body.model_dump(exclude_unset=True))


@operation(
    "PATCH",
    "account/profiles/{profile_id}",
    answer=OwnProfileAnswer,
    who=Who.OWNER,
    refuses=(*OF_NAMED, *OF_NAMES, NOT_FOUND),
)
async def edit_profile(call: Call, profile_id: UUID, body: ProfileEdit) -> Answer:
    """Change how a profile of yours looks. A username that you leave is nobody else's for a while, and you may change
    them a few times a month."""
    fields = body.model_dump(exclude_unset=True)
    return await profiles.edit_profile(call.parts.pipeline, call.actor, profile_id, fields)


@operation(
    "DELETE",
    "account/profiles/{profile_id}",
    answer=OwnProfileAnswer,
    who=Who.OWNER,
    refuses=(*OF_NAMED, NOT_FOUND, PROFILE_IN_USE, REAL_PROFILE),
)
async def delete_shadow(call: Call, profile_id: UUID) -> Answer:
    """Delete a shadow, with what it wrote. The real profile goes with the account."""
    return await profiles.delete_shadow(call.parts.pipeline, call.actor, profile_id)


OPERATIONS = (
    ask_export,
    own_export,
    ask_deletion,
    own_deletion,
    restore_account,
    own_profiles,
    add_shadow,
    edit_profile,
    delete_shadow,
)
