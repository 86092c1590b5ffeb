"""`live/…` and `admin/gifts`: who gave most, goals, gifts given back, the catalogue.

Each operation is one verb of `live/gift_boards.py`, `gifts.py` or `gift_catalogue.py`.
"""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.answers import BoardAnswer, Catalogue, GiftAnswer, GiftRefunded, GoalAnswer
from sahne.gateway.functions.bodies import GiftEdit, Goal, NewGift
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import Supporters
from sahne.gateway.functions.refusals import (
    BLOCKED_WORD,
    FORBIDDEN,
    GIFT_COST_NOTHING,
    GIFT_REFUNDED,
    GOAL_REACHED,
    NOT_FOUND,
    OF_ACCOUNTS,
    OF_NAMED,
    SESSION_OVER,
    TOO_MANY_GOALS,
)
from sahne.live import gift_boards, gift_catalogue, gifts

OF_GOALS = (*OF_ACCOUNTS, FORBIDDEN, NOT_FOUND, SESSION_OVER)
OF_ADMINS = (*OF_NAMED, FORBIDDEN)


@operation(
    "GET",
    "live/sessions/{session_id}/supporters",
    answer=BoardAnswer,
    who=Who.SIGNED_IN,
    refuses=(*OF_ACCOUNTS, NOT_FOUND),
)
async def session_supporters(call: Call, session_id: UUID, query: Supporters) -> Answer:
    """Who gave most in a session that one was in, to whomever, as the profiles they wore."""
    return await gift_boards.session_supporters(call.stage, call.actor, session_id, query.limit)


@operation(
    "GET",
    "live/supporters/{profile_id}/{period}",
    answer=BoardAnswer,
    who=Who.SIGNED_IN,
    refuses=(*OF_ACCOUNTS, NOT_FOUND),
)
async def creator_supporters(call: Call, profile_id: UUID, period: gift_boards.Period, query: Supporters) -> Answer:
    """Who gave a creator most this day, this week (from Monday), at all times, by the clock of the house."""
    return await gift_boards.creator_supporters(call.stage, call.actor, profile_id, period, query.limit)


@operation(
    "POST",
    "live/sessions/{session_id}/goals",
    answer=GoalAnswer,
    who=Who.HOST,
    refuses=(*OF_GOALS, BLOCKED_WORD, TOO_MANY_GOALS),
)
async def add_goal(call: Call, session_id: UUID, body: Goal) -> Answer:
    """Say what one would like to reach with the gifts of a session, after the goals that are open."""
    return await gift_boards.add_goal(call.stage, call.actor, session_id, body.title, body.target_coins)


@operation("DELETE", "live/goals/{goal_id}", answer=GoalAnswer, who=Who.HOST, refuses=(*OF_GOALS, GOAL_REACHED))
async def drop_goal(call: Call, goal_id: UUID) -> Answer:
    """Take a goal back that is not reached; what was given for it counts for the next."""
    return await gift_boards.drop_goal(call.stage, call.actor, goal_id)


@operation(
    "POST",
    "live/gifts/{live_gift_id}/refund",
    answer=GiftRefunded,
    who=Who.ADMINS,
    refuses=(*OF_ADMINS, GIFT_COST_NOTHING, GIFT_REFUNDED, NOT_FOUND),
)
async def refund_gift(call: Call, live_gift_id: UUID) -> Answer:
    """Give the sender back what a gift cost, once; boards and goals follow."""
    return await gifts.refund_gift(call.stage, call.actor, live_gift_id)


@operation("GET", "admin/gifts", answer=Catalogue, who=Who.ADMINS, refuses=OF_ADMINS)
async def catalogue(call: Call) -> Answer:
    """Every gift, retired and out of season too."""
    return await gift_catalogue.catalogue(call.stage, call.actor)


@operation("POST", "admin/gifts", answer=GiftAnswer, who=Who.ADMINS, refuses=OF_ADMINS)
async def add_gift(call: Call, body: NewGift) -> Answer:
    """Add a gift; with a season it is offered in it alone."""
    return await gift_catalogue.add_gift(call.stage, call.actor, body.model_dump(mode="json", exclude_unset=True))


@operation("PATCH", "admin/gifts/{gift_id}", answer=GiftAnswer, who=Who.ADMINS, refuses=(*OF_ADMINS, NOT_FOUND))
async def edit_gift(call: Call, gift_id: UUID, body: GiftEdit) -> Answer:
    """Change what is given; `is_active` false retires it. What was sent stays as it was."""
    fields = body.model_dump(mode="json", exclude_unset=True)
    return await gift_catalogue.edit_gift(call.stage, call.actor, gift_id, fields)


OPERATIONS = (session_supporters, creator_supporters, add_goal, drop_goal, refund_gift)
OF_THE_CATALOGUE = (catalogue, add_gift, edit_gift)
