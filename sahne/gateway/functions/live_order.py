"""`live/…`: bans, what a host does to people, the chat's rules and lines, the log. Each operation is one verb of
`sahne.live.moderation`."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.answers import (
    ActsOfOrder,
    BlockedWords,
    CreatorBanAnswer,
    CreatorBans,
    MessageAnswer,
    ParticipantAnswer,
    SessionAnswer,
    SessionBanAnswer,
    TimeoutAnswer,
)
from sahne.gateway.functions.bodies import Ban, Chat, MessageEdit, PinnedLine, Role, Timeout
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import LogPage
from sahne.gateway.functions.refusals import (
    BLOCKED_WORD,
    CREATOR_REQUIRED,
    FORBIDDEN,
    MESSAGE_DELETED,
    NOT_FOUND,
    OF_ACCOUNTS,
    OF_NAMED,
    SESSION_NOT_LIVE,
    SESSION_OVER,
    STAGE_FULL,
    THEY_ARE_NOT_IN_SESSION,
)
from sahne.live import moderation

SEAT = "live/sessions/{session_id}/participants/{profile_id}"
OF_ORDER = (*OF_ACCOUNTS, FORBIDDEN, NOT_FOUND)

# The bodies' words for columns of a session
COLUMNS = {"audience": "chat_audience", "links": "chat_links_enabled"}


@operation(
    "POST",
    "live/sessions/{session_id}/bans",
    answer=SessionBanAnswer,
    who=Who.IN_CHARGE,
    refuses=(*OF_ORDER, THEY_ARE_NOT_IN_SESSION),
)
async def ban_profile(call: Call, session_id: UUID, body: Ban) -> Answer:
    """Put somebody out, not to return."""
    return await moderation.ban_profile(
        call.stage, call.actor, session_id, body.profile_id, body.reason, body.expires_at
    )


@operation(
    "DELETE", "live/sessions/{session_id}/bans/{ban_id}", answer=SessionBanAnswer, who=Who.IN_CHARGE, refuses=OF_ORDER
)
async def lift_ban(call: Call, session_id: UUID, ban_id: UUID) -> Answer:
    """Let somebody return; the ban as it was."""
    return await moderation.lift_ban(call.stage, call.actor, session_id, ban_id)


@operation(
    "POST",
    "live/bans",
    answer=CreatorBanAnswer,
    who=Who.CREATORS,
    refuses=(*OF_NAMED, CREATOR_REQUIRED, NOT_FOUND),
)
async def ban_from_all(call: Call, body: Ban) -> Answer:
    """Keep somebody out of all of one's sessions; only the creator sees it."""
    return await moderation.ban_from_all(call.stage, call.actor, body.profile_id, body.reason, body.expires_at)


@operation("GET", "live/bans", answer=CreatorBans, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_bans(call: Call) -> Answer:
    """Whom one keeps out of all of one's sessions, newest first."""
    return await moderation.own_bans(call.stage, call.actor)


@operation("DELETE", "live/bans/{ban_id}", answer=CreatorBanAnswer, who=Who.OWNER, refuses=(*OF_ACCOUNTS, NOT_FOUND))
async def lift_ban_from_all(call: Call, ban_id: UUID) -> Answer:
    """Let somebody come again; the ban as it was."""
    return await moderation.lift_ban_from_all(call.stage, call.actor, ban_id)


@operation("POST", f"{SEAT}/kick", answer=ParticipantAnswer, who=Who.IN_CHARGE, refuses=OF_ORDER)
async def kick_profile(call: Call, session_id: UUID, profile_id: UUID) -> Answer:
    """Put somebody out for now."""
    return await moderation.kick_profile(call.stage, call.actor, session_id, profile_id)


@operation("POST", f"{SEAT}/mute", answer=ParticipantAnswer, who=Who.IN_CHARGE, refuses=OF_ORDER)
async def mute_profile(call: Call, session_id: UUID, profile_id: UUID) -> Answer:
    """Silence somebody."""
    return await moderation.mute_profile(call.stage, call.actor, session_id, profile_id, True)


@operation("POST", f"{SEAT}/unmute", answer=ParticipantAnswer, who=Who.IN_CHARGE, refuses=OF_ORDER)
async def unmute_profile(call: Call, session_id: UUID, profile_id: UUID) -> Answer:
    """Let somebody speak again."""
    return await moderation.mute_profile(call.stage, call.actor, session_id, profile_id, False)


@operation("PATCH", SEAT, answer=ParticipantAnswer, who=Who.HOST, refuses=(*OF_ORDER, SESSION_OVER, STAGE_FULL))
async def change_role(call: Call, session_id: UUID, profile_id: UUID, body: Role) -> Answer:
    """Give a role that needs no consent."""
    return await moderation.change_role(call.stage, call.actor, session_id, profile_id, body.role)


@operation("POST", f"{SEAT}/timeout", answer=TimeoutAnswer, who=Who.IN_CHARGE, refuses=OF_ORDER)
async def time_out_profile(call: Call, session_id: UUID, profile_id: UUID, body: Timeout) -> Answer:
    """Let somebody write nothing in the chat for a while; once more: from now on."""
    return await moderation.time_out_profile(call.stage, call.actor, session_id, profile_id, body.seconds, body.reason)


@operation("DELETE", f"{SEAT}/timeout", answer=TimeoutAnswer, who=Who.IN_CHARGE, refuses=OF_ORDER)
async def lift_timeout(call: Call, session_id: UUID, profile_id: UUID) -> Answer:
    """Let somebody write again; the timeout as it was."""
    return await moderation.lift_timeout(call.stage, call.actor, session_id, profile_id)


@operation(
    "PATCH",
    "live/sessions/{session_id}/chat",
    answer=SessionAnswer,
    who=Who.IN_CHARGE,
    refuses=(*OF_ORDER, SESSION_OVER),
)
async def edit_chat(call: Call, session_id: UUID, body: Chat) -> Answer:
    """Change a chat's rules: on or off, how often, for whom, links; the list of words is the host's alone."""
    fields = {COLUMNS.get(name, name): value for name, value in body.model_dump(exclude_unset=True).items()}
    return await moderation.edit_chat(call.stage, call.actor, session_id, fields)


@operation("GET", "live/blocked-words", answer=BlockedWords, who=Who.CREATORS, refuses=OF_ACCOUNTS)
async def own_blocked_words(call: Call) -> Answer:
    """The words that one's own chats do not take."""
    return await moderation.own_blocked_words(call.stage, call.actor)


@operation(
    "GET",
    "live/sessions/{session_id}/log",
    answer=ActsOfOrder,
    who=Who.HOST,
    refuses=(*OF_ACCOUNTS, FORBIDDEN, NOT_FOUND),
)
async def read_log(call: Call, session_id: UUID, query: LogPage) -> Answer:
    """Who did what to keep order in a session, to whom, when and why; admins read it too, moderators do not."""
    return await moderation.read_log(call.stage, call.actor, session_id, query.before, query.limit)


@operation("GET", "live/log", answer=ActsOfOrder, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def read_own_log(call: Call, query: LogPage) -> Answer:
    """What one did in all of one's sessions at once."""
    return await moderation.read_own_log(call.stage, call.actor, query.before, query.limit)


@operation(
    "POST",
    "live/sessions/{session_id}/pinned-line",
    answer=MessageAnswer,
    who=Who.IN_CHARGE,
    refuses=(*OF_ORDER, *OF_NAMED, BLOCKED_WORD, SESSION_NOT_LIVE),
)
async def post_pinned_line(call: Call, session_id: UUID, body: PinnedLine) -> Answer:
    """Write a line that stands above the chat, in place of the one before."""
    return await moderation.post_pinned_line(call.stage, call.actor, session_id, body.content)


@operation(
    "PATCH",
    "live/messages/{message_id}",
    answer=MessageAnswer,
    who=Who.IN_CHARGE,
    refuses=(*OF_ORDER, BLOCKED_WORD, MESSAGE_DELETED),
)
async def pin_message(call: Call, message_id: UUID, body: MessageEdit) -> Answer:
    """Pin a line in place of the one before, or unpin it."""
    return await moderation.pin_message(call.stage, call.actor, message_id, body.is_pinned)


@operation("DELETE", "live/messages/{message_id}", answer=MessageAnswer, who=Who.IN_CHARGE, refuses=OF_ORDER)
async def delete_message(call: Call, message_id: UUID) -> Answer:
    """Take a line out of sight; its sender may do that too."""
    return await moderation.delete_message(call.stage, call.actor, message_id)


OPERATIONS = (
    ban_profile, lift_ban, ban_from_all, own_bans, lift_ban_from_all, kick_profile, mute_profile, unmute_profile,
    change_role, time_out_profile, lift_timeout, edit_chat, own_blocked_words, read_log, read_own_log, post_pinned_line,
    pin_message, delete_message,
)  # fmt: skip
