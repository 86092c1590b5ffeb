"""What is refused of identities at other providers, with the codes Supabase's clients match on."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from sahne.accounts.errors import ValidationFailed
from sahne.errors import Forbidden, InvalidRequest, NotFound, Unprocessable


class ProviderDisabled(ValidationFailed):
    """Unsupported provider: provider is not enabled (disabled until the settings name it): sign in with a password"""


class BrowserDisabled(ValidationFailed):
    """Unsupported provider: missing OAuth secret; apps sign in with signInWithIdToken"""


class IdTokenMissing(ValidationFailed):
    """id_token required"""


class ProviderMissing(ValidationFailed):
    """provider required"""


class IdTokenUsed(InvalidRequest):
    """Bad ID token: it was used before; ask the provider for another one"""

    code = "validation_failed"


class StateMissing(InvalidRequest):
    """OAuth state parameter missing"""

    code = "bad_oauth_callback"


class StateInvalid(InvalidRequest):
    """OAuth callback with invalid state"""

    code = "bad_oauth_state"


class StateExpired(StateInvalid):
    """OAuth state has expired"""


class ProviderRefused(Forbidden):
    """The provider did not sign you in"""

    code = "access_denied"

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word  # OAuth's, as the provider said it


class CodeMissing(InvalidRequest):
    """OAuth code parameter missing"""

    code = "bad_oauth_callback"


class LinkingDisabled(NotFound):
    """Manual linking is disabled"""

    code = "manual_linking_disabled"


class LinkingUnproven(ValidationFailed):
    """Linking in the browser needs PKCE: createClient(…, { auth: { flowType: 'pkce' } })"""


class LinkingNeedsMore(Forbidden):
    """AAL2 session is required to change how one signs in"""

    code = "insufficient_aal"


class AccountsMeet(Unprocessable):
    """Another account has it"""

    kind: ClassVar[Literal["identity", "email"]]

    def __init__(self, held_by: UUID | None = None, wanted_by: UUID | None = None, provider: str = "") -> None:
        super().__init__()
        # told to admins alone; nobody holds it where two came in one moment, and nobody wants it who has no account
        self.held_by = held_by
        self.wanted_by = wanted_by
        self.provider = provider


class IdentityTaken(AccountsMeet):
    """Identity is already linked to another user"""

    code = "identity_already_exists"
    kind = "identity"


class IdentityLinked(IdentityTaken):
    """Identity is already linked"""


class IdentityUnknown(Unprocessable):
    """Identity doesn't exist"""

    code = "identity_not_found"


class IdentityIdMalformed(NotFound):
    """identity_id must be an UUID"""

    code = "validation_failed"


class LastIdentity(Unprocessable):
    """User must have at least 1 identity after unlinking"""

    code = "single_identity_not_deletable"


class AddressInTheWay(Unprocessable):
    """Unable to unlink identity due to email conflict"""

    code = "email_conflict_identity_not_deletable"


class AddressTaken(AccountsMeet):
    """A user with this email address has already been registered"""

    code = "email_exists"
    kind = "email"


class AddressUnproven(AddressTaken):
    """There is an account with this address, and nobody proved that it is theirs: sign in to it as before"""
