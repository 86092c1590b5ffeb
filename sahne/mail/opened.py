"""Who hands letters and short messages over, as the settings say."""

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


def open_texter(settings: Settings) -> Mailer:
    """Who takes short messages, where people sign in by phone."""
    if settings.sms == "inbox":
        return FolderMail(settings.inbox_path, settings.mail_from)
    if settings.sms == "http":
        from sahne.providers.sms.signed import SignedSms

        return SignedSms(settings.sms_url or "", settings.sms_secret or "")
    from sahne.providers.sms.twilio import TwilioSms

    return TwilioSms(
        settings.twilio_url,
        settings.twilio_account_sid or "",
        settings.twilio_auth_token or "",
        settings.twilio_from or "",
        whatsapp_sender=settings.twilio_whatsapp_from or "",
    )
