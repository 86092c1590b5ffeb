"""What can be wrong with buckets and objects. The codes are Supabase Storage's; clients match on them."""

from __future__ import annotations

from sahne.errors import Conflict, Forbidden, InvalidRequest, NotFound, PayloadTooLarge, SahneError, Unprocessable


class NoSuchBucket(NotFound):
    """Bucket not found"""

    code = "NoSuchBucket"


class NoSuchKey(NotFound):
    """Object not found"""

    code = "NoSuchKey"


class NoSuchUpload(NotFound):
    """There is no such upload, or its time is over"""

    code = "NoSuchUpload"


class KeyAlreadyExists(Conflict):
    """The resource already exists"""

    code = "KeyAlreadyExists"


class ObjectChanged(Conflict):
    """The object was replaced while it was looked at. Try again."""

    code = "ResourceLocked"


class BucketAlreadyExists(Conflict):
    """The resource already exists"""

    code = "BucketAlreadyExists"


class BucketNotEmpty(Conflict):
    """The bucket you tried to delete is not empty"""

    code = "ResourceNotEmpty"


class AccessDenied(Forbidden):
    """new row violates row-level security policy"""

    code = "AccessDenied"

    @classmethod
    def by_policy(cls, why: str) -> AccessDenied:
        """What a policy refused: the words clients match on and, since they hand on the message alone, why."""
        return cls(f"{AccessDenied.__doc__}: {why}" if why else None)


class ServiceRoleNeeded(AccessDenied):
    """Only the service role may empty a bucket."""


class EntityTooLarge(PayloadTooLarge):
    """The object exceeded the maximum allowed size"""

    code = "EntityTooLarge"


class QuotaExceeded(PayloadTooLarge):
    """The storage of this account is full"""

    code = "QuotaExceeded"


class InvalidMimeType(Unprocessable):
    """The type of the content is not one this bucket takes.

    Supabase's clients hand on the message alone, and send text/plain unless told; the first words are Supabase's own.
    """

    code = "InvalidMimeType"
    status = 415

    def __init__(self, mimetype: str, taken: list[str] | None = None) -> None:
        message = f"mime type {mimetype} is not supported"
        if taken:
            message += f": this bucket takes {', '.join(taken)}; say which it is with contentType"
        super().__init__(message)


class PictureNotTaken(Unprocessable):
    """The bytes are no picture of the types this bucket takes, whatever they are called."""

    code = "InvalidMimeType"
    status = 415

    def __init__(self, declared: str, found: str | None, taken: list[str]) -> None:
        message = f"mime type {found} is not supported" if found else f"the content is no {declared}"
        message += f": this bucket takes {', '.join(taken)}"
        if found == "image/heic":
            message += "; save an iPhone's HEIC as JPEG first"
        super().__init__(message)


class NotRendered(Unprocessable):
    """The object is no picture that can be rendered"""

    code = "ImageProcessingError"


class InvalidKey(InvalidRequest):
    """The name of the object cannot be used."""

    code = "InvalidKey"

    def __init__(self, name: str, *, hint: str | None = None) -> None:
        super().__init__(f"Invalid key: {name}", hint=hint)


class InvalidBucketName(InvalidRequest):
    """Bucket name invalid"""

    code = "InvalidBucketName"


class InvalidFileSizeLimit(InvalidRequest):
    """Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B"""

    code = "InvalidRequest"


class InvalidParameter(InvalidRequest):
    """A parameter is not what it should be."""

    code = "InvalidParameter"


class InvalidSignedToken(InvalidRequest):
    """The token of this signed URL is not valid."""

    code = "InvalidJWT"


class InvalidSignature(InvalidRequest):
    """The token was made for another URL."""

    code = "InvalidSignature"


class BytesMissing(SahneError):
    """The object's row is there and its bytes are not."""

    code = "InternalError"


class SweepRefused(Conflict):
    """Every blob is an orphan: these bytes seem to belong to another database."""

    code = "sweep_refused"
