"""Who hands letters over, as the settings say."""

from __future__ import annotations

from sahne.providers.mail import Mailer
from sahne.providers.mail.folder import FolderMail
from sahne.settings import Settings


def open_mailer(settings: Settings) -> Mailer | None:
    """A server of mail, or the folder of a laptop; None where neither is set up."""
    if settings.smtp_url is None:
        return FolderMail(settings.inbox_path, settings.mail_from) if settings.has_inbox else None
    from sahne.providers.mail.smtp import SmtpMail, SmtpServer  # only here: a laptop sends nothing

    return SmtpMail(SmtpServer.of(settings.smtp_url), settings.mail_from)
