"""What people find wrong, and what becomes of it."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage

Kind = Literal["profile", "message", "session", "image"]


async def report(stage: Stage, actor: Actor, kind: Kind, subject_id: UUID, reason: str, note: str | None) -> Answer:
    """`{"report": row}`, once for each thing; what there is to see now is kept with it."""
    return await stage.ask(actor, "report", kind=kind, subject_id=subject_id, reason=reason, note=note)


async def read_reports(stage: Stage, actor: Actor, status: str, after: int | None, limit: int) -> Answer:
    """`{"reports": [row, …]}`, the oldest first; admins only."""
    return await stage.ask(actor, "read_reports", status=status, after=after, limit=limit)


async def handle_report(stage: Stage, actor: Actor, report_id: UUID, status: str, outcome: str | None) -> Answer:
    """`{"report": row}`; once it is closed its reporter is told."""
    return await stage.ask(actor, "handle_report", report_id=report_id, status=status, outcome=outcome)
