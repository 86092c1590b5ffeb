"""The public constants of a local Supabase stack: they protect nothing and are refused off loopback."""

from __future__ import annotations

DEVELOPMENT_JWT_SECRET = "super-secret-jwt-token-with-at-least-32-characters-long"
DEVELOPMENT_ANON_KEY = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6ImFub24iLCJleHAiOjE5ODM4MTI5OTZ9."
    "CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0"
)
DEVELOPMENT_SERVICE_ROLE_KEY = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6InNlcnZpY2Vfcm9sZSIsImV4cCI6MTk4MzgxMjk5Nn0."
    "EGIM96RAZx35lJzdJsyH-qQwv8Hdp7fsn3W0YpN81IU"
)
PUBLISHABLE_PREFIX, SECRET_PREFIX = "sb_publishable_", "sb_secret_"
DEVELOPMENT_PUBLISHABLE_KEY = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH"
DEVELOPMENT_SECRET_KEY = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"
DEVELOPMENT_OPAQUE_KEYS = frozenset({DEVELOPMENT_PUBLISHABLE_KEY, DEVELOPMENT_SECRET_KEY})
DEVELOPMENT_KEYS = DEVELOPMENT_OPAQUE_KEYS | {
    DEVELOPMENT_JWT_SECRET,
    DEVELOPMENT_ANON_KEY,
    DEVELOPMENT_SERVICE_ROLE_KEY,
}
