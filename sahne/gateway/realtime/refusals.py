"""What a channel is refused with: the code clients look for, a colon, and a sentence."""

from __future__ import annotations

import time

import jwt

from sahne.errors import ExpiredToken, SahneError, Unauthenticated


class ChannelRefusal(SahneError):
    """Unknown Error on Channel"""

    code = "UnknownError"
    status = 403

    @property
    def reason(self) -> str:
        """The text of the reply's `reason`."""
        return f"{self.code}: {self.message}"


class ChannelUnauthorized(ChannelRefusal):
    """You do not have permissions to read from this Channel topic"""

    code = "Unauthorized"

    @classmethod
    def to_read(cls, topic: str) -> ChannelUnauthorized:
        """The refusal of a private topic."""
        return cls(f"You do not have permissions to read from this Channel topic: {topic}")


class InvalidJwtToken(ChannelRefusal):
    """The token provided is not a valid JWT"""

    code = "InvalidJWTToken"
    status = 401


class MalformedJwt(ChannelRefusal):
    """The token provided is not a valid JWT"""

    code = "MalformedJWT"
    status = 401


class JwtSignatureError(ChannelRefusal):
    """Failed to validate JWT signature"""

    code = "JwtSignatureError"
    status = 401


class TooManyChannels(ChannelRefusal):
    """Too many channels"""

    code = "ChannelRateLimitReached"
    status = 429


class TooManyJoins(ChannelRefusal):
    """Too many joins per second"""

    code = "ClientJoinRateLimitReached"
    status = 429


class TopicNameRequired(ChannelRefusal):
    """You must provide a topic name"""

    code = "TopicNameRequired"
    status = 400


class ChannelUnavailable(ChannelRefusal):
    """The database does not answer; try again shortly"""

    code = "DatabaseLackOfConnections"
    status = 503


def refusal_of(error: Unauthenticated, token: str) -> ChannelRefusal:
    """What a token that does not verify is refused with."""
    if isinstance(error, ExpiredToken):
        return InvalidJwtToken(f"Token has expired {_seconds_expired(token)} seconds ago")
    if "signature" in str(error.details).lower():
        return JwtSignatureError()
    return MalformedJwt()


def _seconds_expired(token: str) -> int:
    """How long ago the token's `exp` passed; its signature was verified before."""
    claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
    return max(int(time.time() - claims["exp"]), 0)
