"""Every operation of Storage with just the policies it takes, and with one of them missing, as `policies.toml` has it."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from PIL import Image

from tests.buckets import Caller
from tests.pictures import encoded
from tests.s3_requests import code, signed

CASES = tomllib.loads(Path(__file__).with_name("policies.toml").read_text("utf-8"))
COMMANDS = ("select", "insert", "update", "delete")
NEEDED = {frozenset(case["needs"].split()) for case in CASES.values()}
# What some operation needs, and that with one of it missing
SETS = sorted(NEEDED | {needed - {one} for needed in NEEDED for one in needed}, key=sorted)
NOTHING = "nothing"
DONE = "done"
MAKING = frozenset({"upload", "upsert_of_something_new", "signing_an_upload", "resumable", "s3_put"})
PICTURE = encoded(Image.new("RGB", (8, 8), "red"))

Try = Callable[[Caller, str, str], str]


def bucket_of(policies: frozenset[str]) -> str:
    return "-".join(["p", *(command for command in COMMANDS if command in policies)])


@pytest.fixture(scope="module", autouse=True)
def policies(buckets: str) -> None:
    """A bucket for each set, named by it."""
    with psycopg.connect(buckets, autocommit=True) as conn:
        for each in SETS:
            conn.execute("insert into storage.buckets (id, name) values (%s, %s)", (bucket_of(each), bucket_of(each)))
        for command in COMMANDS:
            rule = "with check" if command == "insert" else "using"
            named = f"bucket_id like 'p-%{command}%'"
            conn.execute(
                f'create policy "p {command}" on storage.objects for {command} to authenticated {rule} ({named})'
            )


def verdict(answer: httpx.Response) -> str:
    return DONE if answer.is_success else str(answer.json()["code"])


def found(answer: httpx.Response, name: str) -> str:
    assert answer.status_code == 200, answer.text
    return DONE if name in answer.text else NOTHING


def of_s3(answer: httpx.Response) -> str:
    return DONE if answer.is_success else code(answer)[1]


def resumable(who: Caller, bucket: str, _: str) -> str:
    told = ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}"
        for key, value in (("bucketName", bucket), ("objectName", str(uuid4())))
    )
    headers = {"tus-resumable": "1.0.0", "upload-length": "1", "upload-metadata": told}
    answer = who.call(
        "POST", "/upload/resumable", content=b"x", headers=headers | {"content-type": "application/offset+octet-stream"}
    )
    return DONE if answer.status_code == 201 else {403: "AccessDenied", 404: "NoSuchKey"}[answer.status_code]


TRIES: dict[str, Try] = {
    "upload": lambda who, bucket, _: verdict(who.upload(f"{bucket}/{uuid4()}")),
    "upsert_of_something_new": lambda who, bucket, _: verdict(who.upload(f"{bucket}/{uuid4()}", x_upsert="true")),
    "upsert_of_what_is_there": lambda who, bucket, name: verdict(who.upload(f"{bucket}/{name}", x_upsert="true")),
    "update": lambda who, bucket, name: verdict(who.call("PUT", f"/object/{bucket}/{name}", content=PICTURE)),
    "signing_an_upload": lambda who, bucket, _: verdict(who.call("POST", f"/object/upload/sign/{bucket}/{uuid4()}")),
    "download": lambda who, bucket, name: verdict(who.get(f"/object/{bucket}/{name}")),
    "info": lambda who, bucket, name: verdict(who.get(f"/object/info/{bucket}/{name}")),
    "rendering": lambda who, bucket, name: verdict(who.get(f"/render/image/authenticated/{bucket}/{name}?width=4")),
    "signing": lambda who, bucket, name: verdict(
        who.call("POST", f"/object/sign/{bucket}/{name}", json={"expiresIn": 9})
    ),
    "list": lambda who, bucket, name: found(who.call("POST", f"/object/list/{bucket}", json={"search": name}), name),
    "list_v2": lambda who, bucket, name: found(
        who.call("POST", f"/object/list-v2/{bucket}", json={"prefix": name}), name
    ),
    "remove": lambda who, bucket, name: verdict(who.call("DELETE", f"/object/{bucket}/{name}")),
    "remove_many": lambda who, bucket, name: found(
        who.call("DELETE", f"/object/{bucket}", json={"prefixes": [name]}), name
    ),
    "move": lambda who, bucket, name: verdict(
        who.call("POST", "/object/move", json={"bucketId": bucket, "sourceKey": name, "destinationKey": str(uuid4())})
    ),
    "copy": lambda who, bucket, name: verdict(
        who.call("POST", "/object/copy", json={"bucketId": bucket, "sourceKey": name, "destinationKey": str(uuid4())})
    ),
    "resumable": resumable,
    "s3_put": lambda who, bucket, _: of_s3(signed(who, "PUT", f"/{bucket}/{uuid4()}", b"x")),
    "s3_get": lambda who, bucket, name: of_s3(signed(who, "GET", f"/{bucket}/{name}")),
    "s3_list": lambda who, bucket, name: found(
        signed(who, "GET", f"/{bucket}?list-type=2&prefix={name}"), f"<Key>{name}"
    ),
    "s3_delete": lambda who, bucket, name: of_s3(signed(who, "DELETE", f"/{bucket}/{name}")),
}


def missing_of(case: str, granted: frozenset[str]) -> str | None:
    needed = CASES[case]["needs"].split()
    return next((command for command in COMMANDS if command in needed and command not in granted), None)


@pytest.mark.parametrize("granted", SETS, ids=bucket_of)
def test_each_operation_takes_its_policies_and_no_others(granted: frozenset[str], ada: Caller, service: Caller) -> None:
    assert TRIES.keys() == CASES.keys()
    bucket, seen, wanted = bucket_of(granted), {}, {}
    for case, attempt in TRIES.items():
        name, missing = str(uuid4()), missing_of(case, granted)
        if case not in MAKING:
            assert service.upload(f"{bucket}/{name}", PICTURE, "image/png").status_code == 200
        seen[case], wanted[case] = attempt(ada, bucket, name), CASES[case]["without"][missing] if missing else DONE
        if missing and case not in MAKING:
            assert service.get(f"/object/{bucket}/{name}").content == PICTURE, case
    assert seen == wanted
