"""Black Forest Labs: FLUX over its own API.

Source: docs.bfl.ai: `POST /v1/<model>` with `x-key` → `{id, polling_url, cost}`, cost in credits of a cent; the polling
address is used as given, because it names the region; `result.sample` is gone after ten minutes. It has no word for
cancelling, and takes no negative prompt.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sahne.providers.exchange import Unanswered, ask
from sahne.providers.images.answers import fetch_picture, own_address, polled, taken
from sahne.providers.images.generator import ImageRequest
from sahne.providers.images.provider import (
    MICRODOLLARS,
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
from sahne.providers.images.webhooks import ImageWebhookRefused, header, hmac_sha256, job_in

CREDIT_MICRODOLLARS = MICRODOLLARS // 100
MODERATED: dict[str, Moderated] = {
    "Request Moderated": Moderated("input"),
    "Content Moderated": Moderated("output"),
}
NOT_MADE = {"Error": NotMade(), "Failed": NotMade(), "Task not found": NotMade(is_gone=True)}


class BlackForestLabs:
    """FLUX by the account whose key it is."""

    name = "bfl"
    capabilities = Capabilities(
        text_prompt=True, photo=True, seed=True, keeps_face=False, photo_leaves=True, company="Black Forest Labs"
    )

    def __init__(self, url: str, key: str, *, webhook_secret: str | None = None, webhook_header: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"x-key": key}
        self._webhook_secret = webhook_secret
        self._webhook_header = webhook_header.lower()

    async def submit(self, request: ImageRequest, model: Model, webhook_url: str | None) -> Submitted:
        """Ask for one picture.

        Raises:
            NotTaken, ProviderStopped, Rejected, Unanswered.
        """
        url = f"{self._url}/v1/{model.endpoint}"
        inputs = _inputs(request, model)
        if webhook_url and self._webhook_secret:
            inputs |= {"webhook_url": webhook_url, "webhook_secret": self._webhook_secret}
        answer = taken(await ask("POST", url, self._headers, body=inputs)).json()
        job = answer.get("id")
        if not job:
            raise Unanswered("it took it and gave no id")
        polled_at = answer.get("polling_url") or self._result_url(str(job))
        cost = answer.get("cost")
        return Submitted(
            Handle(str(job), own_address(polled_at, self._url)),
            round(cost * CREDIT_MICRODOLLARS) if isinstance(cost, int | float) else None,
        )

    async def poll(self, handle: Handle) -> Outcome:
        """How far it is; a status nobody knows is one that is not the end.

        Raises:
            NotTaken, ProviderStopped, Unanswered.
        """
        said = await polled(own_address(handle.poll_url, self._url), self._headers)
        if said is None:
            return NotMade(is_gone=True)
        status = str(said.get("status"))
        if status == "Ready":
            return _ready(said)
        if status in MODERATED:
            return MODERATED[status]
        if status in NOT_MADE:
            return NOT_MADE[status]
        fraction = said.get("progress")
        return Pending(float(fraction) if isinstance(fraction, int | float) else None)

    async def fetch(self, ready: Ready) -> bytes:
        """The picture's bytes, within its ten minutes."""
        return await fetch_picture(ready.url)

    async def cancel(self, handle: Handle) -> bool:  # noqa: ARG002 the provider has no such word
        """It cannot be cancelled there; what was submitted is made and paid for."""
        return False

    async def parse_webhook(self, headers: Mapping[str, str], body: bytes, now: float) -> Word:  # noqa: ARG002 unsigned
        """Signed over the body alone, so it has no age; that it comes again does no harm.

        Raises:
            ImageWebhookRefused, ImageWebhookUnreadable.
        """
        given = header(headers, self._webhook_header).removeprefix("sha256=")
        promised = hmac_sha256((self._webhook_secret or "").encode(), body).hex()
        if not self._webhook_secret or not hmac.compare_digest(given.encode(), promised.encode()):
            raise ImageWebhookRefused(details="the body is not the one that was signed")
        job_id, _ = job_in(body, "id")
        return Word(job_id, Handle(job_id, self._result_url(job_id)))

    def _result_url(self, job_id: str) -> str:
        return f"{self._url}/v1/get_result?id={quote(job_id, safe='')}"


def _inputs(request: ImageRequest, model: Model) -> dict[str, Any]:
    inputs: dict[str, Any] = {"prompt": request.prompt, "seed": request.seed, "output_format": "png"}
    if model.size_as == "aspect_ratio":
        inputs["aspect_ratio"] = aspect_ratio(request)
    else:
        inputs["width"], inputs["height"] = in_steps(request, model.size_step)
    if model.photo_field and request.photo is not None:
        inputs[model.photo_field] = base64.b64encode(request.photo).decode()
    return inputs


def _ready(said: dict[str, Any]) -> Outcome:
    result = said.get("result")
    sample = result.get("sample") if isinstance(result, dict) else None
    return Ready(str(sample)) if sample else NotMade()
