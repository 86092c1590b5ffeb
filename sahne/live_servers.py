"""LiveKit servers as settings name them: where each is, our key of it, and perhaps the key that was ours before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SERVERS_MAX = 16
MAIN = "main"  # the name of the one that the three plain settings set
SCHEMES = ("ws", "wss", "http", "https")

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_EXAMPLE = "eu=wss://eu.example.com,KEY,SECRET"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveServer:
    """A server and our key of it; what the key of before has signed is still believed."""

    name: str
    url: str
    key: str
    secret: str = field(repr=False)
    old_key: str | None = None
    old_secret: str | None = field(default=None, repr=False)

    @property
    def keys(self) -> dict[str, str]:
        """Key → secret of whatever its webhooks may be signed with."""
        keys = {self.key: self.secret}
        if self.old_key and self.old_secret:
            keys |= {self.old_key: self.old_secret}
        return keys


def servers_in(text: str) -> tuple[LiveServer, ...]:
    """`NAME=URL,KEY,SECRET`, joined by semicolons; `,OLD_KEY,OLD_SECRET` may follow a secret.

    Raises:
        ValueError: in words that hold none of it: a secret may stand anywhere.
    """
    return tuple(map(_server, (part.strip() for part in text.split(";") if part.strip())))


def of_live_servers(text: str) -> str | None:
    """A setting's rule: what is wrong with the text, or None."""
    try:
        servers = servers_in(text)
    except ValueError as error:
        return str(error)
    return next(_wrong_together(servers), None)


def _server(part: str) -> LiveServer:
    name, _, rest = part.partition("=")
    fields = [each.strip() for each in rest.split(",")]
    if not _NAME.fullmatch(name.strip()) or len(fields) not in (3, 5) or not all(fields):
        raise ValueError(f"must look like {_EXAMPLE}, and more of them joined by semicolons")
    url, key, secret, *old = fields
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValueError(f"must name each server's address, as in {_EXAMPLE}")
    old_key, old_secret = old or (None, None)
    return LiveServer(
        name=name.strip(), url=url, key=key, secret=secret, old_key=old_key, old_secret=old_secret
    )  # fmt: skip


def _wrong_together(servers: tuple[LiveServer, ...]) -> Iterator[str]:
    if len(servers) > SERVERS_MAX:
        yield f"must name at most {SERVERS_MAX} servers"
    if _repeated(server.name for server in servers) or MAIN in {server.name for server in servers}:
        yield f"must give each server a name of its own, and none of them {MAIN}"
    if _repeated(key for server in servers for key in server.keys):
        yield "must have a key of its own for each server: by it a webhook's sender is known"


def _repeated(names: Iterator[str]) -> bool:
    return max(Counter(names).values(), default=0) > 1
