"""Every way in which an operation may be refused: the code that clients match on, the status, a sentence.

Those of the database are raised by `private.refuse` (a test finds each there, with its sentence), others by classes.
One code may have two statuses: `banned` is 403 for who is, and 409 for who invites somebody who is.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from sahne.analytics.errors import TooManyEvents
from sahne.database.reach import DatabaseUnreachable
from sahne.database.result import ConnectionsBusy
from sahne.errors import (
    Conflict,
    ExpiredToken,
    Forbidden,
    InvalidRequest,
    InvalidToken,
    NotFound,
    PayloadTooLarge,
    SahneError,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unprocessable,
)
from sahne.gateway.functions.idempotency import IdempotencyKeyRequired, IdempotencyKeyUnreadable
from sahne.live.servers import UnknownLiveServer
from sahne.providers.livekit import LiveKitUnavailable
from sahne.studio import errors as studio
from sahne.webhooks.addresses import WebhookAddressRefused


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way to be refused. The sentence is the usual one; an answer's may say more of what was asked."""

    code: str
    status: int
    sentence: str

    @classmethod
    def of(cls, error: type[SahneError]) -> Refusal:
        """What a class says."""
        return cls(error.code, error.status, inspect.getdoc(error) or "")


FORBIDDEN = Refusal.of(Forbidden)
NOT_FOUND = Refusal.of(NotFound)
CONFLICT = Refusal.of(Conflict)

# Whose account it is
USER_NOT_FOUND = Refusal("user_not_found", 403, "This account is gone.")
USER_BANNED = Refusal("user_banned", 403, "This account is suspended.")
ANONYMOUS_NOT_ALLOWED = Refusal("anonymous_not_allowed", 403, "An anonymous sign-in can only watch.")
CREATOR_REQUIRED = Refusal("creator_required", 403, "Only creators can do this.")
ACCOUNT_LEAVING = Refusal("account_leaving", 403, "This account is about to be erased.")
FRESH_SIGN_IN_NEEDED = Refusal("reauthentication_needed", 403, "This wants a sign-in of just now.")
SECOND_FACTOR_NEEDED = Refusal("insufficient_aal", 403, "This wants the second factor too.")
TOO_MANY_EXPORTS = Refusal("too_many_exports", 429, "You have asked for as many copies today as one may.")
USERNAME_RESERVED = Refusal("username_reserved", 422, "This username is not given to anybody.")
USERNAME_HELD = Refusal("username_held", 409, "This username was somebody else's until lately.")
USERNAME_CHANGED = Refusal("username_changed", 429, "You have changed usernames as often as one may in a month.")
TOO_MANY_PROFILES = Refusal("too_many_profiles", 409, "You have as many profiles as one may.")
REAL_PROFILE = Refusal("real_profile", 409, "Your own profile goes with the account alone.")
PROFILE_IN_USE = Refusal("profile_in_use", 409, "This profile is in a session that is live.")
REFUSED_LATELY = Refusal("refused_lately", 409, "This was refused a short while ago.")
REQUEST_DECIDED = Refusal("request_decided", 409, "The request is decided.")
CONFLICT_SETTLED = Refusal("conflict_settled", 409, "The conflict is settled.")
IS_ADMIN = Refusal("is_admin", 409, "Admins are not suspended.")
NOT_SUSPENDED = Refusal("not_suspended", 409, "This person is not suspended.")
LAST_ADMIN = Refusal("last_admin", 409, "Nobody else runs the app.")
OF_ACCOUNTS = (USER_NOT_FOUND, USER_BANNED, ACCOUNT_LEAVING)
OF_NAMED = (*OF_ACCOUNTS, ANONYMOUS_NOT_ALLOWED)

# The session
ALREADY_LIVE = Refusal("already_live", 409, "Another session of yours is live.")
RECORDING_UNAVAILABLE = Refusal("recording_unavailable", 422, "Sessions are not recorded yet.")
SESSION_NOT_LIVE = Refusal("session_not_live", 409, "The session is not live.")
SESSION_NOT_SCHEDULED = Refusal("session_not_scheduled", 409, "Only a scheduled session can be cancelled.")
SESSION_OVER = Refusal("session_over", 409, "The session is over.")
TOO_MANY_PLANNED = Refusal("too_many_planned", 409, "You have planned as many sessions as may wait at once.")
TICKETS_SOLD = Refusal("tickets_sold", 409, "Price and access are fixed once a ticket is sold.")
LIVEKIT_UNAVAILABLE = Refusal.of(LiveKitUnavailable)
UNKNOWN_LIVE_SERVER = Refusal.of(UnknownLiveServer)

# Coming in
BANNED = Refusal("banned", 403, "You are banned from this session.")
NOT_IN_SESSION = Refusal("not_in_session", 403, "Only people in the session can send gifts.")
PROFILE_FIXED = Refusal("profile_fixed", 409, "You are in this session under another profile.")
SUBSCRIPTION_REQUIRED = Refusal("subscription_required", 403, "This session is for the creator's subscribers.")
TICKET_REQUIRED = Refusal("ticket_required", 402, "A ticket is needed for this session.")

# Webhooks
TOO_MANY_WEBHOOKS = Refusal("too_many_webhooks", 409, "There are as many webhooks as there may be.")
WEBHOOK_STOPPED = Refusal("webhook_stopped", 409, "The webhook is stopped.")
WEBHOOK_ADDRESS = Refusal.of(WebhookAddressRefused)

# Spending
BALANCE_TOO_LARGE = Refusal("balance_too_large", 422, "This is more than a wallet may hold.")
COINS_OWED = Refusal("coins_owed", 402, "Coins of a refunded purchase are still owed.")
CREATOR_UNAVAILABLE = Refusal("creator_unavailable", 409, "Nothing of this creator is sold now.")
GIFTS_DISABLED = Refusal("gifts_disabled", 409, "Gifts are off in this session.")
INSUFFICIENT_COINS = Refusal("insufficient_coins", 402, "There are not enough coins in the wallet.")
INVALID_RECEIVER = Refusal("invalid_receiver", 422, "This person cannot receive your gift.")
KEY_REUSED = Refusal("idempotency_key_reused", 422, "This Idempotency-Key was used with another request.")
PRICE_CHANGED = Refusal("price_changed", 409, "The price is another one by now.")
TICKET_NOT_NEEDED = Refusal("ticket_not_needed", 409, "No ticket is needed for this session.")

# Subscriptions
ALREADY_SUBSCRIBED = Refusal("already_subscribed", 409, "You are subscribed to this creator already.")
MONTH_REFUNDED = Refusal("already_refunded", 409, "What this month cost was given back already.")
NOTHING_IN_ESCROW = Refusal("nothing_to_refund", 409, "Nothing of this subscription is in escrow.")
SUBSCRIPTION_STATE = Refusal("subscription_state", 409, "The subscription is over.")
TOO_MANY_TIERS = Refusal("too_many_tiers", 409, "You offer as many tiers as there may be.")
# Goals, and gifts given back
GIFT_REFUNDED = Refusal("already_refunded", 409, "What this gift cost was given back already.")
GIFT_COST_NOTHING = Refusal("nothing_to_refund", 409, "This gift cost nothing.")
GOAL_REACHED = Refusal("goal_reached", 409, "A goal that was reached stays.")
TOO_MANY_GOALS = Refusal("too_many_goals", 409, "A session has as many goals as may be open at once.")

# What others must bear: which act it is, the answer's own sentence says (`functions/live/pace.sql`)
BLOCKED_WORD = Refusal("blocked_word", 422, "A word of this is not taken here.")
LINKS_OFF = Refusal("links_off", 422, "This chat takes no links now.")
TOO_FAST = Refusal("too_fast", 429, "You have done this several times just now.")

# Order in the house, and guests
ALREADY_ANSWERED = Refusal("already_answered", 409, "The invitation was answered already.")
ALREADY_ASKED = Refusal("already_asked", 409, "You have asked already.")
ALREADY_ON_STAGE = Refusal("already_on_stage", 409, "You are on stage already.")
CANNOT_INVITE = Refusal("cannot_invite", 409, "This person has that role already.")
INVITATION_EXPIRED = Refusal("invitation_expired", 410, "The invitation has expired.")
MESSAGE_DELETED = Refusal("message_deleted", 409, "The message is deleted.")
REQUESTER_GONE = Refusal("requester_gone", 409, "This person is no longer in the session.")
REQUEST_EXPIRED = Refusal("request_expired", 410, "The request has expired.")
STAGE_FULL = Refusal("stage_full", 409, "The stage is full.")
ALREADY_REPORTED = Refusal("already_reported", 409, "You have reported this already.")
REPORT_CLOSED = Refusal("report_closed", 409, "The report is closed.")
SESSION_FULL = Refusal("session_full", 409, "The session is full.")
TOO_MANY_BLOCKED = Refusal("too_many_blocked", 409, "You have blocked as many people as one may.")
THEY_ARE_BANNED = Refusal("banned", 409, "This person is banned from the session.")
THEY_ARE_NOT_IN_SESSION = Refusal("not_in_session", 409, "Only people in the session can be banned from it.")

# People, and plans
NOT_PLANNED = Refusal("session_not_scheduled", 409, "Only a session that is planned for a moment comes again.")
NOT_TO_COME = Refusal("session_not_scheduled", 409, "One is reminded of a session to come.")
TOO_MANY_REMINDERS = Refusal("too_many_reminders", 409, "You are reminded of as many sessions as one can.")
TOO_MANY_SERIES = Refusal("too_many_series", 409, "You have as many repeated sessions as one can.")
TOO_MANY_FOLLOWS = Refusal("too_many_follows", 409, "You follow as many creators as one can.")

# Calls
ALREADY_REFUNDED = Refusal("already_refunded", 409, "What this call cost was given back already.")
CALL_STATE = Refusal("call_state", 409, "The call is not going on.")
IN_ANOTHER_CALL = Refusal("in_another_call", 409, "You cannot start a call while you are in one.")
NOTHING_TO_REFUND = Refusal("nothing_to_refund", 409, "This call cost nothing.")
NOT_TAKING_CALLS = Refusal("not_taking_calls", 409, "This person takes no such calls now.")

# The studio
GENERATION_ENDED = Refusal.of(studio.GenerationEnded)
GENERATION_NOT_FOUND = Refusal.of(studio.GenerationNotFound)
CONSENT_REQUIRED = Refusal("consent_required", 403, "Your consent comes before a photo of a face is kept.")
PHOTO_REFUSED = Refusal("photo_refused", 422, "This photo was refused before.")
PROMPT_REFUSED = Refusal("prompt_refused", 422, "Pictures of this scene are not made here.")
OF_REQUESTS = (
    CONSENT_REQUIRED,
    PHOTO_REFUSED,
    PROMPT_REFUSED,
    *(
        Refusal.of(error)
        for error in (
            studio.BudgetSpent,
            studio.KeyUsedDifferently,
            studio.PremiumRequired,
            studio.QuotaExceeded,
            studio.SceneNotFound,
            studio.StorageFull,
            studio.TooManyFailures,
            studio.TooManyImages,
        )
    ),
)
NOTHING_TO_APPEAL = Refusal("nothing_to_appeal", 409, "Nothing of this generation was refused.")
ALREADY_APPEALED = Refusal("already_appealed", 409, "You have objected to this already.")
APPEAL_CLOSED = Refusal("appeal_closed", 409, "The appeal is decided.")
PHOTO_GONE = Refusal.of(studio.PhotoGone)
CONSENT_OUTDATED = Refusal("consent_outdated", 409, "This is not the text that is asked for today.")
EXPERIMENT_RUNNING = Refusal("experiment_running", 409, "An experiment with this scene is going on.")
EXPERIMENT_ENDED = Refusal("experiment_ended", 409, "The experiment is over already.")
IMAGE_NOT_FOUND = Refusal.of(studio.ImageNotFound)
SCENE_NOT_FOUND = Refusal.of(studio.SceneNotFound)
BATCH_NOT_FOUND = Refusal.of(studio.BatchNotFound)
NOTHING_TO_RETRY = Refusal.of(studio.NothingToRetry)

# The gallery
COLLECTION_FULL = Refusal("collection_full", 409, "The collection has as many pictures as it may.")
TOO_MANY_COLLECTIONS = Refusal("too_many_collections", 409, "You have as many collections as one may.")
TOO_MANY_SHARES = Refusal("too_many_shares", 409, "You have as many links as one may.")

# What apps report
TOO_MANY_EVENTS = Refusal.of(TooManyEvents)

# What the frame itself refuses, and what a database can always say
OF_EVERY_OPERATION = tuple(
    Refusal.of(error)
    for error in (
        InvalidRequest,
        Unauthenticated,
        InvalidToken,
        ExpiredToken,
        Unprocessable,
        TooManyRequests,
        SahneError,
        Unavailable,
        DatabaseUnreachable,
        ConnectionsBusy,
    )
)
OF_BODIES = (Refusal.of(PayloadTooLarge),)
OF_SPENDING = tuple(Refusal.of(error) for error in (IdempotencyKeyRequired, IdempotencyKeyUnreadable))
