"""`admin/webhooks`: where others are told what happens; each operation is one verb of `webhooks/endpoints.py`."""

from __future__ import annotations

from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import (
    FORBIDDEN,
    NOT_FOUND,
    OF_NAMED,
    TOO_MANY_WEBHOOKS,
    WEBHOOK_ADDRESS,
    WEBHOOK_STOPPED,
)
from sahne.gateway.functions.webhook_answers import (
    WebhookAnswer,
    WebhookMessageAnswer,
    WebhookMessages,
    Webhooks,
    WebhookWithSecret,
)
from sahne.gateway.functions.webhook_bodies import NewWebhook, SecretRotation, WebhookEdit, WebhookMessagesPage
from sahne.sealing import Sealing
from sahne.webhooks import endpoints
from sahne.webhooks.addresses import may_go_anywhere, refuse_unfit_address

OF_ADMINS = (*OF_NAMED, FORBIDDEN)
OF_ONE = (*OF_ADMINS, NOT_FOUND)


@operation("GET", "admin/webhooks", answer=Webhooks, who=Who.ADMINS, refuses=OF_ADMINS)
async def list_webhooks(call: Call) -> Answer:
    """Every address that is told what happens."""
    return await endpoints.list_webhooks(*_asked(call))


@operation(
    "POST",
    "admin/webhooks",
    answer=WebhookWithSecret,
    who=Who.ADMINS,
    refuses=(*OF_ADMINS, TOO_MANY_WEBHOOKS, WEBHOOK_ADDRESS),
)
async def create_webhook(call: Call, body: NewWebhook) -> Answer:
    """Have another address told, in signed messages (Standard Webhooks); the `secret` is answered this once."""
    refuse_unfit_address(body.url, anywhere=may_go_anywhere(call.parts.settings))
    return await endpoints.create_webhook(*_asked(call), _sealing(call), body.model_dump(mode="json"))


@operation(
    "PATCH",
    "admin/webhooks/{webhook_id}",
    answer=WebhookAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ONE, WEBHOOK_ADDRESS),
)
async def change_webhook(call: Call, webhook_id: UUID, body: WebhookEdit) -> Answer:
    """Change an address, of what it is told, or whether it is; what waits for one that is not active is given up."""
    if "url" in body.model_fields_set:
        refuse_unfit_address(body.url, anywhere=may_go_anywhere(call.parts.settings))
    fields = body.model_dump(mode="json", exclude_unset=True)
    return await endpoints.change_webhook(*_asked(call), webhook_id, fields)


@operation("POST", "admin/webhooks/{webhook_id}/secret", answer=WebhookWithSecret, who=Who.ADMINS, refuses=OF_ONE)
async def rotate_webhook_secret(call: Call, webhook_id: UUID, body: SecretRotation) -> Answer:
    """A new secret, answered this once; messages are signed with those of before, too, for `overlap_hours`."""
    return await endpoints.rotate_secret(*_asked(call), _sealing(call), webhook_id, body.overlap_hours)


@operation("DELETE", "admin/webhooks/{webhook_id}", answer=WebhookAnswer, who=Who.ADMINS, refuses=OF_ONE)
async def delete_webhook(call: Call, webhook_id: UUID) -> Answer:
    """Tell an address nothing any more, and forget what it was told."""
    return await endpoints.delete_webhook(*_asked(call), webhook_id)


@operation(
    "POST",
    "admin/webhooks/{webhook_id}/test",
    answer=WebhookMessageAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ONE, WEBHOOK_STOPPED),
)
async def try_webhook(call: Call, webhook_id: UUID) -> Answer:
    """Send a message of the type `webhook_test`; what came of it is among the messages a moment later."""
    return await endpoints.try_webhook(*_asked(call), webhook_id)


@operation("GET", "admin/webhooks/{webhook_id}/messages", answer=WebhookMessages, who=Who.ADMINS, refuses=OF_ONE)
async def webhook_messages(call: Call, webhook_id: UUID, query: WebhookMessagesPage) -> Answer:
    """What an address was told in the last month, the newest first, with each try and its answer."""
    return await endpoints.list_messages(*_asked(call), webhook_id, query.status, query.before, query.limit)


@operation(
    "POST",
    "admin/webhooks/{webhook_id}/messages/{message_id}/redeliver",
    answer=WebhookMessageAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ONE, WEBHOOK_STOPPED),
)
async def redeliver_webhook_message(call: Call, webhook_id: UUID, message_id: UUID) -> Answer:
    """Send a message again, under its id, whether it was taken or given up."""
    return await endpoints.redeliver(*_asked(call), webhook_id, message_id)


def _asked(call: Call) -> tuple[Pipeline, Actor]:
    return call.parts.pipeline, call.actor


def _sealing(call: Call) -> Sealing:
    return Sealing(call.parts.own_secret, endpoints.PURPOSE)


OF_ADMINISTRATION = (
    list_webhooks,
    create_webhook,
    change_webhook,
    delete_webhook,
    rotate_webhook_secret,
    try_webhook,
    webhook_messages,
    redeliver_webhook_message,
)
