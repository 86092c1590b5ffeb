"""A message that only one browser can read: content coding `aes128gcm` (RFC 8188) with the keys of RFC 8291."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096
SALT_BYTES, AUTH_BYTES = 16, 16
LAST_RECORD = b"\x02"
OVERHEAD_BYTES = SALT_BYTES + 4 + 1 + 65 + len(LAST_RECORD) + 16  # head, delimiter, tag
CONTENT_BYTES_MAX = RECORD_BYTES - OVERHEAD_BYTES


def seal(content: bytes, browsers_key: bytes, auth: bytes, *, salt: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """The body of a push, one record; `browsers_key` is an uncompressed point of P-256.

    Raises:
        ValueError: the keys are none.
    """
    if len(auth) != AUTH_BYTES:
        raise ValueError("auth must have 16 bytes")
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), browsers_key)
    ours = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = key.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, auth, b"WebPush: info\x00" + browsers_key + ours, 32)
    content_key = _derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return head + AESGCM(content_key).encrypt(nonce, content + LAST_RECORD, None)


def seal_anew(content: bytes, browsers_key: bytes, auth: bytes) -> bytes:
    """The same with a salt and a key that are used once, as every push must."""
    return seal(content, browsers_key, auth, salt=os.urandom(SALT_BYTES), key=ec.generate_private_key(ec.SECP256R1()))


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
