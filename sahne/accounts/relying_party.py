"""WebAuthn's two ceremonies: what an authenticator is asked, and whether what it answers is good. No I/O.

Source: Web Authentication (W3C), sections 7.1 and 7.2. `webauthn` reads and checks the answers; whatever it stumbles
over in them was not good. What stands here besides is what it leaves to us: who was verified, where the page stood,
and how large things may be.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import AttestationFormat, CredentialDeviceType

from sahne.accounts.passkey_errors import CredentialRefused
from sahne.accounts.users import User
from sahne.passkey_settings import PasskeySite

CHALLENGE_BYTES = 32
ANSWER_BYTES_MAX = 32 * 1024
PUBLIC_KEY_BYTES_MAX = 1024  # of RSA with 4096 bits, about 540
CREDENTIAL_ID_BYTES_MAX = 1023  # WebAuthn's own
NOBODYS = UUID(int=0)  # an AAGUID that tells nothing
ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that an authenticator made for somebody. `aaguid` tells what it is, where it tells."""

    credential_id: bytes
    public_key: bytes
    attestation_type: str
    aaguid: UUID | None
    sign_count: int
    transports: list[str]
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose key an answer says to be signed with, before anything of it was checked."""

    credential_id: bytes
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Use:
    """A good signature: how often the key was used by now (0 where nobody counts), and whether it has a copy."""

    sign_count: int
    backed_up: bool


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who asks."""

    site: PasskeySite
    seconds: int

    def new_challenge(self) -> str:
        """What only the answer to this one ceremony can have signed."""
        return bytes_to_base64url(secrets.token_bytes(CHALLENGE_BYTES))

    def creation_options(self, user: User, challenge: str, taken: Iterable[bytes]) -> dict[str, Any]:
        """What `navigator.credentials.create` is given; authenticators that hold one of `taken` make no other."""
        account = user.email or user.phone or str(user.id)
        name = user.user_metadata.get("name")
        return {
            "rp": {"id": self.site.id, "name": self.site.id},
            "user": {
                "id": bytes_to_base64url(str(user.id).encode()),  # as Supabase has it
                "name": account,
                "displayName": name if isinstance(name, str) and name else account,
            },
            "challenge": challenge,
            "pubKeyCredParams": [{"type": "public-key", "alg": int(each)} for each in ALGORITHMS],
            "timeout": self.seconds * 1000,
            "excludeCredentials": [{"type": "public-key", "id": bytes_to_base64url(each)} for each in taken],
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "required",
            },
            "attestation": "none",
        }

    def request_options(self, challenge: str) -> dict[str, Any]:
        """What `navigator.credentials.get` is given: whoever has a key of ours here may choose one."""
        return {
            "challenge": challenge,
            "timeout": self.seconds * 1000,
            "rpId": self.site.id,
            "userVerification": "required",
        }

    def registered(self, credential: Mapping[str, Any], challenge: str) -> NewKey:
        """The key of an answer to `creation_options`.

        Raises:
            CredentialRefused
        """
        with _whatever_is_wrong_refused(credential):
            given = parse_registration_credential_json(dict(credential))
            found = verify_registration_response(
                credential=given,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self.site.id,
                expected_origin=list(self.site.origins),
                require_user_verification=True,
                supported_pub_key_algs=ALGORITHMS,
            )
            _refuse_framed(given.response.client_data_json)
        if given.raw_id != found.credential_id:
            raise CredentialRefused(details="It names another credential than it made.")
        if (
            len(found.credential_id) > CREDENTIAL_ID_BYTES_MAX
            or len(found.credential_public_key) > PUBLIC_KEY_BYTES_MAX
        ):
            raise CredentialRefused(details="Its key or its name is too long.")
        aaguid = UUID(found.aaguid)
        return NewKey(
            credential_id=found.credential_id,
            public_key=found.credential_public_key,
            attestation_type=AttestationFormat(found.fmt).value,
            aaguid=None if aaguid == NOBODYS else aaguid,
            sign_count=found.sign_count,
            transports=sorted({each.value for each in given.response.transports or ()}),
            backup_eligible=found.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
            backed_up=found.credential_backed_up,
        )

    def claimed(self, credential: Mapping[str, Any]) -> Claim:
        """Whose key an answer to `request_options` is to be checked with.

        Raises:
            CredentialRefused
        """
        with _whatever_is_wrong_refused(credential):
            given = parse_authentication_credential_json(dict(credential))
            return Claim(given.raw_id, UUID((given.response.user_handle or b"").decode()))

    def asserted(self, credential: Mapping[str, Any], challenge: str, public_key: bytes, sign_count: int) -> Use:
        """The use of a key, whose last one was its `sign_count`-th.

        Raises:
            CredentialRefused
        """
        with _whatever_is_wrong_refused(credential):
            given = parse_authentication_credential_json(dict(credential))
            found = verify_authentication_response(
                credential=given,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self.site.id,
                expected_origin=list(self.site.origins),
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
            _refuse_framed(given.response.client_data_json)
        return Use(found.new_sign_count, found.credential_backed_up)


@contextmanager
def _whatever_is_wrong_refused(credential: Mapping[str, Any]) -> Iterator[None]:
    """While an answer is read; what the library stumbles over in it was not good."""
    _bounded(credential)
    try:
        yield
    except CredentialRefused:
        raise
    except Exception as error:
        raise CredentialRefused(details=str(error)) from error


def _bounded(credential: Mapping[str, Any]) -> None:
    try:
        size = len(orjson.dumps(credential))
    except orjson.JSONEncodeError as error:  # nested deeper than it would write
        raise CredentialRefused(details=str(error)) from error
    if size > ANSWER_BYTES_MAX:
        raise CredentialRefused(details=f"It is more than {ANSWER_BYTES_MAX} bytes.")


def _refuse_framed(client_data: bytes) -> None:
    """The page that asked must be no frame in a page of somebody else."""
    if parse_client_data_json(client_data).cross_origin:
        raise CredentialRefused(details="It was asked for inside another page.")
