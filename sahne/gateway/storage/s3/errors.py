"""What can be wrong in the S3 protocol. The codes are S3's; clients match on them."""

from __future__ import annotations

from sahne.errors import Forbidden, InvalidRequest, NotFound, SahneError


class SignatureDoesNotMatch(Forbidden):
    """The request signature we calculated does not match the signature you provided. Check your key."""

    code = "SignatureDoesNotMatch"


class InvalidAccessKeyId(Forbidden):
    """The access key id you provided does not exist in our records."""

    code = "InvalidAccessKeyId"


class RequestTimeTooSkewed(Forbidden):
    """The difference between the request time and the current time is too large."""

    code = "RequestTimeTooSkewed"


class RequestExpired(Forbidden):
    """Request has expired"""

    code = "AccessDenied"


class HeadersNotSigned(Forbidden):
    """There were headers present in the request which were not signed"""

    code = "AccessDenied"


class InvalidSessionToken(InvalidRequest):
    """The session token is not a valid access token."""

    code = "InvalidToken"


class AuthorizationMalformed(InvalidRequest):
    """The authorization that you provided is malformed."""

    code = "AuthorizationHeaderMalformed"


class BadDigest(InvalidRequest):
    """The checksum you specified did not match what we received."""

    code = "BadDigest"


class ContentSha256Mismatch(InvalidRequest):
    """The provided 'x-amz-content-sha256' header does not match what was computed."""

    code = "XAmzContentSHA256Mismatch"


class IncompleteBody(InvalidRequest):
    """You did not provide the number of bytes you announced."""

    code = "IncompleteBody"


class MalformedXml(InvalidRequest):
    """The XML you provided was not well-formed or did not validate against our published schema."""

    code = "MalformedXML"


class InvalidArgument(InvalidRequest):
    """An argument is not what it should be."""

    code = "InvalidArgument"


class InvalidPart(InvalidRequest):
    """One or more of the specified parts could not be found, or has another entity tag."""

    code = "InvalidPart"


class InvalidPartOrder(InvalidRequest):
    """The list of parts was not in ascending order."""

    code = "InvalidPartOrder"


class NotConfigured(NotFound):
    """The configuration does not exist"""

    code = "NoSuchConfiguration"


class MethodNotAllowed(InvalidRequest):
    """The specified method is not allowed against this resource."""

    code = "MethodNotAllowed"
    status = 405


class NotOffered(SahneError):
    """A header or parameter you provided implies functionality that is not offered here."""

    code = "NotImplemented"
    status = 501
