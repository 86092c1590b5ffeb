"""What a hook is told that sends letters or short messages: Supabase's `send_email` and `send_sms`, key by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sahne.accounts.hook_calls import metadata_of
from sahne.accounts.origin import Origin
from sahne.accounts.user_body import user_body
from sahne.accounts.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailData:
    """Codes and tokens of a letter, and where its link shall lead.

    Where both sides of a move must agree, `token` and `token_hash_new` are the present address's, `token_new` and
    `token_hash` the new one's: so Supabase has it.
    """

    email_action_type: str
    redirect_to: str
    site_url: str
    token: str = ""
    token_hash: str = ""
    token_new: str = ""
    token_hash_new: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """As JSON."""
        return {
            "token": self.token,
            "token_hash": self.token_hash,
            "redirect_to": self.redirect_to,
            "email_action_type": self.email_action_type,
            "site_url": self.site_url,
            "token_new": self.token_new,
            "token_hash_new": self.token_hash_new,
        }


def email_event(user: User, data: EmailData, origin: Origin) -> dict[str, Any]:
    """`{metadata, user, email_data}`."""
    return {"metadata": metadata_of("send-email", origin), "user": user_body(user), "email_data": data.fields}


def sms_event(user: User, phone: str, code: str, origin: Origin, *, is_factor: bool) -> dict[str, Any]:
    """`{metadata, user, sms}`; the number is the one to write to, which the user may not have yet."""
    sms = {"otp": code, "phone": phone} | ({"sms_type": "mfa"} if is_factor else {})
    return {"metadata": metadata_of("send-sms", origin), "user": user_body(user), "sms": sms}
