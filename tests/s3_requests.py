"""Requests in S3's protocol, signed by hand as a person."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import httpx

from sahne.gateway.storage.s3.signature import ALGORITHM, SignedRequest, query_pairs, sign_request, signature_of
from tests.buckets import Caller


def signed(
    person: Caller,
    method: str,
    path: str,
    content: bytes = b"",
    *,
    at: datetime | None = None,
    sha256: str | None = None,
    sent_to: str | None = None,
    added: Mapping[str, str] | None = None,
    **more: str,
) -> httpx.Response:
    """A request that is signed with the anonymous key, as Supabase's documentation has it for people.

    `more` are headers (`x_amz_acl`), signed where S3 reads them; `added` come afterwards.
    """
    url = urlsplit(f"{person.settings.api_url}/storage/v1/s3{path}")
    moment = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    host = sent_to or url.netloc
    headers = {
        "host": host,
        "x-amz-date": moment,
        "x-amz-content-sha256": sha256 or hashlib.sha256(content).hexdigest(),
        "x-amz-security-token": person.token,
    } | {name.replace("_", "-"): each for name, each in more.items()}
    names = ";".join(sorted(name for name in headers if name == "host" or name.startswith("x-amz-")))
    headers["authorization"] = (
        f"{ALGORITHM} Credential=sahne/{moment[:8]}/local/s3/aws4_request, SignedHeaders={names}, Signature=x"
    )
    request = SignedRequest(
        method=method, path=unquote(url.path), query=query_pairs(url.query), headers=headers, hosts=(host,)
    )
    told = signature_of(request)
    assert told is not None
    value = sign_request(told.key(person.settings.anon_key), request, told, host)
    headers["authorization"] = headers["authorization"].replace("Signature=x", f"Signature={value}")
    headers["host"] = url.netloc
    return person.http.request(
        method,
        url.geturl(),
        content=content,
        headers=headers | dict(added or {}),
    )


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text.partition("<Code>")[2].partition("<")[0]
