"""The unmodified boto3 against the S3 door, as the server's own keys and as a person; prints one line per step.

Run with its packages on PYTHONPATH; any failed step ends it with 1.
"""

from __future__ import annotations

import hashlib
import json
import os
import urllib.request
from collections.abc import Callable
from io import BytesIO
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import ClientError

URL = os.environ["SAHNE_URL"] + "/storage/v1/s3"
ADA, BO = json.loads(os.environ["SAHNE_TOKENS"])
MB = 1024 * 1024


def client(key: str, secret: str, token: str | None = None, **more: Any) -> Any:
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, **more)
    return boto3.client(
        "s3",
        endpoint_url=URL,
        region_name="local",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=config,
    )


server = client(os.environ["SAHNE_S3_KEY"], os.environ["SAHNE_S3_SECRET"])
ada = client("sahne", os.environ["SAHNE_ANON_KEY"], ADA["token"])
bo = client("sahne", os.environ["SAHNE_ANON_KEY"], BO["token"])
folder = ADA["id"]


def refused(call: Callable[..., Any], **given: Any) -> tuple[int, str]:
    try:
        call(**given)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    raise AssertionError("it was taken")


def content(size: int) -> bytes:
    return b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(size // 32 + 1))[:size]


def buckets() -> None:
    server.create_bucket(Bucket="boto-one")
    server.create_bucket(Bucket="boto-open", ACL="public-read")
    assert {"boto-one", "boto-open"} <= {each["Name"] for each in server.list_buckets()["Buckets"]}
    server.head_bucket(Bucket="boto-one")
    assert refused(server.create_bucket, Bucket="boto-one") == (409, "BucketAlreadyExists")
    assert refused(server.head_bucket, Bucket="boto-none")[0] == 404
    server.put_object(Bucket="boto-one", Key="a", Body=b"a")
    assert refused(server.delete_bucket, Bucket="boto-one") == (409, "BucketNotEmpty")
    server.delete_object(Bucket="boto-one", Key="a")
    server.delete_bucket(Bucket="boto-one")
    assert refused(server.list_objects_v2, Bucket="boto-one") == (404, "NoSuchBucket")
    server.get_bucket_location(Bucket="boto-open")
    assert "Status" not in server.get_bucket_versioning(Bucket="boto-open")
    assert refused(ada.create_bucket, Bucket="boto-hers") == (403, "AccessDenied")


def objects() -> None:
    key, body = f"{folder}/a b+ü~(1).txt", content(100_000)
    put = ada.put_object(
        Bucket="w-private",
        Key=key,
        Body=body,
        ContentType="text/plain",
        CacheControl="max-age=5",
        Metadata={"mood": "good"},
    )
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    got = ada.get_object(Bucket="w-private", Key=key)
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (body, "text/plain", {"mood": "good"})
    part = ada.get_object(Bucket="w-private", Key=key, Range="bytes=10-19")
    assert (part["Body"].read(), part["ContentRange"]) == (body[10:20], "bytes 10-19/100000")
    assert refused(ada.get_object, Bucket="w-private", Key=key, Range="bytes=200000-") == (416, "InvalidRange")
    head = ada.head_object(Bucket="w-private", Key=key)
    assert (head["ContentLength"], head["ETag"], head["CacheControl"]) == (100_000, put["ETag"], "max-age=5")
    assert refused(ada.head_object, Bucket="w-private", Key=f"{folder}/none")[0] == 404
    for checksum in ("CRC32", "SHA1", "SHA256"):
        ada.put_object(Bucket="w-private", Key=f"{folder}/sum", Body=BytesIO(body), ChecksumAlgorithm=checksum)
    assert refused(
        ada.put_object, Bucket="w-private", Key=f"{folder}/sum", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg=="
    ) == (400, "BadDigest")
    copied = ada.copy_object(Bucket="w-private", Key=f"{folder}/copy", CopySource={"Bucket": "w-private", "Key": key})
    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    ada.copy_object(
        Bucket="w-private", Key=f"{folder}/copy", CopySource={"Bucket": "w-private", "Key": f"{folder}/copy"},
        MetadataDirective="REPLACE", Metadata={"mood": "better"},
    )  # fmt: skip
    assert ada.head_object(Bucket="w-private", Key=f"{folder}/copy")["Metadata"] == {"mood": "better"}
    ada.delete_object(Bucket="w-private", Key=f"{folder}/copy")
    ada.delete_object(Bucket="w-private", Key=f"{folder}/copy")
    deleted = ada.delete_objects(Bucket="w-private", Delete={"Objects": [{"Key": key}, {"Key": f"{folder}/none"}]})
    assert [each["Key"] for each in deleted["Deleted"]] == [key, f"{folder}/none"]
    assert refused(ada.get_object, Bucket="w-private", Key=key) == (404, "NoSuchKey")


def neighbours() -> None:
    key = f"{folder}/mine.txt"
    ada.put_object(Bucket="w-private", Key=key, Body=b"mine")
    assert refused(bo.get_object, Bucket="w-private", Key=key) == (404, "NoSuchKey")
    assert refused(bo.put_object, Bucket="w-private", Key=key, Body=b"his") == (403, "AccessDenied")
    assert refused(bo.create_multipart_upload, Bucket="w-private", Key=key) == (403, "AccessDenied")
    bo.delete_object(Bucket="w-private", Key=key)
    assert bo.list_objects_v2(Bucket="w-private", Prefix=f"{folder}/")["KeyCount"] == 0
    assert ada.get_object(Bucket="w-private", Key=key)["Body"].read() == b"mine"
    ada.put_object(Bucket="w-picky", Key=f"{folder}/kept.txt", Body=b"x", ContentType="text/plain")
    kept = ada.delete_objects(Bucket="w-picky", Delete={"Objects": [{"Key": f"{folder}/kept.txt"}]})
    assert kept["Errors"][0]["Code"] == "AccessDenied"
    too_large = refused(
        ada.put_object, Bucket="w-picky", Key=f"{folder}/b.txt", Body=b"x" * 1001, ContentType="text/plain"
    )
    assert too_large == (400, "EntityTooLarge")
    wrong = client(os.environ["SAHNE_S3_KEY"], "another secret of its length")
    assert refused(wrong.list_buckets) == (403, "SignatureDoesNotMatch")
    assert refused(client("nobody", "x" * 20).list_buckets) == (403, "InvalidAccessKeyId")
    assert refused(client("x", os.environ["SAHNE_ANON_KEY"], "no.token.here").list_buckets) == (400, "InvalidToken")


def listing() -> None:
    names = ["a", "a/1", "a/2", "a/b/3", "a-b", "b/1", "c ü", "z"]
    for name in names:
        server.put_object(Bucket="boto-open", Key=name, Body=name.encode())

    def keys(page: Any) -> list[str]:
        return [each["Key"] for each in page.get("Contents", [])]

    def folders(page: Any) -> list[str]:
        return [each["Prefix"] for each in page.get("CommonPrefixes", [])]

    whole = server.list_objects_v2(Bucket="boto-open")
    assert keys(whole) == sorted(names, key=str.encode)
    assert (whole["KeyCount"], whole["IsTruncated"]) == (8, False)
    for operation in ("list_objects_v2", "list_objects"):
        pages = list(server.get_paginator(operation).paginate(Bucket="boto-open", PaginationConfig={"PageSize": 3}))
        assert [key for page in pages for key in keys(page)] == sorted(names, key=str.encode)
        level = list(
            server.get_paginator(operation).paginate(
                Bucket="boto-open", Delimiter="/", PaginationConfig={"PageSize": 2}
            )
        )
        assert [key for page in level for key in keys(page)] == ["a", "a-b", "c ü", "z"]
        assert [each for page in level for each in folders(page)] == ["a/", "b/"]
    deep = server.list_objects_v2(Bucket="boto-open", Delimiter="/", Prefix="a/")
    assert (keys(deep), folders(deep)) == (["a/1", "a/2"], ["a/b/"])
    assert keys(server.list_objects_v2(Bucket="boto-open", StartAfter="b/1")) == ["c ü", "z"]
    assert keys(server.list_objects_v2(Bucket="boto-open", MaxKeys=0)) == []
    assert refused(server.list_objects_v2, Bucket="boto-open", ContinuationToken="ü") == (400, "InvalidArgument")


def multipart() -> None:
    key, body = f"{folder}/large.bin", content(17 * MB + 5)
    settings = TransferConfig(multipart_threshold=8 * MB, multipart_chunksize=8 * MB, max_concurrency=3)
    ada.upload_fileobj(BytesIO(body), "w-private", key, Config=settings, ExtraArgs={"ContentType": "video/mp4"})
    out = BytesIO()
    ada.download_fileobj("w-private", key, out, Config=settings)
    assert out.getvalue() == body
    assert ada.head_object(Bucket="w-private", Key=key)["ContentType"] == "video/mp4"
    ada.copy({"Bucket": "w-private", "Key": key}, "w-private", f"{folder}/again.bin", Config=settings)
    assert ada.head_object(Bucket="w-private", Key=f"{folder}/again.bin")["ContentLength"] == len(body)

    def given(**more: Any) -> dict[str, Any]:
        return {"Bucket": "w-private", "Key": f"{folder}/parts", "UploadId": id, **more}

    id = ada.create_multipart_upload(Bucket="w-private", Key=f"{folder}/parts")["UploadId"]
    assert [each["UploadId"] for each in ada.list_multipart_uploads(Bucket="w-private")["Uploads"]] == [id]
    ada.upload_part(**given(PartNumber=2, Body=b"end"))
    ada.upload_part(**given(PartNumber=1, Body=b"wrong"))
    first = ada.upload_part(**given(PartNumber=1, Body=b"begin "))["ETag"]
    parts = ada.list_parts(**given())["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, 6), (2, 3)]
    assert parts[0]["ETag"] == first
    listed = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
    assert refused(ada.complete_multipart_upload, **given(MultipartUpload={"Parts": listed[::-1]})) == (
        400,
        "InvalidPartOrder",
    )
    absent = [{"PartNumber": 3, "ETag": first}]
    assert refused(ada.complete_multipart_upload, **given(MultipartUpload={"Parts": absent})) == (400, "InvalidPart")
    assert refused(bo.upload_part, **given(PartNumber=1, Body=b"his")) == (404, "NoSuchUpload")
    assert refused(bo.complete_multipart_upload, **given(MultipartUpload={"Parts": listed})) == (404, "NoSuchUpload")
    ended = ada.complete_multipart_upload(**given(MultipartUpload={"Parts": listed}))
    assert ada.complete_multipart_upload(**given(MultipartUpload={"Parts": listed}))["ETag"] == ended["ETag"]
    assert ada.get_object(Bucket="w-private", Key=f"{folder}/parts")["Body"].read() == b"begin end"
    id = ada.create_multipart_upload(Bucket="w-private", Key=f"{folder}/parts")["UploadId"]
    ada.upload_part(**given(PartNumber=1, Body=b"given up"))
    ada.abort_multipart_upload(**given())
    assert refused(ada.list_parts, **given()) == (404, "NoSuchUpload")


def presigned() -> None:
    key = f"{folder}/link ü.txt"
    put = ada.generate_presigned_url("put_object", Params={"Bucket": "w-private", "Key": key}, ExpiresIn=60)
    urllib.request.urlopen(urllib.request.Request(put, data=b"by link", method="PUT")).close()
    get = ada.generate_presigned_url("get_object", Params={"Bucket": "w-private", "Key": key}, ExpiresIn=60)
    with urllib.request.urlopen(get) as answer:
        assert answer.read() == b"by link"
    try:
        urllib.request.urlopen(get.replace("link", "mine"))
    except urllib.error.HTTPError as error:
        assert (error.code, b"<Code>SignatureDoesNotMatch</Code>" in error.read()) == (403, True)
    else:
        raise AssertionError("another object was opened")


for step in (buckets, objects, neighbours, listing, multipart, presigned):
    step()
    print(f"ok {step.__name__}")
