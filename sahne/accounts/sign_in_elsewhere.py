"""Somebody signs in with another provider: whose account that is, or a new one.

An identity that is known is its user's. Else an address decides that the provider has checked, and no other: the
account of that address, if it was proven here too. Whoever had set up an account with it before it was proven (a
password, identities, sessions, second factors) loses it to who proves it. An address that is only said opens nothing
and becomes nobody's: the account is made without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.conflicts import conflicts_noted
from sahne.accounts.errors import AccountSuspended, EmailExists, MetadataTooLarge, ValidationFailed
from sahne.accounts.identifiers import clean_email
from sahne.accounts.identity_errors import AddressUnproven, IdentityTaken, IdTokenUsed
from sahne.accounts.one_time import QUERIES as ONE_TIME
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Login, open_session
from sahne.accounts.transaction import QUERIES as ACCOUNTS
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import NewUser, User, UserChange, add_user, change_user, find_user, is_taken, metadata_text
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import maybe
from sahne.database.pool import Connection, Database
from sahne.database.sql import load_queries
from sahne.providers.sign_in.provider import Believed, Person

QUERIES = load_queries(__package__, "identities.sql")
METHOD = "oauth"  # of a session's amr
NAME_CHARACTERS_MAX = 80
USERNAME_CHARACTERS_MAX = 64

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Once:
    """An id token that signs in once. Its digest is of what is signed, not of the signature, which may have a twin."""

    digest: bytes
    expires_at: int

    @classmethod
    def of(cls, id_token: str, believed: Believed) -> Once:
        """Until it ends by itself."""
        return cls(hashlib.sha256(id_token.rpartition(".")[0].encode()).digest(), believed.expires_at)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who came from which provider."""

    provider: str
    person: Person

    @property
    def email(self) -> str | None:
        """The address in the form that is stored; None where there is none that could be."""
        try:
            return clean_email(self.person.email)
        except ValidationFailed:
            return None

    @property
    def proven_email(self) -> str | None:
        """The same, if the provider has checked it."""
        return self.email if self.person.is_verified else None

    @property
    def data(self) -> dict[str, Any]:
        """What the identity keeps, by GoTrue's names; nothing of it is longer than a token can carry."""
        person, is_shown = self.person, self.person.picture.startswith("https://")
        name, username = person.name[:NAME_CHARACTERS_MAX], person.username[:USERNAME_CHARACTERS_MAX]
        named = {
            "iss": person.issuer,
            "email": self.email,
            "name": name,
            "full_name": name,
            "user_name": username,
            "preferred_username": username,
            "avatar_url": person.picture if is_shown else "",
            "picture": person.picture if is_shown else "",
        }
        kept = {key: value for key, value in named.items() if value}
        marks = {"email_verified": self.proven_email is not None, "phone_verified": False}
        return {"sub": person.subject, "provider_id": person.subject} | kept | marks


def _again_if_met(verb: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Once more, where the same person came by another window in that moment and was first."""

    @wraps(verb)
    async def again(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await verb(*args, **kwargs)
        except (IdentityTaken, EmailExists):
            return await verb(*args, **kwargs)

    return again


@_again_if_met
async def sign_in_elsewhere(
    database: Database, newcomer: Newcomer, origin: Origin, *, proves_addresses: bool, once: Once | None = None
) -> Login:
    """A session for somebody who comes from a provider, or brings its id token, which may be good but `once`.

    `proves_addresses` says whether who signs up here proves the address by letter.

    Raises:
        AccountSuspended, IdTokenUsed
        AddressUnproven: an account has the address, and the password of nobody knows whom.
        UserNotSaved: a trigger on auth.users refused (ruling S10).
    """
    async with (
        conflicts_noted(database),
        accounts_transaction(database, ANONYMOUS, "saving new user") as conn,
    ):
        if once is not None:
            await use_token(conn, once)
        user_id = await _user_of(conn, newcomer, origin, proves_addresses=proves_addresses)
        return await open_session(conn, user_id, METHOD, origin)


@_again_if_met
async def find_or_make_user(database: Database, newcomer: Newcomer, origin: Origin, *, proves_addresses: bool) -> UUID:
    """The user alone, who will exchange a code for the session.

    Raises:
        AccountSuspended, AddressUnproven, UserNotSaved
    """
    async with (
        conflicts_noted(database),
        accounts_transaction(database, ANONYMOUS, "saving new user") as conn,
    ):
        return await _user_of(conn, newcomer, origin, proves_addresses=proves_addresses)


async def is_known(database: Database, newcomer: Newcomer) -> bool:
    """Whether they have an account: by the identity, or by an address that the provider has checked."""
    async with accounts_transaction(database, ANONYMOUS) as conn:
        email = newcomer.proven_email
        return await find_identity(conn, newcomer) is not None or (email is not None and await is_taken(conn, email))


async def use_token(conn: Connection, once: Once) -> None:
    """Raises IdTokenUsed."""
    if await maybe(conn, QUERIES["use_id_token"], {"digest": once.digest, "expires_at": once.expires_at}) is None:
        raise IdTokenUsed()


async def _user_of(conn: Connection, newcomer: Newcomer, origin: Origin, *, proves_addresses: bool) -> UUID:
    """Whose account it is."""
    user_id, action = await _decided(conn, newcomer, proves_addresses=proves_addresses)
    await conn.execute(QUERIES["note_providers"], {"user_id": user_id})
    await conn.execute(ACCOUNTS["stamp_sign_in"], {"user_id": user_id})
    user = await find_user(conn, user_id)
    if user.is_suspended(datetime.now(UTC)):
        raise AccountSuspended()
    await write_audit(conn, action, origin, actor_id=user_id, username=user.email, provider=newcomer.provider)
    return user_id


async def _decided(conn: Connection, newcomer: Newcomer, *, proves_addresses: bool) -> tuple[UUID, Action]:
    identity = await find_identity(conn, newcomer)
    if identity is not None:
        values = {"identity_id": identity["id"], "identity_data": metadata_text(newcomer.data)}
        await conn.execute(QUERIES["renew_identity"], values)
        await _learn(conn, await find_user(conn, identity["user_id"]), newcomer)
        return identity["user_id"], "login"
    email = newcomer.proven_email
    holder = await maybe(conn, QUERIES["hold_user_of_address"], {"email": email}) if email else None
    if holder is None:
        return await _made(conn, newcomer), "user_signedup"
    if holder["is_suspended"]:
        raise AccountSuspended()
    if holder["has_phone"] and not holder["is_confirmed"]:
        raise AddressUnproven(holder["id"], provider=newcomer.provider)  # somebody's, by their phone
    if not holder["is_confirmed"]:
        await conn.execute(ONE_TIME["confirm_address"], {"user_id": holder["id"], "takes_over": True})
        await conn.execute(QUERIES["forget_the_one_before"], {"user_id": holder["id"]})
        await conn.execute(QUERIES["rename_taken_over"], {"user_id": holder["id"], "name": newcomer.data.get("name")})
    elif holder["has_password"] and not (proves_addresses or holder["is_proven_elsewhere"]):
        raise AddressUnproven(holder["id"], provider=newcomer.provider)
    await add_identity(conn, holder["id"], newcomer)
    await _learn(conn, await find_user(conn, holder["id"]), newcomer)
    return holder["id"], "login" if holder["is_confirmed"] else "user_signedup"


async def find_identity(conn: Connection, newcomer: Newcomer) -> dict[str, Any] | None:
    """Whose the identity is already: `{id, user_id, is_suspended}`."""
    values = {"provider": newcomer.provider, "subject": newcomer.person.subject}
    return await maybe(conn, QUERIES["identity"], values)


async def add_identity(conn: Connection, user_id: UUID, newcomer: Newcomer) -> None:
    """The user has it from now on."""
    values = {
        "user_id": user_id,
        "provider": newcomer.provider,
        "subject": newcomer.person.subject,
        "identity_data": metadata_text(newcomer.data),
    }
    await conn.execute(QUERIES["add_identity"], values)


async def _made(conn: Connection, newcomer: Newcomer) -> UUID:
    """A user who has this identity alone, and the name that they have there."""
    email, data = newcomer.proven_email, newcomer.data
    shown = {"display_name": data["name"]} if "name" in data else {}
    user = await add_user(
        conn,
        NewUser(
            email=email,
            email_confirmed=email is not None,
            user_metadata=data | shown,
            provider=newcomer.provider,
        ),
    )
    await add_identity(conn, user.id, newcomer)
    return user.id


async def _learn(conn: Connection, user: User, newcomer: Newcomer) -> None:
    """What the provider tells and the user has not said themselves, as long as it fits."""
    told = {name: value for name, value in newcomer.data.items() if name not in user.user_metadata}
    if told:
        try:
            async with conn.transaction():
                await change_user(conn, user.id, UserChange(user_metadata=told))
        except MetadataTooLarge:
            return
