"""Short messages over Twilio.

Source: Twilio's "Messages resource", POST `/2010-04-01/Accounts/{AccountSid}/Messages.json` with HTTP basic
authentication; 201 with `status`, or an object with `code` and `message`.
"""

from __future__ import annotations

from base64 import b64encode

from sahne.providers.exchange import NotTaken, Unanswered, ask
from sahne.providers.mail import Letter, LetterDelayed, LetterRefused

SECONDS_MAX = 10.0
FAILED = ("failed", "undelivered", "canceled")
SERVICE_PREFIX = "MG"
WHATSAPP = "whatsapp:"  # before a number


class TwilioSms:
    """A `Mailer` of short messages. `sender` is a number, a name, or a messaging service (`MG…`).

    What goes by WhatsApp comes from `whatsapp_sender`, a number.
    """

    def __init__(
        self,
        url: str,
        account: str,
        token: str,
        sender: str,
        *,
        whatsapp_sender: str = "",
        seconds_max: float = SECONDS_MAX,
    ) -> None:
        self._url = f"{url.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"
        self._headers = {"Authorization": "Basic " + b64encode(f"{account}:{token}".encode()).decode()}
        self._sender = {"MessagingServiceSid" if sender.startswith(SERVICE_PREFIX) else "From": sender}
        self._whatsapp_sender = whatsapp_sender
        self._seconds_max = seconds_max

    async def send(self, letter: Letter) -> None:
        """See `Mailer.send`. What Twilio could not take now (429, 5xx) may be sent later."""
        form = {"Body": letter.text.strip()} | self._ends(letter)
        try:
            answer = await ask("POST", self._url, self._headers, form=form, seconds_max=self._seconds_max)
        except NotTaken as error:
            raise LetterDelayed(str(error)) from error
        except Unanswered as error:
            raise LetterRefused(f"sent and not answered: {error}") from error
        told = answer.json()
        said = f"{answer.status} {told.get('code') or told.get('error_code') or ''} {told.get('message') or ''}".strip()
        if answer.status == 429 or answer.status >= 500:
            raise LetterDelayed(said)
        if answer.status not in (200, 201) or told.get("status") in FAILED:
            raise LetterRefused(said)

    def _ends(self, letter: Letter) -> dict[str, str]:
        if letter.by_whatsapp:
            return {"To": f"{WHATSAPP}{letter.to}", "From": f"{WHATSAPP}{self._whatsapp_sender}"}
        return {"To": letter.to} | self._sender
