"""Passkeys: a key of one's device in place of a password. Added by who is signed in, named, removed.

Source: the Supabase Auth API (`/passkeys`), whose codes and sentences clients match on; its tables, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from sahne.accounts.administration import write_order
from sahne.accounts.assurance import AAL2, accept_person
from sahne.accounts.assurance import QUERIES as ASSURANCE
from sahne.accounts.audit import write_audit
from sahne.accounts.authenticators import name_of
from sahne.accounts.origin import Origin
from sahne.accounts.passkey_challenges import QUERIES, Answer, Challenge, meet_challenge, put_challenge
from sahne.accounts.passkey_errors import (
    CredentialExists,
    PasskeyNameMissing,
    PasskeyNameTooLong,
    PasskeyNotFound,
    PasskeysNeedMore,
    TooManyPasskeys,
)
from sahne.accounts.sessions import Bearer
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import User, find_user
from sahne.database.actor import Actor
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import every, maybe
from sahne.database.pool import Connection, Database
from sahne.errors import SahneError

if TYPE_CHECKING:
    from sahne.accounts.relying_party import RelyingParty  # loaded where there are passkeys

PASSKEYS_MAX = 10
NAME_CHARACTERS_MAX = 120


async def begin_registration(database: Database, party: RelyingParty, bearer: Bearer) -> Challenge:
    """Ask for a new key of who is signed in.

    Raises:
        PasskeysNeedMore, TooManyPasskeys, and those of `accept_person`.
    """
    accept_change(bearer)
    challenge = party.new_challenge()
    async with accounts_transaction(database, bearer.actor) as conn:
        taken = [row["credential_id"] for row in await _with_room(conn, bearer.user.id)]
        options = party.creation_options(bearer.user, challenge, taken)
        return await put_challenge(conn, "registration", bearer.user.id, challenge, options)


@again_if_undone
async def register(
    database: Database, party: RelyingParty, bearer: Bearer, answer: Answer, origin: Origin
) -> dict[str, Any]:
    """The key is theirs: `{id, friendly_name, created_at, last_used_at}`.

    Raises:
        PasskeyChallengeNotFound, PasskeyChallengeExpired, CredentialRefused, TooManyPasskeys, PasskeysNeedMore
        CredentialExists: it is somebody's.
    """
    accept_change(bearer)
    async with accounts_transaction(database, bearer.actor) as conn:
        try:
            return await _add(conn, party, bearer.user, answer, origin)
        except SahneError as error:
            refusal = error
    raise refusal  # after the commit: the challenge stays used


async def _add(conn: Connection, party: RelyingParty, user: User, answer: Answer, origin: Origin) -> dict[str, Any]:
    challenge = await meet_challenge(conn, "registration", user.id, answer.challenge_id)
    key = party.registered(answer.credential, challenge)
    await conn.execute(ASSURANCE["hold_user"], {"user_id": user.id})
    await _with_room(conn, user.id)
    values = {
        "user_id": user.id,
        "credential_id": key.credential_id,
        "public_key": key.public_key,
        "attestation_type": key.attestation_type,
        "aaguid": key.aaguid,
        "sign_count": key.sign_count,
        "transports": orjson.dumps(key.transports).decode(),
        "backup_eligible": key.backup_eligible,
        "backed_up": key.backed_up,
        "friendly_name": name_of(key.aaguid),
    }
    row = await maybe(conn, QUERIES["add_passkey"], values)
    if row is None:
        raise CredentialExists()
    await write_audit(conn, "passkey_created", origin, actor_id=user.id, username=user.email, passkey_id=row["id"])
    return row


async def list_passkeys(database: Database, actor: Actor, user_id: UUID) -> list[dict[str, Any]]:
    """A user's passkeys, the first one first.

    Raises:
        UserNotFound
    """
    async with accounts_transaction(database, actor) as conn:
        await find_user(conn, user_id)
        return await every(conn, QUERIES["passkeys_of_user"], {"user_id": user_id})


async def rename_passkey(
    database: Database, bearer: Bearer, passkey_id: UUID, name: str, origin: Origin
) -> dict[str, Any]:
    """Another name for one's own.

    Raises:
        PasskeyNameMissing, PasskeyNameTooLong, PasskeyNotFound
    """
    accept_person(bearer)
    name, user = name.strip(), bearer.user
    if not name:
        raise PasskeyNameMissing()
    if len(name) > NAME_CHARACTERS_MAX:
        raise PasskeyNameTooLong()
    async with accounts_transaction(database, bearer.actor) as conn:
        values = {"passkey_id": passkey_id, "user_id": user.id, "friendly_name": name}
        row = await maybe(conn, QUERIES["rename_passkey"], values)
        if row is None:
            raise PasskeyNotFound()
        await write_audit(conn, "passkey_updated", origin, actor_id=user.id, username=user.email, passkey_id=passkey_id)
    return row


async def remove_passkey(database: Database, bearer: Bearer, passkey_id: UUID, origin: Origin) -> None:
    """One's own opens nothing any more; sessions that it opened last.

    Raises:
        PasskeysNeedMore, PasskeyNotFound, and those of `accept_person`.
    """
    accept_change(bearer)
    user = bearer.user
    async with accounts_transaction(database, bearer.actor) as conn:
        await _delete(conn, user.id, passkey_id)
        await write_audit(conn, "passkey_deleted", origin, actor_id=user.id, username=user.email, passkey_id=passkey_id)


async def remove_passkey_as(database: Database, actor: Actor, user_id: UUID, passkey_id: UUID, origin: Origin) -> None:
    """The same on somebody's order.

    Raises:
        UserNotFound, PasskeyNotFound
    """
    async with accounts_transaction(database, actor) as conn:
        await find_user(conn, user_id)
        await _delete(conn, user_id, passkey_id)
        await write_order(conn, "passkey_deleted", actor, origin, user_id=user_id, passkey_id=passkey_id)


def accept_change(bearer: Bearer) -> None:
    """Who may add and remove keys: a person, by both factors where they have two.

    Raises:
        PasskeysNeedMore, and those of `accept_person`.
    """
    accept_person(bearer)
    if bearer.user.has_factor and bearer.aal != AAL2:
        raise PasskeysNeedMore()


async def _with_room(conn: Connection, user_id: UUID) -> list[dict[str, Any]]:
    """A person's passkeys, when there may be one more.

    Raises:
        TooManyPasskeys
    """
    passkeys = await every(conn, QUERIES["passkeys_of_user"], {"user_id": user_id})
    if len(passkeys) >= PASSKEYS_MAX:
        raise TooManyPasskeys()
    return passkeys


async def _delete(conn: Connection, user_id: UUID, passkey_id: UUID) -> None:
    if await maybe(conn, QUERIES["delete_passkey"], {"passkey_id": passkey_id, "user_id": user_id}) is None:
        raise PasskeyNotFound()
