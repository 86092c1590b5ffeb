"""The auth door: the Supabase Auth API (GoTrue's dialect) over `sahne.accounts`, at `/auth/v1`."""

from sahne.gateway.auth.door import build_auth

__all__ = ["build_auth"]
