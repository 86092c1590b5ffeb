"""An address of one object of a bucket that holds for a while, by Signature Version 4 in the query; no I/O.

What it says is written down at
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html. `obstore` signs addresses too, but
cannot put into them what the answer's headers shall be, and a bucket knows no object's name or type.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

from sahne.object_stores import Bucket

ALGORITHM = "AWS4-HMAC-SHA256"
SECONDS_MAX = 604_800
# Which headers of its answer one may choose, by the parameter that does
CHOSEN = {
    "content-type": "response-content-type",
    "content-disposition": "response-content-disposition",
    "cache-control": "response-cache-control",
}


def presigned_url(bucket: Bucket, key: str, headers: Mapping[str, str], moment: datetime, seconds: int) -> str:
    """Where to GET `key` of `bucket` for so many seconds; `moment` is in UTC, and the bucket's access has a key."""
    assert bucket.access.key_id
    assert bucket.access.secret
    url = urlsplit(url_of(bucket, key))
    day, region = f"{moment:%Y%m%d}", bucket.access.region
    scope = f"{day}/{region}/s3/aws4_request"
    query = _query(
        {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{bucket.access.key_id}/{scope}",
            "X-Amz-Date": f"{moment:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": str(min(seconds, SECONDS_MAX)),
            "X-Amz-SignedHeaders": "host",
        }
        | {parameter: headers[name] for name, parameter in CHOSEN.items() if name in headers}
    )
    request = "\n".join(("GET", url.path, query, f"host:{url.netloc}", "", "host", "UNSIGNED-PAYLOAD"))
    hashed = hashlib.sha256(request.encode()).hexdigest()
    signed = "\n".join((ALGORITHM, f"{moment:%Y%m%dT%H%M%SZ}", scope, hashed))
    signature = _mac(_signing_key(bucket.access.secret, day, region), signed).hex()
    return f"{url.scheme}://{url.netloc}{url.path}?{query}&X-Amz-Signature={signature}"


def url_of(bucket: Bucket, key: str) -> str:
    """The object's own address."""
    path = "/".join(filter(None, (bucket.prefix, key)))
    return f"{base_of(bucket)}/{quote(path, safe='/-_.~')}"


def base_of(bucket: Bucket) -> str:
    """The address below which the bucket's objects are."""
    access = bucket.access
    endpoint = (access.endpoint or f"https://s3.{access.region}.amazonaws.com").rstrip("/")
    if access.path_style:
        return f"{endpoint}/{bucket.name}"
    scheme, _, host = endpoint.partition("://")
    return f"{scheme}://{bucket.name}.{host}"


def _query(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(parameters[name], safe='')}" for name in sorted(parameters))


def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
