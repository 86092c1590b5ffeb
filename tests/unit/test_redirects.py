"""Where a letter's link may lead, and the ways of making it lead elsewhere."""

from __future__ import annotations

import pytest

from sahne.gateway.auth.redirects import Redirects, with_fragment, with_query
from sahne.setting_rules import redirects

APP = "https://app.example.com"
LIST = (
    "https://*.preview.example.org/**",
    "https://shop.example.net/callback",
    "https://shop.example.net/a/*/done",
    "com.example.app://**",
    "http://localhost:3000/**",
)
ALLOWED = Redirects(APP, "https://api.example.com", LIST, loopback=False)
LAPTOP = Redirects("http://127.0.0.1:54321", "http://127.0.0.1:54321", (), loopback=True)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://app.example.com",
        "https://app.example.com/reset?next=%2Fhome",
        "https://APP.example.com:443/reset",
        "https://api.example.com/any",
        "https://pr-7.preview.example.org/callback/deep",
        "https://shop.example.net/callback?a=1",
        "https://shop.example.net/a/7/done",
        "com.example.app://callback",
        "http://localhost:3000/x",
    ],
)
def test_an_address_of_the_list_is_led_to(wanted: str) -> None:
    assert ALLOWED.accept(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "/reset",
        "//evil.example",
        "///evil.example",
        "\\\\evil.example",
        "https:\\\\evil.example",
        "https:/\\evil.example",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com\\.evil.example/",
        "https://app.example.com@evil.example/",
        "https://app.example.com:443@evil.example/",
        "https://evil.example/https://app.example.com",
        "https://evil.example#https://app.example.com",
        "https://evil.example?https://app.example.com/",
        "https://app.example.com.evil.example/",
        "https://evilapp.example.com/",
        "https://xapp.example.com/",
        "https://app.example.com:8443/",
        "http://app.example.com/",
        "https://app。example。com/",
        "https://app․example.com/",
        "https://аpp.example.com/",
        "https://app.example.com%2eevil.example/",
        "https://app.example.com%00.evil.example/",
        "https://app.example.com\t.evil.example/",
        "https://app.example.com\n.evil.example/",
        " https://app.example.com/",
        "javascript://app.example.com/%0aalert(1)",
        "JavaScript:alert(1)",
        "data://text/html,x",
        "https://preview.example.org/",
        "https://a.b.preview.example.org/",
        "https://evil.example/.preview.example.org/",
        "https://evil.example?.preview.example.org/",
        "https://shop.example.net/callback/../evil",
        "https://shop.example.net/callback/%2e%2e/evil",
        "https://shop.example.net/callback/%252e%252e/evil",
        "https://shop.example.net/callbacks",
        "https://shop.example.net/a/7/8/done",
        "https://shop.example.net/x",
        "com.example.app.evil://callback",
        "comXexampleXapp://callback",
        "http://localhost:3001/",
        "http://localhost:3000.evil.example/",
        "https://app.example.com:99999/",
        "https://[::1/",
        "https://app.example.com/" + "a" * 1_024,
    ],
)
def test_another_address_leads_to_the_app(wanted: str) -> None:
    assert ALLOWED.accept(wanted) == APP


@pytest.mark.parametrize("wanted", ["http://localhost:5173/x", "http://127.0.0.1:8081/", "http://app.localhost/"])
def test_on_a_laptop_a_page_of_the_same_machine_may_be_led_to(wanted: str) -> None:
    assert LAPTOP.accept(wanted) == wanted
    assert ALLOWED.accept(wanted) == APP


@pytest.mark.parametrize(
    "wanted", ["http://localhost.evil.example/", "http://127.0.0.1.evil.example/", "http://evil.example"]
)
def test_on_a_laptop_another_machine_may_not(wanted: str) -> None:
    assert LAPTOP.accept(wanted) == "http://127.0.0.1:54321"


@pytest.mark.parametrize(
    "pattern",
    [
        "**",
        "*",
        "https://**",
        "https://*",
        "https://*.*/**",
        "//app.example.com",
        "app.example.com",
        "javascript://**",
        "https://a@b.co/",
    ],
)
def test_a_pattern_that_lets_anybody_in_is_refused(pattern: str) -> None:
    assert redirects(pattern)
    assert redirects(f"https://app.example.com/**, {pattern}")


def test_patterns_that_name_a_host_are_taken() -> None:
    assert redirects(",".join(LIST)) is None
    assert redirects("") is None


def test_what_is_carried_replaces_what_was_there() -> None:
    assert with_fragment("https://a.co/x?b=1#old", {"z": "1", "a": "&"}) == "https://a.co/x?b=1#a=%26&z=1"
    assert with_query("https://a.co/x?code=old&b=1", {"code": "new"}) == "https://a.co/x?b=1&code=new"
