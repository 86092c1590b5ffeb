"""What was said, given, asked and forbidden in the seeded sessions, and the rows of all of it."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge

from sahne.operations.seed.money import GIFTS, Ledger
from sahne.operations.seed.people import People
from sahne.operations.seed.size import Frame
from sahne.operations.seed.stage import MINUTE, Seat, Session, present_at
from sahne.operations.seed.writing import NULL, Dice, Table, dashed, line, moment, row

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
    gifts: list[Gift] = []
    often = [each[3] for each in GIFTS]
    for number, session in enumerate(sessions):
        for which in dice.choices(range(len(GIFTS)), often, k=session.gifts if session.viewers else 0):
            seat_number = 1 + int(len(session.viewers) * dice.random() ** 3)
            seat = session.seats[seat_number]
            at, id, price = present_at(seat, dice.random(), frame.end), dice.id(), GIFTS[which][2]
            entry = ledger.move(
                at=at,
                kind="gift",
                key=f"gift:seed:{id}",
                payer=seat.person,
                credits=ledger.share(session.host, price),
                about=("live_gift", id),
            )
            gifts.append((at, number, seat_number, which, id, entry))
            session.sent += 1
    gifts.sort()
    return gifts


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
        Table(
            "copy_intervals",
            (each for _, seat in seats for each in _stays(seat)),
            sum(len(seat.stays) for _, seat in seats),
        ),
        Table("copy_bans", (_ban(session, seat, people, dice) for session, seat in banned), len(banned)),
        Table("copy_requests", requests, len(requests)),
        Table("copy_tickets", (_ticket(session, seat, people, ledger) for session, seat in tickets), len(tickets)),
        Table("copy_gifts", _gifts(people, sessions, gifts), len(gifts)),
        Table("copy_messages", merge_lines(frame, people, sessions, gifts), lines),
        Table("copy_calls", calls, len(calls)),
    ]


def _session(session: Session, people: People) -> str:
    now, most, all_of_them = session.count()
    played = session.seats != []
    begun = moment(session.begins) if played else NULL
    lasted = (session.ends - session.begins) // 1000 if session.ends else 0
    changed = session.ends or (session.begins if played else session.created)
    return row(
        id=session.id,
        creator_id=people.ids[session.host],
        creator_profile_id=people.ids[session.host],
        title=session.title,
        session_type=session.kind,
        access_type="pay_per_view" if session.price else "public",
        ppv_coin_price=session.price,
        livekit_room_name=f"live_{dashed(session.id)}",
        status=session.status,
        scheduled_at=moment(session.begins if session.status == "scheduled" else None),
        started_at=begun,
        ended_at=moment(session.ends),
        peak_viewers=most,
        total_viewers=all_of_them,
        total_duration_seconds=lasted,
        total_gifts_received=session.sent,
        total_messages=(session.lines if session.viewers else 0) + session.sent,
        created_at=moment(session.created),
        updated_at=moment(changed),
        viewer_count=now,
    )


def _participant(session: Session, seat: Seat, people: People) -> str:
    left = seat.stays[-1][1]
    watched = sum(stay[1] - stay[0] for stay in seat.stays if stay[1]) if left else 0
    return row(
        id=seat.id,
        session_id=session.id,
        user_id=people.ids[seat.person],
        profile_id=seat.profile,
        role=seat.role,
        is_active=seat.active,
        livekit_identity=dashed(seat.profile),
        joined_at=moment(seat.stays[0][0]),
        left_at=moment(left),
        total_watch_time_seconds=round(watched / 1000),
        paid_amount=session.price if seat.ticket else 0,
        payment_id=seat.ticket[1] if seat.ticket else None,
        created_at=moment(seat.stays[0][0]),
        updated_at=moment(left or seat.stays[-1][0]),
        livekit_participant_sid=f"PA_{seat.id[:12]}{len(seat.stays)}" if seat.active else None,
    )


def _stays(seat: Seat) -> Iterator[str]:
    for number, (comes, goes) in enumerate(seat.stays):
        yield line(seat.id, f"PA_{seat.id[:12]}{number + 1}", moment(comes), moment(goes))


def _ban(session: Session, seat: Seat, people: People, dice: Dice) -> str:
    return row(
        id=dice.id(),
        session_id=session.id,
        banned_user_id=people.ids[seat.person],
        banned_by=people.ids[session.host],
        reason="Unkind words",
        created_at=moment(seat.stays[-1][1]),
        banned_profile_id=seat.profile,
    )


def _requests(people: People, played: list[Session], dice: Dice) -> Iterator[str]:
    for session in played:
        for seat in session.viewers[2:5] if session.ends else []:
            status = dice.choice(("approved", "rejected", "expired"))
            at = seat.stays[0][0]
            answered = None if status == "expired" else at + dice.randint(2, 50) * 1000
            yield row(
                id=dice.id(),
                session_id=session.id,
                requester_id=people.ids[seat.person],
                requester_profile_id=seat.profile,
                status=status,
                message="May I join?",
                responded_at=moment(answered),
                responded_by=people.ids[session.host] if answered else None,
                expires_at=moment(at + MINUTE),
                created_at=moment(at),
            )


def _ticket(session: Session, seat: Seat, people: People, ledger: Ledger) -> str:
    assert seat.ticket
    return row(
        id=seat.ticket[0],
        session_id=session.id,
        user_id=people.ids[seat.person],
        wallet_id=ledger.wallets[seat.person],
        price=session.price,
        status="settled" if session.ends else "paid",
        payment_id=seat.ticket[1],
        created_at=moment(seat.stays[0][0] - 1),
        settled_at=moment(session.ends),
    )


def _gifts(people: People, sessions: list[Session], gifts: list[Gift]) -> Iterator[str]:
    for at, session_number, seat_number, which, id, paid in gifts:
        session = sessions[session_number]
        seat = session.seats[seat_number]
        yield row(
            id=id,
            session_id=session.id,
            sender_id=people.ids[seat.person],
            receiver_id=people.ids[session.host],
            gift_id=GIFTS[which][0],
            quantity=1,
            coin_amount=GIFTS[which][2],
            transaction_id=paid,
            created_at=moment(at),
            sender_profile_id=seat.profile,
        )


def merge_lines(frame: Frame, people: People, sessions: list[Session], gifts: list[Gift]) -> Iterator[str]:
    """Text and gift lines of all sessions as they came in, so that they lie on disk as a busy house's would."""
    dice = Dice(frame.seed, "lines")
    texts = (  # moment, session, seat, -1: no gift
        (present_at(session.seats[seat], dice.random(), frame.end), number, seat, -1)
        for number, session in enumerate(sessions)
        if session.viewers
        for seat in [1 + int(len(session.viewers) * dice.random() ** 2) for _ in range(session.lines)]
    )
    ids = Dice(frame.seed, "messages")
    for at, number, seat_number, which in merge(sorted(texts), (gift[:4] for gift in gifts)):
        session = sessions[number]
        seat = session.seats[seat_number]
        head = f"{ids.id()}\t{session.id}\t{people.ids[seat.person]}\t{seat.profile}\t"
        if which >= 0:
            yield f"{head}gift\t{NULL}\t{GIFTS[which][0]}\t1\t{GIFTS[which][2]}\tf\t{moment(at)}\t{NULL}\t{NULL}\n"
        elif ids.chance(DELETED_SHARE):
            yield (
                f"{head}text\t{ids.choice(LINES)}\t{NULL}\t1\t0\tt\t{moment(at)}\t"
                f"{people.ids[session.host]}\t{moment(at + 5000)}\n"
            )
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
        yield row(
            id=id,
            caller_id=people.ids[caller],
            callee_id=people.ids[callee],
            call_type=dice.choice(("audio_call", "video_call")),
            livekit_room_name=f"call_{dashed(id)}",
            status=status,
            initiated_at=moment(at),
            answered_at=moment(answered),
            ended_at=moment(over),
            duration_seconds=(over - answered) // 1000 if answered else 0,
            ended_by=people.ids[caller] if status == "ended" else None,
            end_reason={"ended": "hung_up", "missed": "timeout", "rejected": "rejected"}[status],
            created_at=moment(at),
            updated_at=moment(over),
        )
