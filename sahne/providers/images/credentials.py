"""Content credentials: a signed C2PA manifest in the file, which says what made the picture and that it is unchanged.

The library is Rust behind ctypes and is loaded here alone, in the worker. Nothing is asked of the net: no time stamp,
no revocation list. A manifest names the program, the model and how the picture came to be; no person, prompt or photo.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from sahne import __version__
from sahne.digital_sources import DigitalSource
from sahne.errors import SetupError
from sahne.providers.images.signing_key import SigningKey

ACTIONS = "c2pa.actions.v2"
REPLACED = "The maker's own manifest is not in here: it may tell what was asked for."
SETTINGS = {
    "version": 1,
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_timestamp_trust": False},
}


class CredentialsUnavailable(SetupError):
    """The library that signs pictures cannot be loaded."""

    code = "credentials_unavailable"


class SigningFailed(Exception):
    """A file could not be signed; it is as it was."""


class ContentCredentials:
    """Signs pictures with one key."""

    def __init__(self, key: SigningKey) -> None:
        """Load the library.

        Raises:
            CredentialsUnavailable: it is not installed, or has no build for this machine.
        """
        try:
            import c2pa
        except Exception as error:  # whatever loading a foreign library may stumble over
            raise CredentialsUnavailable(details=f"{type(error).__name__}: {error}") from error
        self._c2pa = c2pa
        about: Any = c2pa.C2paSignerInfo
        signer = c2pa.Signer.from_info(about(c2pa.C2paSigningAlg.ES256, key.certificates, key.key, None))
        self._context = c2pa.Context.from_dict(SETTINGS, signer)

    def sign(self, kind: str, data: bytes, source: DigitalSource, model: str, *, is_replaced: bool = False) -> bytes:
        """The file of media type `kind` with a manifest, some 3 kB more. `is_replaced` says that it came with another.

        Raises:
            SigningFailed: the library would not.
        """
        signed = BytesIO()
        try:
            with self._c2pa.Builder(_manifest(kind, source, model, is_replaced), context=self._context) as builder:
                builder.sign(kind, BytesIO(data), signed)
        except self._c2pa.C2paError as error:
            raise SigningFailed(str(error)) from error
        return signed.getvalue()


def _manifest(kind: str, source: DigitalSource, model: str, is_replaced: bool) -> dict[str, Any]:
    created = {"action": "c2pa.created", "digitalSourceType": source.uri, "softwareAgent": {"name": model}}
    if is_replaced:
        created["description"] = REPLACED
    return {
        "claim_generator_info": [{"name": "Sahne", "version": __version__}],
        "format": kind,
        "assertions": [{"label": ACTIONS, "data": {"actions": [created]}, "created": True}],
    }
