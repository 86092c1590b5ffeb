"""`studio/…/appeal` and `admin/appeals`: objecting to what the studio refused, and deciding about it."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.bodies import Appeal, AppealDecided
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import AppealsPage
from sahne.gateway.functions.refusals import (
    ALREADY_APPEALED,
    APPEAL_CLOSED,
    FORBIDDEN,
    GENERATION_NOT_FOUND,
    NOT_FOUND,
    NOTHING_TO_APPEAL,
    OF_NAMED,
)
from sahne.gateway.functions.studio_answers import AppealAnswer, AppealMade, Appeals
from sahne.studio import appeals

OF_ADMINS = (*OF_NAMED, FORBIDDEN)


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


OPERATIONS = (appeal,)
OF_ADMINISTRATION = (read_appeals, decide_appeal)
