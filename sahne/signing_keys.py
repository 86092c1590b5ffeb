"""The keys that sign access tokens and that anybody can check: a file of private JWKs, as the Supabase CLI makes them.

The first key whose `key_ops` hold `sign` signs; all of them verify. So a key is changed without signing anybody out:
the next one is shown first (`verify` alone), signs from a later start on, and the one before verifies until the last
token that it signed has ended.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import jwt
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from sahne.errors import SettingInvalid
from sahne.files import write_whole

Algorithm = Literal["ES256", "RS256"]
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "RS256")
KEYS_MAX = 10
FILE_BYTES_MAX = 64 * 1024
RSA_BITS = 2048
SETTING = "SAHNE_JWT_KEYS"
HINT = "`sahne signing new` makes the file; docs/guides/production.md says how keys are changed."

_OF_THE_PUBLIC = frozenset({"kty", "kid", "alg", "use", "key_ops", "crv", "x", "y", "n", "e"})


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What tokens of a key are checked with: its id, its one algorithm, the key, and how JWKS shows it."""

    id: str
    algorithm: str
    key: Any
    jwk: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key of ours. `signs` says that it may; of those that may the first one does."""

    id: str
    algorithm: Algorithm
    signs: bool
    key: Any = field(repr=False)
    jwk: dict[str, Any] = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """Without what makes it private."""
        shown = {name: value for name, value in self.jwk.items() if name in _OF_THE_PUBLIC}
        shown |= {"kid": self.id, "alg": self.algorithm, "use": "sig", "key_ops": ["verify"]}
        return public_key(shown)


class SigningKeys:
    """The keys of a file, in its order."""

    def __init__(self, keys: tuple[SigningKey, ...] = ()) -> None:
        self.keys = keys
        self.signing = next((key for key in keys if key.signs), None)
        self.public = {key.id: key.public for key in keys}

    @classmethod
    def of(cls, path: Path | None) -> SigningKeys:
        """Those of a file; without one there are none, and the shared secret signs.

        Raises:
            SettingInvalid: it cannot be read, or holds something else. No value of it stands in the message.
        """
        if path is None:
            return cls()
        try:
            keys = read_keys(path)
        except (OSError, ValueError) as error:
            wrong = error.strerror if isinstance(error, OSError) else str(error)
            raise SettingInvalid(f"{SETTING} {path}: {wrong}", hint=HINT) from error
        if not any(key.signs for key in keys):
            raise SettingInvalid(f"{SETTING} {path}: none of its keys signs", hint=HINT)
        return cls(keys)


def read_keys(path: Path) -> tuple[SigningKey, ...]:
    """The keys of a file: a list of JWKs, one, or `{"keys": […]}`.

    Raises:
        OSError. ValueError: what is wrong with it, in words that hold none of it.
    """
    if path.stat().st_size > FILE_BYTES_MAX:
        raise ValueError(f"it is longer than {FILE_BYTES_MAX} bytes")
    try:
        read = json.loads(path.read_bytes())
    except ValueError:
        raise ValueError("it is no JSON") from None
    if isinstance(read, dict):
        read = read.get("keys", [read])
    if not isinstance(read, list) or not read or len(read) > KEYS_MAX:
        raise ValueError(f"it must be a list of 1 to {KEYS_MAX} keys (JWK)")
    keys = tuple(_key(number, jwk) for number, jwk in enumerate(read, start=1))
    if len({key.id for key in keys}) < len(keys):
        raise ValueError("two of its keys have the same kid")
    return keys


def write_keys(path: Path, keys: tuple[SigningKey, ...]) -> None:
    """Replace the file, for its owner alone."""
    write_whole(path, (json.dumps(list(map(_written, keys)), indent=2) + "\n").encode())


def new_key(algorithm: Algorithm, *, signs: bool) -> SigningKey:
    """A key nobody else knows; its id says nothing."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # only here: a server makes none

    if algorithm == "ES256":
        made = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    else:
        made = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, RSA_BITS), as_dict=True)
    return _key(1, made | {"kid": str(uuid.uuid4()), "alg": algorithm, "key_ops": ["sign"] if signs else ["verify"]})


def public_key(jwk: dict[str, Any]) -> PublicKey:
    """A public key of a JWKS.

    Raises:
        ValueError: it is none that signs with one of `ALGORITHMS`.
    """
    algorithm = _algorithm(jwk)
    if jwk.get("use", "sig") != "sig" or not isinstance(jwk.get("kid"), str):
        raise ValueError("it is no signing key with a kid")
    shown = {name: value for name, value in jwk.items() if name in _OF_THE_PUBLIC}
    try:
        return PublicKey(jwk["kid"], algorithm, jwt.PyJWK.from_dict(shown, algorithm).key, shown)
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise ValueError("it is no public key") from error


def public_keys(jwks: Any) -> Iterator[PublicKey]:
    """Those of a JWKS that tokens may be checked with; what it holds besides is passed over."""
    listed = jwks.get("keys") if isinstance(jwks, dict) else None
    for jwk in listed[:KEYS_MAX] if isinstance(listed, list) else ():
        try:
            yield public_key(jwk)
        except (ValueError, AttributeError):
            continue


def _key(number: int, jwk: Any) -> SigningKey:
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str) or not jwk["kid"]:
        raise ValueError(f"key {number} is no JWK with a kid")
    if not isinstance(jwk.get("d"), str):
        raise ValueError(f"key {number} is not private: it has no d")
    try:
        algorithm = _algorithm(jwk)
        private = jwt.PyJWK.from_dict(jwk, algorithm).key
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise ValueError(f"key {number} is none for {' or '.join(ALGORITHMS)}") from error
    operations = jwk.get("key_ops", ["sign"])
    signs = isinstance(operations, list) and "sign" in operations
    return SigningKey(id=jwk["kid"], algorithm=algorithm, signs=signs, key=private, jwk=jwk)


def _written(key: SigningKey) -> dict[str, Any]:
    operations = ["sign", "verify"] if key.signs else ["verify"]
    return key.jwk | {"kid": key.id, "alg": key.algorithm, "use": "sig", "key_ops": operations}


def _algorithm(jwk: dict[str, Any]) -> Algorithm:
    """What a key signs with: what it says, if its kind can; nothing is guessed from a token."""
    of_kind: dict[Any, Algorithm] = {("EC", "P-256"): "ES256", ("RSA", None): "RS256"}
    algorithm = of_kind.get((jwk.get("kty"), jwk.get("crv")))
    if algorithm is None or jwk.get("alg", algorithm) != algorithm:
        raise ValueError("it is of another kind")
    return algorithm
