"""How a name may begin that begins so in any case: policies come before `lower`, but not before the order of names."""

from __future__ import annotations

SPELLINGS_MAX = 256
LAST_LATIN = "\N{LATIN SMALL LETTER LONG S}"
DOTTED_I = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"  # one character or two in small letters: locales differ
DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"  # in Turkish its capital is I, whose small letter is i elsewhere
# Letters beside the capital that is made of one: what some locale takes for the same in small letters
ODD_CASES = {
    "i": DOTTED_I + DOTLESS_I,
    "k": "\N{KELVIN SIGN}",
    "å": "\N{ANGSTROM SIGN}",
    "ß": "\N{LATIN CAPITAL LETTER SHARP S}",
}


def spellings_of(search: str) -> list[str]:
    """The first characters of `search` in every case, in the order of names, none of them the beginning of another.

    They end before the first that is not Latin, and where there would be more than `SPELLINGS_MAX`: what is found by
    them may be too much, never too little.
    """
    spellings = [""]
    for character in search:
        cases = _cases(character)
        if character > LAST_LATIN or len(spellings) * len(cases) > SPELLINGS_MAX:
            break
        spellings = [spelling + case for spelling in spellings for case in cases]
        if character == DOTTED_I:
            break
    return sorted(spellings)


def _cases(character: str) -> set[str]:
    small = "i" if character == DOTTED_I else character.lower()
    return {case for case in (character, small, small.upper(), *ODD_CASES.get(small, "")) if len(case) == 1}
