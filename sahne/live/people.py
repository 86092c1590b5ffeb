"""People: following creators, and finding them and what they do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for: words, and what a session is about; None where it does not matter."""

    words: str | None
    category: str | None
    tag: str | None
    language: str | None
    found_max: int


async def follow_profile(stage: Stage, actor: Actor, profile_id: UUID) -> Answer:
    """`{"profile": face, "is_following": true}`; following twice is following once."""
    return await stage.ask(actor, "follow_profile", profile_id=profile_id)


async def unfollow_profile(stage: Stage, actor: Actor, profile_id: UUID) -> Answer:
    """`{"profile": face, "is_following": false}`, also where nobody was followed."""
    return await stage.ask(actor, "unfollow_profile", profile_id=profile_id)


async def feed(stage: Stage, actor: Actor, after: str | None, limit: int) -> Answer:
    """`{"sessions": [row, …], "creators": [face, …], "next"}` of whom one follows; `next` is the `after` to go on."""
    return await stage.ask(actor, "feed", after=after, limit=limit)


async def search(stage: Stage, actor: Actor, wanted: Wanted) -> Answer:
    """`{"creators": [face, …], "sessions": [row, …]}`, the likest first."""
    return await stage.ask(actor, "search", **asdict(wanted))
