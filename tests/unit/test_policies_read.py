"""Reading what PostgreSQL writes of policies: its parse trees, and its SQL."""

from __future__ import annotations

import pytest

from sahne.changes.policies.compiled import joined_ways
from sahne.changes.policies.node_tree import read_tree
from sahne.changes.policies.uses import NotUnderstood, uses_of
from sahne.changes.policies.written import bare, split, tokens_of, united

TREE = r"""{BOOLEXPR :boolop or :args ({VAR :varno 1 :varattno 2 :varlevelsup 0} {SUBLINK :subLinkType 0 :subselect
{QUERY :commandType 1 :hasAggs false :rtable ({RANGETBLENTRY :eref {ALIAS :aliasname *SELECT*\ 1 :colnames ("a}b")}
:rtekind 0 :relid 16400 :inh true}) :rteperminfos ({RTEPERMISSIONINFO :relid 16400 :checkAsUser 0 :selectedCols (b 8 10)})
:jointree {FROMEXPR :quals {VAR :varno 1 :varattno 3 :varlevelsup 1}} :limitCount <>}}) :location -1}"""


def test_a_tree_tells_tables_their_columns_and_those_of_the_row_itself() -> None:
    uses = uses_of(read_tree(TREE))
    assert (dict(uses.tables), uses.columns, uses.own) == ({16400: 1}, {16400: {1, 3}}, {2, 3})


@pytest.mark.parametrize(
    ("what", "instead"),
    [("BOOLEXPR", "NOBODYKNOWSEXPR"), (":commandType 1", ":commandType 3"), (":limitCount <>", ":limitCount {CONST :a 1}"),
     ("(b 8 10)", "(b 7)"), (":inh true", ":inh false"), (":varattno 2", ":varattno 0"), (":checkAsUser 0", ":checkAsUser 10")],
)  # fmt: skip
def test_what_is_not_plain_is_refused(what: str, instead: str) -> None:
    with pytest.raises(NotUnderstood):
        uses_of(read_tree(TREE.replace(what, instead)))


def test_a_tree_that_ends_early_is_none() -> None:
    with pytest.raises(ValueError, match="early"):
        read_tree(TREE[:-1])


def test_words_are_cut_as_postgresql_wrote_them() -> None:
    text = """(("a "" b".c = 'it''s (OR) "x"'::text) OR (NOT ok))"""
    words = tokens_of(text)
    assert words[:6] == ("(", "(", '"a "" b"', ".", "c", "=")
    assert ["".join(part) for part in split(bare(words), "OR")] == [
        """("a "" b".c='it''s (OR) "x"'::text)""",
        "(NOTok)",
    ]


def test_a_list_of_a_union_is_a_way_for_each_of_its_queries() -> None:
    words = tokens_of("(ok AND (a IN ( SELECT x FROM b UNION ALL SELECT y FROM c)))")
    assert [(len(way.conditions), [" ".join(query) for _, query in way.joins]) for way in joined_ways([words], [])] == [
        (1, ["SELECT x FROM b"]),
        (1, ["SELECT y FROM c"]),
    ]
    assert len(united(tokens_of("SELECT x FROM b UNION SELECT y FROM c EXCEPT SELECT z FROM d"))) == 1


def test_a_list_that_must_not_hold_it_is_no_way_to_it() -> None:
    (way,) = joined_ways([tokens_of("(NOT (a IN ( SELECT b.x FROM b)))")], [])
    assert way.joins == ()
