"""What is said when the project cannot be asked, or does not answer."""

from __future__ import annotations

from sahne.errors import InvalidRequest, SahneError, TooManyRequests, Unavailable


class ProjectUnreachable(Unavailable):
    """The Supabase project cannot be reached; try again shortly."""

    code = "project_unreachable"
    status = 502


class ProjectSilent(Unavailable):
    """The Supabase project did not answer in time."""

    code = "project_silent"
    status = 504


class ProjectCrowded(Unavailable):
    """Too many requests to the Supabase project are under way; try again shortly."""

    code = "project_crowded"


class PlaceCrowded(TooManyRequests):
    """Too many requests of this address are under way."""


class BodyStandsStill(SahneError):
    """The body of the request did not go on."""

    code = "body_stands_still"
    status = 408


class PathUnclear(InvalidRequest):
    """A path with dots for folders is not passed on."""
