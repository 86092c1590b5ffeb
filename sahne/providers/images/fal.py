"""fal: models behind its queue.

Source: docs.fal.ai: `POST https://queue.fal.run/<endpoint>` with `Authorization: Key …` → `{request_id, status_url,
response_url, cancel_url}`, used as given; the status is answered 202 until `COMPLETED`, and then the result lies at
`response_url`. Cancelling is `PUT cancel_url`. It says no price. Webhooks are signed with Ed25519 over four lines: the
request's id, the user's, the moment, the body's SHA-256; the keys are published as a JWK set, to be kept a day at most.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sahne.pictures import picture_type
from sahne.providers.exchange import Unanswered, ask
from sahne.providers.images.answers import fetch_picture, own_address, polled, taken
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
from sahne.providers.images.sizes import aspect_ratio, in_steps
from sahne.providers.images.webhooks import ImageWebhookRefused, header, job_in, refuse_stale

KEYS_SECONDS_MAX = 24 * 3600.0
KEYS_SECONDS_MIN = 60.0
MODERATED_ERRORS = frozenset({"content_policy_violation"})


class Fal:
    """The queue by the account whose key it is."""

    name = "fal"
    capabilities = Capabilities(
        text_prompt=True, photo=True, seed=True, keeps_face=False, photo_leaves=True, company="fal"
    )

    def __init__(self, url: str, key: str, jwks_url: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Key {key}"}
        self._keys = PublishedKeys(jwks_url)

    async def submit(self, request: ImageRequest, model: Model, webhook_url: str | None) -> Submitted:
        """Ask for one picture.

        Raises:
            NotTaken, ProviderStopped, Rejected, Unanswered.
        """
        webhook = f"?fal_webhook={quote(webhook_url, safe='')}" if webhook_url else ""
        url = f"{self._url}/{model.endpoint}{webhook}"
        job = taken(await ask("POST", url, self._headers, body=_inputs(request, model))).json()
        addresses = [job.get(name) for name in ("status_url", "cancel_url", "response_url")]
        if not job.get("request_id") or not all(addresses):
            raise Unanswered("it took it and gave no id")
        return Submitted(Handle(str(job["request_id"]), *(own_address(each, self._url) for each in addresses)))

    async def poll(self, handle: Handle) -> Outcome:
        """How far it is; with the last look also the result.

        Raises:
            NotTaken, ProviderStopped, Unanswered.
        """
        said = await polled(own_address(handle.poll_url, self._url), self._headers)
        if said is None:
            return NotMade(is_gone=True)
        if said.get("status") != "COMPLETED":
            return Pending()
        if said.get("error"):
            return Moderated("input") if said.get("error_type") in MODERATED_ERRORS else NotMade()
        return await self._result(handle)

    async def fetch(self, ready: Ready) -> bytes:
        """The picture's bytes."""
        return await fetch_picture(ready.url)

    async def cancel(self, handle: Handle) -> bool:
        """Taken out of the queue; what runs already is made."""
        if handle.cancel_url is None:
            return False
        return (await ask("PUT", own_address(handle.cancel_url, self._url), self._headers)).status < 300

    async def parse_webhook(self, headers: Mapping[str, str], body: bytes, now: float) -> Word:
        """Raises ImageWebhookRefused, ImageWebhookUnreadable; NotTaken, Unanswered where its keys cannot be had."""
        lines = [header(headers, f"x-fal-webhook-{name}") for name in ("request-id", "user-id", "timestamp")]
        refuse_stale(lines[2], now)
        message = "\n".join([*lines, hashlib.sha256(body).hexdigest()]).encode()
        try:
            signature = bytes.fromhex(header(headers, "x-fal-webhook-signature"))
        except ValueError as error:
            raise ImageWebhookRefused(details="its signature is none") from error
        if not await self._keys.have_signed(signature, message):
            raise ImageWebhookRefused(details="the body is not the one that was signed")
        job_id, _ = job_in(body, "request_id")
        return Word(job_id)

    async def _result(self, handle: Handle) -> Outcome:
        answer = await ask("GET", own_address(handle.result_url, self._url), self._headers)
        if answer.status == 422:  # the model's own refusal: its `detail` names the kind
            kinds = {each.get("type") for each in answer.json().get("detail", ()) if isinstance(each, dict)}
            return Moderated("output") if kinds & MODERATED_ERRORS else NotMade()
        said = taken(answer).json()
        images = said.get("images")
        url = images[0].get("url") if isinstance(images, list) and images and isinstance(images[0], dict) else None
        if any(said.get("has_nsfw_concepts") or ()):
            return Moderated("output")
        return Ready(str(url), {"provider_job_id": handle.id}) if url else NotMade()


class PublishedKeys:
    """The keys fal signs with, as it publishes them.

    Fetched when they are first needed, when they are old, and when none of them has signed what came, but then not more
    often than every `KEYS_SECONDS_MIN`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: list[Ed25519PublicKey] = []
        self._fetched_at = float("-inf")

    async def have_signed(self, signature: bytes, message: bytes) -> bool:
        """Whether one of them has. Raises NotTaken, Unanswered: they cannot be had."""
        if time.monotonic() - self._fetched_at > KEYS_SECONDS_MAX:
            await self._fetch()
        if self._has_signed(signature, message):
            return True
        if time.monotonic() - self._fetched_at < KEYS_SECONDS_MIN:
            return False
        await self._fetch()
        return self._has_signed(signature, message)

    def _has_signed(self, signature: bytes, message: bytes) -> bool:
        for key in self._keys:
            try:
                key.verify(signature, message)
            except InvalidSignature:
                continue
            return True
        return False

    async def _fetch(self) -> None:
        keys = taken(await ask("GET", self._url)).json().get("keys")
        self._keys = [key for each in keys or () if (key := _key_of(each))]
        self._fetched_at = time.monotonic()


def _key_of(jwk: Any) -> Ed25519PublicKey | None:
    try:
        return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(f"{jwk['x']}=="))
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None


def _inputs(request: ImageRequest, model: Model) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "prompt": request.prompt,
        "seed": request.seed,
        "num_images": 1,
        "output_format": "png",
    }
    if model.size_as == "aspect_ratio":
        inputs["aspect_ratio"] = aspect_ratio(request)
    else:
        width, height = in_steps(request, model.size_step)
        inputs["image_size"] = {"width": width, "height": height}
    if model.photo_field and request.photo is not None:
        photo = data_uri(request.photo)
        inputs[model.photo_field] = [photo] if model.photo_is_list else photo
    return inputs


def data_uri(photo: bytes) -> str:
    """A photo as an address that holds it."""
    return f"data:{picture_type(photo) or 'image/jpeg'};base64,{base64.b64encode(photo).decode()}"
