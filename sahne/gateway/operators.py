"""What is the operators' alone, such as `/metrics`: behind a token, or where nobody else can reach the server."""

from __future__ import annotations

from secrets import compare_digest

from sahne.errors import Forbidden, Unauthenticated
from sahne.gateway.asgi import Door, Receive, Scope, Send
from sahne.gateway.development_keys import DevelopmentKeys
from sahne.settings import Settings


class OperatorsOnly(Forbidden):
    """This page is for whoever runs the server."""

    code = "operators_only"


class OperatorUnknown(Unauthenticated):
    """This page wants the operators' token."""

    code = "operator_unknown"


def for_operators(door: Door, settings: Settings, keys: DevelopmentKeys) -> Door:
    """The door for who sends `Authorization: Bearer <SAHNE_METRICS_TOKEN>`; without that setting, on a laptop alone.

    A laptop is where the keys are the development ones, and pages of elsewhere are no part of it. A caller's address
    says nothing here: behind a proxy everybody comes from 127.0.0.1, and the setting that names it may be forgotten.
    """
    token = settings.metrics_token
    is_laptop = settings.uses_development_keys and not settings.public_hosts

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if token is None and (not is_laptop or keys.is_foreign(dict(scope["headers"]).get(b"origin"))):
            raise OperatorsOnly(hint="Set SAHNE_METRICS_TOKEN, and send it as Authorization: Bearer ….")
        if token is not None and not _carries(scope, token):
            raise OperatorUnknown(hint="Send Authorization: Bearer …, with the value of SAHNE_METRICS_TOKEN.")
        await door(scope, receive, send)

    return guarded


def _carries(scope: Scope, token: str) -> bool:
    sent = dict(scope["headers"]).get(b"authorization", b"")
    return compare_digest(bytes(sent), f"Bearer {token}".encode())
