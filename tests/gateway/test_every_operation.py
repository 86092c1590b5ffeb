"""Every operation there is, once, with the body that the documents show: an evening of Ada's, as a client lives it.

That answers are as they are described is seen to by `tests/watched_operations.py`; here nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.table import OPERATIONS
from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.conftest import running_server
from tests.eventually import eventually
from tests.stage import Door, new_key
from tests.studio import Studio
from tests.watched_operations import seen
from tests.world import LINE

pytestmark = pytest.mark.story
DESCRIPTION = describe(OPERATIONS, "")
SEVERAL = {"ids": "image_id", "scene_ids": "scene_id", "category_ids": "category_id"}
BY_NAME = {each.name: each for each in OPERATIONS}


class Evening:
    """One server, its people, and what of the evening's things is called what."""

    def __init__(self, door: Door, studio: Studio) -> None:
        self._door = door
        self.studio = studio
        self.ada, self.bo = studio.person(creator=True), studio.person(coins=1_000)
        self.done: set[str] = set()
        self.named: dict[str, Any] = {
            "gift_id": studio.gift(7), "profile_id": self.bo, "callee_id": self.ada, "scene_id": studio.scene(),
        }  # fmt: skip

    def ask(self, who: UUID, name: str, **path: Any) -> Any:
        """The answer of an operation, asked with the body of the documents and ids that are there."""
        operation = BY_NAME[name]
        body = self.example(name)
        key = new_key() if operation.spends else None
        place = operation.path.format_map({each: path.get(each, self.named.get(each)) for each in operation.parameters})
        answer = self._door.call(who, operation.method, place, body, key=key)
        assert answer.status_code == operation.status, (name, answer.text)
        self.done.add(name)
        return answer.json()

    def example(self, name: str) -> Any:
        body = BY_NAME[name].body
        if body is None:
            return None
        (example,) = DESCRIPTION["components"]["schemas"][body.__name__]["examples"]
        return {field: self._there(field, value) for field, value in example.items()}

    def _there(self, field: str, value: Any) -> Any:
        """Ids of things that are there; of several, one."""
        if field.endswith("_id"):
            return str(self.named.get(field, value))
        return [str(self.named[SEVERAL[field]])] if field in SEVERAL else value


@pytest.fixture(scope="module")
def evening(settings: Settings, database_url: str) -> Iterator[Evening]:
    with running_server(settings, InMemoryLiveKit()):
        door = Door(settings)
        yield Evening(door, Studio(database_url, settings))
        door.close()


def test_a_session_is_planned_and_sold(evening: Evening) -> None:
    ada, bo, ask = evening.ada, evening.bo, evening.ask
    evening.named["session_id"] = ask(ada, "create_session")["session"]["id"]
    ask(ada, "edit_session")
    ask(ada, "edit_chat")
    assert ask(bo, "buy_ticket")["wallet"] == {"balance": 950}


def test_it_is_live_and_gifts_are_sent(evening: Evening) -> None:
    ada, bo, ask = evening.ada, evening.bo, evening.ask
    assert ask(ada, "start_session")["session"]["status"] == "live"
    assert ask(bo, "join_session")["participant"]["profile_id"] == str(bo)
    assert ask(bo, "send_gift")["wallet"] == {"balance": 950 - 3 * 7}
    for name in ("read_wallet", "read_statement"):
        ask(bo, name)
    assert ask(ada, "earnings")["total"] > 0


def test_a_viewer_comes_on_stage(evening: Evening) -> None:
    ada, bo, ask = evening.ada, evening.bo, evening.ask
    request = ask(bo, "request_to_join")["guest_request"]["id"]
    ask(ada, "answer_request", request_id=request, answer="approve")
    assert ask(ada, "change_role")["participant"]["role"] == "moderator"
    invitation = ask(ada, "invite_profile")["participant"]["id"]
    ask(bo, "answer_invitation", participant_id=invitation, answer="accept")
    assert ask(bo, "leave_stage")["participant"]["role"] == "viewer"
    assert ask(ada, "mute_profile")["participant"]["is_muted"] is True
    assert ask(ada, "unmute_profile")["participant"]["is_muted"] is False


def test_order_is_kept(evening: Evening) -> None:
    ada, bo, ask, world = evening.ada, evening.bo, evening.ask, evening.studio
    session = UUID(evening.named["session_id"])
    world.owner(
        "update public.live_sessions set chat_enabled = true, chat_audience = 'everybody' where id = %s", session
    )
    world.sql(bo, LINE, session, bo, bo, "Merhaba")
    evening.named["message_id"] = world.one(
        "select id from public.live_messages where session_id = %s and message_type = 'text'", session
    )
    assert ask(ada, "pin_message")["message"]["is_pinned"] is True
    assert ask(ada, "report_message")["report"]["status"] == "open"
    assert ask(bo, "delete_message")["message"]["is_deleted"] is True
    assert ask(ada, "post_pinned_line")["message"]["message_type"] == "pinned"
    assert ask(ada, "own_blocked_words")["blocked_words"] == ["*spam*", "spoiler"]
    assert ask(ada, "time_out_profile") == ask(ada, "lift_timeout")
    ask(ada, "kick_profile")
    ask(bo, "join_session")
    ban = ask(ada, "ban_profile")["ban"]["id"]
    ask(ada, "lift_ban", ban_id=ban)
    ban = ask(ada, "ban_from_all")["ban"]["id"]
    assert [each["id"] for each in ask(ada, "own_bans")["bans"]] == [ban]
    ask(ada, "lift_ban_from_all", ban_id=ban)
    log = [act["act"] for act in ask(ada, "read_log")["acts"]]
    assert {
        "chat",
        "blocked_words",
        "role",
        "mute",
        "pin",
        "timeout",
        "lift_timeout",
        "kick",
        "ban",
        "lift_ban",
    } <= set(log)
    assert [act["act"] for act in ask(ada, "read_own_log")["acts"]] == ["lift_ban_from_all", "ban_from_all"]


def test_somebody_is_blocked_and_reported_and_an_admin_looks_at_it(evening: Evening) -> None:
    ada, bo, ask, ege = evening.ada, evening.bo, evening.ask, evening.studio.admin()
    dilek = evening.studio.person()
    block = ask(ada, "block_profile", profile_id=dilek)
    assert ask(ada, "own_blocks")["blocks"] == [block["block"]]
    assert ask(ada, "unblock_profile", profile_id=dilek) == block
    ask(bo, "report_session")
    report = ask(bo, "report_profile", profile_id=dilek)["report"]
    assert report["id"] in [each["id"] for each in ask(ege, "read_reports")["reports"]]
    assert ask(ege, "handle_report", report_id=report["id"])["report"]["status"] == "resolved"
    assert ask(ege, "set_house_words") == ask(ege, "read_house_words")


def test_ada_hears_of_it_where_she_wants_to(evening: Evening) -> None:
    ada, ask = evening.ada, evening.ask
    device = ask(ada, "register_device")["device"]
    assert ask(ada, "list_devices")["devices"] == [device]
    assert ask(ada, "forget_device", device_id=device["id"])["device"] == device
    assert ask(ada, "change_notice_preferences") == ask(ada, "notice_preferences")
    evening.studio.one("select private.tell(%s, 'subscribed', %s)", ada, evening.bo)
    notices = ask(ada, "list_notices")
    assert (notices["notices"][0]["code"], notices["people"][0]["id"]) == ("subscribed", str(evening.bo))
    assert ask(ada, "read_notices")["unread"] < notices["unread"]


def test_it_ends_and_another_is_called_off(evening: Evening) -> None:
    ada, bo, ask = evening.ada, evening.bo, evening.ask
    ticket = ask(bo, "buy_ticket")["ticket"]
    assert ticket in ask(bo, "own_tickets")["tickets"]
    ask(bo, "buy_ticket")  # whoever is put out unseen gets the money back
    ask(bo, "join_session")
    ask(bo, "leave_session")
    assert ask(ada, "end_session")["session"]["status"] == "ended"
    brought = ask(ada, "takings")
    assert brought["supporters"] == [{"profile_id": str(bo), "gifts": 3, "coins": 3 * 7}]
    assert brought["coins"] == brought["gifts"]["coins"] + brought["tickets"]["coins"] > 0
    other = ask(ada, "create_session")["session"]["id"]
    assert ask(ada, "cancel_session", session_id=other)["session"]["status"] == "cancelled"


def test_who_gave_most_is_told_and_a_gift_goes_back(evening: Evening) -> None:
    ada, bo, ask, world = evening.ada, evening.bo, evening.ask, evening.studio
    plan = ask(ada, "create_session")["session"]["id"]
    goal = ask(ada, "add_goal", session_id=plan)["goal"]
    assert ask(ada, "drop_goal", goal_id=goal["id"]) == {"goal": goal}
    gift = world.one("select id from public.live_gifts where sender_id = %s", bo)
    eventually(lambda: ask(bo, "session_supporters")["board"]["supporters"])
    board = ask(ada, "creator_supporters", profile_id=ada, period="week")["board"]
    assert board["supporters"] == [{"place": 1, "profile_id": str(bo), "gifts": 3, "coins": 3 * 7}]
    assert ask(world.admin(), "refund_gift", live_gift_id=gift)["refund"]["coin_amount"] == 3 * 7


def test_the_catalogue_is_kept(evening: Evening) -> None:
    ege, ask = evening.studio.admin(), evening.ask
    gift = ask(ege, "add_gift")["gift"]
    assert ask(ege, "edit_gift", gift_id=gift["id"])["gift"]["coin_price"] != gift["coin_price"]
    assert gift["id"] in [each["id"] for each in ask(ege, "catalogue")["gifts"]]


def test_a_session_to_come_is_waited_for_and_comes_again(evening: Evening) -> None:
    ada, bo, ask = evening.ada, evening.bo, evening.ask
    plan = ask(ada, "create_session")["session"]["id"]
    evening.studio.owner("update public.live_sessions set scheduled_at = now() + interval '2 days' where id = %s", plan)
    assert ask(bo, "remind_of_session", session_id=plan)["reminder"]["session_id"] == plan
    ask(bo, "forget_reminder", session_id=plan)
    assert ask(ada, "repeat_session", session_id=plan)["session"]["series_id"]
    assert ask(ada, "stop_repeating", session_id=plan)["series"]["stopped_at"]


def test_a_creator_is_followed(evening: Evening) -> None:
    ada, bo, ask = evening.ada, evening.bo, evening.ask
    assert ask(bo, "follow_profile", profile_id=ada)["profile"]["follower_count"] == 1
    assert {row["creator_id"] for row in ask(bo, "feed")["sessions"]} == {str(ada)}
    assert ask(bo, "search").keys() == {"creators", "sessions"}
    assert ask(bo, "unfollow_profile", profile_id=ada)["is_following"] is False


def test_two_call_each_other(evening: Evening) -> None:
    ada, bo, ask = evening.ada, evening.bo, evening.ask
    for step in ("accept_call", "reject_call"):
        evening.named["call_id"] = ask(bo, "start_call")["call"]["id"]
        ask(ada, "ring")
        ask(ada, step)
        if step == "accept_call":
            ask(bo, "join_call")
            ask(ada, "end_call")


def test_a_call_costs_coins_and_they_are_given_back(evening: Evening) -> None:
    ada, bo, ask, world = evening.ada, evening.bo, evening.ask, evening.studio
    assert ask(ada, "set_call_prices") == ask(ada, "own_call_prices")
    world.verb(ada, "set_call_prices", '{"quiet_from": null, "quiet_until": null}')
    shown = ask(bo, "call_prices_of", profile_id=ada)["call_prices"]
    evening.named["call_id"] = call = ask(bo, "start_call")["call"]["id"]
    room = ask(ada, "accept_call")["call"]["livekit_room_name"]
    for who in (ada, bo):
        world.verb(None, "call_connected", room, who, f"PA_{who}", datetime.now(UTC))
    assert ask(bo, "end_call")["call"]["total_coin_spent"] == shown["video_coin_per_minute"]
    assert ask(world.admin(), "refund_call")["refund"] == {
        "call_id": call,
        "coin_amount": shown["video_coin_per_minute"],
    }


def test_a_creator_is_subscribed_to_by_the_month(evening: Evening) -> None:
    ada, bo, ask, world = evening.ada, evening.bo, evening.ask, evening.studio
    evening.named["tier_id"] = tier = ask(ada, "create_tier")["tier"]["id"]
    assert [each["id"] for each in ask(bo, "tiers_of", profile_id=ada)["tiers"]] == [tier]
    world.verb(None, "grant_coins", bo, 300, new_key())
    evening.named["subscription_id"] = ask(bo, "subscribe")["subscription"]["id"]
    assert ask(bo, "edit_subscription")["subscription"]["status"] == "paused"
    assert ask(ada, "edit_tier")["tier"]["coin_price"] == 350
    (own,) = ask(bo, "own_subscriptions")["subscriptions"]
    assert (own["subscription"]["coin_price"], own["tier"]["id"]) == (300, tier)
    assert ask(world.admin(), "refund_subscription")["refund"]["coin_amount"] == 300


def test_pictures_are_asked_for(evening: Evening) -> None:
    bo, ask, world = evening.bo, evening.ask, evening.studio
    evening.named["generation_id"] = generation = ask(bo, "request_generation")["generation"]["id"]
    ask(bo, "read_generation")
    assert ask(bo, "read_quota")["used"] == 2
    (maker,) = ask(bo, "list_makers")["makers"]
    assert (maker["text_prompt"], maker["photo_leaves"], maker["models"]) == (False, False, [])
    assert ask(bo, "read_scene_making")["making"]["photo_goes_to"] == []
    picture = world.put(
        "generated_images", user_id=bo, scene_id=evening.named["scene_id"], prompt="p", seed=7, image_size="1024x1024",
        image_url=f"/storage/v1/object/authenticated/images/{bo}/a.png", generation_id=UUID(generation),
    )  # fmt: skip
    (shown,) = ask(bo, "read_generation")["generation"]["images"]
    assert shown["id"] == str(picture)
    ask(bo, "report_image", image_id=picture)
    ask(bo, "regenerate", image_id=picture)
    assert ask(bo, "read_consent")["consent"] == {"is_needed": False, "text_version": None, "given": None}
    assert ask(bo, "give_consent")["consent"]["given"]["locale"] == "tr"
    assert ask(bo, "withdraw_consent")["consent"]["given"] is None
    world.owner("update public.generations set moderation_stage = 'picture' where id = %s", generation)
    ege, appeal = world.admin(), ask(bo, "appeal")["appeal"]
    assert ask(bo, "read_generation")["generation"]["moderation"]["appeal"] == "open"
    assert appeal["id"] in [each["id"] for each in ask(ege, "read_appeals")["appeals"]]
    assert ask(ege, "decide_appeal", appeal_id=appeal["id"])["appeal"]["status"] == "overturned"
    assert ask(bo, "cancel_generation")["generation"]["status"] == "canceled"


def test_scenes_are_kept_and_found(evening: Evening) -> None:
    bo, ask, ege = evening.bo, evening.ask, evening.studio.admin()
    scene = ask(ege, "add_scene")["scene"]
    evening.named["scene_id"] = id = scene["scene"]["id"]
    assert scene["scene"] in ask(bo, "list_scenes")["scenes"]
    faults = ask(ege, "preview_scene")
    assert (faults["faults"], faults["samples"][2]["prompt"]) == (
        [], "A person by the sea at golden hour, sunset",
    )  # fmt: skip
    assert ask(ege, "edit_scene", scene_id=id)["scene"]["version"] == 2
    assert ask(ege, "order_scenes") == {"ordered": 1}
    second, first = ask(ege, "list_scene_versions", scene_id=id)["versions"]
    (change,) = ask(ege, "compare_scene_versions", version_id=first["id"], other_id=second["id"])["changes"]
    assert (change["field"], change["after"]) == ("prompt_template", second["prompt_template"])
    assert ask(ege, "restore_scene_version", version_id=first["id"])["scene"]["version"] == 3
    experiment = ask(ege, "start_experiment", scene_id=id)["experiment"]
    assert ask(ege, "list_experiments", scene_id=id) == {"experiments": [experiment]}
    evening.named["winner_id"] = experiment["variants"][1]["id"]
    ended = ask(ege, "end_experiment", experiment_id=experiment["id"])
    assert ended["scene"] == ask(ege, "read_admin_scene", scene_id=id)["scene"] in ask(ege, "admin_scenes")["scenes"]
    category = ask(ege, "add_category")["category"]
    evening.named["category_id"] = category["category"]["id"]
    assert ask(ege, "edit_category")["category"]["translations"] == category["translations"]
    assert ask(ege, "order_categories") == {"ordered": 1}
    assert ask(bo, "list_categories")["categories"] == [
        each["category"] for each in ask(ege, "admin_categories")["categories"]
    ]
    assert {act["act"] for act in ask(ege, "read_studio_log")["acts"]} >= {
        "add_scene",
        "end_experiment",
        "edit_category",
    }


def test_what_the_app_stores_sell_is_said_and_looked_at(evening: Evening) -> None:
    bo, ask, ege = evening.bo, evening.ask, evening.studio.admin()
    product = ask(ege, "set_product")["product"]
    assert ask(ege, "all_products") == ask(bo, "products") == {"products": [product]}
    assert ask(bo, "own_purchases") == {"purchases": [], "owed": 0}
    assert ask(bo, "own_premium")["premium"]["is_premium"] is False


def test_others_are_told_what_happens(evening: Evening) -> None:
    ask, ege = evening.ask, evening.studio.admin()
    evening.named["webhook_id"] = ask(ege, "create_webhook")["webhook"]["id"]
    assert ask(ege, "rotate_webhook_secret")["webhook"]["secrets"] == 2
    assert ask(ege, "change_webhook")["webhook"]["codes"] == ["session_live"]
    evening.named["message_id"] = ask(ege, "try_webhook")["message"]["id"]
    ask(ege, "redeliver_webhook_message")
    assert [each["code"] for each in ask(ege, "webhook_messages")["messages"]] == ["webhook_test"]
    assert len(ask(ege, "list_webhooks")["webhooks"]) == 1
    ask(ege, "delete_webhook")


def test_what_happens_is_reported(evening: Evening) -> None:
    bo, ask = evening.bo, evening.ask
    assert ask(bo, "report_events")["accepted"] == 1
    assert ask(bo, "report_events")["repeated"] == 1
    assert ask(bo, "set_reporting") == ask(bo, "read_reporting") == {"is_reporting": False}


def test_admins_are_told_of_it(evening: Evening) -> None:
    ege, ask, world = evening.studio.admin(), evening.ask, evening.studio
    while world.verb(None, "fold_analytics_day"):
        pass
    assert ask(ege, "overview")["days"][-1]["people"] == 1
    assert ask(ege, "retention")["cohorts"][-1]["people"][0] == 1
    assert [step["people"] for step in ask(ege, "funnel")["steps"]] == [0, 0]
    assert ask(ege, "scenes")["scenes"][0]["pictures"] == 1
    assert ask(ege, "generation_health")["days"][-1]["asked"] == 2
    assert ask(ege, "makers") == {"makers": [], "days": []}
    assert ask(ege, "live")["days"][-1]["sessions"] == 1
    assert {each["kind"] for each in ask(ege, "revenue")["days"]} >= {"gift", "ticket"}


def test_pictures_are_asked_for_again_and_several_at_once(evening: Evening) -> None:
    bo, ask, world = evening.bo, evening.ask, evening.studio
    world.owner(
        "update public.generations set status = 'failed', error_code = 'failed' where id = "
        "(select id from public.generations where user_id = %s and status = 'queued' order by created_at limit 1)", bo
    )  # fmt: skip
    failed = world.one("select id from public.generations where user_id = %s and status = 'failed'", bo)
    ask(bo, "retry_generation", generation_id=failed)
    batch = ask(bo, "request_batch")["batch"]
    assert [each["status"] for each in batch["generations"]] == ["queued"]
    assert ask(bo, "read_batch", batch_id=batch["id"])["batch"]["id"] == batch["id"]


def test_pictures_are_kept_in_order_and_shared(evening: Evening) -> None:
    bo, ask = evening.bo, evening.ask
    (shown,) = ask(bo, "list_pictures")["images"]
    evening.named["image_id"] = picture = shown["id"]
    ask(bo, "request_variations", image_id=picture)
    evening.named["collection_id"] = ask(bo, "add_collection")["collection"]["id"]
    assert ask(bo, "mark_pictures") == {"marked": [picture]}
    assert ask(bo, "put_in_collection")["collection"]["images"] == 1
    assert ask(bo, "edit_collection")["collection"]["name"] == "Late summer"
    assert len(ask(bo, "own_collections")["collections"]) == 1
    shares = [ask(bo, name)["share"]["id"] for name in ("share_picture", "share_collection")]
    assert {each["id"] for each in ask(bo, "own_shares")["shares"]} == set(shares)
    assert ask(bo, "revoke_share", share_id=shares[0])["share"]["revoked_at"]
    assert ask(bo, "take_out_of_collection")["collection"]["images"] == 0
    ask(bo, "drop_collection")
    assert ask(bo, "delete_pictures") == {"deleted": [picture]}


def test_an_account_is_copied_given_up_and_kept_after_all(evening: Evening) -> None:
    ask, somebody = evening.ask, evening.studio.person(anonymous=True)
    assert ask(somebody, "ask_export")["export"]["status"] == "queued"
    assert ask(somebody, "own_export")["export"]["url"] is None
    assert ask(somebody, "ask_deletion") == ask(somebody, "own_deletion")
    assert ask(somebody, "restore_account") == {"deletion": None}


def test_somebody_has_faces_and_standing_and_admins_look_after_them(evening: Evening) -> None:
    ask, world = evening.ask, evening.studio
    cem, ege = world.person(), world.admin()
    shadow = ask(cem, "add_shadow")["profile"]["id"]
    assert ask(cem, "edit_profile", profile_id=shadow)["profile"]["display_name"] == "Gündüz"
    assert len(ask(cem, "own_profiles")["profiles"]) == 2
    ask(cem, "delete_shadow", profile_id=shadow)
    request = ask(cem, "ask_to_create")["creator"]["request"]["id"]
    assert len(ask(ege, "read_creator_requests")["requests"]) == 1
    ask(ege, "decide_creator_request", request_id=request)
    assert ask(cem, "own_creator")["creator"]["is_creator"] is True
    world.owner("select private.note_account_conflict('phone', '', %s, %s)", cem, ege)
    (conflict,) = ask(ege, "read_account_conflicts")["conflicts"]
    assert ask(ege, "settle_account_conflict", conflict_id=conflict["id"])["conflict"]["note"]
    world.owner("insert into private.consent_texts (kind, version) values ('terms', '2026-01')")
    assert ask(cem, "say_consent") == ask(cem, "own_consents")
    signed_in = "insert into auth.sessions (id, user_id, created_at) values (gen_random_uuid(), %s, now())"
    world.owner(signed_in, cem)
    (session,) = ask(cem, "own_auth_sessions")["sessions"]
    assert ask(cem, "end_auth_session", session_id=session["id"]) == {"sessions": []}
    assert ask(ege, "read_users")["users"]
    for name in ("grant_premium", "suspend_user", "unsuspend_user", "sign_user_out", "read_user"):
        assert ask(ege, name, user_id=cem)["user"]["id"] == str(cem)


def test_nothing_was_left_out(evening: Evening) -> None:
    assert evening.done == BY_NAME.keys()
    # the last answer is with us before the server's thread has looked at it
    eventually(lambda: {name for name, status, _ in seen if status < 400} >= BY_NAME.keys())
