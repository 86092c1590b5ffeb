"""Time-based one-time codes (RFC 6238): six digits of every half minute, as every authenticator app makes them.

The half minute is what is asked for here, and what the libraries for this do not tell: a code is good once, so the
database has to know which one it was.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import secrets
from urllib.parse import quote, urlencode

DIGITS = 6
STEP_SECONDS = 30
SECRET_BYTES = 20
# a phone's clock may be half a minute off, and a person takes their time to type
STEPS_OFF = (0, -1, 1)


def new_secret() -> str:
    """A secret as authenticator apps take it: 32 characters of base32."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of a half minute, counted from 1970."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, now: float) -> int | None:
    """The half minute whose code this is, of those around `now` (Unix seconds); all are compared, in the same time."""
    here, given = int(now) // STEP_SECONDS, code.encode()
    fitting = [here + off for off in STEPS_OFF if hmac.compare_digest(code_at(secret, here + off).encode(), given)]
    return fitting[0] if fitting else None


def address_of(secret: str, *, issuer: str, account: str) -> str:
    """`otpauth://totp/…`: what an authenticator app reads from the picture."""
    # app and account are parted by a colon, which none of them may hold
    issuer, account = issuer.replace(":", "."), account.replace(":", ".")
    fields = {"algorithm": "SHA1", "digits": DIGITS, "issuer": issuer, "period": STEP_SECONDS, "secret": secret}
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{urlencode(fields, quote_via=quote)}"


def picture_of(address: str) -> str:
    """The address as a QR code, black on white: SVG without a `#`, since clients make a `data:` URL of it as it is."""
    import segno

    out = io.BytesIO()
    code = segno.make_qr(address, error="m")
    code.save(
        out, kind="svg", xmldecl=False, nl=False, scale=4, dark="black", light="white", svgclass=None, lineclass=None
    )
    return out.getvalue().decode().replace("#000", "black").replace("#fff", "white")
