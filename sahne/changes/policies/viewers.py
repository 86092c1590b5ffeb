"""The viewers as rows of a temporary table, with what policies ask of their claims in columns of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from psycopg import AsyncRawCursor, Error
from psycopg.rows import dict_row

from sahne.changes.policies.catalog import Connection
from sahne.changes.policies.written import Tokens
from sahne.changes.subscriptions import Viewer

LISTED_MAX = 20_000
ANALYSED_FROM = 50  # a plan for none is a bad plan for thousands
INDEXED = frozenset({"uuid", "text", "bigint", "integer"})


class Viewers:
    """The table in one session. Whoever's claims cannot be read as the policies read them is not listed."""

    def __init__(self, conn: Connection, name: str, claims: Mapping[Tokens, str]) -> None:
        self._conn = conn
        self._name = name  # the table's, and what the claims' expressions call its row
        self._claims = dict(claims)
        self._numbers: dict[Viewer, int] = {}
        self._by_number: list[Viewer] = []
        self._known: set[Viewer] = set()
        self._unlisted: set[Viewer] = set()
        self._by_claim: dict[tuple[str, str], dict[str, set[Viewer]]] = {}
        self._analysed = 0

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew."""
        return len(self._known) > LISTED_MAX

    def __len__(self) -> int:
        return len(self._by_number)

    async def make(self) -> None:
        """The table, in place of one that was there before."""
        await self._execute(f"drop table if exists pg_temp.{self._name}")
        of_all = [f"{self._name}_id int primary key", f"{self._name}_role text", f"{self._name}_claims text"]
        of_claims = [f"{column} {' '.join(_type_of(words))}" for words, column in self._claims.items()]
        columns = ", ".join([*of_all, *of_claims])
        await self._execute(f"create temporary table {self._name} ({columns})")
        for words, column in self._claims.items():
            if " ".join(_type_of(words)) in INDEXED:
                await self._execute(f"create index on pg_temp.{self._name} ({column})")

    async def enlist(self, viewers: frozenset[Viewer]) -> None:
        """Put in who is not there yet."""
        new = [*(viewers - self._known)]
        if not new:
            return
        await self._insert_what_fits(new)
        self._known |= viewers
        if len(self) >= max(ANALYSED_FROM, 2 * self._analysed):
            await self._execute(f"analyze pg_temp.{self._name}")
            self._analysed = len(self)

    def listed(self, viewers: frozenset[Viewer]) -> frozenset[Viewer]:
        """Those of `viewers` who are in the table."""
        return viewers - self._unlisted if self._unlisted else viewers

    def numbers_of(self, viewers: Iterable[Viewer]) -> list[str]:
        """Their numbers."""
        return [str(self._numbers[viewer]) for viewer in viewers]

    def named(self, numbers: Sequence[str]) -> set[Viewer]:
        """The viewers of these numbers."""
        return {self._by_number[int(number)] for number in numbers}

    def claiming(self, role: str, column: str, value: str) -> set[Viewer]:
        """The viewers of a role of whom a claim is this."""
        return self._by_claim.get((role, column), {}).get(value, set())

    async def _insert_what_fits(self, viewers: list[Viewer]) -> None:
        """All of them, or those of either half, down to the ones whose claims PostgreSQL cannot read."""
        try:
            await self._insert(viewers)
        except Error:
            if self._conn.closed:
                raise
            if len(viewers) == 1:
                self._unlisted.update(viewers)
                return
            half = len(viewers) // 2
            await self._insert_what_fits(viewers[:half])
            await self._insert_what_fits(viewers[half:])

    async def _insert(self, viewers: list[Viewer]) -> None:
        start = len(self._by_number)
        row, given = self._name, ", ".join(f"{self._name}_{column}" for column in ("id", "role", "claims"))
        rows = f"unnest($1::int[], $2::text[], $3::text[]) as {row} ({given})"
        for words, column in self._claims.items():
            rows = f"(select {row}.*, {' '.join(words)} as {column} from {rows}) as {row}"
        claims = ", ".join(f"{column}::text" for column in self._claims.values()) or "null"
        insert = f"insert into pg_temp.{row} select * from {rows} returning {row}_id as id, array[{claims}] as claims"
        cursor = await AsyncRawCursor(self._conn, row_factory=dict_row).execute(
            insert.encode(),
            [
                [*range(start, start + len(viewers))],
                [viewer.role for viewer in viewers],
                [viewer.claims for viewer in viewers],
            ],
        )
        for listed in await cursor.fetchall():
            viewer = viewers[listed["id"] - start]
            for column, value in zip(self._claims.values(), listed["claims"], strict=False):
                if value is not None:
                    self._by_claim.setdefault((viewer.role, column), {}).setdefault(value, set()).add(viewer)
        self._numbers |= {viewer: start + n for n, viewer in enumerate(viewers)}
        self._by_number += viewers

    async def _execute(self, statement: str) -> None:
        await self._conn.execute(statement.encode())


def _type_of(expression: Tokens) -> Tokens:
    """The type that an expression of the claims is cast to at its end."""
    last = len(expression) - 1 - expression[::-1].index("::")
    return expression[last + 1 : -1]
