"""The body of an operation: a few fields, read whole before anything looks at it."""

from __future__ import annotations

from sahne.errors import PayloadTooLarge
from sahne.gateway.asgi import Door, Message, Receive, Scope, Send

BODY_BYTES_MAX = 64 * 1024


def with_small_bodies(door: Door) -> Door:
    """A door whose bodies are small: what looks at each field of one tells of each that is wrong.

    The one behind it receives the body in one piece. Raises PayloadTooLarge before the door is asked.
    """

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        pieces: list[bytes] = []
        size = 0
        message: Message = await receive()
        while message["type"] == "http.request":
            piece = message.get("body", b"")
            size += len(piece)
            if size > BODY_BYTES_MAX:
                raise PayloadTooLarge(hint=f"The body of an operation has at most {BODY_BYTES_MAX} bytes.")
            pieces.append(piece)
            if not message.get("more_body", False):
                break
            message = await receive()
        whole: Message | None = message if message["type"] != "http.request" else {
            "type": "http.request", "body": b"".join(pieces), "more_body": False,
        }  # fmt: skip

        async def received() -> Message:
            nonlocal whole
            if whole is None:
                return await receive()
            first, whole = whole, None
            return first

        await door(scope, received, send)

    return reading
