"""`notices/…`: what one was told, wants to be told of, and where. Each operation is a verb of `notices/own.py`."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.notices_answers import (
    DeviceAnswer,
    Devices,
    Notices,
    NoticesRead,
    PreferencesAnswer,
)
from sahne.gateway.functions.notices_bodies import DeviceBody, NoticesPage, PreferencesEdit, Reading
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import NOT_FOUND, OF_ACCOUNTS
from sahne.notices import own


@operation("GET", "notices", answer=Notices, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def list_notices(call: Call, query: NoticesPage) -> Answer:
    """What one was told, newest first. What happens often is one notice that grows until it is read."""
    return await own.own_notices(call.parts.pipeline, call.actor, query.after, query.limit)


@operation("POST", "notices/read", answer=NoticesRead, who=Who.OWNER, refuses=OF_ACCOUNTS)
async def read_notices(call: Call, body: Reading) -> Answer:
    """Those were read, or all that came until a moment; others' are passed over."""
    return await own.read_notices(call.parts.pipeline, call.actor, body.ids, body.until)


@operation("GET", "notices/preferences", answer=PreferencesAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def notice_preferences(call: Call) -> Answer:
    """Which categories one hears of in the app, on devices and by mail, when devices are quiet, and whom one muted."""
    return await own.own_preferences(call.parts.pipeline, call.actor)


@operation("PATCH", "notices/preferences", answer=PreferencesAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def change_notice_preferences(call: Call, body: PreferencesEdit) -> Answer:
    """Want it otherwise. Letters about the safety of one's account are always sent; calls ring in quiet hours too."""
    changes = body.model_dump(mode="json", exclude_unset=True)
    return await own.change_preferences(call.parts.pipeline, call.actor, changes)


@operation("GET", "notices/devices", answer=Devices, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def list_devices(call: Call) -> Answer:
    """The devices one is told on."""
    return await own.own_devices(call.parts.pipeline, call.actor)


@operation("POST", "notices/devices", answer=DeviceAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def register_device(call: Call, body: DeviceBody) -> Answer:
    """Be told on this device, as long as one is signed in on it. Sent again at each start of the app it stays known;
    of more than 20 the one that was not heard of for longest gives way."""
    subscription = body.subscription.model_dump() if body.subscription else None
    device = own.NewDevice(
        platform=body.platform,
        app=body.app,
        token=subscription["endpoint"] if subscription else body.token or "",
        locale=body.locale,
        subscription=subscription,
    )
    return await own.put_device(call.parts.pipeline, call.actor, device)


@operation(
    "DELETE", "notices/devices/{device_id}", answer=DeviceAnswer, who=Who.OWNER, refuses=(*OF_ACCOUNTS, NOT_FOUND)
)
async def forget_device(call: Call, device_id: UUID) -> Answer:
    """Be told on this device no more; the device as it was."""
    return await own.forget_device(call.parts.pipeline, call.actor, device_id)


OPERATIONS = (
    list_notices,
    read_notices,
    notice_preferences,
    change_notice_preferences,
    list_devices,
    register_device,
    forget_device,
)
