"""What a password must be: its length, its characters, and that nobody has leaked it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sahne.accounts.errors import PasswordMissing, PasswordsUnchecked, PasswordTooLong, WeakPassword
from sahne.accounts.password_rules import PasswordRules
from sahne.errors import SettingInvalid
from sahne.providers.captcha import CaptchaUnanswered, Verdict
from sahne.providers.captcha.memory import OneToken
from sahne.providers.captcha.siteverify import SiteVerify
from sahne.providers.leaked_passwords import LeaksUnreachable
from sahne.providers.leaked_passwords.memory import KnownLeaks
from sahne.providers.leaked_passwords.range_api import RangeApi
from sahne.settings.reading import read_settings
from sahne.sign_in_rules import character_sets_in
from tests.sign_in_services import SECRET, FakeServices, fake_services


@pytest.fixture(scope="module")
def running() -> Iterator[FakeServices]:
    with fake_services() as fake:
        yield fake


@pytest.fixture
def services(running: FakeServices) -> Iterator[FakeServices]:
    running.leaked, running.tokens, running.status = {"correct horse"}, {"solved"}, 200
    running.asked.clear()
    running.verified.clear()
    yield running
    running.answers.set()


async def reasons(rules: PasswordRules, password: str) -> tuple[str, ...]:
    with pytest.raises(WeakPassword) as weak:
        await rules.accept(password)
    return weak.value.reasons


@pytest.mark.anyio
async def test_a_password_has_one_character_of_each_set_and_is_told_which() -> None:
    rules = PasswordRules(characters_min=8, sets=character_sets_in("lower_upper_letters_digits"))
    await rules.accept("Passw0rd")
    assert await reasons(rules, "password") == ("characters",)
    assert await reasons(rules, "PASSW0RD") == ("characters",)
    assert await reasons(rules, "Pass0") == ("length",)
    assert await reasons(rules, "pass") == ("length", "characters")
    with pytest.raises(WeakPassword, match=r"at least 8 characters\. .* one character of each: abc"):
        await rules.accept("pass")


@pytest.mark.anyio
async def test_rules_never_let_in_what_bcrypt_would_cut_off_or_nothing() -> None:
    with pytest.raises(PasswordMissing):
        await PasswordRules().accept("")
    with pytest.raises(PasswordTooLong):
        await PasswordRules().accept("ş" * 37)


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("", ()),
        ("letters_digits", ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789")),
        ("abc:123", ("abc", "123")),
        (r"a\:b:123", ("a:b", "123")),
        ("abc", ("abc",)),
    ],
)
def test_sets_are_read_as_gotrue_writes_them(text: str, sets: tuple[str, ...]) -> None:
    assert character_sets_in(text) == sets
    assert read_settings(env_file=None, password_required_characters=text).password_character_sets == sets


@pytest.mark.parametrize("text", [":", "::", "1:2:3:4:5:6:7:8:9"])
def test_sets_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(SettingInvalid):
        read_settings(env_file=None, password_required_characters=text)


@pytest.mark.anyio
@pytest.mark.parametrize("is_real", [True, False])
async def test_a_leaked_password_is_found_and_another_is_not(services: FakeServices, is_real: bool) -> None:
    leaks = RangeApi(services.url) if is_real else KnownLeaks("correct horse")
    assert await leaks.has("correct horse")
    assert not await leaks.has("battery staple")


@pytest.mark.anyio
async def test_nothing_but_five_digits_of_a_hash_goes_out_and_padding_is_no_leak(services: FakeServices) -> None:
    leaks = RangeApi(services.url)
    for password in ("correct horse", "0", "ş💥"):  # the padding holds the hash of 0
        await leaks.has(password)
    assert [(len(prefix), padded) for prefix, padded in services.asked] == [(5, "true")] * 3
    assert not await leaks.has("0")


@pytest.mark.anyio
async def test_who_cannot_be_asked_keeps_one_waiting_and_not_the_next(services: FakeServices) -> None:
    now = [0.0]
    leaks = RangeApi(services.url, seconds_max=0.05, clock=lambda: now[0])
    services.answers.clear()
    for _ in range(3):
        with pytest.raises(LeaksUnreachable):
            await leaks.has("correct horse")
    assert len(services.asked) == 1
    services.answers.set()
    now[0] = 31.0
    leaks = RangeApi(services.url, clock=lambda: now[0])
    assert await leaks.has("correct horse")
    for status in (429, 500):
        services.status = status
        with pytest.raises(LeaksUnreachable, match=str(status)):
            await leaks.has("correct horse")
        now[0] += 31.0


@pytest.mark.anyio
async def test_where_nobody_can_be_asked_a_setting_says_whether_passwords_pass() -> None:
    nobody = RangeApi("http://127.0.0.1:1")
    await PasswordRules(leaked=nobody).accept("correct horse")
    assert await PasswordRules(leaked=nobody, must_be_looked_up=True).weakness("correct horse") is None
    with pytest.raises(PasswordsUnchecked):
        await PasswordRules(leaked=nobody, must_be_looked_up=True).accept("correct horse")


@pytest.mark.anyio
@pytest.mark.parametrize("is_real", [True, False])
async def test_a_captcha_is_solved_or_not(services: FakeServices, is_real: bool) -> None:
    captcha = SiteVerify(f"{services.url}/siteverify", SECRET) if is_real else OneToken("solved")
    assert await captcha.verdict("made up", "203.0.113.1") == Verdict(False, ("invalid-input-response",))
    assert await captcha.verdict("solved", "203.0.113.1") == Verdict(True)


@pytest.mark.anyio
async def test_a_captcha_s_service_is_told_who_solved_it_and_asked_for_nothing_too_long(services: FakeServices) -> None:
    captcha = SiteVerify(f"{services.url}/siteverify", SECRET)
    await captcha.verdict("solved", "203.0.113.1")
    assert services.verified == [{"secret": SECRET, "response": "solved", "remoteip": "203.0.113.1"}]
    assert not (await captcha.verdict("x" * 8_193, None)).solved
    assert len(services.verified) == 1
    assert (await SiteVerify(f"{services.url}/siteverify", "another").verdict("x", None)).errors == (
        "invalid-input-secret",
    )


@pytest.mark.anyio
async def test_a_captcha_s_service_that_does_not_answer_has_solved_nothing(services: FakeServices) -> None:
    captcha = SiteVerify(f"{services.url}/siteverify", SECRET, seconds_max=0.05)
    services.status = 502
    with pytest.raises(CaptchaUnanswered, match="502"):
        await SiteVerify(f"{services.url}/siteverify", SECRET).verdict("solved", None)
    services.answers.clear()
    with pytest.raises(CaptchaUnanswered):
        await captcha.verdict("solved", None)
