"""The body of an operation: a few fields, read whole before anything looks at it."""

from __future__ import annotations

from sahne.errors import PayloadTooLarge
from sahne.gateway.asgi import Receive

BODY_BYTES_MAX = 64 * 1024


async def small_body(receive: Receive, bytes_max: int = BODY_BYTES_MAX) -> bytes | None:
    """A body whole; None when whoever asked has gone. What looks at each field of it tells of each that is wrong.

    Raises:
        PayloadTooLarge: it has more than `bytes_max`.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False) and len(body) <= bytes_max:
        message = await receive()
        body += message.get("body", b"")
    if len(body) > bytes_max:
        raise PayloadTooLarge(hint=f"The body of this operation has at most {bytes_max} bytes.")
    return body if message["type"] == "http.request" else None
