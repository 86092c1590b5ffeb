"""What is refused of people who come from elsewhere. A docstring is the sentence that they or their developer read."""

from __future__ import annotations

from sahne.errors import InvalidRequest, Unavailable


class ProviderUnreachable(Unavailable):
    """The sign-in provider does not answer now; try again in a moment"""

    code = "unexpected_failure"


class CodeRefused(InvalidRequest):
    """Unable to exchange external code"""

    code = "bad_oauth_callback"


class SenderElsewhere(CodeRefused):
    """Unable to exchange external code: another provider answers than was asked"""


class BadIdToken(InvalidRequest):
    """Bad ID token"""

    code = "validation_failed"


class IssuerElsewhere(BadIdToken):
    """Bad ID token: it is of another issuer"""


class AudienceElsewhere(BadIdToken):
    """Unacceptable audience in id_token"""


class PartyElsewhere(BadIdToken):
    """Unacceptable authorized party in id_token: azp is none of the client ids"""


class TokenTimeless(BadIdToken):
    """Bad ID token: exp, iat and nbf must be numbers, and the first two be there"""


class TokenPast(BadIdToken):
    """Bad ID token: it is expired"""


class TokenEarly(BadIdToken):
    """Bad ID token: it is not valid yet"""


class TokenOfNobody(BadIdToken):
    """Missing sub claim in id_token"""


class AlgorithmUnfit(BadIdToken):
    """Bad ID token: its algorithm is not the key's"""


class KeyUnknown(BadIdToken):
    """Bad ID token: it is signed with none of the issuer's keys"""


class KeyShort(BadIdToken):
    """Bad ID token: its key is too short"""


class NonceMismatch(BadIdToken):
    """Nonces mismatch"""


class NonceAlone(BadIdToken):
    """Passed nonce and nonce in id_token should either both exist or not."""


class AccessTokenElsewhere(BadIdToken):
    """Bad ID token: the access token belongs to another one"""


class IssuerOfAnother(BadIdToken):
    """Bad ID token: the issuer speaks of somebody else"""


class NoIdTokens(BadIdToken):
    """This provider gives no id tokens; use signInWithOAuth"""
