"""A search in any case goes along the order of names and loses nothing that begins so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sahne.objects.spellings import SPELLINGS_MAX, spellings_of

KELVIN, DOTTED = "\N{KELVIN SIGN}", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"
LETTERS = f"aAbBiIıkK{KELVIN}{DOTTED}äÄåÅşŞ_ßẞ0я"


def lower(text: str) -> str:
    """As PostgreSQL has it in most locales: character by character."""
    return text.replace(DOTTED, "i").lower()


def turkish_lower(text: str) -> str:
    """As it has it in those of Turkish."""
    return lower(text.replace("I", "ı"))


@given(st.lists(st.text(LETTERS, min_size=1, max_size=4)), st.text(LETTERS, min_size=1, max_size=3))
def test_what_begins_so_in_any_case_begins_with_a_spelling(names: list[str], search: str) -> None:
    spellings = spellings_of(search)
    assert spellings == sorted(set(spellings))
    assert len({len(spelling) for spelling in spellings}) == 1
    for name in names:
        if lower(name).startswith(lower(search)) or turkish_lower(name).startswith(turkish_lower(search)):
            assert name.startswith(tuple(spellings))


def test_they_are_few_however_long_the_search() -> None:
    assert spellings_of("a-b") == ["A-B", "A-b", "a-B", "a-b"]
    assert spellings_of("I") == ["I", "i", DOTTED, "ı"]
    assert spellings_of("şя") == ["Ş", "ş"]
    assert spellings_of("я") == [""]
    assert len(spellings_of("abcdefgh" * 100)) == SPELLINGS_MAX
