"""`profiles/…`, `feed`, `search`: following and finding. Each operation is one verb of `live/people.py`."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.answers import Feed, Following, Found
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import FeedPage, Wish
from sahne.gateway.functions.refusals import NOT_FOUND, OF_ACCOUNTS, OF_NAMED, TOO_FAST, TOO_MANY_FOLLOWS
from sahne.live import people


@operation(
    "POST",
    "profiles/{profile_id}/follow",
    answer=Following,
    who=Who.NAMED,
    refuses=(*OF_NAMED, NOT_FOUND, TOO_FAST, TOO_MANY_FOLLOWS),
)
async def follow_profile(call: Call, profile_id: UUID) -> Answer:
    """Follow a creator: to hear when they go live, and have their sessions in the feed. The two of you alone know."""
    return await people.follow_profile(call.stage, call.actor, profile_id)


@operation(
    "POST",
    "profiles/{profile_id}/unfollow",
    answer=Following,
    who=Who.SIGNED_IN,
    refuses=(*OF_ACCOUNTS, NOT_FOUND),
)
async def unfollow_profile(call: Call, profile_id: UUID) -> Answer:
    """Follow somebody no longer."""
    return await people.unfollow_profile(call.stage, call.actor, profile_id)


@operation("GET", "feed", answer=Feed, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def feed(call: Call, query: FeedPage) -> Answer:
    """Sessions of the creators one follows: live ones, the newest first, then plans, the nearest first."""
    return await people.feed(call.stage, call.actor, query.after, query.limit)


@operation("GET", "search", answer=Found, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def search(call: Call, query: Wish) -> Answer:
    """Creators by their names, and sessions live or to come by title, tags, category and language; forgives typos."""
    wanted = people.Wanted(
        words=query.q, category=query.category, tag=query.tag, language=query.language, found_max=query.limit
    )
    return await people.search(call.stage, call.actor, wanted)


OPERATIONS = (follow_profile, unfollow_profile, feed, search)
