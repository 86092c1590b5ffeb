"""Whom one blocks, and what one reports: `profiles/…`, and the reports of what is elsewhere."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.answers import BlockAnswer, BlockedWords, Blocks, ReportAnswer, ReportMade, Reports
from sahne.gateway.functions.bodies import HouseWords, Report, ReportAnswered
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import ReportsPage
from sahne.gateway.functions.refusals import (
    ALREADY_REPORTED,
    FORBIDDEN,
    NOT_FOUND,
    OF_ACCOUNTS,
    OF_NAMED,
    REPORT_CLOSED,
    TOO_FAST,
    TOO_MANY_BLOCKED,
)
from sahne.live import blocks, moderation, reports

OF_REPORTS = (*OF_NAMED, ALREADY_REPORTED, NOT_FOUND, TOO_FAST)
OF_ADMINS = (*OF_NAMED, FORBIDDEN)


@operation(
    "POST",
    "profiles/{profile_id}/block",
    answer=BlockAnswer,
    who=Who.NAMED,
    refuses=(*OF_NAMED, NOT_FOUND, TOO_MANY_BLOCKED),
)
async def block_profile(call: Call, profile_id: UUID) -> Answer:
    """Have nothing to do with somebody, who is not told: no gift, call or follow, and out of one's own sessions."""
    return await blocks.block_profile(call.stage, call.actor, profile_id)


@operation(
    "POST",
    "profiles/{profile_id}/unblock",
    answer=BlockAnswer,
    who=Who.OWNER,
    refuses=(*OF_ACCOUNTS, NOT_FOUND),
)
async def unblock_profile(call: Call, profile_id: UUID) -> Answer:
    """Take it back; the block as it was."""
    return await blocks.unblock_profile(call.stage, call.actor, profile_id)


@operation("GET", "profiles/blocked", answer=Blocks, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_blocks(call: Call) -> Answer:
    """Whom one has blocked, newest first: clients leave their lines out."""
    return await blocks.own_blocks(call.stage, call.actor)


@operation("POST", "profiles/{profile_id}/report", answer=ReportMade, who=Who.NAMED, refuses=OF_REPORTS)
async def report_profile(call: Call, profile_id: UUID, body: Report) -> Answer:
    """Tell the house of a person, once; the caller hears what came of it, the person nothing."""
    return await reports.report(call.stage, call.actor, "profile", profile_id, body.reason, body.note)


@operation("POST", "live/messages/{message_id}/report", answer=ReportMade, who=Who.NAMED, refuses=OF_REPORTS)
async def report_message(call: Call, message_id: UUID, body: Report) -> Answer:
    """Tell the house of a line one can read, once; it is kept as it stands now."""
    return await reports.report(call.stage, call.actor, "message", message_id, body.reason, body.note)


@operation("POST", "live/sessions/{session_id}/report", answer=ReportMade, who=Who.NAMED, refuses=OF_REPORTS)
async def report_session(call: Call, session_id: UUID, body: Report) -> Answer:
    """Tell the house of a session, once."""
    return await reports.report(call.stage, call.actor, "session", session_id, body.reason, body.note)


@operation("POST", "studio/images/{image_id}/report", answer=ReportMade, who=Who.OWNER, refuses=OF_REPORTS)
async def report_image(call: Call, image_id: UUID, body: Report) -> Answer:
    """Tell the house of a picture that the studio made for one, once."""
    return await reports.report(call.stage, call.actor, "image", image_id, body.reason, body.note)


@operation("GET", "admin/reports", answer=Reports, who=Who.ADMINS, refuses=OF_ADMINS)
async def read_reports(call: Call, query: ReportsPage) -> Answer:
    """What people reported and how it stands, the oldest first."""
    return await reports.read_reports(call.stage, call.actor, query.status, query.after, query.limit)


@operation(
    "PATCH",
    "admin/reports/{report_id}",
    answer=ReportAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ADMINS, NOT_FOUND, REPORT_CLOSED),
)
async def handle_report(call: Call, report_id: UUID, body: ReportAnswered) -> Answer:
    """Take a report up, or close it with what came of it, which its reporter is told."""
    return await reports.handle_report(call.stage, call.actor, report_id, body.status, body.outcome)


@operation("GET", "admin/blocked-words", answer=BlockedWords, who=Who.ADMINS, refuses=OF_ADMINS)
async def read_house_words(call: Call) -> Answer:
    """The words that no chat takes."""
    return await moderation.house_words(call.stage, call.actor, None)


@operation("PATCH", "admin/blocked-words", answer=BlockedWords, who=Who.ADMINS, refuses=OF_ADMINS)
async def set_house_words(call: Call, body: HouseWords) -> Answer:
    """Change the words that no chat takes: the whole list."""
    return await moderation.house_words(call.stage, call.actor, body.blocked_words)


OF_LIVE = (report_message, report_session)
OF_PROFILES = (block_profile, unblock_profile, own_blocks, report_profile)
OF_STUDIO = (report_image,)
OF_ADMINISTRATION = (read_reports, handle_report, read_house_words, set_house_words)
