"""Which headers go on to the project, and which of its answer come back: all but those of one connection or one host.

Source: RFC 9110, 7.6.1 (what is of one connection ends with it).
"""

from __future__ import annotations

from collections.abc import Iterable

from sahne.gateway.asgi import Header

HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"}
    | {b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)

# Who asks, and from where: what a client says of it itself is not passed on as if we had said it
OF_PROXIES = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-prefix"}
    | {b"x-forwarded-proto", b"x-real-ip", b"true-client-ip", b"cf-connecting-ip", b"sb-forwarded-for"}
)

# Said anew: the host, our id, and what uvicorn has answered already (`expect`)
SAID_ANEW = frozenset({b"host", b"x-request-id", b"expect"})

# What the project says of its own host would bind browsers to it at ours; our server has a clock and ids of its own
OF_ITS_HOST = frozenset({b"alt-svc", b"strict-transport-security", b"nel", b"report-to", b"date", b"x-request-id"})


def headers_there(sent: Iterable[Header], *, host: bytes, address: str | None, request_id: str | None) -> list[Header]:
    """Those of a request as the project gets them; `address` is the caller's."""
    sent = list(sent)
    dropped = HOP_BY_HOP | OF_PROXIES | SAID_ANEW | _named_by_connection(sent)
    kept = [(name, value) for name, value in sent if name not in dropped]
    said = [(b"host", host)]
    if address is not None:
        said.append((b"x-forwarded-for", address.encode()))
    if request_id is not None:
        said.append((b"x-request-id", request_id.encode()))
    return said + kept


def headers_back(answered: Iterable[Header], *, project: bytes, here: bytes) -> list[Header]:
    """Those of an answer as the client gets them: an address of the project's doors is one of ours."""
    headers = [(name.lower(), value) for name, value in answered]
    dropped = HOP_BY_HOP | OF_ITS_HOST | _named_by_connection(headers)
    return [
        (name, _moved(value, project, here) if name == b"location" else value)
        for name, value in headers
        if name not in dropped
    ]


def length_in(headers: Iterable[Header]) -> int | None:
    """How many bytes a body has, where its head says so."""
    value = dict(headers).get(b"content-length", b"")
    return int(value) if value.isdigit() else None


def _named_by_connection(headers: Iterable[Header]) -> set[bytes]:
    lists = (value for name, value in headers if name == b"connection")
    return {each.strip().lower() for named in lists for each in named.split(b",")}


def _moved(location: bytes, project: bytes, here: bytes) -> bytes:
    is_its = location[: len(project)].lower() == project.lower() and location[len(project) :][:1] in (b"", b"/", b"?")
    return here + location[len(project) :] if is_its else location
