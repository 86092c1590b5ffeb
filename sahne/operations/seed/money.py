"""The ledger of the seeded world: every coin spent was bought first, every transaction sums to zero."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sahne.operations.seed.people import People
from sahne.operations.seed.size import Frame
from sahne.operations.seed.writing import Dice, Table, fixed_id, line, moment, row

PACKS = (100, 500, 1_200, 6_500, 13_000, 70_000)
SUBSCRIBED_SHARE = 0.05

# id, name, price, how often it is chosen
GIFTS = tuple(
    (fixed_id(f"gift:{name}"), name, price, often)
    for name, price, often in (
        ("Tulip", 5, 40),
        ("Balloon", 15, 25),
        ("Baklava", 40, 18),
        ("Violin", 120, 10),
        ("Balcony", 400, 5),
        ("Yacht", 2_000, 2),
    )
)

Wallet = int | str  # a person, or the kind of one of the house's three wallets


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Transactions as they are made; balances follow."""

    frame: Frame
    dice: Dice
    wallets: dict[Wallet, str]  # the house's are there from the start, a person's comes with their first coin
    transactions: list[tuple[int, str, str, Wallet, str, str | None, str | None]] = field(default_factory=list)
    entries: dict[str, list[tuple[Wallet, int]]] = field(default_factory=dict)
    balances: defaultdict[Wallet, int] = field(default_factory=lambda: defaultdict(int))
    spent: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    first_spent: dict[int, int] = field(default_factory=dict)

    def move(
        self,
        *,
        at: int,
        kind: str,
        key: str,
        payer: Wallet,
        credits: list[tuple[Wallet, int]],
        about: tuple[str, str] | None = None,
    ) -> str:
        """One transaction at `at`: `payer` gives what `credits` get; its id."""
        id = self.dice.id()
        credits = [(wallet, amount) for wallet, amount in credits if amount]
        total = sum(amount for _, amount in credits)
        self.transactions.append((at, id, kind, payer, key, *(about or (None, None))))
        self.entries[id] = [(payer, -total), *credits]
        for wallet, amount in self.entries[id]:
            self.wallet(wallet)
            self.balances[wallet] += amount
        if isinstance(payer, int):
            self.spent[payer] += total
            self.first_spent[payer] = min(at, self.first_spent.get(payer, at))
        return id

    def wallet(self, of: Wallet) -> str:
        """The id of a wallet, which is made when it is first needed."""
        if of not in self.wallets:
            self.wallets[of] = self.dice.id()
        self.balances[of] += 0
        return self.wallets[of]

    def share(self, creator: int, amount: int) -> list[tuple[Wallet, int]]:
        """What of `amount` is the creator's and what the platform's."""
        commission = amount * self.frame.commission_percent // 100
        return [(creator, amount - commission), ("platform", commission)]

    def buy_what_was_spent(self, people: People) -> None:
        """Everybody bought enough, and a little more, a minute before they first spent."""
        for person in sorted(self.spent):
            need, number = self.spent[person], 0
            while need > 0:
                pack = next((each for each in PACKS if each >= need), PACKS[-1])
                self.move(
                    at=self.first_spent[person] - 60_000 + number,
                    kind="purchase",
                    key=f"seed:{people.ids[person]}:{number}",
                    payer="issuer",
                    credits=[(person, pack)],
                )
                need, number = need - pack, number + 1


def subscription_tables(frame: Frame, people: People, ledger: Ledger) -> list[Table]:
    """Each creator's tiers and who pays for them now."""
    dice = Dice(frame.seed, "subscriptions")
    tiers: list[tuple[str, int, int]] = []
    lines: list[str] = []
    for creator in people.creators:
        at = moment(people.joined[creator])
        for name, price in (("Friend", 150), ("Patron", 600))[: dice.randint(1, 2)]:
            tiers.append((dice.id(), creator, price))
            lines.append(line(tiers[-1][0], people.ids[creator], name, price, True, at, at))
    return [Table("copy_tiers", lines, len(lines)), *_subscriptions(frame, people, ledger, dice, tiers)]


def _subscriptions(
    frame: Frame, people: People, ledger: Ledger, dice: Dice, tiers: list[tuple[str, int, int]]
) -> list[Table]:
    """What people have, and their first months, which wait in escrow."""
    lines: list[str] = []
    months: list[str] = []
    pairs: set[tuple[int, int]] = set()
    for person in range(int(len(people.ids) * SUBSCRIBED_SHARE) if tiers else 0):
        person = dice.randrange(len(people.ids))
        tier, creator, price = dice.choice(tiers)
        if person == creator or (person, creator) in pairs:
            continue
        pairs.add((person, creator))
        at = max(dice.randint(frame.days_before_end(29), frame.end - 1), people.joined[person] + 120_000)
        at = min(at, frame.end - 1)
        id = dice.id()
        ledger.move(
            at=at,
            kind="subscription",
            key=f"subscription:{id}:1",
            payer=person,
            credits=[("escrow", price)],
            about=("creator_subscription", id),
        )
        when, ends = moment(at), moment(at + 30 * 86_400_000)
        lines.append(
            row(
                id=id,
                subscriber_id=people.ids[person],
                creator_id=people.ids[creator],
                tier_id=tier,
                status="active",
                coin_price=price,
                expires_at=ends,
                created_at=when,
                updated_at=when,
                renews_at=ends,
                periods_paid=1,
            )
        )
        months.append(
            row(
                id=dice.id(),
                subscription_id=id,
                number=1,
                payer_wallet_id=ledger.wallet(person),
                payee_wallet_id=ledger.wallet(creator),
                coin_price=price,
                starts_at=when,
                ends_at=ends,
            )
        )
    return [Table("copy_subscriptions", lines, len(lines)), Table("copy_months_paid", months, len(months))]


def ledger_tables(people: People, ledger: Ledger) -> list[Table]:
    """People's wallets, transactions in the order of time, their entries."""
    wallets, owners = ledger.wallets, sorted(wallet for wallet in ledger.balances if isinstance(wallet, int))
    ledger.transactions.sort(key=lambda each: each[0])

    def transactions() -> Iterator[str]:
        for at, id, kind, payer, key, reference, reference_id in ledger.transactions:
            yield line(id, kind, wallets[payer], key, reference, reference_id, moment(at))

    def entries() -> Iterator[str]:
        for each in ledger.transactions:
            for wallet, amount in ledger.entries[each[1]]:
                yield f"{each[1]}\t{wallets[wallet]}\t{amount}\n"

    return [
        Table(
            "copy_wallets",
            (line(wallets[p], people.ids[p], ledger.balances[p], moment(people.joined[p])) for p in owners),
            len(owners),
        ),
        Table("copy_transactions", transactions(), len(ledger.transactions)),
        Table("copy_entries", entries(), sum(len(each) for each in ledger.entries.values())),
    ]
