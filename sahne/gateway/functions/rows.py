"""The rows that operations answer: each names its table. What its columns are the database says, not this file.

`rows.json` keeps them, printed by `scripts/operation-rows` from the catalog and the grants of a migrated database: of
each table the columns its reader could `select`, their types, what may be null, the words that a check allows. A test
prints it again. It is kept, and not read at the start, because what an operation answers is settled by the functions of
the same migrations, and because `sahne types` prints types where no database is.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

import orjson

from sahne.database.actor import AUTHENTICATED

READER = AUTHENTICATED  # operations are for who is signed in
KEPT = "rows.json"


class Row:
    """A row of `table` as its `READER` could select it.

    A table behind the API is nobody's to select: of it, what the function `shown_by` makes of a row.
    """

    table: ClassVar[str]
    shown_by: ClassVar[str | None]

    def __init_subclass__(cls, *, table: str, shown_by: str | None = None) -> None:
        cls.table, cls.shown_by = table, shown_by


class Session(Row, table="public.live_sessions"): ...


class Participant(Row, table="public.live_participants"): ...


class Message(Row, table="public.live_messages"): ...


class LiveGift(Row, table="public.live_gifts"): ...


class LiveGoal(Row, table="public.live_goals"): ...


class CatalogueGift(Row, table="public.gifts"): ...


class SessionBan(Row, table="public.live_session_bans"): ...


class GuestRequest(Row, table="public.live_guest_requests"): ...


class CallOfTwo(Row, table="public.calls"): ...


class Tier(Row, table="public.subscription_tiers"): ...


class Subscription(Row, table="public.creator_subscriptions"): ...


class Face(Row, table="public.public_profiles"): ...


class Reminder(Row, table="public.session_reminders"): ...


class Series(Row, table="public.session_series"): ...


class Picture(Row, table="public.generated_images"): ...


class Scene(Row, table="public.scenes"): ...


class SceneCategory(Row, table="public.categories"): ...


class SceneVersion(Row, table="private.scene_versions", shown_by="private.scene_version_row"): ...


class StudioAct(Row, table="private.studio_log", shown_by="private.studio_act_row"): ...


class Share(Row, table="private.image_shares", shown_by="private.share_row"): ...


class Ticket(Row, table="private.tickets", shown_by="private.ticket_row"): ...


class CreatorBan(Row, table="private.creator_bans", shown_by="private.creator_ban_row"): ...


class Block(Row, table="private.blocks", shown_by="private.block_row"): ...


class ActOfOrder(Row, table="private.moderation_log", shown_by="private.act_row"): ...


class ReportOfAdmins(Row, table="private.reports", shown_by="private.report_row"): ...


class Words:
    """One of the words that a check allows in `column` of `table`, where an answer has that column alone."""

    table: ClassVar[str]
    column: ClassVar[str]

    def __init_subclass__(cls, *, table: str, column: str) -> None:
        cls.table, cls.column = table, column


class TransactionKind(Words, table="public.coin_transactions", column="kind"): ...


class ReportKind(Words, table="private.reports", column="kind"): ...


class ReportReason(Words, table="private.reports", column="reason"): ...


class ReportStatus(Words, table="private.reports", column="status"): ...


class GenerationStatus(Words, table="public.generations", column="status"): ...


def kept_row(row: type[Row]) -> dict[str, Any]:
    """`{"purpose": sentence, "columns": {name: schema}}` of a row's table."""
    kept: dict[str, Any] = _kept()["rows"][row.table]
    return kept


def kept_words(words: type[Words]) -> list[str]:
    """What the check allows, in its order."""
    kept: list[str] = _kept()["words"][f"{words.table}.{words.column}"]
    return kept


@cache
def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = orjson.loads(files(__package__).joinpath(KEPT).read_bytes())
    return kept
