"""A phone as a second factor: a code by short message, asked for with each challenge and good for that one alone.

Each message costs money, so it is paid for and limited as those of signing in are (`texts.py`). The code lies sealed
in its challenge's row, opened by nothing but this server's secret and the challenge's id.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from sahne.accounts.assurance import QUERIES, accept_person
from sahne.accounts.audit import write_audit
from sahne.accounts.factor_errors import FactorNameTooLong, FactorTextsSpent, PhoneFactorExists, PhoneSignsIn
from sahne.accounts.factor_proofs import Challenge, add_challenge
from sahne.accounts.factor_secrets import FactorSecrets
from sahne.accounts.factors import NAME_CHARACTERS_MAX, find_factor, make_room
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Bearer
from sahne.accounts.texts import TextAsking, TextDesk, text_with_code
from sahne.accounts.transaction import accounts_transaction
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import maybe
from sahne.database.pool import Database
from sahne.mail.post import Writing
from sahne.providers.mail import Letter


@again_if_undone
async def enroll_phone(database: Database, bearer: Bearer, friendly_name: str, phone: str, origin: Origin) -> UUID:
    """Begin to set up a phone; nothing is sent before its code is asked for.

    Raises:
        PhoneSignsIn: whoever had the number would have both factors.
        PhoneFactorExists: it is one already. FactorNameTooLong, FactorNameConflict, TooManyFactors, EnrollNeedsMore,
        and those of `accept_person`.
    """
    accept_person(bearer)
    if phone in (bearer.user.phone, bearer.user.phone_change):
        raise PhoneSignsIn()
    if len(friendly_name) > NAME_CHARACTERS_MAX:
        raise FactorNameTooLong()
    user, factor_id = bearer.user, uuid4()
    async with accounts_transaction(database, bearer.actor) as conn:
        await conn.execute(QUERIES["delete_unproven_phone"], {"user_id": user.id, "phone": phone})
        await make_room(conn, bearer, friendly_name)
        values = {"id": factor_id, "user_id": user.id, "friendly_name": friendly_name, "phone": phone}
        if await maybe(conn, QUERIES["add_phone_factor"], values) is None:
            raise PhoneFactorExists()
        traits = {"factor_id": factor_id, "factor_type": "phone"}
        await write_audit(conn, "factor_in_progress", origin, actor_id=user.id, username=user.email, **traits)
    return factor_id


async def challenge_phone(
    desk: TextDesk, secrets: FactorSecrets, bearer: Bearer, factor_id: UUID, asking: TextAsking
) -> Challenge:
    """Send a code to a factor's phone.

    Raises:
        FactorNotFound: also another person's.
        FactorTextsSpent: the money of the day is spent.
    """
    accept_person(bearer)
    challenge_id = uuid4()
    async with accounts_transaction(desk.database, bearer.actor) as conn:
        factor = await find_factor(conn, bearer, factor_id)
        text = await text_with_code(conn, desk, bearer.user, factor["phone"], asking, is_factor=True)
        if text is None:
            raise FactorTextsSpent()
        sealed = secrets.seal(text.code.code, challenge_id)
        expires_at = await add_challenge(conn, challenge_id, factor_id, asking.origin, sealed_code=sealed)
    if text.letter is not None:
        desk.post.hand_in(_written(text.letter), about=factor["phone"])
    return Challenge(challenge_id, "phone", expires_at)


def _written(letter: Letter) -> Writing:
    async def write() -> Letter:
        return letter

    return write
