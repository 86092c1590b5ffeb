"""The page's files as they are sent: compressed where the build did that and the caller takes it, each with its ETag."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sahne.gateway.page import CONTENT_SECURITY_POLICY, PageFiles, takes

pytestmark = pytest.mark.anyio

SCRIPT = b"export const answer = 42;\n" * 100


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "a-1.js").write_bytes(SCRIPT)
    (assets / "a-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "a-1.js.br").write_bytes(b"as brotli has it")
    (assets / "b-1.css").write_bytes(b"a { b: c }")
    transport = httpx.ASGITransport(PageFiles(directory=tmp_path))
    async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
        yield client


async def raw(page: httpx.AsyncClient, path: str, accepted: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """The answer with its bytes as they came."""
    async with page.stream("GET", path, headers={"accept-encoding": accepted} | headers) as answer:
        return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


@pytest.mark.parametrize(
    ("accepted", "coding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", b"as brotli has it"),
        ("gzip", "gzip", None),
        ("br;q=0, gzip;q=0.5", "gzip", None),
        ("identity", None, SCRIPT),
        ("", None, SCRIPT),
        ("gzip;q=0", None, SCRIPT),
    ],
)
async def test_the_best_that_the_caller_takes_is_sent(
    page: httpx.AsyncClient, accepted: str, coding: str | None, body: bytes | None
) -> None:
    answer, sent = await raw(page, "/assets/a-1.js", accepted)
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert int(answer.headers["content-length"]) == len(sent)
    assert (gzip.decompress(sent) if coding == "gzip" else sent) == (body or SCRIPT)


async def test_each_form_has_an_etag_of_its_own(page: httpx.AsyncClient) -> None:
    tags = {
        accepted: (await raw(page, "/assets/a-1.js", accepted))[0].headers["etag"] for accepted in ("br", "gzip", "")
    }
    assert len(set(tags.values())) == 3
    same, nothing = await raw(page, "/assets/a-1.js", "gzip", **{"if-none-match": tags["gzip"]})
    assert (same.status_code, nothing, same.headers["vary"]) == (304, b"", "accept-encoding")
    other, _ = await raw(page, "/assets/a-1.js", "br", **{"if-none-match": tags["gzip"]})
    assert other.status_code == 200


async def test_what_was_not_compressed_is_sent_as_it_is(page: httpx.AsyncClient) -> None:
    answer, sent = await raw(page, "/assets/b-1.css", "br, gzip")
    assert "content-encoding" not in answer.headers
    assert "vary" not in answer.headers
    assert sent == b"a { b: c }"


@pytest.mark.parametrize(("accepted", "taken"), [("br", True), (" BR ; q=1", True), ("brotli", False), ("x-br", False)])
def test_a_coding_is_known_by_its_whole_name(accepted: str, taken: bool) -> None:
    assert takes(accepted, "br") is taken
