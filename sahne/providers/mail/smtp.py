"""Letters over SMTP (RFC 5321), a connection each: `smtps://` speaks TLS from the first byte, `smtp://` by STARTTLS.

A server that does not offer STARTTLS is not given a password or a letter, unless the URL says `?tls=none`.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from sahne.providers.mail import Letter, LetterDelayed, LetterRefused, message_of
from sahne.providers.questions import REFUSED, asking, provider_at

SECONDS_MAX = 30.0  # of each step: connecting, each command and its answer
PORTS = {"smtp": 587, "smtps": 465}
PERMANENT = range(500, 600)
TAKEN = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where letters are handed over, and as whom."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls_at_once: bool
    starttls: bool

    @classmethod
    def of(cls, url: str) -> SmtpServer:
        """What a `SAHNE_SMTP_URL` says; its rule has been asked before."""
        parts = urlsplit(url)
        at_once = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls_at_once=at_once,
            starttls=not at_once and parse_qs(parts.query).get("tls") != ["none"],
        )


class SmtpMail:
    """A `Mailer` over a server that takes letters from `sender` (`Sahne <no-reply@example.com>`)."""

    def __init__(self, server: SmtpServer, sender: str, *, seconds_max: float = SECONDS_MAX) -> None:
        self._server = server
        self._sender = sender
        self._seconds_max = seconds_max

    async def send(self, letter: Letter) -> None:
        """See `Mailer.send`. What a server answers with 5xx to the letter itself is final; all else may pass."""
        message = message_of(letter, self._sender)
        try:
            with asking(provider_at(self._server.host)) as question:
                try:
                    async with self._connection() as smtp:
                        await smtp.send_message(message, sender=parseaddr(self._sender)[1], recipients=[letter.to])
                except (SMTPRecipientsRefused, SMTPResponseException):
                    question.status = REFUSED
                    raise
                question.status = TAKEN
        except SMTPRecipientsRefused as error:
            codes = [each.code for each in error.recipients]
            raise _failure(codes[0] if codes else 0, str(error)) from error
        except SMTPResponseException as error:
            raise _failure(error.code, error.message) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise LetterDelayed(f"{type(error).__name__}: {error}") from error

    async def greet(self) -> None:
        """Connect, take up TLS, log in and leave, without a letter. Raises what aiosmtplib does."""
        async with self._connection():
            pass

    def _connection(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls_at_once,
            start_tls=server.starttls,
            timeout=self._seconds_max,
        )


def _failure(code: int, said: str) -> LetterRefused | LetterDelayed:
    """What an answer means; a refused password is a matter of settings, and those are mended."""
    kind = LetterRefused if code in PERMANENT and code not in (530, 534, 535, 538) else LetterDelayed
    return kind(f"{code} {said}")
