"""What the holder of the service key asks for: an invitation by letter, or a link to be handed over by themselves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sahne.accounts.audit import Action, write_audit
from sahne.accounts.errors import EmailExists, LinkTypeUnknown, SecureChangeOff, UserNotFound
from sahne.accounts.letters import Asking, Desk, LinkType, kind_of, letter_to, places
from sahne.accounts.move import ask_to_move
from sahne.accounts.one_time import QUERIES, Code, TokenKind, put_token
from sahne.accounts.transaction import accounts_transaction
from sahne.accounts.users import Metadata, NewUser, User, add_user, find_by_email, find_user, is_taken, metadata_text
from sahne.database.actor import Actor
from sahne.database.pool import Connection
from sahne.providers.mail import Letter

CHANGES: dict[str, TokenKind] = {
    "email_change_current": "email_change_token_current",
    "email_change_new": "email_change_token_new",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOrder:
    """What link is wanted, to whom. `password_hash` is of who signs up by it, `new_email` of who moves."""

    type: str
    email: str
    new_email: str | None = None
    password_hash: str = ""
    data: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """The link, its code, and whose it is. `type` is what it verifies: of nobody a magic link is a sign-up's."""

    user: User
    code: Code
    type: str
    address: str


async def invite(desk: Desk, actor: Actor, email: str, data: Metadata, asking: Asking) -> User:
    """Make a user who has no password, and write to them; who has not accepted yet is written to again.

    Raises:
        EmailExists: who has proven the address needs no invitation. UserNotSaved, MetadataTooLarge
    """
    async with accounts_transaction(desk.database, actor, "saving new user") as conn:
        link = await _link_to_unproven(conn, desk, LinkOrder(type="invite", email=email, data=data), asking)
        traits = {"user_id": link.user.id, "user_email": email}
        await write_audit(conn, "user_invited", asking.origin, actor_id=None, username=actor.role, **traits)
    letter = letter_to(desk, link.user, "invite", email, places(desk, link.code, "invite", asking), asking)

    async def write() -> Letter:
        return letter

    desk.post.hand_in(write, about=email)
    return link.user


async def make_link(desk: Desk, actor: Actor, order: LinkOrder, asking: Asking) -> Link:
    """A link and its code, to be handed over by whoever asks; no letter is sent.

    Raises:
        LinkTypeUnknown, UserNotFound, EmailExists, SecureChangeOff, UserNotSaved, MetadataTooLarge
    """
    async with accounts_transaction(desk.database, actor, "saving new user") as conn:
        link = await _make(conn, desk, order, asking)
        traits = {"user_id": link.user.id, "type": link.type}
        action: Action = "user_recovery_requested"
        await write_audit(conn, action, asking.origin, actor_id=None, username=actor.role, **traits)
    return link


async def _make(conn: Connection, desk: Desk, order: LinkOrder, asking: Asking) -> Link:
    match order.type:
        case "signup" | "invite":
            return await _link_to_unproven(conn, desk, order, asking)
        case "magiclink" | "recovery":
            user = await find_by_email(conn, order.email)
            if user is not None:
                link_type: LinkType = "magiclink" if order.type == "magiclink" else "recovery"
                code = await _put(conn, desk, user, kind_of(link_type), order.email)
                return await _link(conn, desk, user, code, link_type, asking)
            if order.type == "recovery":
                raise UserNotFound("User with this email not found")
            signup = LinkOrder(type="signup", email=order.email, data=order.data)
            return await _link_to_unproven(conn, desk, signup, asking)
        case "email_change_current" | "email_change_new":
            return await _link_to_move(conn, desk, order, asking)
        case _:
            raise LinkTypeUnknown(f"Invalid email action link type requested: {order.type}")


async def _link_to_unproven(conn: Connection, desk: Desk, order: LinkOrder, asking: Asking) -> Link:
    """Of a new user, or of one who never proved the address: what they had until now was perhaps another's."""
    user = await find_by_email(conn, order.email)
    if user is not None and user.email_confirmed_at is not None:
        raise EmailExists()
    if user is None:
        new = NewUser(email=order.email, password_hash=order.password_hash, user_metadata=order.data)
        user = await add_user(conn, new)
    else:
        data = metadata_text({**user.user_metadata, **order.data})
        values = {"email": order.email, "password_hash": order.password_hash, "user_metadata": data}
        await conn.execute(QUERIES["renew_unconfirmed"], values)
    link_type: LinkType = "invite" if order.type == "invite" else "signup"
    if link_type == "invite":
        await conn.execute(QUERIES["mark_invited"], {"user_id": user.id})
    code = await _put(conn, desk, user, "confirmation_token", order.email)
    return await _link(conn, desk, user, code, link_type, asking)


async def _link_to_move(conn: Connection, desk: Desk, order: LinkOrder, asking: Asking) -> Link:
    user = await find_by_email(conn, order.email)
    if user is None:
        raise UserNotFound("User with this email not found")
    if order.type == "email_change_current" and not desk.both_sides_agree:
        raise SecureChangeOff()
    new_email = order.new_email or ""
    if await is_taken(conn, new_email):
        raise EmailExists()
    if user.email_change != new_email:
        await ask_to_move(conn, user.id, new_email)
    kind = CHANGES[order.type]
    to = new_email if kind == "email_change_token_new" else order.email
    code = await _put(conn, desk, user, kind, to)
    return replace(await _link(conn, desk, user, code, "email_change", asking), type=order.type)


async def _put(conn: Connection, desk: Desk, user: User, kind: TokenKind, to: str) -> Code:
    code = desk.codes.new(to)
    await put_token(conn, user.id, kind, code.token_hash, to)
    return code


async def _link(conn: Connection, desk: Desk, user: User, code: Code, link_type: LinkType, asking: Asking) -> Link:
    address = desk.link(code.token_hash, link_type, asking.redirect_to)
    return Link(await find_user(conn, user.id), code, link_type, address)
