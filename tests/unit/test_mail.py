"""Letters on their way: over SMTP to a server that may refuse, into a laptop's folder, through the post; their words."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from sahne.errors import Unavailable
from sahne.mail.post import CARRIERS, ErrandsLost, LetterGivenUp, LetterSent, Post
from sahne.mail.words import KINDS, LANGUAGES, Values, Words, WordsUnusable
from sahne.providers.mail import Letter, LetterDelayed, LetterRefused, Mailer, NoMail
from sahne.providers.mail import folder as folders
from sahne.providers.mail.folder import FolderMail
from sahne.providers.mail.smtp import SmtpMail, SmtpServer
from sahne.setting_rules import a_sender, of_smtp
from sahne.telemetry import subscribe
from tests.eventually import eventually_async
from tests.smtp_server import SmtpTwin, certificate

pytestmark = pytest.mark.anyio

LETTER = Letter(to="ada@example.com", subject="Merhaba Çiğdem", text="Text, ünlü.\n.\nEnd", html="<p>Text</p>")
SENDER = "Sahne <no-reply@example.com>"


def over(twin: SmtpTwin, url: str = "smtp://127.0.0.1:{}?tls=none", **options: float) -> SmtpMail:
    return SmtpMail(SmtpServer.of(url.format(twin.port)), SENDER, **options)


async def test_a_letter_arrives_whole_over_smtp() -> None:
    async with SmtpTwin() as twin:
        await over(twin).send(LETTER)
    (message,) = twin.taken
    assert (message["From"], message["To"], message["Subject"]) == (SENDER, LETTER.to, LETTER.subject)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    assert text.get_content().replace("\r\n", "\n").strip() == LETTER.text
    assert html.get_content().strip() == LETTER.html
    assert twin.recipients == ["RCPT TO:<ada@example.com>"]
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("tls_at_once", [False, True])
async def test_a_password_is_given_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls_at_once: bool) -> None:
    context, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    scheme = "smtps" if tls_at_once else "smtp"
    async with SmtpTwin(tls=context, tls_at_once=tls_at_once, password=("ada", "a:b c")) as twin:
        await over(twin, scheme + "://ada:a%3Ab%20c@localhost:{}").send(LETTER)
        assert len(twin.taken) == 1
        with pytest.raises(LetterDelayed, match="535"):
            await over(twin, scheme + "://ada:wrong@localhost:{}").send(LETTER)


async def test_a_server_whose_certificate_nobody_trusts_is_given_nothing(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    async with SmtpTwin(tls=context, password=("ada", "secret")) as twin:
        with pytest.raises(LetterDelayed):
            await over(twin, "smtp://ada:secret@localhost:{}").send(LETTER)
    assert twin.taken == []
    assert not [line for line in twin.said if line.startswith("AUTH")]


async def test_a_server_without_tls_is_given_neither_password_nor_letter() -> None:
    async with SmtpTwin(password=("ada", "secret")) as twin:
        with pytest.raises(LetterDelayed):
            await over(twin, "smtp://ada:secret@127.0.0.1:{}").send(LETTER)
    assert twin.taken == []
    assert not [line for line in twin.said if line.startswith(("AUTH", "MAIL"))]


@pytest.mark.parametrize(
    ("command", "said", "failure"),
    [
        ("RCPT", "550 no such user", LetterRefused),
        ("MAIL", "553 not your sender", LetterRefused),
        ("DATA", "554 spam", LetterRefused),
        ("RCPT", "450 try again", LetterDelayed),
        ("MAIL", "421 going down", LetterDelayed),
        ("DATA", "451 try again", LetterDelayed),
    ],
)
async def test_what_a_server_refuses_for_good_is_told_from_what_may_pass(
    command: str, said: str, failure: type[Exception]
) -> None:
    async with SmtpTwin(answers={command: deque([said])}) as twin:
        with pytest.raises(failure, match=said[:3]):
            await over(twin).send(LETTER)


async def test_a_server_that_hangs_or_is_not_there_delays() -> None:
    async with SmtpTwin(hangs=True) as twin:
        with pytest.raises(LetterDelayed):
            await over(twin, seconds_max=0.1).send(LETTER)
    with pytest.raises(LetterDelayed):
        await over(twin).send(LETTER)


@pytest.mark.parametrize("letter", [
    Letter(to="ada@example.com\r\nBcc: all@example.com", subject="Hi", text="", html=""),
    Letter(to="ada@example.com", subject="Hi\r\nBcc: all@example.com", text="", html=""),
])  # fmt: skip
async def test_a_line_break_makes_no_header_of_ones_own(letter: Letter, tmp_path: Path) -> None:
    for mailer in (over(SmtpTwin()), FolderMail(tmp_path, SENDER)):
        with pytest.raises(LetterRefused):
            await mailer.send(letter)
    assert await FolderMail(tmp_path, SENDER).names() == []


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.com",
        "smtp://",
        "smtp://:587",
        "smtp://mail.example.com:99999",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com?tls=maybe",
        "smtp://ada@mail.example.com",
        "smtp://ada:secret@mail.example.com?tls=none",
    ],
)
def test_a_server_that_cannot_be_is_refused_at_the_start(url: str) -> None:
    assert of_smtp(url)


def test_a_server_is_named_by_one_address() -> None:
    assert of_smtp("smtp://ada:a%40b@mail.example.com") is None
    server = SmtpServer.of("smtp://ada:a%40b@mail.example.com")
    assert (server.port, server.password, server.starttls, server.tls_at_once) == (587, "a@b", True, False)
    assert SmtpServer.of("smtps://mail.example.com").port == 465
    assert a_sender(SENDER) is a_sender("no-reply@example.com") is None
    assert a_sender("nobody")
    assert a_sender("a@b.co\r\nBcc: c@d.co")


async def test_a_laptops_letters_lie_in_a_folder_the_newest_first(tmp_path: Path) -> None:
    mail = FolderMail(tmp_path / "inbox", SENDER)
    assert await mail.names() == []
    for number in range(3):
        await mail.send(Letter(to="ada@example.com", subject=f"{number}", text="", html=""))
    names = await mail.names()
    letters = [await mail.read(name) for name in names]
    assert [letter["Subject"] for letter in letters if letter] == ["2", "1", "0"]
    kept = (tmp_path / "inbox" / names[0]).read_bytes()
    assert message_from_bytes(kept, policy=default)["To"] == "ada@example.com"
    assert (tmp_path / "inbox" / names[0]).stat().st_mode & 0o777 == 0o600
    for name in ("../secret", "/etc/passwd", "x.eml", ""):
        assert await mail.read(name) is None


async def test_the_oldest_letters_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = FolderMail(tmp_path, SENDER)
    monkeypatch.setattr(folders, "LETTERS_MAX", 3)
    for number in range(5):
        await mail.send(Letter(to="ada@example.com", subject=f"{number}", text="", html=""))
    assert len(await mail.names()) == 3
    monkeypatch.setattr(folders, "BYTES_MAX", 10)
    await mail.send(LETTER)
    assert len(await mail.names()) == 1, "the newest stays, however large"


class Told:
    """What was observed."""

    def __init__(self) -> None:
        self.facts: list[object] = []
        self.stop = subscribe(self.facts.append)

    def of(self, kind: type) -> list[object]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    yield told
    told.stop()


def writing(letter: Letter | None = LETTER) -> Callable[[], Awaitable[Letter | None]]:
    async def write() -> Letter | None:
        return letter

    return write


async def test_the_post_tries_again_what_may_pass_and_writes_it_once(told: Told) -> None:
    written = 0

    async def write() -> Letter:
        nonlocal written
        written += 1
        return LETTER

    answers = {"RCPT": deque(["450 later", "450 later"])}
    async with SmtpTwin(answers=answers) as twin, Post(over(twin), pause_seconds_min=0.01) as post:
        post.hand_in(write, about="a@b.co")
        await eventually_async(lambda: asyncio.sleep(0, twin.taken))
    assert written == 1
    assert told.of(LetterSent) == [LetterSent(3)]


async def test_the_post_gives_up_what_is_refused_and_goes_on(told: Told) -> None:
    async with SmtpTwin(answers={"RCPT": deque(["550 nobody"])}) as twin, Post(over(twin)) as post:
        post.hand_in(writing(), about="a@b.co")
        await eventually_async(lambda: asyncio.sleep(0, told.of(LetterGivenUp)))
        post.hand_in(writing(), about="a@b.co")
    assert len(twin.taken) == 1


async def test_the_post_ends_its_tries(told: Told) -> None:
    twin = SmtpTwin()  # nobody listens
    async with Post(over(twin), pause_seconds_min=0.001) as post:
        post.hand_in(writing(), about="a@b.co")
        await eventually_async(lambda: asyncio.sleep(0, told.of(LetterGivenUp)))
    assert told.of(LetterSent) == []


async def test_who_hands_in_never_waits_and_what_is_too_much_is_told(told: Told) -> None:
    async with SmtpTwin(hangs=True) as twin:
        post = Post(over(twin, seconds_max=0.2), errands_max=2, pause_seconds_min=30)
        async with post:
            for _ in range(3):
                post.hand_in(writing(), about="a@b.co")
            assert told.of(ErrandsLost) == [ErrandsLost(1)]
    assert told.of(ErrandsLost)[-1] == ErrandsLost(2), "and what was not sent at the end"


async def test_a_database_that_is_away_is_asked_again_and_a_fault_is_told_once(told: Told) -> None:
    answers: deque[Exception | Letter] = deque([Unavailable(), LETTER])

    async def write() -> Letter:
        answer = answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def broken() -> Letter:
        raise ZeroDivisionError

    async with SmtpTwin() as twin, Post(over(twin), pause_seconds_min=0.01) as post:
        post.hand_in(broken, about="a@b.co")
        post.hand_in(write, about="a@b.co")
        post.hand_in(writing(None), about="a@b.co")
        await eventually_async(lambda: asyncio.sleep(0, twin.taken))
    assert len(twin.taken) == 1


async def test_letters_to_one_person_come_in_the_order_they_were_asked_for(told: Told) -> None:
    """Also when an earlier one takes longer to be written: otherwise the last to come could hold a code that is dead."""
    is_asked_again = asyncio.Event()

    async def slowly() -> Letter:
        await is_asked_again.wait()
        return replace(LETTER, subject="first")

    async with SmtpTwin() as twin, Post(over(twin)) as post:
        post.hand_in(slowly, about="a@b.co")
        post.hand_in(writing(replace(LETTER, subject="second")), about="a@b.co")
        for n in range(CARRIERS):
            post.hand_in(writing(replace(LETTER, subject="other")), about=f"{n}@b.co")
        is_asked_again.set()
        await eventually_async(lambda: asyncio.sleep(0, len(told.of(LetterSent)) == CARRIERS + 2))
    came = [taken for taken in map(str, twin.taken) if "other" not in taken]
    assert ["first" in came[0], "second" in came[1]] == [True, True], came


async def test_where_no_mail_is_set_up_a_letter_is_given_up(told: Told) -> None:
    mailer: Mailer = NoMail()
    async with Post(mailer) as post:
        post.hand_in(writing(), about="a@b.co")
        await eventually_async(lambda: asyncio.sleep(0, told.of(LetterGivenUp)))


VALUES = Values(
    {"Token": "123456", "ConfirmationURL": "https://a.co/?a=1&b=2", "SiteURL": "https://a.co", "Email": "a@b.co"}, {}
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_has_words_in_every_language(kind: str, language: str) -> None:
    letter = Words(None, "en").letter(kind, language, "a@b.co", VALUES)  # type: ignore[arg-type]
    assert letter.subject
    assert "{{" not in letter.text + letter.html
    if kind == "already_there":
        assert "https://a.co" in letter.text
    elif kind not in ("reauthentication", "sms_code"):
        assert "https://a.co/?a=1&b=2" in letter.text
        assert 'href="https://a.co/?a=1&amp;b=2"' in letter.html
    assert ("123456" in letter.text) is (kind != "already_there")
    assert kind == "sms_code" or f'lang="{language}"' in letter.html


def own(folder: Path, name: str, text: str) -> Path:
    path = folder / "en" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return folder


def test_a_file_of_ones_own_comes_before_ours_and_the_others_stay(tmp_path: Path) -> None:
    words = Words(own(tmp_path, "recovery.txt", "Subject: Psst {{.Data.name}}\n\n{{ .Token }}"), "en")
    letter = words.letter("recovery", "en", "a@b.co", Values(VALUES.variables, {"name": "Ada"}))
    assert (letter.subject, letter.text) == ("Psst Ada", "123456")
    assert "https://a.co" in letter.html
    assert words.letter("recovery", "tr", "a@b.co", VALUES).subject == "Yeni bir parola belirleyin"


def test_what_people_call_themselves_is_no_html_no_header_and_no_novel(tmp_path: Path) -> None:
    own(tmp_path, "recovery.txt", "Subject: {{ .Data.name }}\n\n{{ .Data.name }}")
    words = Words(own(tmp_path, "recovery.html", '<p title="{{ .Data.name }}">{{ .Data.name }}</p>'), "en")

    def named(name: object) -> Letter:
        return words.letter("recovery", "en", "a@b.co", Values(VALUES.variables, {"name": name}))

    evil = named("\"><script>alert('x')</script>\r\nBcc: all@example.com\u2028{{ .Token }}")
    assert "<script" not in evil.html
    assert '""' not in evil.html
    assert not set("\r\n\u2028") & set(evil.subject + evil.text + evil.html)
    assert "123456" not in evil.text, "what is filled in is not filled in again"
    assert len(named("a" * 5_000).subject) == 100
    assert named({"a": 1}).text == named(None).text == ""
    assert named(7).text == "7"


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("recovery.txt", "No subject\n", "Subject"),
        ("recovery.txt", "Subject: a\n\n{{ .Password }}", "Password"),
        ("recovery.html", "{{ if .Token }}", "if"),
        ("recovery.html", "{{ .Data.a.b }}", "Data"),
        ("recovery.html", "{{ .Token", "without"),
        ("recovery.html", "a" * 70_000, "bytes"),
    ],
)
def test_words_that_cannot_be_are_refused_at_the_start(tmp_path: Path, name: str, text: str, what: str) -> None:
    with pytest.raises(WordsUnusable) as refused:
        Words(own(tmp_path, name, text), "en")
    assert what in f"{refused.value.details} {refused.value.hint}"


def test_a_folder_that_is_none_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(WordsUnusable):
        Words(tmp_path / "nowhere", "en")


def test_the_first_language_there_is_is_taken() -> None:
    words = Words(None, "en")
    assert words.language_of(["de", "tr-TR", "en"]) == "tr"
    assert words.language_of(["EN_gb"]) == "en"
    assert words.language_of([]) == words.language_of(["de", ""]) == "en"
    assert Words(None, "tr").language_of(["de"]) == "tr"
