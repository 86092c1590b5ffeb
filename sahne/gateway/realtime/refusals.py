"""What a channel is refused with: the code clients look for, a colon, and a sentence."""

from __future__ import annotations

from sahne.errors import SahneError

PERSIST_NEEDS_PRIVATE = "persist can only be used on private channels"
PERSIST_NEEDS_BINARY = "A broadcast in text form is not stored; connect with vsn 2.0.0 or send it over HTTP"


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


class TooManyViewers(ChannelRefusal):
    """Too many different users of one address listen to postgres_changes"""

    code = "ConnectionRateLimitReached"
    status = 429


class TopicNameRequired(ChannelRefusal):
    """You must provide a topic name"""

    code = "TopicNameRequired"
    status = 400


class UnableToReplay(ChannelRefusal):
    """Realtime was unable to replay messages"""

    code = "UnableToReplayMessages"
    status = 400


class InvalidPersist(SahneError):
    """persist is true, or its ttl a whole number of seconds from 1 to 259200"""

    code = "invalid_persist"
    status = 422


class ChangesUnavailable(ChannelRefusal):
    """Unable to subscribe to changes with given parameters"""

    code = "RealtimeDisabledForConfiguration"
    status = 400


class ChangesLate(ChannelRefusal):
    """Timed out waiting for the postgres_changes subscription"""

    code = "PostgresChangesSubscribeTimeout"
    status = 503


class ChannelUnavailable(ChannelRefusal):
    """The database does not answer; try again shortly"""

    code = "DatabaseLackOfConnections"
    status = 503
