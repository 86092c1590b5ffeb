"""Who signed a request: the server's own pair of keys, which is the service role, or a person by their access token.

A person signs with the public key of apps (any access key id, the anonymous or the publishable key as the secret) and
sends their token as the session token: the signature proves nothing then, and the token is what counts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.requests import Request

from sahne.database.actor import SERVICE, Actor
from sahne.errors import InvalidToken
from sahne.gateway.parts import Parts
from sahne.gateway.storage.s3.bodies import SigningKey
from sahne.gateway.storage.s3.errors import InvalidAccessKeyId, InvalidSessionToken
from sahne.gateway.storage.s3.signature import Signature, SignedRequest, query_pairs, signature_of, verify
from sahne.objects.errors import AccessDenied


def who_signed(parts: Parts, request: Request) -> tuple[Actor, SigningKey]:
    """The caller, and the key by which chunks of the body are signed.

    Raises:
        AccessDenied, AuthorizationMalformed, InvalidAccessKeyId, InvalidSessionToken, SignatureDoesNotMatch,
        HeadersNotSigned, RequestTimeTooSkewed, RequestExpired.
    """
    signed = SignedRequest(
        method=request.method,
        path=request.url.path,
        query=query_pairs(request.url.query),
        headers=request.headers,
        hosts=_hosts(parts, request),
    )
    signature = signature_of(signed)
    if signature is None:
        raise AccessDenied("The request must be signed (AWS4-HMAC-SHA256)")
    secret = verify(signed, signature, _secrets(parts, signature))
    signature.refuse_unsigned(request.headers)
    signature.refuse_untimely(datetime.now(UTC))
    return _actor(parts, request, signature), SigningKey(signature, signature.key(secret))


def _secrets(parts: Parts, signature: Signature) -> tuple[str, ...]:
    settings = parts.settings
    if signature.session_token is not None:
        return settings.anon_key, settings.publishable_key
    if settings.s3_protocol_access_key_id is None or settings.s3_protocol_access_key_secret is None:
        hint = "Set SAHNE_S3_PROTOCOL_ACCESS_KEY_ID and SAHNE_S3_PROTOCOL_ACCESS_KEY_SECRET, or send a session token."
        raise InvalidAccessKeyId(hint=hint)
    if signature.access_key != settings.s3_protocol_access_key_id:
        raise InvalidAccessKeyId()
    return (settings.s3_protocol_access_key_secret,)


def _actor(parts: Parts, request: Request, signature: Signature) -> Actor:
    if signature.session_token is None:
        return SERVICE
    origin = request.headers.get("origin")
    if parts.development_keys.is_foreign(origin.encode("latin-1") if origin else None):
        parts.development_keys.refuse_token(signature.session_token)
    try:
        return parts.verifier.actor(signature.session_token)
    except InvalidToken as error:
        raise InvalidSessionToken(details=error.message) from error


def _hosts(parts: Parts, request: Request) -> tuple[str, ...]:
    """As the client may have called us: proxies change the `Host`."""
    forwarded = request.headers.get("x-forwarded-host", "").partition(",")[0].strip()
    given = (request.headers.get("host", ""), forwarded, urlsplit(parts.settings.api_url).netloc)
    return tuple(dict.fromkeys(host for host in given if host))
