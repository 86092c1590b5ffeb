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
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return  # whoever asked has gone
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > BODY_BYTES_MAX:
                raise PayloadTooLarge(hint=f"The body of an operation has at most {BODY_BYTES_MAX} bytes.")
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def in_one_piece() -> Message:
            return whole.pop() if whole else await receive()

        await door(scope, in_one_piece, send)

    return reading
