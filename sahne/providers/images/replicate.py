"""Replicate: official models by their names.

Source: replicate.com/docs, "HTTP API": `POST /v1/models/<owner>/<name>/predictions` with a bearer token → a prediction,
`{id, status, output, error, urls: {get, cancel}}`; its files are gone after an hour. Cancelling is `POST urls.cancel`.
Webhooks are signed as Svix does: `v1,` and the HMAC-SHA256 of id, moment and body, joined by dots.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sahne.providers.exchange import Unanswered, ask
from sahne.providers.images.answers import fetch_picture, own_address, polled, taken
from sahne.providers.images.fal import data_uri
from sahne.providers.images.generator import ImageRequest
from sahne.providers.images.provider import (
    Capabilities,
    Handle,
    Model,
    Moderated,
    NotMade,
    Outcome,
    Pending,
    Ready,
    Submitted,
    Word,
)
from sahne.providers.images.sizes import aspect_ratio
from sahne.providers.images.webhooks import ImageWebhookRefused, header, hmac_sha256, job_in, refuse_stale

SECRET_PREFIX = "whsec_"
NOT_MADE = frozenset({"failed", "canceled", "aborted"})
OF_MODERATION = ("nsfw", "flagged as sensitive", "content moderat")  # its errors are sentences


class Replicate:
    """Predictions by the account whose token it is."""

    name = "replicate"
    capabilities = Capabilities(
        text_prompt=True, photo=True, seed=True, keeps_face=False, photo_leaves=True, company="Replicate"
    )

    def __init__(self, url: str, token: str, *, webhook_secret: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._webhook_secret = base64.b64decode((webhook_secret or "").removeprefix(SECRET_PREFIX))

    async def submit(self, request: ImageRequest, model: Model, webhook_url: str | None) -> Submitted:
        """Ask for one picture.

        Raises:
            NotTaken, ProviderStopped, Rejected, Unanswered.
        """
        url = f"{self._url}/v1/models/{model.endpoint}/predictions"
        body: dict[str, Any] = {"input": _inputs(request, model)}
        if webhook_url and self._webhook_secret:
            body |= {"webhook": webhook_url, "webhook_events_filter": ["completed"]}
        prediction = taken(await ask("POST", url, self._headers, body=body)).json()
        if not prediction.get("id"):
            raise Unanswered("it took it and gave no id")
        return Submitted(self._handle(str(prediction["id"])))

    async def poll(self, handle: Handle) -> Outcome:
        """How far it is.

        Raises:
            NotTaken, ProviderStopped, Unanswered.
        """
        said = await polled(own_address(handle.poll_url, self._url), self._headers)
        if said is None:
            return NotMade(is_gone=True)
        status = said.get("status")
        if status in NOT_MADE:
            error = str(said.get("error") or "").lower()
            return Moderated("output") if any(words in error for words in OF_MODERATION) else NotMade()
        if status != "succeeded":
            return Pending()
        output = said.get("output")
        url = output[0] if isinstance(output, list) and output else output
        return Ready(str(url), {"provider_job_id": handle.id}) if url else NotMade()

    async def fetch(self, ready: Ready) -> bytes:
        """The picture's bytes, within their hour."""
        return await fetch_picture(ready.url)

    async def cancel(self, handle: Handle) -> bool:
        """A prediction under way is stopped, and paid for as far as it came."""
        if handle.cancel_url is None:
            return False
        return (await ask("POST", own_address(handle.cancel_url, self._url), self._headers, body={})).status < 300

    async def parse_webhook(self, headers: Mapping[str, str], body: bytes, now: float) -> Word:
        """Raises ImageWebhookRefused, ImageWebhookUnreadable."""
        id, timestamp, signatures = (header(headers, f"webhook-{name}") for name in ("id", "timestamp", "signature"))
        refuse_stale(timestamp, now)
        promised = hmac_sha256(self._webhook_secret, f"{id}.{timestamp}.".encode(), body)
        if not self._webhook_secret or not any(
            hmac.compare_digest(given, promised) for given in _signatures(signatures)
        ):
            raise ImageWebhookRefused(details="the body is not the one that was signed")
        job_id, _ = job_in(body, "id")
        return Word(job_id, self._handle(job_id))

    def _handle(self, job_id: str) -> Handle:
        """Its addresses are those of the documentation, so that no answer can lead the token elsewhere."""
        url = f"{self._url}/v1/predictions/{quote(job_id, safe='')}"
        return Handle(job_id, url, f"{url}/cancel")


def _signatures(header: str) -> list[bytes]:
    """There are two while a secret is changed."""
    found = []
    for each in header.split():
        version, _, encoded = each.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(encoded, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found


def _inputs(request: ImageRequest, model: Model) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "prompt": request.prompt,
        "seed": request.seed,
        "output_format": "png",
        "aspect_ratio": aspect_ratio(request),
    }
    if model.photo_field and request.photo is not None:
        photo = data_uri(request.photo)
        inputs[model.photo_field] = [photo] if model.photo_is_list else photo
    return inputs
