"""Order in the house: bans, kicks, mutes, roles and chat lines; LiveKit follows within a second."""

from __future__ import annotations

from datetime import datetime
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


async def pin_message(stage: Stage, actor: Actor, message_id: UUID, pinned: bool) -> Answer:
    """`{"message": row}`."""
    return await stage.order(actor, "pin_message", "message", message_id=message_id, pinned=pinned)


async def delete_message(stage: Stage, actor: Actor, message_id: UUID) -> Answer:
    """`{"message": row}`; the line stays for moderators."""
    return await stage.order(actor, "delete_message", "message", message_id=message_id)
