"""What was said, given, asked and forbidden in the seeded sessions, and the rows of all of it."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge

from sahne.operations.seed.money import GIFTS, Ledger
from sahne.operations.seed.people import People
from sahne.operations.seed.size import Frame
from sahne.operations.seed.stage import MINUTE, Seat, Session, present_at
from sahne.operations.seed.writing import NULL, Dice, Table, dashed, line, moment

DELETED_SHARE = 0.005
LINES = (
    "hello everybody", "where are you watching from?", "merhaba!", "this is beautiful", "again, please", "😂", "wow",
    "first time here", "can you play the one from last week?", "iyi geceler", "what brush is that?", "❤️❤️❤️", "same",
    "I was at the concert", "sound is perfect now", "no", "yes please", "çok güzel", "how long did it take?", "see you",
)  # fmt: skip

Gift = tuple[int, int, int, int, str, str]  # moment, session, seat, which gift, row id, transaction


def give_gifts(frame: Frame, sessions: list[Session], ledger: Ledger) -> list[Gift]:
    """Gifts to hosts in the order of time, paid for. Counts `session.sent`."""
    dice = Dice(frame.seed, "gifts")
    given: list[Gift] = []
    often = [each[3] for each in GIFTS]
    for number, session in enumerate(sessions):
        for which in dice.choices(range(len(GIFTS)), often, k=session.gifts if session.viewers else 0):
            seat_number = 1 + int(len(session.viewers) * dice.random() ** 3)
            seat = session.seats[seat_number]
            at, id, price = present_at(seat, dice.random(), frame.end), dice.id(), GIFTS[which][2]
            paid = ledger.move(at, "gift", f"gift:seed:{id}", seat.person, ledger.share(session.host, price),
                               ("live_gift", id))  # fmt: skip
            given.append((at, number, seat_number, which, id, paid))
            session.sent += 1
    given.sort()
    return given


def room_tables(
    frame: Frame, people: People, sessions: list[Session], gifts: list[Gift], ledger: Ledger
) -> list[Table]:
    """Everything of the stage but its money."""
    dice = Dice(frame.seed, "rooms")
    played = [each for each in sessions if each.seats]
    seats = [(session, seat) for session in played for seat in session.seats]
    banned = [(session, seat) for session, seat in seats if seat.banned]
    tickets = [(session, seat) for session, seat in seats if seat.ticket]
    requests = list(_requests(people, played, dice))
    calls = list(_calls(frame, people))
    lines = sum(session.lines for session in played if session.viewers) + len(gifts)
    return [
        Table("copy_sessions", (_session(each, people) for each in sessions), len(sessions)),
        Table("copy_counters", (line(each.id, *each.count()) for each in sessions), len(sessions)),
        Table("copy_participants", (_participant(*each, people) for each in seats), len(seats)),
        Table("copy_intervals", (each for _, seat in seats for each in _stays(seat)),
              sum(len(seat.stays) for _, seat in seats)),
        Table("copy_bans", (_ban(session, seat, people, dice) for session, seat in banned), len(banned)),
        Table("copy_requests", requests, len(requests)),
        Table("copy_tickets", (_ticket(session, seat, people, ledger) for session, seat in tickets), len(tickets)),
        Table("copy_gifts", _gifts(people, sessions, gifts), len(gifts)),
        Table("copy_messages", merge_lines(frame, people, sessions, gifts), lines),
        Table("copy_calls", calls, len(calls)),
    ]  # fmt: skip


def _session(session: Session, people: People) -> str:
    now, most, all_of_them = session.count()
    played = session.seats != []
    begun = moment(session.begins) if played else NULL
    lasted = (session.ends - session.begins) // 1000 if session.ends else 0
    changed = session.ends or (session.begins if played else session.made)
    return line(
        session.id, people.ids[session.host], people.ids[session.host], session.title, session.kind,
        "pay_per_view" if session.price else "public", session.price, f"live_{dashed(session.id)}", session.status,
        moment(session.begins if session.status == "scheduled" else None), begun, moment(session.ends),
        most, all_of_them, lasted, session.sent, (session.lines if session.viewers else 0) + session.sent,
        moment(session.made), moment(changed), now,
    )  # fmt: skip


def _participant(session: Session, seat: Seat, people: People) -> str:
    left = seat.stays[-1][1]
    watched = sum(stay[1] - stay[0] for stay in seat.stays if stay[1]) if left else 0
    return line(
        seat.id, session.id, people.ids[seat.person], seat.profile, seat.role, seat.active, dashed(seat.profile),
        moment(seat.stays[0][0]), moment(left), round(watched / 1000), session.price if seat.ticket else 0,
        seat.ticket[1] if seat.ticket else None, moment(seat.stays[0][0]), moment(left or seat.stays[-1][0]),
        f"PA_{seat.id[:12]}{len(seat.stays)}" if seat.active else None,
    )  # fmt: skip


def _stays(seat: Seat) -> Iterator[str]:
    for number, (comes, goes) in enumerate(seat.stays):
        yield line(seat.id, f"PA_{seat.id[:12]}{number + 1}", moment(comes), moment(goes))


def _ban(session: Session, seat: Seat, people: People, dice: Dice) -> str:
    return line(dice.id(), session.id, people.ids[seat.person], people.ids[session.host], "Unkind words",
                moment(seat.stays[-1][1]), seat.profile)  # fmt: skip


def _requests(people: People, played: list[Session], dice: Dice) -> Iterator[str]:
    for session in played:
        for seat in session.viewers[2:5] if session.ends else []:
            status = dice.choice(("approved", "rejected", "expired"))
            at = seat.stays[0][0]
            answered = None if status == "expired" else at + dice.randint(2, 50) * 1000
            yield line(dice.id(), session.id, people.ids[seat.person], seat.profile, status, "May I join?",
                       moment(answered), people.ids[session.host] if answered else None, moment(at + MINUTE),
                       moment(at))  # fmt: skip


def _ticket(session: Session, seat: Seat, people: People, ledger: Ledger) -> str:
    assert seat.ticket
    return line(seat.ticket[0], session.id, people.ids[seat.person], ledger.wallets[seat.person], session.price,
                "settled" if session.ends else "paid", seat.ticket[1], moment(seat.stays[0][0] - 1),
                moment(session.ends))  # fmt: skip


def _gifts(people: People, sessions: list[Session], gifts: list[Gift]) -> Iterator[str]:
    for at, session_number, seat_number, which, id, paid in gifts:
        session = sessions[session_number]
        seat = session.seats[seat_number]
        yield line(id, session.id, people.ids[seat.person], people.ids[session.host], GIFTS[which][0], 1,
                   GIFTS[which][2], paid, moment(at), seat.profile)  # fmt: skip


def merge_lines(frame: Frame, people: People, sessions: list[Session], gifts: list[Gift]) -> Iterator[str]:
    """Text and gift lines of all sessions as they came in, so that they lie on disk as a busy house's would."""
    dice = Dice(frame.seed, "lines")
    said = (  # moment, session, seat, -1: no gift
        (present_at(session.seats[seat], dice.random(), frame.end), number, seat, -1)
        for number, session in enumerate(sessions)
        if session.viewers
        for seat in [1 + int(len(session.viewers) * dice.random() ** 2) for _ in range(session.lines)]
    )
    ids = Dice(frame.seed, "messages")
    for at, number, seat_number, which in merge(sorted(said), (gift[:4] for gift in gifts)):
        session = sessions[number]
        seat = session.seats[seat_number]
        head = f"{ids.id()}\t{session.id}\t{people.ids[seat.person]}\t{seat.profile}\t"
        if which >= 0:
            yield f"{head}gift\t{NULL}\t{GIFTS[which][0]}\t1\t{GIFTS[which][2]}\tf\t{moment(at)}\t{NULL}\t{NULL}\n"
        elif ids.chance(DELETED_SHARE):
            yield (f"{head}text\t{ids.choice(LINES)}\t{NULL}\t1\t0\tt\t{moment(at)}\t"
                   f"{people.ids[session.host]}\t{moment(at + 5000)}\n")  # fmt: skip
        else:
            yield f"{head}text\t{ids.choice(LINES)}\t{NULL}\t1\t0\tf\t{moment(at)}\t{NULL}\t{NULL}\n"


def _calls(frame: Frame, people: People) -> Iterator[str]:
    """One to fifty people, over before the end; free."""
    dice = Dice(frame.seed, "calls")
    for _ in range(len(people.ids) // 50):
        caller, callee = dice.sample(range(len(people.ids)), 2)
        at = dice.randint(max(frame.days_before_end(30), people.joined[caller], people.joined[callee]), frame.end)
        at = max(at - 60 * MINUTE, people.joined[caller], people.joined[callee])
        status = dice.choices(("ended", "missed", "rejected"), (6, 3, 1))[0]
        answered = at + 8_000 if status == "ended" else None
        over = max(min(at + dice.randint(30, 1_800) * 1000, frame.end), answered) if answered else at + 45_000
        id = dice.id()
        yield line(
            id, people.ids[caller], people.ids[callee], dice.choice(("audio_call", "video_call")), f"call_{dashed(id)}",
            status,
            moment(at), moment(answered), moment(over), (over - answered) // 1000 if answered else 0,
            people.ids[caller] if status == "ended" else None,
            {"ended": "hung_up", "missed": "timeout", "rejected": "rejected"}[status], moment(at), moment(over),
        )  # fmt: skip
