"""The words of letters: a subject, plain text and HTML of each kind in each language, with GoTrue's variables.

`letters/<language>/<kind>.txt` begins with `Subject: …` and an empty line; `<kind>.html` is beside it, but for short
messages, which are plain text alone. Files of the same names in a folder of one's own come before these, each for
itself. A variable is written `{{ .ConfirmationURL }}`, one of the person's own data `{{ .Data.name }}`; anything else
in double braces is a fault, found at the start.

What is filled in was written by anybody: in HTML it is escaped, in subjects and text it is one line, and bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from sahne.errors import SetupError
from sahne.providers.mail import Letter

Kind = Literal[
    "confirmation", "already_there", "recovery", "magic_link", "invite", "email_change", "reauthentication", "sms_code"
]
Language = Literal["en", "tr"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TEXTS: frozenset[Kind] = frozenset({"sms_code"})  # short messages: plain text alone, the subject is a laptop's inbox's
LANGUAGES: tuple[Language, ...] = get_args(Language)
VARIABLES = frozenset(
    {"ConfirmationURL", "Token", "TokenHash", "SiteURL", "Email", "NewEmail", "SendingTo", "RedirectTo"}
)
FILE_BYTES_MAX = 64 * 1024
VALUE_CHARACTERS_MAX = 2_048  # of a variable, a link at the longest
DATA_CHARACTERS_MAX = 100  # of a word of the person's own: a name, not an advertisement
SUBJECT = "Subject: "

_PLACE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_DATA = re.compile(r"\.Data\.([A-Za-z_][A-Za-z0-9_]{0,63})")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class WordsUnusable(SetupError):
    """The words of a letter cannot be used."""

    code = "mail_words_unusable"


@dataclass(frozen=True, slots=True)
class Values:
    """What is filled in: the variables by name, and the person's own data."""

    variables: Mapping[str, str]
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Wording:
    """One kind of letter in one language, with the places still open."""

    subject: str
    text: str
    html: str

    def letter(self, to: str, values: Values) -> Letter:
        """The letter with everything filled in."""
        return Letter(
            to=to,
            subject=_filled(self.subject, values, str),
            text=_filled(self.text, values, str),
            html=_filled(self.html, values, escape),
        )


class Words:
    """All wordings, read and checked once. `folder` holds one's own."""

    def __init__(self, folder: Path | None, language: Language) -> None:
        """Raises WordsUnusable: naming the file and what is wrong with it."""
        if folder is not None and not folder.is_dir():
            raise WordsUnusable(details=str(folder), hint="SAHNE_MAIL_TEMPLATES must name a folder.")
        self._language = language
        self._wordings = {(each, kind): _read(folder, each, kind) for each in LANGUAGES for kind in KINDS}

    def letter(self, kind: Kind, language: Language, to: str, values: Values) -> Letter:
        """A letter of a kind."""
        return self._wordings[language, kind].letter(to, values)

    def language_of(self, wishes: Iterable[str]) -> Language:
        """The first language among the wishes that there are words in, else the default."""
        return language_of(wishes, self._language)


def language_of(wishes: Iterable[str], default: Language) -> Language:
    """The first language among the wishes (`tr`, `tr-TR`, `en_GB`) that there are words in, else the default."""
    for wish in wishes:
        short = re.split(r"[-_]", wish.strip().lower(), maxsplit=1)[0]
        for language in LANGUAGES:
            if short == language:
                return language
    return default


def _read(folder: Path | None, language: Language, kind: Kind) -> Wording:
    head, _, text = _file(folder, language, f"{kind}.txt").partition("\n")
    if not head.startswith(SUBJECT):
        raise WordsUnusable(details=f"{language}/{kind}.txt", hint=f"Its first line must begin with {SUBJECT!r}.")
    html = "" if kind in TEXTS else _file(folder, language, f"{kind}.html")
    return Wording(head.removeprefix(SUBJECT).strip(), text.lstrip("\n"), html)


def _file(folder: Path | None, language: Language, name: str) -> str:
    own = folder / language / name if folder else None
    there = own if own is not None and own.is_file() else files("sahne.mail").joinpath("letters", language, name)
    try:
        content = there.read_bytes()
        text = content.decode().replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WordsUnusable(details=f"{there}: {error}", hint="It must be readable, and UTF-8.") from error
    if len(content) > FILE_BYTES_MAX:
        raise WordsUnusable(details=str(there), hint=f"It may have {FILE_BYTES_MAX} bytes.")
    for place in _PLACE.findall(text):
        if place.removeprefix(".") not in VARIABLES and not _DATA.fullmatch(place):
            known = ", ".join(f".{name}" for name in sorted(VARIABLES))
            raise WordsUnusable(details=f"{there}: {{{{ {place} }}}}", hint=f"There are {known} and .Data.<name>.")
    if "{{" in _PLACE.sub("", text):
        raise WordsUnusable(details=f"{there}: {{{{ without }}}}", hint="Close it.")
    return text


def _filled(text: str, values: Values, dress: Callable[[str], str]) -> str:
    def value(place: re.Match[str]) -> str:
        data = _DATA.fullmatch(place[1])
        if data is None:
            return dress(_line(values.variables.get(place[1].removeprefix("."), ""), VALUE_CHARACTERS_MAX))
        own = values.data.get(data[1])
        return dress(_line(str(own), DATA_CHARACTERS_MAX)) if isinstance(own, str | int | float) else ""

    return _PLACE.sub(value, text)


def _line(text: str, characters_max: int) -> str:
    """One line, without what would end it or could not be seen."""
    return _INVISIBLE.sub(" ", text)[:characters_max]
