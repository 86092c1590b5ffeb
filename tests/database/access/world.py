"""One small world in which every actor of the access matrix stands somewhere: people by role, rows by label."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from tests.world import World

PEOPLE = ("stranger", "owner", "participant", "banned", "host", "moderator", "creator", "admin")
"""The actors who are signed in. The stage is the host's; the owner's are the pictures, the gift, the call."""

ACTORS = ("anon", *PEOPLE, "service_role")

BY_CONTENT = {
    "profiles": "select id, case when type = 'shadow' then 'shadow' else user_id::text end from public.profiles",
    "public_profiles": "select id, '' from public.public_profiles",
    "notifications": "select id, case code when 'follower_gained' then 'follower' else code end from public.notifications",
    "usage_tracking": "select id, user_id::text from public.usage_tracking",
    "generated_images": "select id, user_id::text from public.generated_images",
    "wallets": "select id, kind from public.wallets",
    "coin_transactions": "select id, kind from public.coin_transactions",
    "coin_entries": "select id, '' from public.coin_entries",
    "live_participants": """
        select p.id, case s.title when 'live' then '' else s.title || '-' end || p.user_id::text
          from public.live_participants p join public.live_sessions s on s.id = p.session_id""",
    "live_messages": "select id, content from public.live_messages",
}
"""Labels of rows that come by verbs and triggers; a user's id stands for their name."""


@dataclass(slots=True)
class AccessWorld:
    """The world and who and what is in it."""

    world: World
    people: dict[str, UUID]
    rows: dict[str, dict[Any, str]] = field(default_factory=dict)
    """Labels by table and primary key."""

    def named(self) -> dict[str, UUID]:
        """People and rows that a statement may name."""
        return self.people | {label: key for table in ("live_sessions",) for key, label in self.rows[table].items()}

    def ids(self, table: str, labels: str) -> set[Any]:
        """The keys of the rows with these labels; `*` is every row."""
        wanted = labels.split()
        return {key for key, label in self.rows[table].items() if labels == "*" or label in wanted}


def make_world(world: World) -> AccessWorld:
    """Fill an empty database by the verbs people use, and label every row."""
    people = {name: world.person(creator=name in ("host", "creator")) for name in PEOPLE}
    made = AccessWorld(world, people)
    world.owner("update public.profiles set role = 'admin' where id = %s", people["admin"])
    world.shadow(people["owner"])
    _furnish_studio(made)
    _furnish_stage(made)
    _sell_and_call(made)
    _follow(made)
    _label_the_rest(made)
    return made


def put(made: AccessWorld, table: str, label: str, **values: Any) -> UUID:
    """A row of the owner of the database, under its label."""
    key = made.world.put(table, **values)
    made.rows.setdefault(table, {})[key] = label
    return key


def _furnish_studio(made: AccessWorld) -> None:
    for label in ("offered", "retired"):
        active = label == "offered"
        category = put(made, "categories", label, name=label, slug=label, is_active=active)
        scene = put(made, "scenes", label, name=label, category=label, prompt_template="p", is_active=active)
        put(made, "category_translations", label, category_id=category, locale="tr", name=label)
        put(made, "scene_translations", label, scene_id=scene, locale="tr", name=label)
        put(made, "gifts", label, name=label, coin_price=5, is_active=active)
        put(made, "gifts", "out of season", name=f"not {label} yet", coin_price=5, available_from="tomorrow")
        put(made, "subscription_tiers", label, creator_id=made.people["host"], name=label, coin_price=5,
            is_active=active)  # fmt: skip
    for name in ("owner", "participant"):
        put(made, "generated_images", name, user_id=made.people[name], image_url=str(uuid4()), prompt="p")
    put(made, "generations", "owner", user_id=made.people["owner"], idempotency_key="k")
    put(made, "analytics_events", "owner", user_id=made.people["owner"], event_name="opened")
    for user in made.people.values():
        made.world.put_object("images", f"{user}/new.webp", user)


def _furnish_stage(made: AccessWorld) -> None:
    world, who = made.world, made.people
    ended = world.session(who["host"], title="ended")
    world.verb(who["participant"], "join_session", ended)
    world.verb(who["host"], "end_session", ended)
    live = world.session(who["host"], title="live")
    for name in ("owner", "participant", "banned", "moderator"):
        world.verb(who[name], "join_session", live)
    world.verb(who["host"], "change_role", live, who["moderator"], "moderator")
    ban = world.verb(who["host"], "ban_profile", live, who["banned"])["ban"]["id"]
    other = world.session(who["creator"], title="other")
    scheduled = world.session(who["host"], title="scheduled", live=False)
    made.rows["live_sessions"] = {live: "live", ended: "ended", other: "other", scheduled: "scheduled"}
    made.rows["live_session_bans"] = {UUID(ban): "ban"}
    for label, session in (("live", live), ("ended", ended)):
        put(made, "live_goals", label, session_id=session, position=1, title=label, target_coins=9, from_coins=0)

    line = (
        "insert into public.live_messages (session_id, sender_id, sender_profile_id, content) values (%s, %s, %s, %s)"
    )
    for name, session, content in (("owner", live, "line"), ("owner", live, "deleted"), ("creator", other, "other")):
        world.sql(who[name], line, session, who[name], who[name], content)
    world.verb(
        who["host"], "delete_message", world.one("select id from public.live_messages where content = 'deleted'")
    )
    request = world.verb(who["owner"], "request_to_join", live)["guest_request"]["id"]
    world.verb(who["host"], "reject_request", UUID(request))
    made.rows["live_guest_requests"] = {UUID(request): "request"}


def _sell_and_call(made: AccessWorld) -> None:
    world, owner = made.world, made.people["owner"]
    live = next(iter(made.ids("live_sessions", "live")))
    rose = next(iter(made.ids("gifts", "offered")))
    tier = next(iter(made.ids("subscription_tiers", "offered")))
    world.verb(None, "grant_coins", owner, 100, "grant")
    gift = world.verb(owner, "send_gift", live, rose, 1, None, str(uuid4()))["live_gift"]["id"]
    world.verb(owner, "subscribe", tier, str(uuid4()))
    call = world.verb(owner, "start_call", made.people["creator"], "audio_call")["call"]["id"]
    world.verb(owner, "end_call", UUID(call))
    made.rows["live_gifts"] = {UUID(gift): "gift"}
    made.rows["calls"] = {UUID(call): "call"}
    subscription = world.one("select id from public.creator_subscriptions")
    made.rows["creator_subscriptions"] = {subscription: "subscription"}


def _follow(made: AccessWorld) -> None:
    """And wait for a session, which comes again."""
    made.world.verb(made.people["owner"], "follow_profile", made.people["host"])
    scheduled = next(iter(made.ids("live_sessions", "scheduled")))
    made.world.owner(
        "update public.live_sessions set scheduled_at = now() + interval '2 days' where id = %s", scheduled
    )
    series = made.world.verb(made.people["host"], "repeat_session", scheduled, "weekly", "Europe/Istanbul")["series"][
        "id"
    ]
    reminder = made.world.verb(made.people["owner"], "remind_of_session", scheduled)["reminder"]["id"]
    made.rows["session_series"] = {UUID(series): "series"}
    made.rows["session_reminders"] = {UUID(reminder): "reminder"}
    made.world.owner("delete from public.session_categories where slug <> 'talk'")
    made.rows["session_categories"] = {
        made.world.one("select id from public.session_categories"): "offered",
        made.world.put("session_categories", slug="retired", name="retired", is_active=False): "retired",
    }
    made.rows["follows"] = {made.world.one("select id from public.follows"): "follow"}


def _label_the_rest(made: AccessWorld) -> None:
    for table, question in BY_CONTENT.items():
        labels: dict[Any, str] = {}
        for row in made.world.owner(question):
            key, label = row.values()
            for name, user in made.people.items():
                label = (label or "gift").replace(str(user), name)
            labels[key] = label
        made.rows[table] = labels
