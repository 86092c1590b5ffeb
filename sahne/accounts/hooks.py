"""What an app's own code is asked: who may become a user, what a token says, and whether another try may be let in.

Without a hook nobody is asked. One that does not answer in time, or answers something else, refuses: whoever set it
wants to be asked. How one is asked is `hook_calls.py`'s; letters and short messages go to theirs by `hook_post.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from sahne.accounts.hook_calls import MESSAGE_CHARACTERS_MAX, Hook, ask_hook, metadata_of
from sahne.accounts.hook_errors import HookBroken
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Login
from sahne.database.pool import Database
from sahne.errors import SahneError
from sahne.telemetry import Failed, observe

CLAIMS_BYTES_MAX = 6 * 1024  # of a token's 8 kB, which its header and signature share
REJECT = "reject"
FACTORS_REJECTED = "Further MFA verification attempts will be rejected."
PASSWORDS_REJECTED = "Further password verification attempts will be rejected."

# what a token cannot go without, and whose it is: a hook may say more, and other values of the rest
FIXED = ("iss", "sub", "aud", "exp", "iat", "session_id", "aal", "is_anonymous")
REQUIRED = (*FIXED, "role", "email", "phone")


@dataclass(frozen=True, slots=True)
class Rejection:
    """A try is not let in whatever was tried, and what the person is told; perhaps all their sessions end."""

    message: str
    ends_sessions: bool = True


class Hooks:
    """The hooks of this server; without any, nobody is asked and nothing takes longer."""

    def __init__(
        self,
        database: Database,
        *,
        access_token: Hook | None = None,
        user_created: Hook | None = None,
        mfa_attempt: Hook | None = None,
        password_attempt: Hook | None = None,
    ) -> None:
        self._database = database
        self._access_token = access_token
        self._user_created = user_created
        self._mfa_attempt = mfa_attempt
        self._password_attempt = password_attempt

    @property
    def asks_about_users(self) -> bool:
        """Whether anybody is asked who may become a user."""
        return self._user_created is not None

    async def admit(self, user: dict[str, Any], origin: Origin) -> None:
        """Whether somebody may become a user; `user` is as the API shows one: `email`, `phone`, `user_metadata` …

        Raises:
            HookRefused: in the hook's own words. HookTimeout, HookBroken
        """
        if self._user_created is None:
            return
        event = {"metadata": metadata_of("before-user-created", origin), "user": user}
        await ask_hook(self._database, self._user_created, event)

    async def claims(self, login: Login, claims: dict[str, Any]) -> dict[str, Any]:
        """What the token of a login says: as it would be, or as the hook wants it.

        Raises:
            HookRefused: in the hook's own words. HookTimeout
            HookBroken: it left out what no token can go without, or changed whose it is.
        """
        if self._access_token is None:
            return claims
        method = str(login.session.amr[0]["method"]) if login.session.amr else "password"
        event = {"user_id": str(login.user.id), "claims": claims, "authentication_method": method}
        wanted = (await ask_hook(self._database, self._access_token, event)).get("claims")
        if not isinstance(wanted, dict):
            raise HookBroken(details="it answered no claims")
        if missing := [name for name in REQUIRED if name in claims and name not in wanted]:
            raise HookBroken(details=f"it left out {', '.join(missing)}")
        if changed := [name for name in FIXED if wanted[name] != claims[name]]:
            raise HookBroken(details=f"it changed {', '.join(changed)}")
        if len(orjson.dumps(wanted)) > CLAIMS_BYTES_MAX:
            raise HookBroken(details=f"its claims are more than {CLAIMS_BYTES_MAX} bytes")
        return wanted

    async def password_tried(
        self, user_id: UUID | None, account: str, origin: Origin, *, good: bool
    ) -> Rejection | None:
        """What the app says of a password that was tried.

        It is asked about an address or number (`account`) that nobody has as well, by an id that is nobody's and always
        the same: neither the time nor a rejection after so many tries tells who has an account.

        Raises:
            HookRefused, HookTimeout, HookBroken: of a good password alone; a wrong one is refused anyway.
        """
        if self._password_attempt is None:
            return None
        event = {
            "metadata": metadata_of("password-verification", origin),
            "user_id": str(user_id or uuid5(NAMESPACE_URL, f"nobody:{account}")),
            "valid": good,
        }
        try:
            answer = await ask_hook(self._database, self._password_attempt, event)
        except SahneError as error:
            if good:
                raise
            observe(Failed.of("ask a hook about a password", error))
            return None
        return _rejection(answer, PASSWORDS_REJECTED, ends_sessions=answer.get("should_logout_user") is True)

    async def factor_tried(
        self, user_id: UUID, factor_id: UUID, factor_type: str, origin: Origin, *, good: bool
    ) -> Rejection | None:
        """What the app says of a second factor's code that was tried.

        Raises:
            HookRefused, HookTimeout, HookBroken
        """
        if self._mfa_attempt is None:
            return None
        event = {
            "metadata": metadata_of("mfa-verification", origin),
            "user_id": str(user_id),
            "factor_id": str(factor_id),
            "factor_type": factor_type,
            "valid": good,
        }
        return _rejection(await ask_hook(self._database, self._mfa_attempt, event), FACTORS_REJECTED)


def _rejection(answer: dict[str, Any], usual: str, *, ends_sessions: bool = True) -> Rejection | None:
    decision, message = answer.get("decision"), answer.get("message")
    if decision not in (REJECT, "continue", None):
        raise HookBroken(details="it answered no decision: continue, or reject")
    if decision != REJECT:
        return None
    told = message[:MESSAGE_CHARACTERS_MAX] if isinstance(message, str) and message else usual
    return Rejection(told, ends_sessions)
