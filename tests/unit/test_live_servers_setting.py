"""LiveKit servers as one setting names them; what is wrong with it is said without a word of its secrets."""

from __future__ import annotations

from typing import Any

import pytest

from sahne.errors import SettingInvalid
from sahne.gateway.fitting_settings import refuse_unfit
from sahne.live_servers import SERVERS_MAX, servers_in
from sahne.settings import Settings
from sahne.settings.reading import read_settings

EU = "eu=wss://eu.example.com,APIeu,one-secret"
MAIN = {"livekit_url": "wss://live.example.com", "livekit_api_key": "APImain", "livekit_api_secret": "s" * 32}


def given(**values: Any) -> Settings:
    return read_settings(env_file=None, **values)


def test_servers_are_named_one_after_the_other_and_the_plain_settings_one_is_the_first() -> None:
    servers = given(**MAIN, livekit_servers=f"{EU};us=ws://us.example.com:7880,APIus,other, OLD ,before;").live_servers
    assert [server.name for server in servers] == ["main", "eu", "us"]
    assert servers[2].keys == {"APIus": "other", "OLD": "before"}
    assert given(livekit_servers=EU).live_servers[0].name == "eu"
    assert given().live_servers == ()
    assert given(livekit_servers="").has_livekit is False


def test_a_key_of_before_is_believed_beside_the_new_one() -> None:
    (server,) = given(**MAIN, livekit_old_api_key="APIold", livekit_old_api_secret="before").live_servers
    assert server.keys == {"APImain": "s" * 32, "APIold": "before"}
    assert "before" not in repr(server)


@pytest.mark.parametrize(
    "text",
    [
        "eu", "eu=wss://eu.example.com", "eu=wss://eu.example.com,KEY", "eu=wss://eu.example.com,KEY,",
        "eu=wss://eu.example.com,KEY,hush,OLD", "EU=wss://eu.example.com,KEY,hush", "=wss://eu.example.com,KEY,hush",
        "eu=ftp://eu.example.com,KEY,hush", "eu=eu.example.com,KEY,hush",
        "main=wss://eu.example.com,KEY,hush", f"{EU};eu=wss://b.example.com,KEY,hush", f"{EU};us=wss://b.example.com,APIeu,hush",
        ";".join(f"s{number}=wss://b.example.com,KEY{number},hush" for number in range(SERVERS_MAX + 1)),
    ],
)  # fmt: skip
def test_what_names_no_servers_is_refused_and_no_secret_is_repeated(text: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        given(livekit_servers=text)
    assert "SAHNE_LIVEKIT_SERVERS: must" in str(refused.value.details)
    assert "hush" not in f"{refused.value.details} {refused.value.hint}"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (MAIN | {"livekit_old_api_key": "APIold"}, "SAHNE_LIVEKIT_OLD_API_SECRET: is missing"),
        ({"livekit_old_api_key": "APIold", "livekit_old_api_secret": "b"}, "which is missing"),
        (MAIN | {"livekit_servers": "eu=wss://e.example.com,APImain,x"}, "SAHNE_LIVEKIT_SERVERS: must have a key"),
    ],
)
def test_servers_that_cannot_be_told_apart_are_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        refuse_unfit(given(**values))
    assert told in str(refused.value.details)


def test_a_text_that_is_all_right_says_nothing() -> None:
    assert len(servers_in(f" {EU} ; ")) == 1
