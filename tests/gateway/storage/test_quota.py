"""What a person may keep is bounded in objects and in bytes, by whichever road they come, also many at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest

from tests.buckets import Caller, blob_files, refusal

FULL = (400, "413", "Payload too large", "QuotaExceeded")
OBJECTS_MAX, BYTES_MAX = 5, 1000


@pytest.fixture
def db(buckets: str) -> Iterator[psycopg.Connection]:
    """The owner's connection, with bounds that tests can reach."""
    with psycopg.connect(buckets, autocommit=True) as conn:
        conn.execute(
            "update private.settings set owned_objects_max = %s, owned_bytes_max = %s", (OBJECTS_MAX, BYTES_MAX)
        )
        yield conn
        conn.execute("update private.settings set owned_objects_max = default, owned_bytes_max = default")


def kept(db: psycopg.Connection, who: Caller) -> tuple[int, int]:
    counted = db.execute("select objects, bytes from private.owned_objects where owner_id = %s", (str(who.id),))
    return counted.fetchone() or (0, 0)


def true_ones(db: psycopg.Connection, who: Caller) -> tuple[int, int]:
    summed = db.execute(
        "select count(*), coalesce(sum((metadata ->> 'size')::bigint), 0) from storage.objects where owner_id = %s",
        (str(who.id),),
    )
    return summed.fetchone() or (0, 0)


def test_the_object_too_many_is_refused_until_one_is_removed(ada: Caller, bo: Caller, db: psycopg.Connection) -> None:
    for number in range(OBJECTS_MAX):
        assert ada.upload(f"w-private/{ada.id}/{number}").status_code == 200
    refused = ada.upload(f"w-private/{ada.id}/more")
    assert refusal(refused) == FULL
    assert refused.json()["message"] == "The storage of this account is full"
    assert refused.json()["hint"] == "An account keeps at most 5 objects of 1000 bytes together: remove some first."
    assert ada.upload(f"w-private/{ada.id}/0", b"replaced", x_upsert="true").status_code == 200
    assert bo.upload(f"w-private/{bo.id}/mine").status_code == 200
    assert ada.call("DELETE", f"/object/w-private/{ada.id}/0").status_code == 200
    assert ada.upload(f"w-private/{ada.id}/more").status_code == 200
    assert kept(db, ada) == (OBJECTS_MAX, 5 * OBJECTS_MAX)


def test_the_bytes_too_many_are_refused_before_they_are_read_and_leave_nothing(
    ada: Caller, db: psycopg.Connection
) -> None:
    assert ada.upload(f"w-private/{ada.id}/a", b"x" * 600).status_code == 200
    files = len(blob_files(ada.settings))
    assert refusal(ada.upload(f"w-private/{ada.id}/b", b"x" * 401)) == FULL
    unannounced = (b"x" for _ in range(401))
    assert refusal(ada.call("POST", f"/object/w-private/{ada.id}/b", content=unannounced)) == FULL
    assert refusal(ada.call("PUT", f"/object/w-private/{ada.id}/a", content=b"x" * 1001)) == FULL
    assert len(blob_files(ada.settings)) == files
    assert ada.upload(f"w-private/{ada.id}/b", b"x" * 400).status_code == 200
    assert ada.call("PUT", f"/object/w-private/{ada.id}/a", content=b"x" * 10).status_code == 200
    assert kept(db, ada) == (2, 410)


def test_a_copy_and_a_signed_upload_count_for_who_asked_and_a_move_for_nobody(
    ada: Caller, bo: Caller, db: psycopg.Connection
) -> None:
    assert ada.upload(f"w-private/{ada.id}/a", b"x" * 500).status_code == 200
    told = {"bucketId": "w-private", "sourceKey": f"{ada.id}/a", "destinationKey": f"{ada.id}/b"}
    assert ada.call("POST", "/object/move", json=told).status_code == 200
    assert kept(db, ada) == (1, 500)
    url = ada.call("POST", f"/object/upload/sign/w-private/{ada.id}/signed").json()["url"]
    copies = [told | {"sourceKey": f"{ada.id}/b", "destinationKey": f"{ada.id}/{name}"} for name in "cd"]
    assert ada.call("POST", "/object/copy", json=copies[0]).status_code == 200
    assert kept(db, ada) == (2, 1000)
    assert refusal(ada.call("POST", "/object/copy", json=copies[1])) == FULL
    assert refusal(bo.call("PUT", url, content=b"x")) == FULL
    assert kept(db, bo) == (0, 0)


def test_who_is_above_a_lowered_bound_may_have_less_and_not_more(ada: Caller, db: psycopg.Connection) -> None:
    for name in "abc":
        assert ada.upload(f"w-private/{ada.id}/{name}", b"x" * 300).status_code == 200
    db.execute("update private.settings set owned_objects_max = 1, owned_bytes_max = 100")
    assert ada.upload(f"w-private/{ada.id}/a", b"x" * 299, x_upsert="true").status_code == 200
    assert refusal(ada.upload(f"w-private/{ada.id}/a", b"x" * 300, x_upsert="true")) == FULL
    told = {"bucketId": "w-private", "sourceKey": f"{ada.id}/a", "destinationKey": f"{ada.id}/moved"}
    assert ada.call("POST", "/object/move", json=told).status_code == 200
    assert ada.call("DELETE", f"/object/w-private/{ada.id}/b").status_code == 200
    assert kept(db, ada) == (2, 599)


def test_what_the_server_keeps_for_itself_is_nobodys(service: Caller, db: psycopg.Connection) -> None:
    for number in range(OBJECTS_MAX + 1):
        assert service.upload(f"w-private/server/{uuid4()}", b"x" * 300).status_code == 200, number


def test_many_at_once_cannot_pass_a_bound_together(ada: Caller, db: psycopg.Connection) -> None:
    for name, size in (("count", 1), ("bytes", 300)):
        with ThreadPoolExecutor(12) as threads:
            paths = [f"w-private/{ada.id}/{name}-{number}" for number in range(12)]
            answers = list(threads.map(lambda path, size=size: ada.upload(path, b"x" * size), paths))
        fitting = min(OBJECTS_MAX, BYTES_MAX // size)
        assert sorted(answer.status_code for answer in answers) == [200] * fitting + [400] * (12 - fitting)
        assert {refusal(answer) for answer in answers if answer.status_code == 400} == {FULL}
        assert kept(db, ada) == true_ones(db, ada) == (fitting, fitting * size)
        names = {"prefixes": [path.partition("/")[2] for path in paths]}
        assert len(ada.call("DELETE", "/object/w-private", json=names).json()) == fitting
        assert kept(db, ada) == (0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_of_acts_what_is_counted_is_what_is_there(
    ada: Caller, service: Caller, db: psycopg.Connection, seed: int
) -> None:
    chance = random.Random(seed)

    def act(_: int) -> int:
        one, other = (f"{ada.id}/{chance.randrange(4)}" for _ in range(2))
        told = {"bucketId": "w-private", "sourceKey": one, "destinationKey": other}
        who = ada if chance.random() < 0.8 else service
        match chance.randrange(6):
            case 0 | 1:
                return who.upload(f"w-private/{one}", b"x" * chance.randrange(400)).status_code
            case 2:
                return who.upload(f"w-private/{one}", b"x" * chance.randrange(400), x_upsert="true").status_code
            case 3:
                return who.call("POST", "/object/move", json=told).status_code
            case 4:
                return who.call("POST", "/object/copy", json=told, headers={"x-upsert": "true"}).status_code
            case _:
                return who.call("DELETE", f"/object/w-private/{one}").status_code

    with ThreadPoolExecutor(4) as threads:
        statuses = set(threads.map(act, range(60)))
    assert statuses == {200, 400}
    objects, size = kept(db, ada)
    assert (objects, size) == true_ones(db, ada)
    assert objects <= OBJECTS_MAX
    assert size <= BYTES_MAX


def test_what_was_written_behind_the_triggers_is_counted_anew(ada: Caller, bo: Caller, db: psycopg.Connection) -> None:
    for who in (ada, bo):
        assert who.upload(f"w-private/{who.id}/a", b"x" * 7).status_code == 200
    assert db.execute("select private.recount_objects()").fetchone() == (0,)
    db.execute("update private.owned_objects set objects = 9, bytes = 9 where owner_id = %s", (str(ada.id),))
    db.execute("delete from private.owned_objects where owner_id = %s", (str(bo.id),))
    db.execute("insert into private.owned_objects values ('nobody', 3, 3)")
    assert db.execute("select private.recount_objects()").fetchone() == (3,)
    assert kept(db, ada) == kept(db, bo) == (1, 7)
    assert db.execute("select count(*) from private.owned_objects where owner_id = 'nobody'").fetchone() == (0,)
