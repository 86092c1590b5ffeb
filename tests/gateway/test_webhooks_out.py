"""Others are told what happens: signed as Standard Webhooks has it, tried until taken, and nobody waits for a dead one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from sahne.settings import Settings
from sahne.webhooks.addresses import WebhookAddressRefused, may_go_anywhere, refuse_unfit_address
from sahne.webhooks.sender import PAUSES_SECONDS, Tried, outcome_of
from tests.conftest import Running
from tests.eventually import eventually
from tests.webhook_receiver import Receiver, receiver
from tests.world import World, bearer

DUE = "update private.webhook_messages set next_at = now(), taken_until = null where status = 'pending'"


class Desk:
    """An admin who keeps webhooks."""

    def __init__(self, server: Running, world: World) -> None:
        self._client = httpx.Client(base_url=server.url, timeout=20)
        self.world = world
        self.ege = world.admin()

    def asks(self, method: str, path: str = "", body: Any = None, who: UUID | None = None) -> httpx.Response:
        return self._client.request(
            method, f"/functions/v1/admin/webhooks{path}", json=body, headers=bearer(who or self.ege)
        )

    def done(self, method: str, path: str = "", body: Any = None) -> Any:
        answer = self.asks(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tells(self, to: Receiver, *codes: str) -> str:
        made = self.done("POST", "", {"url": to.url, "codes": list(codes)})
        to.secret = made["secret"]
        return str(made["webhook"]["id"])

    def messages(self, webhook: str) -> list[Any]:
        found: list[Any] = self.done("GET", f"/{webhook}/messages")["messages"]
        return found

    def row(self, webhook: str) -> Any:
        (found,) = (each for each in self.done("GET")["webhooks"] if each["id"] == webhook)
        return found


@pytest.fixture(scope="module")
def desk(server: Running, world: World) -> Desk:
    return Desk(server, world)


@pytest.fixture
def them(desk: Desk) -> Iterator[Receiver]:
    with receiver() as one:
        yield one
    desk.world.owner("delete from private.webhook_endpoints")


def test_who_wants_an_event_is_told_of_it_signed(desk: Desk, them: Receiver) -> None:
    bo, ada = desk.world.person(), desk.world.person(creator=True)
    webhook = desk.tells(them, "kettle_boils", "tea_ready")
    desk.world.one("select private.tell(%s, 'kettle_boils', %s, '{\"cups\": 2}')", bo, ada)
    desk.world.one("select private.tell(%s, 'cat_sleeps')", bo)
    desk.world.one("select private.announce('tea_ready', %s)", ada)
    eventually(lambda: len(them.read) == 2)
    first = next(each for each in them.read if each["type"] == "kettle_boils")
    assert first["data"]["user_id"] == str(bo)
    assert first["data"]["actor_profile_id"] == str(ada)
    assert first["data"]["details"] == {"cups": 2}
    assert {each["type"] for each in them.read} == {"kettle_boils", "tea_ready"}
    eventually(lambda: {each["status"] for each in desk.messages(webhook)} == {"sent"})
    sent = desk.messages(webhook)
    assert {f"msg_{UUID(each['id']).hex}" for each in sent} == set(them.ids)
    assert [each["attempts"][0]["status_code"] for each in sent] == [204, 204]


def test_what_never_happened_is_told_nobody(desk: Desk, them: Receiver) -> None:
    webhook = desk.tells(them)
    with pytest.raises(ZeroDivisionError), desk.world.serving() as conn:
        conn.execute("select private.announce('kettle_boils', null)")
        raise ZeroDivisionError
    assert desk.messages(webhook) == []


def test_another_secret_does_not_verify(desk: Desk, them: Receiver) -> None:
    desk.tells(them)
    desk.world.one("select private.announce('kettle_boils', null)")
    eventually(lambda: them.signatures)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(
            "{}", {"webhook-id": them.ids[0], "webhook-timestamp": "1", "webhook-signature": them.signatures[0]}
        )


def test_while_a_secret_changes_both_are_good(desk: Desk, them: Receiver) -> None:
    webhook = desk.tells(them)
    old = them.secret
    new = desk.done("POST", f"/{webhook}/secret", {"overlap_hours": 24})["secret"]
    assert desk.row(webhook)["secrets"] == 2
    for secret in (old, new):
        them.secret = secret
        before = len(them.read)
        desk.done("POST", f"/{webhook}/test")
        eventually(lambda before=before: len(them.read) == before + 1)
    assert len(them.signatures[-1].split(" ")) == 2
    them.secret = desk.done("POST", f"/{webhook}/secret", {"overlap_hours": 0})["secret"]
    assert desk.row(webhook)["secrets"] == 1
    desk.done("POST", f"/{webhook}/test")
    eventually(lambda: len(them.read) == 3)
    assert len(them.signatures[-1].split(" ")) == 1


def test_secrets_lie_sealed(desk: Desk, them: Receiver) -> None:
    desk.tells(them)
    (row,) = desk.world.owner("select sealed from private.webhook_secrets")
    assert them.secret.removeprefix("whsec_") not in row["sealed"]


@pytest.mark.parametrize("says", [500, 404, 429, "redirect"])
def test_what_was_not_taken_comes_again_under_its_id(desk: Desk, them: Receiver, says: int | str) -> None:
    them.says = [says]
    webhook = desk.tells(them)
    desk.done("POST", f"/{webhook}/test")
    eventually(lambda: desk.messages(webhook)[0]["attempts"])
    (message,) = desk.messages(webhook)
    assert (message["status"], len(message["attempts"])) == ("pending", 1)
    assert message["attempts"][0]["status_code"] == (307 if says == "redirect" else says)
    assert message["next_at"] > message["created_at"]
    assert desk.row(webhook)["failing_since"]
    desk.world.owner(DUE)
    eventually(lambda: desk.messages(webhook)[0]["status"] == "sent")
    assert len(them.ids) == 2
    assert len(set(them.ids)) == 1
    assert them.redirected == 0
    assert desk.row(webhook)["failing_since"] is None


def test_who_asks_for_time_gets_it(desk: Desk, them: Receiver) -> None:
    them.says = [429]
    webhook = desk.tells(them)
    desk.done("POST", f"/{webhook}/test")
    eventually(lambda: desk.messages(webhook)[0]["attempts"])
    assert desk.world.one("select next_at > now() + interval '25 minutes' from private.webhook_messages")


def test_of_a_huge_answer_the_beginning_is_read(desk: Desk, them: Receiver) -> None:
    them.says = ["huge"]
    webhook = desk.tells(them)
    desk.done("POST", f"/{webhook}/test")
    eventually(lambda: desk.messages(webhook)[0]["status"] == "sent")
    (attempt,) = desk.messages(webhook)[0]["attempts"]
    assert len(attempt["answer"]) == 500


def test_410_stops_it_and_admins_are_told(desk: Desk, them: Receiver) -> None:
    them.says = [410]
    webhook = desk.tells(them)
    desk.done("POST", f"/{webhook}/test")
    eventually(lambda: desk.row(webhook)["stopped_because"] == "gone")
    assert desk.messages(webhook)[0]["status"] == "failed"
    told = desk.world.sql(desk.ege, "select code, details from public.notifications where code = 'webhook_stopped'")
    assert {"webhook_id": webhook, "url": them.url, "because": "gone"} in [each["details"] for each in told]
    assert desk.asks("POST", f"/{webhook}/test").json()["code"] == "webhook_stopped"
    desk.world.one("select private.announce('kettle_boils', null)")
    assert len(desk.messages(webhook)) == 1
    desk.done("PATCH", f"/{webhook}", {"is_active": True})
    message = desk.messages(webhook)[0]["id"]
    desk.done("POST", f"/{webhook}/messages/{message}/redeliver")
    eventually(lambda: desk.messages(webhook)[0]["status"] == "sent")
    assert len(set(them.ids)) == 1


def test_one_that_failed_for_days_is_stopped(desk: Desk, them: Receiver) -> None:
    them.usual = 500
    webhook = desk.tells(them)
    desk.done("POST", f"/{webhook}/test")
    eventually(lambda: desk.row(webhook)["failing_since"])
    desk.world.owner("update private.webhook_endpoints set failing_since = now() - interval '6 days'")
    desk.world.owner(DUE)
    eventually(lambda: desk.row(webhook)["stopped_because"] == "failing")
    assert not desk.row(webhook)["is_active"]


def test_a_dead_one_holds_up_nobody(desk: Desk, them: Receiver) -> None:
    with receiver() as dead:
        dead.usual = "hang"
        hanging = desk.tells(dead, "kettle_boils")
        desk.tells(them, "kettle_boils")
        for _ in range(30):
            desk.world.one("select private.announce('kettle_boils', null)")
        eventually(lambda: len(them.read) == 30)
        under_way = "select count(*) from private.webhook_messages where endpoint_id = %s and taken_until > now()"
        assert desk.world.one(under_way, hanging) == 8 == len(dead.read)
        dead.lets_go.set()
        eventually(lambda: {each["status"] for each in desk.messages(hanging)} == {"sent"})
        assert len(dead.ids) == len(set(dead.ids)) == 30


def test_only_admins_keep_webhooks(desk: Desk, them: Receiver) -> None:
    webhook = desk.tells(them)
    bo = desk.world.person(creator=True)
    body = {"url": them.url}
    asked = [
        ("GET", "", None), ("POST", "", body), ("PATCH", f"/{webhook}", {"is_active": False}),
        ("POST", f"/{webhook}/secret", {}), ("DELETE", f"/{webhook}", None), ("POST", f"/{webhook}/test", None),
        ("GET", f"/{webhook}/messages", None), ("POST", f"/{webhook}/messages/{uuid4()}/redeliver", None),
    ]  # fmt: skip
    for method, path, given in asked:
        assert desk.asks(method, path, given, bo).status_code == 403, (method, path)
    nobody = f"/{uuid4()}"
    for method, path, given in asked[2:]:
        assert desk.asks(method, path.replace(f"/{webhook}", nobody), given).status_code == 404, (method, path)
    assert desk.asks("POST", f"/{webhook}/messages/{uuid4()}/redeliver").status_code == 404


def test_a_webhook_is_changed_and_deleted(desk: Desk, them: Receiver) -> None:
    webhook = desk.tells(them, "kettle_boils")
    desk.done("PATCH", f"/{webhook}", {"description": "CRM"})
    row = desk.row(webhook)
    assert (row["description"], row["codes"], row["url"]) == ("CRM", ["kettle_boils"], them.url)
    desk.done("PATCH", f"/{webhook}", {"codes": []})
    assert desk.row(webhook)["codes"] == []
    them.usual = 500
    desk.done("POST", f"/{webhook}/test")
    eventually(lambda: desk.messages(webhook)[0]["attempts"])
    desk.done("PATCH", f"/{webhook}", {"is_active": False})
    assert desk.messages(webhook)[0]["status"] == "failed"
    desk.done("DELETE", f"/{webhook}")
    assert desk.done("GET")["webhooks"] == []
    assert desk.world.one("select count(*) from private.webhook_messages") == 0


@pytest.mark.parametrize(
    "body",
    [
        {"url": "ftp://example.com"},
        {"url": "https://user:secret@example.com"},
        {"url": "https://example.com:0"},
        {"url": "example.com"},
        {"url": "https://example.com", "codes": ["Not a code"]},
        {},
    ],
)
def test_what_is_no_webhook_is_refused_in_words(desk: Desk, body: dict[str, Any]) -> None:
    answer = desk.asks("POST", "", body)
    assert answer.status_code in (400, 422)
    assert answer.json()["message"]


def test_there_are_as_many_as_there_may_be(desk: Desk, them: Receiver) -> None:
    for _ in range(20):
        desk.tells(them)
    assert desk.asks("POST", "", {"url": them.url}).json()["code"] == "too_many_webhooks"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://localhost/hooks",
        "https://db.localhost",
        "https://127.0.0.1",
        "https://[::1]:8443",
        "https://10.0.0.7",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.7]",
    ],
)
def test_with_keys_of_ones_own_no_address_of_ones_own_is_told_anything(url: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        refuse_unfit_address(url, anywhere=False)
    refuse_unfit_address("https://example.com:8443/hooks", anywhere=False)


def test_a_setting_allows_addresses_of_ones_own(settings: Settings) -> None:
    production = replace(settings, jwt_secret="of one's own, and long enough for it")
    assert not may_go_anywhere(production)
    assert may_go_anywhere(replace(production, webhooks_to_private_addresses=True))


def test_tries_go_over_more_than_a_day_and_end() -> None:
    failed = Tried(status_code=500, milliseconds=1)
    pauses = [outcome_of(failed, attempt, lambda: 0.0) for attempt in range(1, 9)]
    assert pauses == [*(("failed", float(each)) for each in PAUSES_SECONDS), ("failed", None)]
    assert 24 < sum(PAUSES_SECONDS) / 3600 < 30
    assert outcome_of(failed, 1, lambda: 1.0) == ("failed", 5.5)
    assert outcome_of(Tried(error="ConnectError", milliseconds=1), 2, lambda: 0.0) == ("failed", 300.0)
    assert outcome_of(Tried(status_code=410, milliseconds=1), 1, lambda: 0.0) == ("gone", None)
    assert outcome_of(Tried(status_code=503, milliseconds=1, retry_after_seconds=77.0), 1, lambda: 0.0) == (
        "failed",
        77.0,
    )
