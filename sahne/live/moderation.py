"""Order in the house: bans, kicks, mutes, roles, timeouts and chat lines; LiveKit follows within a second."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage


async def ban_profile(
    stage: Stage, actor: Actor, session_id: UUID, profile_id: UUID, reason: str | None, expires_at: datetime | None
) -> Answer:
    """`{"ban": row}`; for ever when `expires_at` is None. Whoever is in the room is put out."""
    return await stage.order(
        actor,
        "ban_profile",
        "ban",
        session_id=session_id,
        profile_id=profile_id,
        reason=reason,
        expires_at=expires_at,
    )


async def lift_ban(stage: Stage, actor: Actor, session_id: UUID, ban_id: UUID) -> Answer:
    """`{"ban": row}` as it was."""
    return await stage.order(actor, "lift_ban", "ban", session_id=session_id, ban_id=ban_id)


async def ban_from_all(
    stage: Stage, actor: Actor, profile_id: UUID, reason: str | None, expires_at: datetime | None
) -> Answer:
    """`{"ban": row}`: out of all of the actor's sessions, for ever when `expires_at` is None."""
    return await stage.order(actor, "ban_from_all", "ban", profile_id=profile_id, reason=reason, expires_at=expires_at)


async def lift_ban_from_all(stage: Stage, actor: Actor, ban_id: UUID) -> Answer:
    """`{"ban": row}` as it was."""
    return await stage.order(actor, "lift_ban_from_all", "ban", ban_id=ban_id)


async def own_bans(stage: Stage, actor: Actor) -> Answer:
    """`{"bans": [row, …]}`, newest first."""
    return await stage.ask(actor, "own_bans")


async def kick_profile(stage: Stage, actor: Actor, session_id: UUID, profile_id: UUID) -> Answer:
    """`{"participant": row}`; they may come back."""
    return await stage.order(actor, "kick_profile", "participant", session_id=session_id, profile_id=profile_id)


async def mute_profile(stage: Stage, actor: Actor, session_id: UUID, profile_id: UUID, muted: bool) -> Answer:
    """`{"participant": row}`; who is muted may not publish a microphone until unmuted."""
    return await stage.order(
        actor, "mute_profile", "participant", session_id=session_id, profile_id=profile_id, muted=muted
    )


async def change_role(stage: Stage, actor: Actor, session_id: UUID, profile_id: UUID, role: str) -> Answer:
    """`{"participant": row}`."""
    return await stage.order(
        actor, "change_role", "participant", session_id=session_id, profile_id=profile_id, role=role
    )


async def time_out_profile(
    stage: Stage, actor: Actor, session_id: UUID, profile_id: UUID, seconds: int, reason: str | None
) -> Answer:
    """`{"timeout": {"profile_id", "ends_at", "reason"}}`: they write nothing in the chat until then."""
    return await stage.ask(
        actor, "time_out_profile", session_id=session_id, profile_id=profile_id, seconds=seconds, reason=reason
    )


async def lift_timeout(stage: Stage, actor: Actor, session_id: UUID, profile_id: UUID) -> Answer:
    """The timeout as it was."""
    return await stage.ask(actor, "lift_timeout", session_id=session_id, profile_id=profile_id)


async def edit_chat(stage: Stage, actor: Actor, session_id: UUID, fields: dict[str, Any]) -> Answer:
    """`{"session": row}`; only what is in `fields` changes."""
    return await stage.ask(actor, "edit_chat", session_id=session_id, fields=fields)


async def own_blocked_words(stage: Stage, actor: Actor) -> Answer:
    """`{"blocked_words": [word, …]}` of all of the actor's chats."""
    return await stage.ask(actor, "own_blocked_words")


async def house_words(stage: Stage, actor: Actor, words: list[str] | None) -> Answer:
    """`{"blocked_words": [word, …]}` of every chat, anew where `words` are given; admins only."""
    return await stage.ask(actor, "house_words", words=words)


async def read_log(stage: Stage, actor: Actor, session_id: UUID, before: int | None, limit: int) -> Answer:
    """`{"acts": [row, …]}` of a session, newest first, those before one."""
    return await stage.ask(actor, "read_log", session_id=session_id, before=before, limit=limit)


async def read_own_log(stage: Stage, actor: Actor, before: int | None, limit: int) -> Answer:
    """The same of what the actor did in all of their sessions at once."""
    return await stage.ask(actor, "read_own_log", before=before, limit=limit)


async def post_pinned_line(stage: Stage, actor: Actor, session_id: UUID, content: str) -> Answer:
    """`{"message": row}`; the line that was pinned before is no longer."""
    return await stage.ask(actor, "post_pinned_line", session_id=session_id, content=content)


async def pin_message(stage: Stage, actor: Actor, message_id: UUID, pinned: bool) -> Answer:
    """`{"message": row}`."""
    return await stage.order(actor, "pin_message", "message", message_id=message_id, pinned=pinned)


async def delete_message(stage: Stage, actor: Actor, message_id: UUID) -> Answer:
    """`{"message": row}`; the line stays for moderators."""
    return await stage.order(actor, "delete_message", "message", message_id=message_id)
