"""What passkeys refuse, with the codes and sentences that Supabase's clients know."""

from __future__ import annotations

from sahne.accounts.errors import ValidationFailed
from sahne.errors import Forbidden, InvalidRequest, NotFound, Unprocessable


class PasskeysDisabled(NotFound):
    """Passkeys are disabled"""

    code = "passkey_disabled"


class PasskeyChallengeMissing(ValidationFailed):
    """challenge_id is required"""


class PasskeyChallengeMalformed(ValidationFailed):
    """challenge_id must be a valid UUID"""


class CredentialMissing(ValidationFailed):
    """credential is required"""


class PasskeyChallengeNotFound(InvalidRequest):
    """Challenge not found or already used"""

    code = "webauthn_challenge_not_found"


class PasskeyChallengeExpired(InvalidRequest):
    """Challenge has expired"""

    code = "webauthn_challenge_expired"


class CredentialRefused(InvalidRequest):
    """Credential verification failed"""

    code = "webauthn_verification_failed"


class CredentialExists(Unprocessable):
    """This credential is already registered"""

    code = "webauthn_credential_exists"


class TooManyPasskeys(Unprocessable):
    """Maximum number of passkeys reached"""

    code = "too_many_passkeys"


class PasskeysNeedMore(Forbidden):
    """AAL2 session is required to manage passkeys when MFA is enabled"""

    code = "insufficient_aal"


class PasskeyNotFound(NotFound):
    """Passkey not found"""

    code = "validation_failed"


class PasskeyNameMissing(ValidationFailed):
    """friendly_name is required"""


class PasskeyNameTooLong(ValidationFailed):
    """friendly_name must be 120 characters or less"""


class PasskeyEmailUnproven(Forbidden):
    """Email not confirmed"""

    code = "email_not_confirmed"


class PasskeyPhoneUnproven(Forbidden):
    """Phone not confirmed"""

    code = "phone_not_confirmed"
