"""Which webhooks are believed, and what is read from them."""

from __future__ import annotations

import base64
import hashlib
import time
from itertools import product
from typing import Any

import jwt
import orjson
import pytest
from google.protobuf.json_format import MessageToJson
from livekit.protocol.models import ParticipantInfo, ParticipantPermission, Room, TrackInfo
from livekit.protocol.webhook import WebhookEvent

from sahne.providers.livekit.webhook import WebhookRefused, WebhookUnreadable, read_event, verified_event

KEYS = {"APIone": "1" * 64, "APItwo": "2" * 64}
# made when the file is read, used whenever its turn comes: no test may pass by mere age
LIFE_SECONDS = 86_400
BODY = orjson.dumps(
    {"event": "participant_joined", "id": "EV_1", "room": {"name": "r", "metadata": "x" * 128}, "createdAt": "7"}
)


def token_for(body: bytes, key: str = "APIone", secret: str | None = None, **changed: Any) -> str:
    now = int(time.time())
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    claims = {"iss": key, "nbf": now, "exp": now + LIFE_SECONDS, "sha256": digest} | changed
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, secret or KEYS.get(key, "0" * 40), "HS256")


def test_an_authentic_webhook_is_read() -> None:
    event = verified_event(BODY, token_for(BODY), KEYS)
    assert (event.id, event.name, event.room, event.created_at) == ("EV_1", "participant_joined", "r", 7)


def test_each_of_our_keys_may_sign() -> None:
    assert verified_event(BODY, token_for(BODY, "APItwo"), KEYS).id == "EV_1"


def test_one_that_expired_within_the_leeway_is_still_believed() -> None:
    assert verified_event(BODY, token_for(BODY, exp=int(time.time()) - 50), KEYS).id == "EV_1"


NOW = int(time.time())
BAD: dict[str, str | None] = {
    "no header": None,
    "empty header": "",
    "not a token": "nonsense",
    "a Bearer prefix": "Bearer " + token_for(BODY),
    "another key": token_for(BODY, "APIthree"),
    "the right key, another secret": token_for(BODY, secret="9" * 40),
    "the other key's secret": token_for(BODY, secret=KEYS["APItwo"]),
    "another body": token_for(BODY + b" "),
    "no hash": token_for(BODY, sha256=None),
    "an empty hash": token_for(BODY, sha256=""),
    "a hash that is not base64": token_for(BODY, sha256="%%%"),
    "a hex hash": token_for(BODY, sha256=hashlib.sha256(BODY).hexdigest()),
    "expired": token_for(BODY, exp=NOW - 62),
    "no expiry": token_for(BODY, exp=None),
    "not yet valid": token_for(BODY, nbf=NOW + 86_400),
    "unsigned": jwt.encode({"iss": "APIone", "exp": NOW + LIFE_SECONDS}, "", "none"),
    "signed another way": jwt.encode({"iss": "APIone", "exp": NOW + LIFE_SECONDS}, KEYS["APIone"], "HS512"),
}


@pytest.mark.parametrize("header", BAD.values(), ids=BAD.keys())
def test_anything_else_is_refused(header: str | None) -> None:
    with pytest.raises(WebhookRefused):
        verified_event(BODY, header, KEYS)


def test_a_body_with_any_bit_flipped_is_refused() -> None:
    header = token_for(BODY)
    assert len(BODY) >= 200
    for place, bit in product(range(len(BODY)), range(8)):
        changed = BODY[:place] + bytes([BODY[place] ^ 1 << bit]) + BODY[place + 1 :]
        with pytest.raises(WebhookRefused):
            verified_event(changed, header, KEYS)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"{}", b'{"id": ""}', b'{"id":"E","room":7}', b"\xff"])
def test_an_authentic_body_that_is_no_event_is_unreadable(body: bytes) -> None:
    with pytest.raises(WebhookUnreadable):
        verified_event(body, token_for(body), KEYS)


def test_livekits_own_json_is_understood() -> None:
    person = ParticipantInfo(identity="p1", sid="PA_1", state=ParticipantInfo.State.ACTIVE)
    said = WebhookEvent(
        event="participant_left",
        id="EV_2",
        created_at=1_700_000_000,
        room=Room(name="r", sid="RM_1"),
        participant=person,
    )
    event = read_event(MessageToJson(said).encode())
    assert (event.room_sid, event.participant, event.participant_sid, event.counted) == (
        "RM_1",
        "p1",
        "PA_1",
        True,
    )


@pytest.mark.parametrize(
    "person",
    [
        ParticipantInfo(identity="e", kind=ParticipantInfo.Kind.EGRESS),
        ParticipantInfo(identity="i", kind=ParticipantInfo.Kind.INGRESS),
        ParticipantInfo(identity="a", kind=ParticipantInfo.Kind.AGENT),
        ParticipantInfo(identity="h", permission=ParticipantPermission(hidden=True)),
    ],
)
def test_machines_and_the_hidden_are_not_counted(person: ParticipantInfo) -> None:
    said = WebhookEvent(event="participant_joined", id="EV_3", participant=person)
    assert not read_event(MessageToJson(said).encode()).counted


@pytest.mark.parametrize("source", ["CAMERA", "MICROPHONE", "SCREEN_SHARE", "SCREEN_SHARE_AUDIO"])
@pytest.mark.parametrize("kind", ["AUDIO", "VIDEO"])
def test_a_track_that_is_not_what_it_calls_itself_is_told_from_one_that_is(kind: str, source: str) -> None:
    track = TrackInfo(sid="TR_1", type=kind, source=source)
    said = WebhookEvent(event="track_published", id="EV_4", participant=ParticipantInfo(identity="p1"), track=track)
    is_honest = (source in ("MICROPHONE", "SCREEN_SHARE_AUDIO")) == (kind == "AUDIO")
    assert read_event(MessageToJson(said).encode()).disguised is not is_honest
