"""The audit log (`auth.audit_log_entries`): who signed up, in and out, by which factor, whose token was used twice."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import orjson

from sahne.accounts.origin import Origin
from sahne.accounts.transaction import QUERIES
from sahne.database.pool import Connection

Action = Literal[
    "login",
    "logout",
    "user_signedup",
    "user_deleted",
    "user_deletion_asked",
    "user_modified",
    "user_updated_password",
    "token_revoked",
    "user_confirmation_requested",
    "user_recovery_requested",
    "user_repeated_signup",
    "user_invited",
    "user_reauthenticate_requested",
    "factor_in_progress",
    "factor_unenrolled",
    "factor_deleted",
    "verification_attempted",
    "recovery_codes_generated",
    "recovery_codes_deleted",
    "identity_linked",
    "identity_unlinked",
    "passkey_created",
    "passkey_updated",
    "passkey_deleted",
]
LOG_TYPES: dict[Action, str] = {
    "login": "account",
    "logout": "account",
    "user_signedup": "team",
    "user_deleted": "team",
    "user_deletion_asked": "account",
    "user_modified": "user",
    "user_updated_password": "user",
    "token_revoked": "token",
    "user_confirmation_requested": "user",
    "user_recovery_requested": "user",
    "user_repeated_signup": "user",
    "user_invited": "team",
    "user_reauthenticate_requested": "user",
    "factor_in_progress": "factor",
    "factor_unenrolled": "factor",
    "factor_deleted": "factor",
    "verification_attempted": "factor",
    "recovery_codes_generated": "recovery_codes",
    "recovery_codes_deleted": "recovery_codes",
    "identity_linked": "user",
    "identity_unlinked": "user",
    "passkey_created": "passkey",
    "passkey_updated": "passkey",
    "passkey_deleted": "passkey",
}


async def write_audit(
    conn: Connection, action: Action, origin: Origin, *, actor_id: UUID | None, username: str | None, **traits: Any
) -> None:
    """One line in the transaction of the act itself. `actor_id` None is the holder of the service key."""
    payload = {
        "action": action,
        "log_type": LOG_TYPES[action],
        "actor_id": str(actor_id or UUID(int=0)),
        "actor_username": username or "",
        "actor_via_sso": False,
        "traits": traits,
    }
    values = {"payload": orjson.dumps(payload, default=str).decode(), "ip": origin.ip or ""}
    await conn.execute(QUERIES["insert_audit"], values)
