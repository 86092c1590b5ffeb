"""Expo's push service: up to a hundred pushes in one question, a ticket for each, and a receipt some time later.

Source: "Send notifications with the Expo Push Service". What comes within a few milliseconds goes together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import orjson

from sahne.providers.outgoing import Outgoing, Unreached
from sahne.providers.push import Gone, Later, Outcome, Push, Refused, Sent
from sahne.providers.push.lifetime import EXPIRED, TOO_LARGE, of_failing_service, seconds_left

CONNECTIONS_MAX = 6  # as many as Expo wants to see
TOGETHER_MAX = 100
GATHER_SECONDS = 0.01
RECEIPTS_MAX = 1000
PAYLOAD_BYTES_MAX = 4096
ANSWER_BYTES_MAX = 1024 * 1024

Waiting = tuple[dict[str, Any], "asyncio.Future[Outcome]"]


class Expo:
    """The channel `expo`; `access_token` is needed where the project asks for one."""

    def __init__(self, url: str, access_token: str | None) -> None:
        self._url = f"{url.rstrip('/')}/--/api/v2/push"
        self._headers = {"content-type": "application/json", "accept": "application/json"}
        if access_token:
            self._headers["authorization"] = f"Bearer {access_token}"
        self._outgoing = Outgoing(connections_max=CONNECTIONS_MAX, answer_bytes_max=ANSWER_BYTES_MAX)
        self._waiting: list[Waiting] = []
        self._going: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """See `ClosableChannel`."""
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)
        _put_off(self._waiting)
        await self._outgoing.close()

    async def send(self, push: Push) -> Outcome:
        """See `Channel.send`; `Sent.id` is the ticket, whose receipt is asked for later."""
        if seconds_left(push) <= 0:
            return EXPIRED
        message = message_of(push)
        if len(orjson.dumps(message)) > PAYLOAD_BYTES_MAX:
            return TOO_LARGE
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, outcome))
        if len(self._waiting) == 1:
            self._start(self._gather())
        elif len(self._waiting) >= TOGETHER_MAX:
            self._start(self._send_waiting())
        return await outcome

    async def receipts(self, tickets: Sequence[str]) -> Mapping[str, Outcome]:
        """What became of pushes with Apple and Google, by ticket, as far as Expo knows; `RECEIPTS_MAX` at most.

        Many are there after a quarter of an hour, none after a day.

        Raises:
            Unreached: Expo does not say.
        """
        reply = await self._outgoing.post(
            f"{self._url}/getReceipts", self._headers, orjson.dumps({"ids": list(tickets[:RECEIPTS_MAX])})
        )
        told = reply.json().get("data")
        if reply.status != 200 or not isinstance(told, dict):
            raise Unreached(f"Expo answers {reply.status}")
        return {str(ticket): outcome_of(receipt, str(ticket)) for ticket, receipt in told.items()}

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="sahne expo pushes")
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _gather(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        await self._send_waiting()

    async def _send_waiting(self) -> None:
        together, self._waiting = self._waiting[:TOGETHER_MAX], self._waiting[TOGETHER_MAX:]
        if not together:
            return
        try:
            outcomes = await self._ask([message for message, _ in together])
            for (_, waiting), outcome in zip(together, outcomes, strict=True):
                if not waiting.done():  # whoever waited may be gone
                    waiting.set_result(outcome)
        except Unreached:
            pass
        finally:
            _put_off(together)

    async def _ask(self, messages: list[dict[str, Any]]) -> list[Outcome]:
        """An outcome for each message, in order."""
        reply = await self._outgoing.post(f"{self._url}/send", self._headers, orjson.dumps(messages))
        if later := of_failing_service(reply):
            return [later] * len(messages)
        tickets = reply.json().get("data")
        if reply.status == 200 and isinstance(tickets, list) and len(tickets) == len(messages):
            return [outcome_of(ticket) for ticket in tickets]
        if reply.status in (401, 403):
            return [Later(None)] * len(messages)  # a token to mend
        if len(messages) > 1:  # one that Expo cannot read, or of another project, spoils all that go with it
            return [outcome for message in messages for outcome in await self._ask([message])]
        return [Refused(_first_code(reply.json()) or str(reply.status))]


def _put_off(waiting: list[Waiting]) -> None:
    for _, outcome in waiting:
        if not outcome.done():
            outcome.set_result(Later(None))


def message_of(push: Push) -> dict[str, Any]:
    """A push message. Without a title the app is woken and nothing is shown."""
    message: dict[str, Any] = {
        "to": push.token,
        "data": push.data,
        "expiration": int(push.expires_at.timestamp()),
        "priority": "high" if push.urgent else "default",
    }
    if push.title:
        message |= {"title": push.title, "body": push.body, "sound": "default"}
    else:
        message["_contentAvailable"] = True
    if push.collapse:
        message |= {"collapseId": push.collapse, "tag": push.collapse}
    return message


def outcome_of(told: Any, ticket: str = "") -> Outcome:
    """What a ticket or a receipt means."""
    if not isinstance(told, dict):
        return Later(None)
    if told.get("status") == "ok":
        return Sent(str(told.get("id") or ticket))
    details = told.get("details")
    match details.get("error") if isinstance(details, dict) else None:
        case "DeviceNotRegistered":
            return Gone()
        case "MessageTooBig":
            return TOO_LARGE
        case "MessageRateExceeded" | "InvalidCredentials" | "ProviderError" | "ExpoError":
            return Later(None)
        case code:
            return Refused(str(code or "refused"))


def _first_code(answer: Mapping[str, Any]) -> str | None:
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first.get("code")) if isinstance(first, dict) else None
