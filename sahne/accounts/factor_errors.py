"""What second factors refuse, with the codes and sentences that Supabase's clients know."""

from __future__ import annotations

from sahne.accounts.errors import ValidationFailed
from sahne.errors import Forbidden, NotFound, TooManyRequests, Unauthenticated, Unprocessable


class FactorTypeUnknown(ValidationFailed):
    """factor_type needs to be totp, phone, or webauthn"""


class FactorNameTooLong(ValidationFailed):
    """A factor's name and issuer may have 100 characters each"""


class FactorIdMalformed(NotFound):
    """factor_id must be an UUID"""

    code = "validation_failed"


class ChallengeIdMalformed(ValidationFailed):
    """challenge_id must be an UUID"""


class FactorCodeMissing(ValidationFailed):
    """Code needs to be non-empty"""


class AnonymousFactor(Forbidden):
    """Anonymous user not allowed to perform these actions"""

    code = "no_authorization"


class TotpDisabled(Unprocessable):
    """MFA enroll is disabled for TOTP"""

    code = "mfa_totp_enroll_not_enabled"


class PhoneFactorDisabled(Unprocessable):
    """MFA enroll is disabled for Phone"""

    code = "mfa_phone_enroll_not_enabled"


class PhoneFactorMissing(ValidationFailed):
    """Phone number required to enroll Phone factor"""


class PhoneSignsIn(ValidationFailed):
    """This number signs you in: a second factor must be another one, or an app"""


class PhoneIsFactor(ValidationFailed):
    """This number is your second factor: it cannot sign you in as well"""


class PhoneFactorExists(Unprocessable):
    """A verified phone factor already exists, unenroll the existing factor to continue"""

    code = "mfa_verified_factor_exists"


class FactorTextsSpent(TooManyRequests):
    """sms rate limit exceeded"""

    code = "over_sms_send_rate_limit"


class PhoneFactorUnverifiable(Unprocessable):
    """MFA verification is disabled for Phone"""

    code = "mfa_phone_verify_not_enabled"


class WebauthnFactorDisabled(Unprocessable):
    """MFA enroll is disabled for WebAuthn"""

    code = "mfa_webauthn_enroll_not_enabled"


class WebauthnFactorUnverifiable(Unprocessable):
    """MFA verification is disabled for WebAuthn"""

    code = "mfa_webauthn_verify_not_enabled"


class RecoveryCodesDisabled(Unprocessable):
    """MFA enroll is disabled for recovery codes"""

    code = "mfa_recovery_codes_enroll_not_enabled"


class FactorNameConflict(Unprocessable):
    """A factor with the friendly name for this user already exists"""

    code = "mfa_factor_name_conflict"


class TooManyFactors(Unprocessable):
    """Maximum number of verified factors reached, unenroll to continue"""

    code = "too_many_enrolled_mfa_factors"


class FactorNotFound(NotFound):
    """Factor not found"""

    code = "mfa_factor_not_found"


class ChallengeNotFound(Unprocessable):
    """MFA factor with the provided challenge ID not found"""

    code = "mfa_factor_not_found"


class ChallengeElsewhere(Unprocessable):
    """Challenge and verify IP addresses mismatch."""

    code = "mfa_ip_address_mismatch"


class ChallengeExpired(Unprocessable):
    """MFA challenge has expired, verify against another challenge or create a new challenge."""

    code = "mfa_challenge_expired"


class WrongFactorCode(Unprocessable):
    """Invalid TOTP code entered"""

    code = "mfa_verification_failed"


class WrongPhoneCode(Unprocessable):
    """Invalid MFA Phone code entered"""

    code = "mfa_verification_failed"


class FactorRejected(Forbidden):
    """Further MFA verification attempts will be rejected."""

    code = "mfa_verification_rejected"


class WrongRecoveryCode(Unprocessable):
    """Invalid recovery code entered"""

    code = "mfa_verification_failed"


class FactorUnreadable(Unprocessable):
    """The secret of this factor cannot be read: it was sealed with another secret than this server's"""

    code = "mfa_verification_failed"


class FactorLocked(TooManyRequests):
    """Too many failed verification attempts, try again later"""

    code = "over_request_rate_limit"

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(hint=f"Try again in {wait_seconds} s, or sign in where you did before.")
        self.retry_after_seconds = wait_seconds


class EnrollNeedsMore(Forbidden):
    """AAL2 required to enroll a new factor"""

    code = "insufficient_aal"


class UnenrollNeedsMore(Unprocessable):
    """AAL2 required to unenroll verified factor"""

    code = "insufficient_aal"


class RecoveryCodesNeedMore(Forbidden):
    """AAL2 required to make, renew or delete recovery codes"""

    code = "insufficient_aal"


class EditNeedsMore(Unauthenticated):
    """AAL2 session is required to update email or password when MFA is enabled."""

    code = "insufficient_aal"


class RecoveryCodesExist(Unprocessable):
    """Recovery codes are already enrolled for this user, use regenerate to rotate them"""

    code = "mfa_verified_factor_exists"


class RecoveryCodesAlone(Unprocessable):
    """Recovery codes cannot be the only verified factor: enroll another one, or delete the codes first"""

    code = "mfa_recovery_codes_sole_factor"


class RecoveryCodesMissing(NotFound):
    """The user has not enrolled recovery codes"""

    code = "mfa_factor_not_found"


class RecoveryCodesElsewhere(Unprocessable):
    """Recovery codes cannot be unenrolled with this endpoint, use DELETE /factors/recovery-codes"""

    code = "validation_failed"
