"""Pictures that say what they are: a mark every reader knows, and a signed manifest, in every file that is stored."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from sahne.providers.images.credentials import ContentCredentials, CredentialsUnavailable, SigningFailed
from sahne.providers.images.finishing import SMALLER_TYPE
from sahne.providers.images.generator import Picture
from sahne.providers.images.marks import marked
from sahne.providers.images.signing_key import read_signing_key
from sahne.settings import Settings
from sahne.telemetry import Failed, observe


@dataclass(frozen=True, slots=True)
class Marks:
    """What is put into files; without credentials the mark alone."""

    credentials: ContentCredentials | None

    async def put(self, picture: Picture) -> Picture:
        """The picture in all its sizes, marked; `facts` tells how. What cannot be signed stays unsigned."""
        return await asyncio.to_thread(self._put, picture)

    def _put(self, picture: Picture) -> Picture:
        kinds = picture.image_type, SMALLER_TYPE, picture.thumbnail_type
        files = [
            marked(kind, data, picture.source)
            for kind, data in zip(kinds, (picture.image, picture.medium, picture.thumbnail), strict=True)
        ]
        is_signed = self.credentials is not None
        if self.credentials is not None:
            try:
                files = [
                    self._signed(self.credentials, picture, kind, data) for kind, data in zip(kinds, files, strict=True)
                ]
            except SigningFailed as error:
                observe(Failed.of("signing a picture", error))
                is_signed = False
        image, medium, thumbnail = files
        facts = {**picture.facts, "digital_source": picture.source.value, "content_credentials": is_signed}
        return replace(picture, image=image, medium=medium, thumbnail=thumbnail, facts=facts)

    def _signed(self, credentials: ContentCredentials, picture: Picture, kind: str, data: bytes) -> bytes:
        return credentials.sign(
            kind, data, picture.source, picture.model, is_replaced=bool(picture.facts.get("manifest_replaced"))
        )


def open_marks(settings: Settings) -> Marks | None:
    """As the settings have it. A library that is not there is told and does not keep pictures from being made.

    Raises:
        SettingInvalid: a key is given and cannot be used.
    """
    if not settings.provenance:
        return None
    given = settings.provenance_key
    key = read_signing_key(given or settings.provenance_path, is_made=given is None)
    try:
        return Marks(ContentCredentials(key))
    except CredentialsUnavailable as error:
        observe(Failed.of("signing pictures; they have the plain mark alone", error))
        return Marks(None)
