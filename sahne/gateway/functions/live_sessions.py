"""`live/sessions…`: their life, who comes and goes, tickets and gifts. Each operation is one verb of `sahne.live`."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.answers import (
    GiftSent,
    OwnTickets,
    ParticipantAnswer,
    ReminderAnswer,
    SeriesAnswer,
    SessionAnswer,
    SessionJoined,
    SessionStarted,
    Takings,
    TicketBought,
)
from sahne.gateway.functions.bodies import Gift, Join, NewSession, Repetition, SessionEdit, Start, TicketOrder
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import (
    ALREADY_LIVE,
    ANONYMOUS_NOT_ALLOWED,
    BALANCE_TOO_LARGE,
    BANNED,
    BLOCKED_WORD,
    COINS_OWED,
    CONFLICT,
    CREATOR_REQUIRED,
    CREATOR_UNAVAILABLE,
    FORBIDDEN,
    GIFTS_DISABLED,
    INSUFFICIENT_COINS,
    INVALID_RECEIVER,
    KEY_REUSED,
    LIVEKIT_UNAVAILABLE,
    NOT_FOUND,
    NOT_IN_SESSION,
    NOT_PLANNED,
    NOT_TO_COME,
    OF_ACCOUNTS,
    OF_NAMED,
    PRICE_CHANGED,
    PROFILE_FIXED,
    RECORDING_UNAVAILABLE,
    SESSION_FULL,
    SESSION_NOT_LIVE,
    SESSION_NOT_SCHEDULED,
    SESSION_OVER,
    SUBSCRIPTION_REQUIRED,
    TICKET_NOT_NEEDED,
    TICKET_REQUIRED,
    TICKETS_SOLD,
    TOO_FAST,
    TOO_MANY_PLANNED,
    TOO_MANY_REMINDERS,
    TOO_MANY_SERIES,
    UNKNOWN_LIVE_SERVER,
)
from sahne.live import gifts, sessions


@operation(
    "POST",
    "live/sessions",
    answer=SessionAnswer,
    who=Who.CREATORS,
    refuses=(*OF_NAMED, BLOCKED_WORD, CREATOR_REQUIRED, RECORDING_UNAVAILABLE, TOO_FAST, TOO_MANY_PLANNED),
)
async def create_session(call: Call, body: NewSession) -> Answer:
    """Plan a session."""
    return await sessions.create_session(call.stage, call.actor, body.model_dump(mode="json", exclude_unset=True))


@operation(
    "PATCH",
    "live/sessions/{session_id}",
    answer=SessionAnswer,
    who=Who.HOST,
    refuses=(
        *OF_ACCOUNTS, BLOCKED_WORD, FORBIDDEN, NOT_FOUND, RECORDING_UNAVAILABLE, SESSION_OVER, TICKETS_SOLD, TOO_FAST,
    ),
)  # fmt: skip
async def edit_session(call: Call, session_id: UUID, body: SessionEdit) -> Answer:
    """Change what is given. Price and access are fixed once a ticket is sold."""
    fields = body.model_dump(mode="json", exclude_unset=True)
    return await sessions.edit_session(call.stage, call.actor, session_id, fields)


@operation(
    "POST",
    "live/sessions/{session_id}/start",
    answer=SessionStarted,
    who=Who.HOST,
    refuses=(
        *OF_NAMED, ALREADY_LIVE, CREATOR_REQUIRED, FORBIDDEN, LIVEKIT_UNAVAILABLE, NOT_FOUND, SESSION_OVER,
        UNKNOWN_LIVE_SERVER,
    ),
)  # fmt: skip
async def start_session(call: Call, session_id: UUID, body: Start | None) -> Answer:
    """Go live, and into the room. Again: a fresh token."""
    return await sessions.start_session(call.stage, call.actor, session_id, body.server if body else None)


@operation(
    "POST",
    "live/sessions/{session_id}/end",
    answer=SessionAnswer,
    who=Who.HOST,
    refuses=(*OF_ACCOUNTS, FORBIDDEN, NOT_FOUND, SESSION_NOT_LIVE),
)
async def end_session(call: Call, session_id: UUID) -> Answer:
    """End it; everybody is disconnected."""
    return await sessions.end_session(call.stage, call.actor, session_id)


@operation(
    "POST",
    "live/sessions/{session_id}/cancel",
    answer=SessionAnswer,
    who=Who.HOST,
    refuses=(*OF_ACCOUNTS, FORBIDDEN, NOT_FOUND, SESSION_NOT_SCHEDULED),
)
async def cancel_session(call: Call, session_id: UUID) -> Answer:
    """Call it off before it starts; tickets are refunded."""
    return await sessions.cancel_session(call.stage, call.actor, session_id)


@operation(
    "POST",
    "live/sessions/{session_id}/join",
    answer=SessionJoined,
    who=Who.SIGNED_IN,
    refuses=(
        *OF_ACCOUNTS, ANONYMOUS_NOT_ALLOWED, BANNED, FORBIDDEN, LIVEKIT_UNAVAILABLE, NOT_FOUND, PROFILE_FIXED,
        SESSION_FULL, SESSION_NOT_LIVE, SUBSCRIPTION_REQUIRED, TICKET_REQUIRED,
    ),
)  # fmt: skip
async def join_session(call: Call, session_id: UUID, body: Join | None) -> Answer:
    """Come in, an anonymous sign-in to public sessions alone; the token opens the room for two minutes."""
    profile_id = body.profile_id if body else None
    return await sessions.join_session(call.stage, call.actor, session_id, profile_id)


@operation(
    "POST",
    "live/sessions/{session_id}/leave",
    answer=ParticipantAnswer,
    who=Who.SIGNED_IN,
    refuses=(*OF_ACCOUNTS, NOT_FOUND),
)
async def leave_session(call: Call, session_id: UUID) -> Answer:
    """Go."""
    return await sessions.leave_session(call.stage, call.actor, session_id)


@operation(
    "POST",
    "live/sessions/{session_id}/ticket",
    answer=TicketBought,
    who=Who.NAMED,
    refuses=(
        *OF_NAMED, BANNED, COINS_OWED, CREATOR_UNAVAILABLE, INSUFFICIENT_COINS, KEY_REUSED, NOT_FOUND, PRICE_CHANGED,
        SESSION_FULL, SESSION_OVER, TICKET_NOT_NEEDED,
    ),
)  # fmt: skip
async def buy_ticket(call: Call, session_id: UUID, body: TicketOrder | None, key: str) -> Answer:
    """Pay for a pay-per-view session once, at the price expected; whoever holds a ticket gets it again."""
    expected = body.expected_price if body else None
    return await sessions.buy_ticket(call.stage, call.actor, session_id, key, expected_price=expected)


@operation("GET", "live/tickets", answer=OwnTickets, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_tickets(call: Call) -> Answer:
    """The tickets one holds for sessions that are not over, on whichever device they were bought."""
    return await sessions.own_tickets(call.stage, call.actor)


@operation(
    "POST",
    "live/sessions/{session_id}/gifts",
    answer=GiftSent,
    who=Who.SEATED,
    refuses=(
        *OF_NAMED, BALANCE_TOO_LARGE, BANNED, COINS_OWED, CONFLICT, GIFTS_DISABLED, INSUFFICIENT_COINS,
        INVALID_RECEIVER, KEY_REUSED, NOT_FOUND, NOT_IN_SESSION, PRICE_CHANGED, SESSION_NOT_LIVE,
    ),
)  # fmt: skip
async def send_gift(call: Call, session_id: UUID, body: Gift, key: str) -> Answer:
    """Send a gift, at the price expected, once per Idempotency-Key."""
    choice = gifts.Choice(body.gift_id, body.quantity, body.receiver_id, body.expected_price)
    return await gifts.send_gift(call.stage, call.actor, session_id, choice, key)


@operation("GET", "live/sessions/{session_id}/takings", answer=Takings, who=Who.HOST, refuses=(*OF_ACCOUNTS, NOT_FOUND))
async def takings(call: Call, session_id: UUID) -> Answer:
    """What a session brought: coins net of commission from gifts and tickets, and the three who gave most."""
    return await sessions.takings(call.stage, call.actor, session_id)


@operation(
    "POST",
    "live/sessions/{session_id}/reminder",
    answer=ReminderAnswer,
    who=Who.NAMED,
    refuses=(*OF_NAMED, NOT_FOUND, NOT_TO_COME, TOO_FAST, TOO_MANY_REMINDERS),
)
async def remind_of_session(call: Call, session_id: UUID) -> Answer:
    """Be told a day and 15 minutes before it, when it starts, and when it is moved or called off."""
    return await sessions.remind_of_session(call.stage, call.actor, session_id)


@operation(
    "DELETE",
    "live/sessions/{session_id}/reminder",
    answer=ReminderAnswer,
    who=Who.SIGNED_IN,
    refuses=(*OF_ACCOUNTS, NOT_FOUND),
)
async def forget_reminder(call: Call, session_id: UUID) -> Answer:
    """Be told no longer."""
    return await sessions.forget_reminder(call.stage, call.actor, session_id)


@operation(
    "POST",
    "live/sessions/{session_id}/repeat",
    answer=SeriesAnswer,
    who=Who.HOST,
    refuses=(*OF_NAMED, CREATOR_REQUIRED, FORBIDDEN, NOT_FOUND, NOT_PLANNED, TOO_MANY_SERIES),
)
async def repeat_session(call: Call, session_id: UUID, body: Repetition) -> Answer:
    """Have it again daily or weekly: when it ends or is called off, the next one is planned as it was then."""
    return await sessions.repeat_session(call.stage, call.actor, session_id, body.every, body.time_zone)


@operation(
    "DELETE",
    "live/sessions/{session_id}/repeat",
    answer=SeriesAnswer,
    who=Who.HOST,
    refuses=(*OF_ACCOUNTS, FORBIDDEN, NOT_FOUND),
)
async def stop_repeating(call: Call, session_id: UUID) -> Answer:
    """Have it no more after this one."""
    return await sessions.stop_repeating(call.stage, call.actor, session_id)


OPERATIONS = (
    create_session, edit_session, start_session, end_session, cancel_session, join_session, leave_session,
    buy_ticket, own_tickets, send_gift, takings, remind_of_session, forget_reminder, repeat_session, stop_repeating,
)  # fmt: skip
