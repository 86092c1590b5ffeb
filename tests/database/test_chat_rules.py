"""A chat's rules hold for a line that a client writes itself: each is refused in its own words, with a code beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.at_once import together
from tests.world import LINE, World

PAST = "update private.paces set acted_at = acted_at - make_interval(secs => %s) where user_id = %s returning 1"
LAPSE = "update private.chat_timeouts set ends_at = now() + %s::interval returning 1"
SYSTEM = (
    "select content, details from public.live_messages where session_id = %s and message_type = 'system' order by seq"
)


def post(world: World, who: UUID, session: UUID, content: str = "Merhaba", face: UUID | None = None) -> None:
    world.sql(who, LINE, session, who, face or who, content)


def refused(world: World, who: UUID, session: UUID, content: str = "Merhaba", face: UUID | None = None) -> Any:
    """The code beside the refusal of a line."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as refusal:
        post(world, who, session, content, face)
    assert refusal.value.diag.message_primary
    assert refusal.value.diag.message_hint
    return json.loads(refusal.value.diag.message_detail or "{}").get("code")


def rules(world: World, who: UUID, session: UUID, **changed: object) -> Mapping[str, Any]:
    row: Mapping[str, Any] = world.verb(who, "edit_chat", session, json.dumps(changed))["session"]
    return row


def moderator(world: World, host: UUID, session: UUID) -> UUID:
    who = world.watching(session)
    world.verb(host, "change_role", session, who, "moderator")
    return who


def test_the_host_and_moderators_change_a_chat_and_nobody_else(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, mod = world.watching(session), moderator(world, ada, session)
    row = rules(world, mod, session, chat_enabled=False, slow_mode_seconds=5, chat_audience="followers")
    assert (row["chat_enabled"], row["slow_mode_seconds"], row["chat_audience"]) == (False, 5, "followers")
    assert rules(world, ada, session, chat_links_enabled=False)["slow_mode_seconds"] == 5
    assert world.refusal(bo, "edit_chat", session, "{}") == (403, "forbidden")
    assert world.refusal(mod, "edit_chat", session, '{"blocked_words": ["kem"]}') == (403, "forbidden")
    world.verb(ada, "end_session", session)
    assert world.refusal(ada, "edit_chat", session, "{}") == (409, "session_over")


def test_what_is_changed_is_told_to_the_chat_by_code_and_logged_by_whom(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, mod = world.watching(session), moderator(world, ada, session)
    rules(
        world,
        mod,
        session,
        chat_enabled=False,
        slow_mode_seconds=5,
        chat_audience="subscribers",
        chat_links_enabled=False,
    )
    world.sql(ada, "update public.live_sessions set chat_enabled = true where id = %s", session)
    told = [(row["content"], row["details"]) for row in world.sql(bo, SYSTEM, session)]
    assert told == [
        ("became_moderator", {"profile_id": str(mod)}),
        ("chat_off", {}), ("slow_mode", {"seconds": 5}), ("chat_audience", {"audience": "subscribers"}), ("links_off", {}),
        ("chat_on", {}),
    ]  # fmt: skip
    acts = world.verb(ada, "read_log", session, None, 10)["acts"]
    assert [(act["act"], act["actor_profile_id"]) for act in acts] == [
        ("chat", str(ada)), ("chat", str(mod)), ("role", str(ada)),
    ]  # fmt: skip
    assert acts[0]["details"] == {"chat_enabled": True}
    assert world.row(session)["total_messages"] == 0


def test_slow_mode_takes_one_of_ten_lines_sent_at_once(world: World, ada: UUID) -> None:
    session = world.session(ada)
    rules(world, ada, session, slow_mode_seconds=5)
    for _ in range(3):
        bo = world.watching(session)
        together(10, lambda n, bo=bo: post(world, bo, session, f"{n}"))
        assert len(world.owner("select from public.live_messages where sender_id = %s", bo)) == 1
        assert refused(world, bo, session) == "slow_mode"
        world.owner(PAST, 5, bo)
        together(10, lambda n, bo=bo: post(world, bo, session, f"{n}"))
        assert len(world.owner("select from public.live_messages where sender_id = %s", bo)) == 2


def test_who_keeps_order_need_not_wait_and_neither_is_it_kept_without_slow_mode(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, mod = world.watching(session), moderator(world, ada, session)
    for who in (ada, mod, bo):
        post(world, who, session)
        post(world, who, session)
    rules(world, ada, session, slow_mode_seconds=3600)
    for who in (ada, mod):
        post(world, who, session)
        post(world, who, session)
    assert refused(world, bo, session) == "slow_mode"
    rules(world, ada, session, slow_mode_seconds=0)
    post(world, bo, session)


def test_who_is_timed_out_writes_nothing_until_it_is_over_and_still_watches(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, dilek, mod = world.watching(session), world.watching(session), moderator(world, ada, session)
    answer = world.verb(mod, "time_out_profile", session, bo, 60, "reklam")["timeout"]
    assert (answer["profile_id"], answer["reason"]) == (str(bo), "reklam")
    post(world, dilek, session, "Selam")
    assert refused(world, bo, session) == "silenced"
    assert "Selam" in world.chat(bo, session)
    world.owner(LAPSE, "1 second")
    assert refused(world, bo, session) == "silenced"
    world.owner(LAPSE, "0 seconds")
    post(world, bo, session)
    assert world.refusal(mod, "lift_timeout", session, bo) == (404, "not_found")
    world.verb(mod, "time_out_profile", session, bo, 60, None)
    world.verb(bo, "leave_session", session)
    world.verb(bo, "join_session", session)
    assert refused(world, bo, session) == "silenced"
    world.verb(ada, "lift_timeout", session, bo)
    post(world, bo, session)


def test_nobody_times_out_upwards_or_for_ever(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, mod = world.watching(session), moderator(world, ada, session)
    assert world.refusal(bo, "time_out_profile", session, mod, 60) == (403, "forbidden")
    assert world.refusal(mod, "time_out_profile", session, ada, 60) == (403, "forbidden")
    assert world.refusal(mod, "time_out_profile", session, mod, 60) == (403, "forbidden")
    assert world.refusal(ada, "time_out_profile", session, world.person(), 60) == (404, "not_found")
    for seconds in (0, -1, 14 * 24 * 3600 + 1):
        assert world.refusal(ada, "time_out_profile", session, bo, seconds) == (422, "unprocessable")
    world.verb(ada, "time_out_profile", session, mod, 60)
    assert refused(world, mod, session) == "silenced"


def test_a_chat_for_subscribers_takes_theirs_and_those_of_who_is_on_stage(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, dilek, mod = world.watching(session), world.watching(session), moderator(world, ada, session)
    tier = world.put("subscription_tiers", creator_id=ada, name="Sıra", coin_price=5)
    world.put("creator_subscriptions", subscriber_id=bo, creator_id=ada, tier_id=tier, coin_price=5)
    rules(world, ada, session, chat_audience="subscribers")
    for who in (ada, mod, bo):
        post(world, who, session)
    assert refused(world, dilek, session) == "subscribers_only"
    request = world.verb(dilek, "request_to_join", session)["guest_request"]["id"]
    world.verb(mod, "approve_request", request)
    post(world, dilek, session)


def test_a_chat_for_followers_takes_theirs_and_subscribers_lines_and_no_others(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, cem, dilek = (world.watching(session) for _ in range(3))
    world.verb(bo, "follow_profile", ada)
    tier = world.put("subscription_tiers", creator_id=ada, name="Sıra", coin_price=5)
    world.put("creator_subscriptions", subscriber_id=cem, creator_id=ada, tier_id=tier, coin_price=5)
    rules(world, ada, session, chat_audience="followers")
    for who in (ada, bo, cem):
        post(world, who, session)
    assert refused(world, dilek, session) == "followers_only"
    world.verb(dilek, "follow_profile", ada)
    post(world, dilek, session)
    world.verb(bo, "unfollow_profile", ada)
    assert refused(world, bo, session) == "followers_only"


def test_a_shadow_of_a_subscriber_is_refused_like_any_other(world: World, ada: UUID) -> None:
    session, bo = world.session(ada), world.person()
    shadow = world.shadow(bo)
    tier = world.put("subscription_tiers", creator_id=ada, name="Sıra", coin_price=5)
    world.put("creator_subscriptions", subscriber_id=bo, creator_id=ada, tier_id=tier, coin_price=5)
    world.verb(bo, "join_session", session, shadow)
    rules(world, ada, session, chat_audience="subscribers")
    assert refused(world, bo, session, face=shadow) == "subscribers_only"


def test_a_stranger_learns_none_of_a_chats_rules(world: World, ada: UUID) -> None:
    session, stranger = world.session(ada), world.person()
    rules(
        world,
        ada,
        session,
        chat_enabled=False,
        slow_mode_seconds=5,
        chat_audience="subscribers",
        chat_links_enabled=False,
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as refusal:
        post(world, stranger, session)
    assert refusal.value.diag.message_primary == "Only people in a live session can post"
    assert refusal.value.diag.message_detail is None


@pytest.mark.parametrize(
    "line",
    [
        "bak https://ornek.com/x", "www.ornek.biz", "ornek.com", "ORNEK.COM!", "ornek . com", "ornek(dot)com",
        "ornek [nokta] com", "ornek nokta com", "örnek.com", "пример.рф", "ornek。com", "ornek．com", "xn--rnek-5qa.com",
        "t.me/ornek", "discord.gg/abc", "ben@ornek.com", "or\u200bnek.c\u200bom",
    ],
)  # fmt: skip
def test_a_chat_without_links_takes_no_address_however_it_is_written(world: World, line: str) -> None:
    assert world.one("select private.has_link(%s)", line) is True


@pytest.mark.parametrize(
    "line",
    ["Merhaba.", "Saat 19.30 gibi", "1.5 ya da 2.0", "Tamam...", "geldim.gittim", "ne yani?/yok", "v1.2.3", "a/b", "10:30",
     "nokta koyma", "Güzel.Çok güzel", "Sayı 3.000.000"],
)  # fmt: skip
def test_what_people_write_is_no_link(world: World, line: str) -> None:
    assert world.one("select private.has_link(%s)", line) is False


def test_links_are_off_for_viewers_alone(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, mod = world.watching(session), moderator(world, ada, session)
    post(world, bo, session, "ornek.com")
    rules(world, ada, session, chat_links_enabled=False)
    assert refused(world, bo, session, "ornek.com") == "links_off"
    post(world, bo, session, "Merhaba")
    for who in (ada, mod):
        post(world, who, session, "ornek.com")


MEETS = [
    "salak", "SALAK", "şalak", "s.a.l.a.k", "s a l a k", "salaaaak", "ssalak", "s4l4k", "$al@k", "sa\u200blak", "sálak", "sal-ak",
    "ｓａｌａｋ", "ѕаlаk", "çok salak!", "s_a_l_a_k", "sen s a l a k sın", "s\u0336a\u0336l\u0336a\u0336k", "𝓼𝓪𝓵𝓪𝓴",
]  # fmt: skip
PASSES = [
    "salakça",
    "salatalık",
    "sal ak",
    "masa lakin",
    "sa",
    "salk",
    "ask",
    "Merhaba",
    "s a l",
    "5 4 1",
    "class",
    "as",
]


@pytest.mark.parametrize("line", MEETS)
def test_a_word_is_met_however_it_is_dressed_up(world: World, line: str) -> None:
    assert met(world, line, "salak") is True


@pytest.mark.parametrize("line", PASSES)
def test_words_that_only_look_alike_pass(world: World, line: str) -> None:
    assert met(world, line, "salak", "ass") is False


def test_the_turkish_is_are_one_letter(world: World) -> None:
    for line in ("IŞIK", "ışık", "işik", "İSİK", "isik"):
        assert met(world, line, "ışık") is True


def test_a_word_between_stars_is_met_within_others(world: World) -> None:
    for line in ("salakça", "ne salaksın", "aptalsalaklar", "s4l4kça"):
        assert met(world, line, "*salak*") is True
    assert met(world, "sal aklı", "*salak*") is False
    assert met(world, "Scunthorpe", "cunt") is False


def met(world: World, line: str, *words: str) -> bool:
    """Whether a creator with these words takes no such line; nothing of it stays."""
    host = world.person(creator=True)
    world.one("select private.set_blocked_words(%s, %s)", host, list(words))
    answer: bool = world.one("select private.has_blocked_word(%s, %s)", line, host)
    return answer


def test_a_creators_words_hold_in_their_chats_alone_and_not_for_who_keeps_order(world: World, ada: UUID) -> None:
    session, other = world.session(ada), world.session(world.person(creator=True))
    bo, mod = world.watching(session), moderator(world, ada, session)
    world.verb(bo, "join_session", other)
    rules(world, ada, session, blocked_words=["Salak", "*aptal*"])
    assert world.verb(ada, "own_blocked_words") == {"blocked_words": ["*aptal*", "salak"]}
    assert refused(world, bo, session, "s a l a k") == "blocked_word"
    post(world, bo, other, "salak")
    for who in (ada, mod):
        post(world, who, session, "salak")
    rules(world, ada, session, blocked_words=[])
    post(world, bo, session, "salak")


def test_the_houses_words_hold_for_everybody_and_are_admins_to_change(world: World, ada: UUID, ege: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    assert world.refusal(ada, "house_words", '["kötü"]') == (403, "forbidden")
    world.verb(ege, "house_words", '["kötü"]')
    try:
        for who in (bo, ada):
            assert refused(world, who, session, "k ö t ü") == "blocked_word"
        assert world.verb(ege, "house_words", None) == {"blocked_words": ["kötü"]}
        assert world.verb(bo, "own_blocked_words") == {"blocked_words": []}
    finally:
        world.verb(ege, "house_words", "[]")
    post(world, bo, session, "kötü")


@pytest.mark.parametrize("word", ["a", "iki kelime", "*ast*", "*yarım", "yıl*dız", "!?", "x" * 51])
def test_what_is_no_word_is_not_kept(world: World, ada: UUID, word: str) -> None:
    session = world.session(ada)
    assert world.refusal(ada, "edit_chat", session, json.dumps({"blocked_words": [word]})) == (422, "unprocessable")


def test_one_line_is_pinned_at_a_time_whoever_pins(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, mod = world.watching(session), moderator(world, ada, session)
    post(world, bo, session)
    line = world.one("select id from public.live_messages where sender_id = %s", bo)
    world.verb(ada, "pin_message", line, True)
    pinned = world.verb(mod, "post_pinned_line", session, "Sorular dokuzda!")["message"]
    assert (pinned["message_type"], pinned["is_pinned"], pinned["sender_profile_id"]) == ("pinned", True, str(mod))
    assert shown(world, bo, session) == ["Sorular dokuzda!"]
    assert world.refusal(bo, "post_pinned_line", session, "Ben de") == (403, "forbidden")
    together(
        4, lambda n: world.verb(*((ada, "pin_message", line, True), (ada, "post_pinned_line", session, "Son"))[n % 2])
    )
    assert len(shown(world, bo, session)) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="Only text messages can be posted"):
        world.sql(
            ada,
            "insert into public.live_messages (session_id, sender_id, sender_profile_id, content, message_type)"
            " values (%s, %s, %s, 'Ben', 'pinned')",
            session, ada, ada,
        )  # fmt: skip


def shown(world: World, who: UUID, session: UUID) -> list[str]:
    rows = world.sql(who, "select content from public.live_messages where session_id = %s and is_pinned", session)
    return [row["content"] for row in rows]


def test_who_comes_on_stage_is_told_once(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    invitation = world.verb(ada, "invite_profile", session, bo, "co_host")["participant"]["id"]
    world.verb(bo, "accept_invitation", invitation)
    world.verb(ada, "change_role", session, bo, "viewer")
    told = [(row["content"], row["details"]) for row in world.sql(bo, SYSTEM, session)]
    assert told == [("came_on_stage", {"profile_id": str(bo), "role": "co_host"})]


def told_roles(world: World, session: UUID) -> list[tuple[str, str]]:
    rows = world.owner(SYSTEM, session)
    return [(row["content"], row["details"].get("profile_id")) for row in rows]


@pytest.mark.parametrize(("role", "code"), [("co_host", "came_on_stage"), ("moderator", "became_moderator")])
def test_who_said_yes_while_away_is_told_of_once_when_they_enter(world: World, ada: UUID, role: str, code: str) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    invitation = world.verb(ada, "invite_profile", session, bo, role)["participant"]["id"]
    world.verb(bo, "leave_session", session)
    world.verb(bo, "accept_invitation", invitation)
    assert told_roles(world, session) == []
    world.verb(bo, "join_session", session)
    assert told_roles(world, session) == [(code, str(bo))]
    world.verb(bo, "leave_session", session)
    world.verb(bo, "join_session", session)
    assert told_roles(world, session) == [(code, str(bo))]


def test_who_said_yes_before_the_start_is_told_of_when_they_enter(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False)
    bo = world.person()
    world.verb(bo, "accept_invitation", world.verb(ada, "invite_profile", session, bo, "co_host")["participant"]["id"])
    world.verb(ada, "start_session", session)
    assert told_roles(world, session) == []
    world.verb(bo, "join_session", session)
    assert told_roles(world, session) == [("came_on_stage", str(bo))]


def test_of_who_is_sent_back_before_they_enter_nothing_is_told(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    invitation = world.verb(ada, "invite_profile", session, bo, "co_host")["participant"]["id"]
    world.verb(bo, "leave_session", session)
    world.verb(bo, "accept_invitation", invitation)
    world.verb(ada, "change_role", session, bo, "viewer")
    world.verb(bo, "join_session", session)
    assert told_roles(world, session) == []
