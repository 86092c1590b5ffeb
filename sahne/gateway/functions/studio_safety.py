"""`studio/consent`, `studio/…/appeal` and `admin/appeals`: before a photo is kept, and after something was refused."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.bodies import Appeal, AppealDecided, NewConsent
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import AppealsPage
from sahne.gateway.functions.refusals import (
    ALREADY_APPEALED,
    APPEAL_CLOSED,
    CONSENT_OUTDATED,
    FORBIDDEN,
    GENERATION_NOT_FOUND,
    NOT_FOUND,
    NOTHING_TO_APPEAL,
    OF_ACCOUNTS,
    OF_NAMED,
)
from sahne.gateway.functions.studio_answers import AppealAnswer, AppealMade, Appeals, ConsentAnswer
from sahne.studio import appeals, photos

OF_ADMINS = (*OF_NAMED, FORBIDDEN)


@operation("GET", "studio/consent", answer=ConsentAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def read_consent(call: Call) -> Answer:
    """Whether one has to consent before a photo of oneself is kept, and to which text."""
    return await photos.own_consent(call.parts.pipeline, call.actor)


@operation("POST", "studio/consent", answer=ConsentAnswer, who=Who.NAMED, refuses=(*OF_NAMED, CONSENT_OUTDATED))
async def give_consent(call: Call, body: NewConsent) -> Answer:
    """Consent to a text by its version; it is kept when, and in which language it was read."""
    return await photos.give_consent(call.parts.pipeline, call.actor, body.text_version, body.locale)


@operation("DELETE", "studio/consent", answer=ConsentAnswer, who=Who.NAMED, refuses=OF_NAMED)
async def withdraw_consent(call: Call) -> Answer:
    """Take it back: one's photos are removed within a minute. Pictures that were made stay one's own."""
    return await photos.withdraw_consent(call.parts.pipeline, call.actor)


@operation(
    "POST",
    "studio/generations/{generation_id}/appeal",
    answer=AppealMade,
    who=Who.OWNER,
    refuses=(*OF_NAMED, ALREADY_APPEALED, GENERATION_NOT_FOUND, NOTHING_TO_APPEAL),
)
async def appeal(call: Call, generation_id: UUID, body: Appeal | None) -> Answer:
    """Say that a photo, or a picture of it, was refused wrongly, once. What was decided stands with the generation."""
    message = body.message if body else None
    return await appeals.appeal(call.parts.pipeline, call.actor, generation_id, message)


@operation("GET", "admin/appeals", answer=Appeals, who=Who.ADMINS, refuses=OF_ADMINS)
async def read_appeals(call: Call, query: AppealsPage) -> Answer:
    """What people object to, the oldest first; `pictures` lie in the bucket `quarantine`, which admins read."""
    return await appeals.read_appeals(call.parts.pipeline, call.actor, query.status, query.after, query.limit)


@operation(
    "PATCH",
    "admin/appeals/{appeal_id}",
    answer=AppealAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ADMINS, APPEAL_CLOSED, NOT_FOUND),
)
async def decide_appeal(call: Call, appeal_id: UUID, body: AppealDecided) -> Answer:
    """Decide, once: what is `overturned` is not refused again, what is `upheld` still is."""
    return await appeals.decide_appeal(call.parts.pipeline, call.actor, appeal_id, body.status, body.outcome)


OPERATIONS = (read_consent, give_consent, withdraw_consent, appeal)
OF_ADMINISTRATION = (read_appeals, decide_appeal)
