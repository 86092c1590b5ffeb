"""A reader of C2PA manifests written from the specification, apart from the library that signs: boxes, claim, signature, hashes.

JUMBF is ISO 19566-5, where it lies in a file C2PA 2.2 A.3; CBOR is RFC 8949, COSE_Sign1 RFC 9052, 4.4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

ES256, ALGORITHM, CHAIN = -7, 1, 33
C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
PURPOSE = b"\0\0\0\0manifest\0"  # behind it, the place of a tree of hashes, which a picture has not


class Untrue(Exception):
    """What a manifest says and what is in the file are two things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A manifest whose signature and hashes hold."""

    claim: dict[str, Any]
    actions: list[dict[str, Any]]
    chain: list[x509.Certificate]


@dataclass(frozen=True, slots=True)
class Box:
    """A JUMBF superbox: its label, what is hashed of it, its CBOR and the superboxes in it."""

    label: str
    hashed: bytes
    cbor: bytes | None
    inner: dict[str, Box]


def read_credentials(kind: str, data: bytes) -> Credentials:
    """The file's manifest, verified.

    Raises:
        Untrue: something in it does not hold.
    """
    store = next(_boxes(b"".join(_parts(kind, data))))
    manifest = list(store.inner.values())[-1]
    claim_box, assertions = manifest.inner["c2pa.claim.v2"], manifest.inner["c2pa.assertions"].inner
    claim = _cbor(claim_box)
    chain = _verified(_cbor(manifest.inner["c2pa.signature"]), claim_box.cbor or b"")
    for reference in claim["created_assertions"] + claim.get("gathered_assertions", []):
        box = assertions[reference["url"].rpartition("/")[2]]
        if hashlib.sha256(box.hashed).digest() != reference["hash"]:
            raise Untrue(f"the assertion {box.label}")
    if "c2pa.hash.bmff.v3" in assertions:
        is_so = _hash_of_boxes(data) == _cbor(assertions["c2pa.hash.bmff.v3"])["hash"]
    else:
        binding = _cbor(assertions["c2pa.hash.data"])
        is_so = _hash_around(data, binding["exclusions"]) == binding["hash"]
    if not is_so:
        raise Untrue("the file")
    return Credentials(claim=claim, actions=_cbor(assertions["c2pa.actions.v2"])["actions"], chain=chain)


def _hash_around(data: bytes, holes: list[dict[str, int]]) -> bytes:
    rest, at = hashlib.sha256(), 0
    for hole in holes:
        rest.update(data[at : hole["start"]])
        at = hole["start"] + hole["length"]
    rest.update(data[at:])
    return rest.digest()


def _hash_of_boxes(data: bytes) -> bytes:
    """Of a file of boxes: each behind where it begins, without those that say how it is kept and the manifest's own."""
    rest, at = hashlib.sha256(), 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if kind not in (b"ftyp", b"mfra") and not (kind == b"uuid" and data.startswith(C2PA_BOX, at + 8)):
            rest.update(at.to_bytes(8, "big") + data[at : at + size])
        at += size
    return rest.digest()


def _verified(signature: list[Any], claim: bytes) -> list[x509.Certificate]:
    protected, _, payload, raw = signature
    (head, _) = _item(protected, 0)
    if head[ALGORITHM] != ES256 or payload is not None:
        raise Untrue("another algorithm, or the claim within")
    chain = [x509.load_der_x509_certificate(each) for each in head[CHAIN]]
    asked = b"\x84" + _text("Signature1") + _bytes(protected) + _bytes(b"") + _bytes(claim)
    key = chain[0].public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    pair = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        key.verify(encode_dss_signature(*pair), asked, ec.ECDSA(hashes.SHA256()))
        for lower, upper in pairwise(chain):
            lower.verify_directly_issued_by(upper)
    except InvalidSignature as error:
        raise Untrue("the signature") from error
    return chain


def _parts(kind: str, data: bytes) -> Iterator[bytes]:
    """The pieces of the manifest store, as the format has them."""
    if kind == "image/jpeg":
        at = 2
        while data[at] == 0xFF and data[at + 1] != 0xDA:
            end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if data[at + 1] == 0xEB and data[at + 4 : at + 6] == b"JP":
                number = int.from_bytes(data[at + 8 : at + 12], "big")
                yield data[at + (12 if number == 1 else 20) : end]
            at = end
        return
    if kind == "image/avif":
        begin = data.index(b"uuid" + C2PA_BOX)
        content = data[begin + 20 : begin - 4 + int.from_bytes(data[begin - 4 : begin], "big")]
        assert content.startswith(PURPOSE)
        yield content[len(PURPOSE) + 8 :]
        return
    at = 8 if kind == "image/png" else 12
    while at < len(data):
        if kind == "image/png":
            size, name, tail = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 4
        else:
            size, name, tail = int.from_bytes(data[at + 4 : at + 8], "little"), data[at : at + 4], 0
            tail = size % 2
        if name in (b"caBX", b"C2PA"):
            yield data[at + 8 : at + 8 + size]
        at += 8 + size + tail


def _boxes(data: bytes) -> Iterator[Box]:
    for name, content in _plain_boxes(data):
        if name != b"jumb":
            continue
        parts = list(_plain_boxes(content))
        described = parts[0][1]
        label = described[17 : described.index(b"\0", 17)].decode()
        cbor = next((each for kind, each in parts if kind == b"cbor"), None)
        yield Box(label, content, cbor, {box.label: box for box in _boxes(content)})


def _plain_boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _cbor(box: Box) -> Any:
    assert box.cbor is not None
    return _item(box.cbor, 0)[0]


def _item(data: bytes, at: int) -> tuple[Any, int]:
    """One item of CBOR with a length, and where the next begins."""
    major, size, at = data[at] >> 5, data[at] & 31, at + 1
    if 24 <= size <= 27:
        width = 1 << (size - 24)
        size, at = int.from_bytes(data[at : at + width], "big"), at + width
    match major:
        case 0 | 1:
            return (size if major == 0 else -1 - size), at
        case 2 | 3:
            piece = data[at : at + size]
            return (piece if major == 2 else piece.decode()), at + size
        case 4:
            items = []
            for _ in range(size):
                item, at = _item(data, at)
                items.append(item)
            return items, at
        case 5:
            pairs = {}
            for _ in range(size):
                name, at = _item(data, at)
                pairs[name], at = _item(data, at)
            return pairs, at
        case 6:
            return _item(data, at)
        case _:
            return {20: False, 21: True}.get(size), at


def _text(text: str) -> bytes:
    return bytes([0x60 + len(text)]) + text.encode()


def _bytes(content: bytes) -> bytes:
    return b"\x59" + len(content).to_bytes(2, "big") + content if len(content) > 23 else bytes([0x40 + len(content)])
