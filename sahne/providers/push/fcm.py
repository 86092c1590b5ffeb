"""Firebase Cloud Messaging: pushes to Android, and to whatever else an app has Firebase for.

Source: "FCM HTTP v1 API" (`projects.messages.send`), its `ErrorCode`, and "Scale FCM": 429 waits for as long as
`Retry-After` says, or a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import orjson

from sahne.errors import SettingInvalid, Unavailable
from sahne.providers.google_account import AccessTokens, ServiceAccount
from sahne.providers.outgoing import Outgoing, Reply, Unreached
from sahne.providers.push import Gone, Later, Outcome, Push, Refused, Sent
from sahne.providers.push.lifetime import EXPIRED, TOO_LARGE, of_failing_service, seconds_left

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
CONNECTIONS_MAX = 8
PAYLOAD_BYTES_MAX = 4096  # of the words and the data
COLLAPSE_BYTES_MAX = 64  # as APNs has it, to whom FCM hands it on
OURS_TO_MEND = ("THIRD_PARTY_AUTH_ERROR", "PERMISSION_DENIED", "UNAUTHENTICATED")


class Fcm:
    """The channel `fcm` of one Firebase project."""

    def __init__(self, url: str, account: ServiceAccount) -> None:
        """Raises SettingInvalid: the account's file names no project."""
        if not account.project:
            raise SettingInvalid(
                details="SAHNE_FCM_SERVICE_ACCOUNT: names no project",
                hint="In the Firebase console: Project settings → Service accounts → Generate new private key.",
            )
        self._url = f"{url.rstrip('/')}/v1/projects/{quote(account.project, safe='')}/messages:send"
        self._tokens = AccessTokens(account, SCOPE)
        self._outgoing = Outgoing(connections_max=CONNECTIONS_MAX)

    async def close(self) -> None:
        """See `ClosableChannel`."""
        await self._outgoing.close()

    async def send(self, push: Push) -> Outcome:
        """See `Channel.send`."""
        seconds = seconds_left(push)
        if seconds <= 0:
            return EXPIRED
        if len(orjson.dumps([push.title, push.body, push.data])) > PAYLOAD_BYTES_MAX:
            return TOO_LARGE
        content = orjson.dumps({"message": message_of(push, seconds)})
        try:
            reply = await self._post(content)
            return outcome_of(await self._post(content) if reply.status == 401 else reply)
        except (Unreached, Unavailable):
            return Later(None)

    async def _post(self, content: bytes) -> Reply:
        token = await self._tokens.current()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        reply = await self._outgoing.post(self._url, headers, content)
        if reply.status == 401:
            self._tokens.forget(token)
        return reply


def message_of(push: Push, seconds: int) -> dict[str, Any]:
    """A `Message`. Without a title there are no words in it: Android hands it to the app, which shows what it wants."""
    message: dict[str, Any] = {
        "token": push.token,
        "data": push.data,
        "android": {"priority": "HIGH" if push.urgent else "NORMAL", "ttl": f"{seconds}s"},
        "apns": {
            "headers": {
                "apns-priority": "10" if push.urgent and push.title else "5",
                "apns-expiration": str(int(push.expires_at.timestamp())),
            },
            "payload": {"aps": {"sound": "default"} if push.title else {"content-available": 1}},
        },
        "webpush": {"headers": {"TTL": str(seconds), "Urgency": "high" if push.urgent else "normal"}},
    }
    if push.title:
        message["notification"] = {"title": push.title, "body": push.body}
    if push.collapse:
        message["android"]["collapse_key"] = push.collapse
        message["apns"]["headers"]["apns-collapse-id"] = push.collapse[:COLLAPSE_BYTES_MAX]
        if push.title:
            message["android"]["notification"] = {"tag": push.collapse}
    return message


def outcome_of(reply: Reply) -> Outcome:
    """What an answer means. A 404 that does not name the token may be a project that is set wrong: no device's."""
    answer = reply.json()
    if reply.status == 200:
        return Sent(str(answer.get("name", "")))
    if later := of_failing_service(reply):
        return later
    fault = answer.get("error")
    fault = fault if isinstance(fault, dict) else {}
    codes = list(_codes(fault))
    if "UNREGISTERED" in codes or "message.token" in codes:
        return Gone()
    if codes and codes[0] in OURS_TO_MEND:
        return Later(None)
    return Refused(codes[0] if codes else str(reply.status))


def _codes(fault: dict[str, Any]) -> Iterator[str]:
    """FCM's own code, the fields that are wrong, and the code that all of Google's services have."""
    details = fault.get("details")
    named = [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    yield from (str(each["errorCode"]) for each in named if "errorCode" in each)
    for each in named:
        violations = each.get("fieldViolations")
        yield from (str(one.get("field")) for one in violations or () if isinstance(one, dict))
    if "status" in fault:
        yield str(fault["status"])
