"""What a token lets each role do; nothing is left to LiveKit's generous defaults."""

from __future__ import annotations

import jwt
import pytest
from livekit.api import TokenVerifier

from sahne.providers.livekit.grants import TOKEN_SECONDS, ApiKey, mint_token, permission_of

SECRET = "s" * 40
KEY = ApiKey("APIkey", SECRET)
ALL = ("camera", "microphone", "screen_share", "screen_share_audio")

TABLE = [
    ("host", "video_live", ALL),
    ("co_host", "video_live", ALL),
    ("invited_guest", "video_live", ("camera", "microphone")),
    ("speaker", "video_live", ("camera", "microphone")),
    ("host", "audio_room", ("microphone",)),
    ("co_host", "audio_room", ("microphone",)),
    ("invited_guest", "audio_room", ("microphone",)),
    ("speaker", "audio_room", ("microphone",)),
    *[(role, kind, ()) for role in ("moderator", "viewer", "listener") for kind in ("video_live", "audio_room")],
    ("no such role", "video_live", ()),
]


@pytest.mark.parametrize(("role", "session_type", "sources"), TABLE)
def test_each_role_may_send_this_and_no_more(role: str, session_type: str, sources: tuple[str, ...]) -> None:
    token = mint_token(KEY, room="r1", identity="p1", name="Ada", permission=permission_of(role, session_type))
    grants = jwt.decode(token, SECRET, algorithms=["HS256"], issuer="APIkey")["video"]
    assert grants["canPublish"] is bool(sources)
    assert tuple(grants.get("canPublishSources", ())) == sources
    assert "canPublishSources" not in grants or sources, "an empty list means every source"
    assert (grants["roomJoin"], grants["room"], grants["canSubscribe"]) == (True, "r1", True)
    never = (
        "canPublishData", "canUpdateOwnMetadata", "roomAdmin", "roomCreate", "roomList", "roomRecord",
        "ingressAdmin", "hidden", "recorder", "agent",
    )  # fmt: skip
    assert all(grants[each] is False for each in never)


def test_a_token_names_its_bearer_and_dies_soon() -> None:
    token = mint_token(
        KEY,
        room="r",
        identity="p1",
        name="Ada",
        permission=permission_of("viewer", "video_live"),
    )
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert (claims["sub"], claims["name"], claims["iss"]) == ("p1", "Ada", "APIkey")
    assert claims["exp"] - claims["nbf"] == TOKEN_SECONDS == 120


def test_livekits_own_library_reads_it_so() -> None:
    token = mint_token(
        KEY,
        room="r",
        identity="p1",
        name="Ada",
        permission=permission_of("viewer", "video_live"),
    )
    grants = TokenVerifier("APIkey", SECRET).verify(token).video
    assert grants is not None
    assert (grants.can_publish, grants.can_publish_data, grants.can_subscribe) == (False, False, True)
