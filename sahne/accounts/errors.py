"""What accounts refuse, with the codes Supabase's clients match on.

Source: the error codes of the Supabase Auth API. A docstring is the sentence the person reads.
"""

from __future__ import annotations

from sahne.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    SahneError,
    TooManyRequests,
    Unavailable,
    Unprocessable,
)


class ValidationFailed(InvalidRequest):
    """A value cannot be used."""

    code = "validation_failed"


class EmailMissing(ValidationFailed):
    """An email address is required"""


class EmailTooLong(ValidationFailed):
    """An email address is too long"""


class EmailMalformed(ValidationFailed):
    """Unable to validate email address: invalid format"""


class PhoneMalformed(ValidationFailed):
    """Invalid phone number format (E.164 required)"""


class PasswordMissing(ValidationFailed):
    """Signup requires a valid password"""


class PasswordTooLong(ValidationFailed):
    """Password cannot be longer than 72 characters"""


class PasswordHashUnknown(ValidationFailed):
    """Only bcrypt password hashes can be imported"""


class DurationMalformed(ValidationFailed):
    """Invalid format for ban duration"""


class MetadataTooLarge(Unprocessable):
    """The metadata of a user travels in every token and must stay small"""

    code = "validation_failed"


class MetadataUnfit(Unprocessable):
    """Metadata may hold integers of at most 64 bits and be nested at most 254 levels deep"""

    code = "validation_failed"


class AnonymousPassword(Unprocessable):
    """Updating password of an anonymous user without an email or phone is not allowed"""

    code = "validation_failed"


class WeakPassword(Unprocessable):
    """Password is too weak."""

    code = "weak_password"

    def __init__(self, reasons: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.reasons = reasons


class PasswordsUnchecked(Unavailable):
    """Passwords cannot be looked up among leaked ones now; try again shortly"""


class SamePassword(Unprocessable):
    """New password should be different from the old password."""

    code = "same_password"


class CurrentPasswordWrong(InvalidRequest):
    """Current password is incorrect."""

    code = "current_password_invalid"


class UserAlreadyExists(Unprocessable):
    """User already registered"""

    code = "user_already_exists"


class EmailExists(Unprocessable):
    """A user with this email address has already been registered"""

    code = "email_exists"


class PhoneExists(Unprocessable):
    """Phone number already registered by another user"""

    code = "phone_exists"


class IdExists(Unprocessable):
    """A user with this id has already been registered"""

    code = "user_already_exists"


class IdentifierMissing(ValidationFailed):
    """Cannot create a user without either an email or phone"""


class SignUpDisabled(Unprocessable):
    """Signups not allowed for this instance"""

    code = "signup_disabled"


class AnonymousDisabled(Unprocessable):
    """Anonymous sign-ins are disabled"""

    code = "anonymous_provider_disabled"


class EmailSignUpDisabled(InvalidRequest):
    """Email signups are disabled"""

    code = "email_provider_disabled"


class EmailDisabled(Unprocessable):
    """Email logins are disabled"""

    code = "email_provider_disabled"


class PhoneSignUpDisabled(InvalidRequest):
    """Phone signups are disabled"""

    code = "phone_provider_disabled"


class PhoneDisabled(Unprocessable):
    """Phone logins are disabled"""

    code = "phone_provider_disabled"


class PhoneNotConfirmed(InvalidRequest):
    """Phone not confirmed"""

    code = "phone_not_confirmed"


class NumberNotServed(Unprocessable):
    """Nothing is sent to numbers of this country"""

    code = "validation_failed"


class PhoneVerificationUnsupported(ValidationFailed):
    """Invalid sms verification type"""


class InvalidCredentials(InvalidRequest):
    """Invalid login credentials"""

    code = "invalid_credentials"


class EmailNotConfirmed(InvalidRequest):
    """Email not confirmed"""

    code = "email_not_confirmed"


class OtpExpired(Forbidden):
    """Token has expired or is invalid"""

    code = "otp_expired"


class LinkExpired(OtpExpired):
    """Email link is invalid or has expired"""


class VerifyingUserBanned(Forbidden):
    """User is banned"""

    code = "user_banned"


class ReauthenticationNeeded(InvalidRequest):
    """Password update requires reauthentication"""

    code = "reauthentication_needed"


class ReauthenticationInvalid(Unprocessable):
    """Nonce has expired or is invalid"""

    code = "reauthentication_not_valid"


class UnreachableByLetter(Unprocessable):
    """Reauthentication requires the user to have an email or a phone number"""

    code = "validation_failed"


class LinkTypeUnknown(ValidationFailed):
    """Invalid email action link type requested"""


class SecureChangeOff(ValidationFailed):
    """Enable secure email change to generate link for current email"""


class VerificationUnsupported(ValidationFailed):
    """Invalid email verification type"""


class ChallengeIncomplete(ValidationFailed):
    """PKCE flow requires code_challenge_method and code_challenge"""


class ChallengeLength(ValidationFailed):
    """code challenge has to be between 43 and 128 characters"""


class ChallengeCharacters(ValidationFailed):
    """code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes"""


class ChallengeMethodUnknown(ValidationFailed):
    """unsupported code_challenge method: s256 and plain are known"""


class FlowIncomplete(ValidationFailed):
    """invalid request: both auth code and code verifier should be non-empty"""


class FlowStateNotFound(NotFound):
    """invalid flow state, no valid flow state found"""

    code = "flow_state_not_found"


class FlowStateExpired(Unprocessable):
    """invalid flow state, flow state has expired"""

    code = "flow_state_expired"


class BadCodeVerifier(InvalidRequest):
    """code challenge does not match previously saved code verifier"""

    code = "bad_code_verifier"


class UserBanned(InvalidRequest):
    """User is banned"""

    code = "user_banned"


class AccountSuspended(Forbidden):
    """User is banned"""

    code = "user_banned"


class UserNotFound(NotFound):
    """User not found"""

    code = "user_not_found"


class SubjectNotFound(Forbidden):
    """User from sub claim in JWT does not exist"""

    code = "user_not_found"


class SessionNotFound(Forbidden):
    """Session from session_id claim in JWT does not exist"""

    code = "session_not_found"


class RefreshTokenMissing(ValidationFailed):
    """refresh_token required"""


class RefreshTokenNotFound(InvalidRequest):
    """Invalid Refresh Token: Refresh Token Not Found"""

    code = "refresh_token_not_found"


class RefreshTokenAlreadyUsed(InvalidRequest):
    """Invalid Refresh Token: Already Used"""

    code = "refresh_token_already_used"


class RefreshingUserBanned(UserBanned):
    """Invalid Refresh Token: User Banned"""


class RefreshSessionMissing(InvalidRequest):
    """Invalid Refresh Token: No Valid Session Found"""

    code = "session_not_found"


class SessionExpired(InvalidRequest):
    """Invalid Refresh Token: Session Expired"""

    code = "session_expired"


class SessionIdle(SessionExpired):
    """Invalid Refresh Token: Session Expired (Inactivity)"""


class SessionSuperseded(SessionExpired):
    """Invalid Refresh Token: Session Expired (Revoked by Newer Login)"""


class RefreshContended(Conflict):
    """Too many concurrent token refresh requests on the same session or refresh token"""


class PasswordsBusy(TooManyRequests):
    """Too many passwords are being checked at once; try again shortly"""

    code = "over_request_rate_limit"


class UserNotSaved(SahneError):
    """Database error saving the user"""

    code = "unexpected_failure"
