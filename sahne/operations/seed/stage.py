"""The stage of the seeded world: sessions, who was in them from when to when, and what their counters say of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sahne.operations.seed.money import Ledger
from sahne.operations.seed.people import People
from sahne.operations.seed.size import STAGE_DAYS, Frame, Size
from sahne.operations.seed.writing import Dice, dashed, shares

MINUTE = 60_000
LIVE_SHARE, SCHEDULED_SHARE, PAID_SHARE, AUDIO_SHARE = 0.02, 0.05, 0.15, 0.3
AUDIENCE_MIN, LINES_PER_VIEWER = 6, 6
RETURN_SHARE = 0.15  # viewers who leave and come back
BAN_EVERY = 60  # viewers to one who is put out

TITLES = (
    "Songs from the kitchen", "Night talk", "Painting the sea", "Questions and answers", "Morning yoga",
    "Reading aloud", "Chess, slowly", "A walk through the market", "New pictures, live", "Just chatting",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Seat:
    """One person in one session. `stays` are (from, to); `to` is None while they are there."""

    id: str
    person: int
    profile: str
    role: str
    stays: list[tuple[int, int | None]]
    ticket: tuple[str, str] | None = None  # its id, the transaction that paid it
    banned: bool = False

    @property
    def active(self) -> bool:
        """Whether they are there at the end of the world."""
        return self.stays[-1][1] is None


@dataclass(slots=True, kw_only=True)
class Session:
    """One session; `seats[0]` is the host's unless it has not begun. Moments are Unix milliseconds."""

    id: str
    host: int
    title: str
    kind: str
    status: str
    price: int
    created: int
    begins: int
    ends: int | None
    seats: list[Seat] = field(default_factory=list)
    lines: int = 0
    gifts: int = 0
    sent: int = 0  # pieces of gifts

    @property
    def viewers(self) -> list[Seat]:
        """Everybody but the host."""
        return self.seats[1:]

    def count(self) -> tuple[int, int, int]:
        """Viewers at the end, the most at once, and all there ever were."""
        steps = sorted(step for seat in self.viewers for stay in seat.stays for step in _steps(stay))
        present = peak = 0
        for _, change in steps:
            present += change
            peak = max(peak, present)
        return present, peak, len(self.viewers)


def make_stage(frame: Frame, size: Size, people: People, ledger: Ledger) -> list[Session]:
    """Sessions in the order they began, seated, with their shares of messages and gifts; tickets are paid for."""
    dice = Dice(frame.seed, "stage")
    sessions = [_make_session(frame, people, dice) for _ in range(size.sessions)]
    sessions.sort(key=lambda each: each.begins)
    _set_states(frame, sessions, dice)
    played = [each for each in sessions if each.status != "scheduled"]
    weights = [min(dice.paretovariate(1.2), 60.0) for _ in played]
    for session, lines, gifts in zip(played, shares(weights, size.messages), shares(weights, size.gifts), strict=True):
        session.lines, session.gifts = lines, gifts
        _seat_everybody(session, people, dice, frame, ledger)
    return sessions


def _make_session(frame: Frame, people: People, dice: Dice) -> Session:
    host = dice.choice(people.creators)
    begins = dice.randint(max(frame.days_before_end(STAGE_DAYS), people.joined[host] + MINUTE), frame.end - 5 * MINUTE)
    kind = "audio_room" if dice.chance(AUDIO_SHARE) else "video_live"
    price = dice.choice((50, 100, 250)) if dice.chance(PAID_SHARE) else 0
    created = max(begins - dice.randint(5, 3000) * MINUTE, people.joined[host])
    ends = min(begins + dice.randint(15, 180) * MINUTE, frame.end - MINUTE)
    return Session(
        id=dice.id(),
        host=host,
        title=dice.choice(TITLES),
        kind=kind,
        status="ended",
        price=price,
        created=created,
        begins=begins,
        ends=ends,
    )


def _set_states(frame: Frame, sessions: list[Session], dice: Dice) -> None:
    """The last ones are live, one a host, as long as one is left that has ended; some are still to come."""
    live, hosts = int(len(sessions) * LIVE_SHARE) or 1, set[int]()
    for session in reversed(sessions[1:]):
        if len(hosts) < live and session.host not in hosts:
            hosts.add(session.host)
            session.status, session.ends = "live", None
            session.begins = max(session.begins, frame.end - dice.randint(10, 90) * MINUTE)
    ended = [each for each in sessions[1:] if each.status == "ended"]
    for session in dice.sample(ended, int(len(sessions) * SCHEDULED_SHARE)):
        session.status, session.ends = "scheduled", None
        session.begins = frame.end + dice.randint(1, 14 * 24) * 60 * MINUTE
        session.created = max(session.created, frame.days_before_end(7))
        session.created = min(session.created, frame.end - MINUTE)


def _seat_everybody(session: Session, people: People, dice: Dice, frame: Frame, ledger: Ledger) -> None:
    there = people.there_at(session.begins)
    size = AUDIENCE_MIN + session.lines // LINES_PER_VIEWER + dice.randrange(30)
    audience = [each for each in dice.sample(range(there), min(there, size)) if each != session.host]
    host = Seat(
        id=dice.id(),
        person=session.host,
        profile=people.ids[session.host],
        role="host",
        stays=[(session.begins, session.ends)],
    )
    session.seats = [host, *(_seat(session, person, rank, people, dice, frame) for rank, person in enumerate(audience))]
    for seat in session.viewers:
        if session.price:
            _pay_entry(session, seat, ledger, dice)


def _seat(session: Session, person: int, rank: int, people: People, dice: Dice, frame: Frame) -> Seat:
    over = session.ends or frame.end - 1
    comes = min(session.begins + int((over - session.begins) * dice.random() ** 2) + 1, over - 2)
    goes = dice.randint(comes + 1, over - 1)
    stays: list[tuple[int, int | None]] = [(comes, goes)]
    if dice.chance(RETURN_SHARE) and over - goes > 2:
        again = dice.randint(goes + 1, over - 1)
        stays.append((again, over if session.ends else None))
    elif dice.chance(0.5):
        stays = [(comes, over if session.ends else None)]
    banned = rank % BAN_EVERY == BAN_EVERY - 1
    if banned:
        stays = [(comes, goes)]
    profile = people.shadows.get(person, people.ids[person])
    return Seat(
        id=dice.id(),
        person=person,
        profile=profile,
        role=_role(session, profile, people.ids[person], rank),
        stays=stays,
        banned=banned,
    )


def _role(session: Session, profile: str, real: str, rank: int) -> str:
    if profile != real:  # a shadow only watches
        return "listener" if session.kind == "audio_room" else "viewer"
    if session.kind == "audio_room":
        return ("speaker", "moderator", "speaker")[rank] if rank < 3 and session.lines > 50 else "listener"
    return "moderator" if rank == 1 and session.lines > 100 else "viewer"


def _pay_entry(session: Session, seat: Seat, ledger: Ledger, dice: Dice) -> None:
    ticket = dice.id()
    at = seat.stays[0][0] - 1
    paid = ledger.move(
        at=at,
        kind="ticket",
        key=f"ticket:seed:{ticket}",
        payer=seat.person,
        credits=[("escrow", session.price)],
        about=("ticket", ticket),
    )
    seat.ticket = (ticket, paid)
    if session.ends:
        ledger.move(
            at=session.ends,
            kind="ticket_payout",
            key=f"ticket_payout:{dashed(ticket)}",
            payer="escrow",
            credits=ledger.share(session.host, session.price),
            about=("ticket", ticket),
        )


def _steps(stay: tuple[int, int | None]) -> list[tuple[int, int]]:
    comes, goes = stay
    return [(comes, 1)] if goes is None else [(comes, 1), (goes, -1)]


def present_at(seat: Seat, share: float, end: int) -> int:
    """A moment within the seat's first stay, `share` of the way through."""
    comes, goes = seat.stays[0]
    return comes + int(((goes or end) - comes) * share)
