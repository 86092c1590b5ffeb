"""Where messages may go: https, and nothing of one's own, unless a setting or a laptop allows it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from sahne.errors import Unprocessable
from sahne.public_addresses import is_everybodys, is_loopback
from sahne.settings import Settings


class WebhookAddressRefused(Unprocessable):
    """Messages cannot go to this address."""

    code = "webhook_address"


def may_go_anywhere(settings: Settings) -> bool:
    """Whether http and addresses that are not public will do."""
    return settings.is_development or settings.webhooks_to_private_addresses


def refuse_unfit_address(url: str, *, anywhere: bool) -> None:
    """What can be told from the address alone; where a name leads is looked at each time something is sent.

    Raises:
        WebhookAddressRefused
    """
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise WebhookAddressRefused(hint="It must look like https://example.com/hooks.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or not port_fits or parts.username is not None:
        raise WebhookAddressRefused(hint="It must look like https://example.com/hooks.")
    if anywhere:
        return
    if parts.scheme != "https":
        raise WebhookAddressRefused(hint="It must begin with https://.")
    if is_loopback(parts.hostname) or (_is_number(parts.hostname) and not is_everybodys(parts.hostname)):
        raise WebhookAddressRefused(hint="It must be an address that everybody can reach.")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
