"""What operations answer, as types: the documents and the types for apps are printed from these.

Those of the studio, the stores and analytics lie in `studio_answers.py`, `store_answers.py`, `analytics_answers.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from sahne.gateway.functions.rows import (
    ActOfOrder,
    Block,
    CallOfTwo,
    CatalogueGift,
    CreatorBan,
    Face,
    GuestRequest,
    LiveGift,
    LiveGoal,
    Message,
    Participant,
    Reminder,
    ReportKind,
    ReportOfAdmins,
    ReportReason,
    ReportStatus,
    Series,
    Session,
    SessionBan,
    Subscription,
    Ticket,
    Tier,
    TransactionKind,
)


class Room(TypedDict):
    """For livekit-client's `room.connect(url, token)`; the token opens the room for two minutes."""

    url: str
    token: str


class Wallet(TypedDict):
    """Coins that can be spent now."""

    balance: int


class SessionAnswer(TypedDict):
    """A session."""

    session: Session


class SessionStarted(TypedDict):
    """A session that is live, and the host's way into its room."""

    session: Session
    livekit: Room


class ParticipantAnswer(TypedDict):
    """Somebody's place in a session."""

    participant: Participant


class SessionJoined(TypedDict):
    """One's place in a session, and the way into its room."""

    participant: Participant
    livekit: Room


class TicketBought(TypedDict):
    """The ticket, and what is left."""

    ticket: Ticket
    wallet: Wallet


class OwnTickets(TypedDict):
    """What one holds, bought last first."""

    tickets: list[Ticket]


class GiftSent(TypedDict):
    """The gift as it was sent, and what is left."""

    live_gift: LiveGift
    wallet: Wallet


class Brought(TypedDict):
    """How many of something, and the coins it brought."""

    count: int
    coins: int


class Supporter(TypedDict):
    """Who gave gifts, how many, and the coins they cost."""

    profile_id: UUID
    gifts: int
    coins: int


class Takings(TypedDict):
    """What a session brought its host, net of commission, and who gave most."""

    coins: int
    gifts: Brought
    tickets: Brought
    supporters: list[Supporter]


class GiftRefund(TypedDict):
    """What a gift had cost, which its sender has again."""

    live_gift_id: UUID
    coin_amount: int


class GiftRefunded(TypedDict):
    """What was given back."""

    refund: GiftRefund


class PlacedSupporter(TypedDict):
    """Who gave gifts, how many, the coins they cost, and the place that makes: shared by who gave the same."""

    place: int
    profile_id: UUID
    gifts: int
    coins: int


class Board(TypedDict):
    """Who gave most in a `period` from `begins_at`, by the clock of `time_zone`; `own` are one's own places on it."""

    period: Literal["session", "day", "week", "all_time"]
    begins_at: datetime | None
    time_zone: str
    supporters: list[PlacedSupporter]
    own: list[PlacedSupporter]


class BoardAnswer(TypedDict):
    """Who gave most."""

    board: Board


class GoalAnswer(TypedDict):
    """What a host would like to reach."""

    goal: LiveGoal


class GiftAnswer(TypedDict):
    """A gift of the catalogue."""

    gift: CatalogueGift


class Catalogue(TypedDict):
    """Every gift of the catalogue, in its order."""

    gifts: list[CatalogueGift]


class SessionBanAnswer(TypedDict):
    """Who may not come to a session."""

    ban: SessionBan


class CreatorBanAnswer(TypedDict):
    """Who may not come to any session of one's own."""

    ban: CreatorBan


class CreatorBans(TypedDict):
    """Everybody who may not, newest first."""

    bans: list[CreatorBan]


class BlockAnswer(TypedDict):
    """Whom somebody has blocked."""

    block: Block


class Blocks(TypedDict):
    """Everybody one has blocked, newest first."""

    blocks: list[Block]


class Silence(TypedDict):
    """Who writes nothing in a chat, until when and why."""

    profile_id: UUID
    ends_at: datetime
    reason: str | None


class TimeoutAnswer(TypedDict):
    """A timeout in a session's chat."""

    timeout: Silence


class BlockedWords(TypedDict):
    """Words that are not taken: each as a whole, within others too where it stands between stars."""

    blocked_words: list[str]


class ActsOfOrder(TypedDict):
    """A page of a log, newest first."""

    acts: list[ActOfOrder]


class OwnReport(TypedDict):
    """What somebody reported, and how it stands."""

    id: UUID
    kind: ReportKind
    subject_id: UUID
    reason: ReportReason
    note: str | None
    status: ReportStatus
    outcome: str | None
    created_at: datetime


class ReportMade(TypedDict):
    """What the caller reported."""

    report: OwnReport


class ReportAnswer(TypedDict):
    """A report as admins read it."""

    report: ReportOfAdmins


class Reports(TypedDict):
    """A page of the queue, the oldest first."""

    reports: list[ReportOfAdmins]


class MessageAnswer(TypedDict):
    """A chat line."""

    message: Message


class GuestRequestAnswer(TypedDict):
    """Somebody's wish to come on stage."""

    guest_request: GuestRequest


class CallAnswer(TypedDict):
    """A call."""

    call: CallOfTwo


class CallRefund(TypedDict):
    """What a call had cost, which its caller has again."""

    call_id: UUID
    coin_amount: int


class CallRefunded(TypedDict):
    """What was given back."""

    refund: CallRefund


class OwnCallPrices(TypedDict):
    """Coins a minute, 0 is free and null is off; and quiet hours, by the clock of `time_zone`."""

    profile_id: UUID
    audio_coin_per_minute: int | None
    video_coin_per_minute: int | None
    is_available: bool
    quiet_from: str | None
    quiet_until: str | None
    time_zone: str
    updated_at: datetime


class OwnCallPricesAnswer(TypedDict):
    """A creator's own prices and hours."""

    call_prices: OwnCallPrices


class CallPrices(TypedDict):
    """Coins a minute, 0 is free and null is off; and whether they take calls now."""

    profile_id: UUID
    audio_coin_per_minute: int | None
    video_coin_per_minute: int | None
    takes_calls: bool


class CallPricesAnswer(TypedDict):
    """What it costs to call somebody."""

    call_prices: CallPrices


class CallOpened(TypedDict):
    """A call, and the way into its room."""

    call: CallOfTwo
    livekit: Room


class TierAnswer(TypedDict):
    """A tier."""

    tier: Tier


class Tiers(TypedDict):
    """What a creator offers, in their order; the creator's own list has what is retired, too."""

    tiers: list[Tier]


class SubscriptionAnswer(TypedDict):
    """The subscription as it is now, and what is left."""

    subscription: Subscription
    wallet: Wallet


class OwnSubscription(TypedDict):
    """A subscription, its tier, and the one it becomes with its next month."""

    subscription: Subscription
    tier: Tier | None
    next_tier: Tier | None


class OwnSubscriptions(TypedDict):
    """Those that go on first, then the newest, a hundred at most."""

    subscriptions: list[OwnSubscription]


class SubscriptionRefund(TypedDict):
    """What the last month had cost, which its subscriber has again."""

    subscription_id: UUID
    coin_amount: int


class SubscriptionRefunded(TypedDict):
    """What was given back."""

    refund: SubscriptionRefund


class StatementLine(TypedDict):
    """What one transaction did to the wallet: `amount` coins came, or went where it is negative."""

    entry_id: int
    id: UUID
    kind: TransactionKind
    amount: int
    reference_type: str | None
    reference_id: UUID | None
    created_at: datetime


class Statement(TypedDict):
    """A page of the statement, newest first."""

    transactions: list[StatementLine]


class EarningsOfKind(TypedDict):
    """Net coins, and in how many transactions."""

    coins: int
    transactions: int


class Earnings(TypedDict):
    """Net coins, and by `gift`, `ticket_payout`, `subscription_payout`, `call_payout`."""

    total: int
    by_kind: dict[str, EarningsOfKind]


class Following(TypedDict):
    """A creator, and whether one follows them."""

    profile: Face
    is_following: bool


class Feed(TypedDict):
    """Sessions of the creators one follows, with their hosts; `next` is where to go on, null at the end."""

    sessions: list[Session]
    creators: list[Face]
    next: str | None


class Found(TypedDict):
    """Creators and sessions, the likest first."""

    creators: list[Face]
    sessions: list[Session]


class ReminderAnswer(TypedDict):
    """That one is reminded of a session."""

    reminder: Reminder


class SeriesAnswer(TypedDict):
    """A session, and how it comes again."""

    session: Session
    series: Series
