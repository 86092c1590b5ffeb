"""Refusals in this door's dialect: by API version, with the code beside in `x-sb-error-code`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts.errors import ValidationFailed, WeakPassword
from sahne.accounts.factor_errors import FactorLocked
from sahne.errors import Forbidden, InvalidRequest, NotFound, SahneError, Unauthenticated, Unavailable, Unprocessable
from sahne.gateway.rates import RateExceeded

VERSION_HEADER = "x-supabase-api-version"
CODE_HEADER = "x-sb-error-code"
NEW_VERSION = "2024-01-01"
_VERSION = re.compile(r"2\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")

Handler = Callable[[Request], Awaitable[Response]]


class NoAuthorization(Unauthenticated):
    """This endpoint requires a valid Bearer token"""

    code = "no_authorization"


class BadJwt(Forbidden):
    """invalid JWT: unable to parse or verify signature"""

    code = "bad_jwt"


class ExpiredJwt(BadJwt):
    """invalid JWT: token is expired; refresh the session (auth.refreshSession) and try again"""


class SubjectMissing(BadJwt):
    """invalid claim: missing sub claim"""


class NotAdmin(Forbidden):
    """User not allowed"""

    code = "not_admin"


class AppMetadataForbidden(NotAdmin):
    """Updating app_metadata requires admin privileges"""


class BadJson(InvalidRequest):
    """Could not parse request body as JSON"""

    code = "bad_json"


class PaginationMalformed(ValidationFailed):
    """Bad Pagination Parameters: page and per_page are numbers greater than 0"""


class IdMalformed(ValidationFailed):
    """ID must conform to the uuid v4 format"""


class UserIdMalformed(ValidationFailed):
    """user_id must be an UUID"""

    status = 404


class ScopeUnsupported(ValidationFailed):
    """Unsupported logout scope"""


class GrantUnsupported(InvalidRequest):
    """unsupported_grant_type"""

    code = "invalid_credentials"


class NoSuchPath(NotFound):
    """Sahne has no such path or method under /auth/v1"""


class OverRequestRateLimit(RateExceeded):
    """Request rate limit reached"""

    code = "over_request_rate_limit"


class OverEmailSendRateLimit(RateExceeded):
    """email rate limit exceeded"""

    code = "over_email_send_rate_limit"

    @classmethod
    def of_an_address(cls, wait_seconds: float) -> Self:
        """After a letter to one address, in the words that clients know."""
        error = cls(retry_after_seconds=wait_seconds)
        error.message = f"For security purposes, you can only request this after {error.retry_after_seconds} seconds."
        return error


class OverSmsSendRateLimit(OverEmailSendRateLimit):
    """sms rate limit exceeded"""

    code = "over_sms_send_rate_limit"


class ChannelUnsupported(ValidationFailed):
    """Invalid channel, supported values are 'sms' or 'whatsapp'. 'whatsapp' is only supported where it is set up."""


class OneIdentifier(ValidationFailed):
    """Only an email address or phone number should be provided"""


class OtpDisabled(Unprocessable):
    """OTPs are disabled: this server sends no mail (SAHNE_SMTP_URL is not set); sign in with a password"""

    code = "otp_disabled"


class CaptchaFailed(InvalidRequest):
    """captcha protection: request disallowed"""

    code = "captcha_failed"


class CaptchaUnavailable(Unavailable):
    """The captcha cannot be verified now; try again shortly"""


class ChannelWithoutPhone(ValidationFailed):
    """Channel should only be specified with Phone OTP"""


class ResendTypeMissing(ValidationFailed):
    """Missing one of these types: signup, email_change, sms, phone_change"""


class TokenMissing(ValidationFailed):
    """Verify requires a token or a token hash"""


class TokenTwice(ValidationFailed):
    """Verify requires either a token or a token hash"""


class TypeMissing(ValidationFailed):
    """Verify requires a verification type"""


class TokenHashAlone(ValidationFailed):
    """Only the token_hash and type should be provided"""


class WhoseCode(ValidationFailed):
    """Only an email address or phone number should be provided on verify"""


def in_dialect(handler: Handler) -> Handler:
    """A handler whose refusals are said in this dialect and whose answers echo the API version."""

    async def answer(request: Request) -> Response:
        try:
            response = await handler(request)
        except SahneError as error:
            response = refuse(request, error)
        if _is_new(request):
            response.headers[VERSION_HEADER] = NEW_VERSION
        return response

    return answer


def refuse(request: Request, error: SahneError) -> Response:
    """`{code, message}` for clients of 2024 and later, `{code: status, error_code, msg}` for older ones."""
    body: dict[str, Any]
    if _is_new(request):
        body = {"code": error.code, "message": error.message}
    else:
        body = {"code": error.status, "error_code": error.code, "msg": error.message}
    if error.hint:
        body["hint"] = error.hint
    if isinstance(error, WeakPassword):
        body["weak_password"] = {"reasons": list(error.reasons)}
    headers = {CODE_HEADER: error.code}
    if _is_new(request):
        headers[VERSION_HEADER] = NEW_VERSION
    if error.status in (429, 503):
        headers["retry-after"] = str(error.retry_after_seconds if isinstance(error, RateExceeded | FactorLocked) else 1)
    return JSONResponse(body, error.status, headers)


def _is_new(request: Request) -> bool:
    version = request.headers.get(VERSION_HEADER, "")
    return bool(_VERSION.fullmatch(version)) and version >= NEW_VERSION
