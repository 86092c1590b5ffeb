"""Where an operation is asked from, for the log of what is done to accounts."""

from __future__ import annotations

from sahne.accounts.origin import USER_AGENT_CHARACTERS_MAX, Origin
from sahne.gateway.callers import address_of
from sahne.gateway.functions.operation import Call


def origin_of(call: Call) -> Origin:
    """The caller's address, as the proxy's header names it when one is set, and their user agent."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in call.scope["headers"]}
    client, header = call.scope.get("client"), call.parts.settings.client_ip_header
    address = address_of(client[0] if client else None, headers.get(header.lower()) if header else None)
    return Origin(address, headers.get("user-agent", "")[:USER_AGENT_CHARACTERS_MAX] or None)
