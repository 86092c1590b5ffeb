"""What operations answer, as types: the documents and the types for apps are printed from these."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NotRequired, TypedDict
from uuid import UUID

from sahne.gateway.functions.rows import (
    ActOfOrder,
    Block,
    CallOfTwo,
    CatalogueGift,
    CreatorBan,
    Face,
    GenerationStatus,
    GuestRequest,
    LiveGift,
    LiveGoal,
    Message,
    Participant,
    Picture,
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


class Generation(TypedDict):
    """A request for pictures: how far it is, how many are `ahead` while it waits, its pictures or why none came."""

    id: UUID
    status: GenerationStatus
    progress: int
    ahead: NotRequired[int]
    error_code: NotRequired[str]
    images: list[Picture]


class PictureUrls(TypedDict):
    """Signed paths, open to whoever has them for one hour."""

    image: str | None
    thumbnail: str | None


class GenerationAnswer(TypedDict):
    """A generation, and by picture the paths to its files."""

    generation: Generation
    urls: dict[str, PictureUrls]


class PremiumLine(TypedDict):
    """What one has, or had, premium by: a subscription, or one purchase; no `ends_at` is no end."""

    store: str
    product_id: str | None
    ends_at: datetime | None
    is_cancelled: bool
    is_payment_failing: bool
    is_trial: bool


class Premium(TypedDict):
    """Whether one is premium now and until when; `status` is null for who never was by a store."""

    is_premium: bool
    until: datetime | None
    status: Literal["active", "canceled", "expired"] | None
    is_payment_failing: bool
    lines: list[PremiumLine]


class PremiumAnswer(TypedDict):
    """One's premium."""

    premium: Premium


class Product(TypedDict):
    """What is sold through the app stores, by its id there: premium, or so many coins."""

    product_id: str
    kind: Literal["premium", "coins"]
    coins: int | None
    is_active: bool
    order_index: int


class Products(TypedDict):
    """What is sold, in its order."""

    products: list[Product]


class ProductAnswer(TypedDict):
    """A product."""

    product: Product


class Purchase(TypedDict):
    """Coins that were bought, and what of a refund is still `owed`."""

    id: UUID
    store: str
    product_id: str
    coins: int
    bought_at: datetime
    refunded_at: datetime | None
    owed: int


class OwnPurchases(TypedDict):
    """Coins one has bought, and what one owes of all of them together."""

    purchases: list[Purchase]
    owed: int


class MakersModel(TypedDict):
    """A model: whether it works on a photo or on words alone, and what one picture costs whoever runs the server."""

    name: str
    photo: bool
    cost_microdollars: int


class PictureMaker(TypedDict):
    """What a maker of pictures heeds, and whether a photo leaves the server for it."""

    name: str
    text_prompt: bool
    photo: bool
    seed: bool
    photo_leaves: bool
    models: list[MakersModel]


class PictureMakers(TypedDict):
    """In the order in which they are asked."""

    makers: list[PictureMaker]


class Quota(TypedDict):
    """Today's pictures; 999999 stands for no limit."""

    used: int
    limit: int
    remaining: int
    resets_at: datetime
    is_premium: bool


class EventError(TypedDict):
    """Why the event at a place of the request was not taken."""

    index: int
    code: str
    message: str


class EventsReceipt(TypedDict):
    """What became of events: `repeated` were there already, `ignored` are of who has opted out."""

    accepted: int
    repeated: int
    ignored: int
    errors: list[EventError]


class ReportingAnswer(TypedDict):
    """Whether one's events are kept."""

    is_reporting: bool


class DayOfPeople(TypedDict):
    """A day: `people` of it, of the seven and the thirty days that end with it; stickiness is the first in the last."""

    day: str
    events: int
    events_of_nobody: int
    people: int
    people_of_week: int
    people_of_month: int
    stickiness: float | None


class EventCount(TypedDict):
    """How often something happened."""

    event_name: str
    events: int


class OverviewAnswer(TypedDict):
    """The last days, oldest first, and what was done most in them."""

    days: list[DayOfPeople]
    events: list[EventCount]


class CohortOfPeople(TypedDict):
    """Who first came in the period that begins then: all of them, and how many came in each later one."""

    begins_on: str
    people: list[int]


class RetentionAnswer(TypedDict):
    """The last cohorts, oldest first."""

    unit: Literal["day", "week"]
    cohorts: list[CohortOfPeople]


class FunnelStep(TypedDict):
    """How many came as far, and how long after the first step half of them had."""

    event_name: str
    people: int
    median_seconds: float | None


class FunnelAnswer(TypedDict):
    """The steps in their order."""

    steps: list[FunnelStep]


class BestScene(TypedDict):
    """Pictures of a scene, of how many people, and how many of them are favorites."""

    scene_id: UUID
    name: str
    pictures: int
    people: int
    favorites: int


class BestScenesAnswer(TypedDict):
    """The scenes most pictures were made of."""

    scenes: list[BestScene]


class DayOfGenerations(TypedDict):
    """What became of the generations asked for on a day; the seconds are those until a picture is there."""

    day: str
    asked: int
    done: int
    failed: int
    moderated: int
    canceled: int
    median_seconds: float | None
    p95_seconds: float | None


class GenerationsReport(TypedDict):
    """The last days on which any were asked for, oldest first."""

    days: list[DayOfGenerations]


class DayOfSessions(TypedDict):
    """What began on a day: how long it was live in all, who came, the coins given."""

    day: str
    sessions: int
    creators: int
    minutes: int
    viewers: int
    gift_coins: int


class LiveReport(TypedDict):
    """The last days on which anything was live, oldest first."""

    days: list[DayOfSessions]


class CoinsOfDay(TypedDict):
    """Coins that moved on a day for one reason."""

    day: str
    kind: TransactionKind
    transactions: int
    coins: int


class RevenueReport(TypedDict):
    """The last days on which coins moved, oldest first."""

    days: list[CoinsOfDay]
