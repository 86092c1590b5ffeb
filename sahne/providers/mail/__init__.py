"""Sending letters by e-mail: a protocol, the way over SMTP, and the folder where a laptop keeps what it would send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any, Protocol

SUBJECT_CHARACTERS_MAX = 200


class LetterRefused(Exception):
    """This letter will never be taken: its address, its sender or its content is refused."""


class LetterDelayed(Exception):
    """It could not be handed over now; later it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one person is sent, in both forms; a short message has no `html`. `subject` is one line.

    `event` is what an app's own code is told that sends it in its own words (`accounts/hook_post.py`).
    """

    to: str
    subject: str
    text: str
    html: str
    by_whatsapp: bool = False
    event: Mapping[str, Any] | None = field(default=None, repr=False)


class Mailer(Protocol):
    """Who hands letters over. It may be asked for several at once."""

    async def send(self, letter: Letter) -> None:
        """Hand one over, whole.

        Raises:
            LetterRefused, LetterDelayed
        """


class NoMail:
    """A `Mailer` where none is set up: every letter is given up, and that is told."""

    async def send(self, letter: Letter) -> None:
        """See `Mailer.send`."""
        raise LetterRefused(f"SAHNE_SMTP_URL is not set: {letter.subject}")


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The letter as RFC 5322 has it. A line break in a header is refused by the library, not sent.

    Raises:
        LetterRefused
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = sender
        message["To"] = letter.to
        message["Subject"] = letter.subject[:SUBJECT_CHARACTERS_MAX]
    except ValueError as error:
        raise LetterRefused(str(error)) from error
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message
