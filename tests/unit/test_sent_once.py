"""Which headers may be repeated."""

from __future__ import annotations

import pytest

from sahne.errors import InvalidRequest
from sahne.gateway.sent_once import DECIDING, SentOnce
from sahne.settings import Settings
from sahne.settings.reading import read_settings


def settings_of(**given: str) -> Settings:
    return read_settings(env_file=None, **given)


@pytest.mark.parametrize("name", sorted(DECIDING))
def test_what_decides_is_there_once(name: str) -> None:
    once = SentOnce(settings_of())
    once.refuse_repeated([name.encode(), b"accept", b"accept"])
    with pytest.raises(InvalidRequest) as refused:
        once.refuse_repeated([name.encode(), b"accept", name.encode()])
    assert refused.value.details == name


def test_so_is_the_header_in_which_a_proxy_names_the_caller() -> None:
    twice = [b"x-real-ip", b"x-real-ip"]
    with pytest.raises(InvalidRequest):
        SentOnce(settings_of(client_ip_header="X-Real-IP")).refuse_repeated(twice)
    SentOnce(settings_of()).refuse_repeated(twice)  # it says nothing where nobody reads it
