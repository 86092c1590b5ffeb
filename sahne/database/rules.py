"""What a client reads when a rule of a table says no: the sentence kept as the constraint's comment.

PostgreSQL names the constraint that failed; the catalog knows the sentence (`comment on constraint …`, `comment on
index …`, in the migrations). A partition's constraint stands for its table's, so that no partition is ever named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sahne.database.result import StatementFailed
from sahne.errors import Conflict, SahneError, Unprocessable

CHECK, NOT_NULL, UNIQUE, FOREIGN_KEY = "23514", "23502", "23505", "23503"
RESTRICT = "23001"  # what PostgreSQL 18 says where a reference forbids a delete, and older ones say 23503
RULES_STATES = frozenset({CHECK, NOT_NULL, UNIQUE, FOREIGN_KEY, RESTRICT})
RULE = "rule"  # under which an operation's refusal names the constraint
SHOWN_DETAIL = "Key "  # of what was sent; any other detail shows a whole row
REFERRED_TO = " referenced from table "


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint or unique index of a table by its name there, and what it asks in words."""

    constraint: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Rules:
    """`by_constraint` also holds the partitions' names of a rule; `tables` leads from a partition to its table."""

    by_constraint: Mapping[str, Rule] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)

    def in_words(self, failure: StatementFailed) -> StatementFailed:
        """The failure with its rule's sentence; itself when no rule is known or somebody worded it already."""
        if failure.sqlstate not in RULES_STATES or failure.hint:
            return failure
        if failure.sqlstate == NOT_NULL and failure.column and failure.table:
            table = self.tables.get(failure.table, failure.table)
            return StatementFailed(NOT_NULL, f'"{failure.column}" of "{table}" cannot be left empty.')
        rule = self.by_constraint.get(failure.constraint or "")
        if rule is None:
            return failure
        details = str(failure.details) if failure.details else None
        is_referred_to = failure.sqlstate == RESTRICT or REFERRED_TO in (details or "")
        sentence = "Other rows refer to this one." if is_referred_to else rule.sentence
        return StatementFailed(
            failure.sqlstate, sentence,
            details=details if details and details.startswith(SHOWN_DETAIL) else None,
            hint=f"The rule is {rule.constraint}.", constraint=rule.constraint,
        )  # fmt: skip

    def refusal_in_words(self, refusal: SahneError) -> SahneError:
        """An operation's refusal, which has the constraint's name for details, with its rule's sentence."""
        if not isinstance(refusal, Unprocessable | Conflict) or not isinstance(refusal.details, dict):
            return refusal
        rule = self.by_constraint.get(refusal.details.get(RULE, ""))
        if rule is None:
            return refusal
        return type(refusal)(rule.sentence, details={RULE: rule.constraint}, hint=refusal.hint)
