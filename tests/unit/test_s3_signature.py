"""AWS Signature Version 4: the examples of Amazon's own documents, and what differs from them in any place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sahne.gateway.storage.s3.bodies import SigningKey, body_of
from sahne.gateway.storage.s3.errors import (
    AuthorizationMalformed,
    BadDigest,
    IncompleteBody,
    MalformedXml,
    RequestExpired,
    RequestTimeTooSkewed,
    SignatureDoesNotMatch,
)
from sahne.gateway.storage.s3.signature import (
    EMPTY_SHA256,
    UNSIGNED,
    Signature,
    SignedRequest,
    query_pairs,
    signature_of,
    verify,
)
from sahne.gateway.storage.s3.xml import read, written

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HOST = "examplebucket.s3.amazonaws.com"
CREDENTIAL = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
BEGAN = datetime(2013, 5, 24, tzinfo=UTC)
MOMENT = "20130524T000000Z"


def of_header(
    method: str, path: str, signed: str, signature: str, headers: dict[str, str], host: str = HOST
) -> SignedRequest:
    authorization = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL},SignedHeaders={signed},Signature={signature}"
    told = {"host": host, "authorization": authorization, "x-amz-date": MOMENT} | headers
    return SignedRequest(method=method, path=path, query=(), headers=told, hosts=(host,))


GET = of_header(
    "GET",
    "/test.txt",
    "host;range;x-amz-content-sha256;x-amz-date",
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    {"range": "bytes=0-9", "x-amz-content-sha256": EMPTY_SHA256},
)
PUT = of_header(
    "PUT",
    "/test$file.text",
    "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    {
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    },
)
PRESIGNED = SignedRequest(
    method="GET",
    path="/test.txt",
    query=query_pairs(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    ),
    headers={"host": HOST},
    hosts=(HOST,),
)
CHUNKED = of_header(
    "PUT",
    "/examplebucket/chunkObject.txt",
    "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    {
        "content-encoding": "aws-chunked",
        "content-length": "66824",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    },
    "s3.amazonaws.com",
)


def signature(request: SignedRequest) -> Signature:
    found = signature_of(request)
    assert found is not None
    return found


@pytest.mark.parametrize("request_", [GET, PUT, PRESIGNED, CHUNKED], ids=["get", "put", "presigned", "chunked"])
def test_the_documents_own_examples_verify_and_nothing_near_them(request_: SignedRequest) -> None:
    told = signature(request_)
    assert verify(request_, told, ["another", SECRET]) == SECRET
    others = [
        replace(request_, method="DELETE"),
        replace(request_, path=request_.path + "x"),
        replace(request_, query=(*request_.query, ("acl", ""))),
        replace(request_, hosts=("elsewhere.example",)),
    ]
    for other in others:
        with pytest.raises(SignatureDoesNotMatch):
            verify(other, told, [SECRET])
    with pytest.raises(SignatureDoesNotMatch):
        verify(request_, told, ["another"])


def test_a_signature_is_good_in_its_time() -> None:
    signature(GET).refuse_untimely(BEGAN + timedelta(minutes=14))
    with pytest.raises(RequestTimeTooSkewed):
        signature(GET).refuse_untimely(BEGAN + timedelta(minutes=16))
    with pytest.raises(RequestTimeTooSkewed):
        signature(GET).refuse_untimely(BEGAN - timedelta(minutes=16))
    signature(PRESIGNED).refuse_untimely(BEGAN + timedelta(hours=23))
    with pytest.raises(RequestExpired):
        signature(PRESIGNED).refuse_untimely(BEGAN + timedelta(hours=25))


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y",
        f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=x-amz-date, Signature=y",
        f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=",
    ],
)
def test_what_is_no_signature_is_told_so(authorization: str) -> None:
    with pytest.raises(AuthorizationMalformed):
        signature_of(replace(GET, headers=dict(GET.headers) | {"authorization": authorization}))
    assert signature_of(replace(GET, headers={"authorization": "Bearer x"})) is None


CHUNKS = (
    b"10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"
    + b"a" * 65536
    + b"\r\n"
    b"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + b"a" * 1024 + b"\r\n"
    b"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
)


async def content(body: bytes, headers: dict[str, str], signing: SigningKey, piece: int = 1000) -> bytes:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), piece):
            yield body[at : at + piece]

    chunks, _ = body_of(pieces(), headers, signing)
    return b"".join([chunk async for chunk in chunks])


@pytest.mark.anyio
async def test_signed_chunks_are_put_together_and_a_changed_one_is_found() -> None:
    signing = SigningKey(signature(CHUNKED), signature(CHUNKED).key(SECRET))
    headers = dict(CHUNKED.headers)
    for piece in (1000, 7, 100_000):
        assert await content(CHUNKS, headers, signing, piece) == b"a" * 66560
    with pytest.raises(SignatureDoesNotMatch):
        await content(CHUNKS.replace(b"aaa\r\n0;", b"aab\r\n0;"), headers, signing)
    with pytest.raises(IncompleteBody):
        await content(CHUNKS[:60_000], headers, signing)
    with pytest.raises(IncompleteBody):
        await content(CHUNKS, headers | {"x-amz-decoded-content-length": "66561"}, signing)
    small = b"1\r\na\r\n"  # no chunk but the last may be
    for broken in (small + small + b"0\r\n\r\n", b"xyz\r\n", b"-1\r\n", b"3\r\nabcd\r\n", b"1" * 10_000):
        with pytest.raises(IncompleteBody):
            await content(
                broken,
                {},
                SigningKey(replace(signing.signature, payload_sha256="STREAMING-UNSIGNED-PAYLOAD-TRAILER"), b""),
            )


@pytest.mark.anyio
async def test_a_sum_behind_the_content_is_held_against_it() -> None:
    signing = SigningKey(replace(signature(GET), payload_sha256="STREAMING-UNSIGNED-PAYLOAD-TRAILER"), b"")
    headers = {"x-amz-trailer": "x-amz-checksum-crc32", "x-amz-decoded-content-length": "5"}
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n"
    assert await content(body % b"NhCmhg==", headers, signing) == b"hello"
    for wrong in (b"NhCmhQ==", b"", b"!"):
        with pytest.raises(BadDigest):
            await content(body % wrong, headers, signing)
    with pytest.raises(BadDigest):
        await content(
            b"hello", {"content-md5": "AAAA"}, SigningKey(replace(signature(GET), payload_sha256=UNSIGNED), b"")
        )


def test_documents_declare_nothing() -> None:
    assert (
        read(written("Delete", {"Object": [{"Key": "a&<b"}, {"Key": None}], "Quiet": True})).findtext("Object/Key")
        == "a&<b"
    )
    declared = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    for wrong in (b"", b"<a", declared.encode(), declared.encode("utf-16"), declared.encode("utf-16-be")):
        with pytest.raises(MalformedXml):
            read(wrong)
