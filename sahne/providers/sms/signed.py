"""Short messages handed to a program of one's own: `{"to", "text"}` as JSON, signed.

Source: "Standard Webhooks": `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, with
the secret that `whsec_…` holds. 2xx is taken; 429 and 5xx may be sent later, under the same `webhook-id`.
"""

from __future__ import annotations

import hmac
import time
from hashlib import sha256

import orjson

from sahne.providers.exchange import NotTaken, Unanswered, ask
from sahne.providers.mail import Letter, LetterDelayed, LetterRefused
from sahne.standard_webhooks import headers_of

SECONDS_MAX = 10.0


class SignedSms:
    """A `Mailer` of short messages."""

    def __init__(self, url: str, secret: str, *, seconds_max: float = SECONDS_MAX) -> None:
        self._url = url
        self._secret = secret
        self._seconds_max = seconds_max

    async def send(self, letter: Letter) -> None:
        """See `Mailer.send`."""
        content = orjson.dumps({"to": letter.to, "text": letter.text.strip()})
        try:
            answer = await ask("POST", self._url, self._headers(content), body=content, seconds_max=self._seconds_max)
        except NotTaken as error:
            raise LetterDelayed(str(error)) from error
        except Unanswered as error:
            raise LetterRefused(f"sent and not answered: {error}") from error
        if answer.status == 429 or answer.status >= 500:
            raise LetterDelayed(str(answer.status))
        if not 200 <= answer.status < 300:
            raise LetterRefused(str(answer.status))

    def _headers(self, content: bytes) -> dict[str, str]:
        # of a message: one that is sent again has the same
        id = "msg_" + hmac.new(self._secret.encode(), content, sha256).hexdigest()[:32]
        return headers_of(id, int(time.time()), content, [self._secret])
