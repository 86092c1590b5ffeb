"""How a name may begin that begins so in any case: policies come before `lower`, but not before the order of names."""

from __future__ import annotations

SPELLINGS_MAX = 256
# Further characters whose small letter is one of ASCII's: the sign for kelvin and, in many locales, the dotted capital
ODD_CAPITALS = {"k": "\N{KELVIN SIGN}", "i": "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"}


def spellings_of(search: str) -> list[str]:
    """The first characters of `search` in every case, in the order of names, none of them the beginning of another.

    They end before the first that is not ASCII's, and where there would be more than `SPELLINGS_MAX`: what is found by
    them may be too much, never too little.
    """
    spellings = [""]
    for character in search:
        cases = _cases(character)
        if len(spellings) * len(cases) > SPELLINGS_MAX or not cases:
            break
        spellings = [spelling + case for spelling in spellings for case in cases]
    return sorted(spellings)


def _cases(character: str) -> list[str]:
    if not character.isascii():
        return []
    small = character.lower()
    return sorted({small, character.upper(), *ODD_CAPITALS.get(small, "")})
