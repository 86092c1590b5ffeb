"""What the studio refuses."""

from __future__ import annotations

from sahne.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unavailable, Unprocessable


class QuotaExceeded(TooManyRequests):
    """The daily limit of pictures is reached."""

    code = "quota_exceeded"


class TooManyFailures(TooManyRequests):
    """So many of your pictures failed today that no more are tried."""

    code = "too_many_failures"


class BudgetSpent(Unavailable):
    """What may be spent on these pictures is spent for now."""

    code = "budget_spent"


class PremiumRequired(Forbidden):
    """This scene is for premium members."""

    code = "premium_required"


class SceneNotFound(NotFound):
    """There is no such scene."""

    code = "scene_not_found"


class GenerationNotFound(NotFound):
    """There is no such generation."""

    code = "generation_not_found"


class BatchNotFound(NotFound):
    """There is no such batch."""

    code = "batch_not_found"


class ImageNotFound(NotFound):
    """There is no such picture, or nothing is known of how it was made."""

    code = "image_not_found"


class StorageFull(Conflict):
    """Your storage has no room for these pictures."""

    code = "storage_full"


class GenerationEnded(Conflict):
    """The generation has ended already."""

    code = "generation_ended"


class NothingToRetry(Conflict):
    """Only what failed or expired is tried again."""

    code = "nothing_to_retry"


class KeyUsedDifferently(Unprocessable):
    """This Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"


class TooManyImages(Unprocessable):
    """So many pictures cannot be made at once."""

    code = "too_many_images"
