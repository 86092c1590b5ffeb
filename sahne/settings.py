"""Everything that can be set, from the environment or a `.env` file, with the unit in each name.

Names are `SAHNE_…` except `DATABASE_URL`, which every host already knows. The defaults are a laptop's: the
addresses and the well-known keys of a local Supabase stack, so that an app's `.env.local` works as it is.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sahne.errors import SettingInvalid, SetupError

# The public constants of a local Supabase stack. They protect nothing and are refused off loopback.
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

_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


class Settings(BaseSettings):
    """One frozen value, read once at start and passed down; nothing below reads the environment."""

    model_config = SettingsConfigDict(
        env_prefix="SAHNE_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    # where
    data: Path = Path(".sahne")
    host: str = "127.0.0.1"
    port: int = Field(default=54321, ge=1, le=65535)
    db_port: int = Field(default=54322, ge=1, le=65535)
    site_url: str | None = None
    # the header in which a trusted proxy names the caller (`x-real-ip`), for rate limits and sign-in records
    client_ip_header: str | None = None
    # who reads HTTP: `own` is uvicorn's protocol with bounds and one write, `plain` is uvicorn's as it comes
    http_protocol: Literal["own", "plain"] = "own"

    # PostgreSQL: None means one that `sahne up` starts: `embedded`, `system`, or the folder of its programs
    postgres: str = "embedded"
    # whether a PostgreSQL with a known hole is refused, in place of a warning (`database/floor.py`)
    refuse_outdated_postgres: bool = False
    database_url: str | None = Field(default=None, validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    authenticator_password: str | None = None
    # a direct way around a transaction pooler in DATABASE_URL, for what needs a session of its own
    replication_url: str | None = None
    pipeline_connections: int = Field(default=8, ge=1, le=100)
    pool_connections_max: int = Field(default=8, ge=1, le=100)
    statement_timeout_seconds: float = Field(default=8.0, ge=0.1, le=3600)

    # the Data API; names are joined by commas. What `alter role authenticator set pgrst.…` says comes before these
    rest_schemas: str = "public"
    rest_extra_search_path: str = "public, extensions"
    rest_anon_role: str = "anon"
    rest_rows_max: int = Field(default=1000, ge=1)
    rest_pre_request: str | None = None
    rest_plans: bool = False
    rest_aggregates: bool = False
    token_roles: str = "anon, authenticated, service_role"
    auto_expose_new_tables: bool = False

    # tokens and keys
    jwt_secret: str = Field(default=DEVELOPMENT_JWT_SECRET, min_length=32)
    jwt_expiry_seconds: int = Field(default=3600, ge=30, le=604800)
    anon_key: str = DEVELOPMENT_ANON_KEY
    service_role_key: str = DEVELOPMENT_SERVICE_ROLE_KEY
    publishable_key: str = DEVELOPMENT_PUBLISHABLE_KEY
    secret_key: str = DEVELOPMENT_SECRET_KEY

    # what a scraper of `/metrics` sends; None: open on a laptop, closed where others reach the server
    metrics_token: str | None = Field(default=None, min_length=16)

    # LiveKit: None means "not there"; the rest of Sahne works without it
    livekit_url: str | None = None
    livekit_api_key: str | None = None
    livekit_api_secret: str | None = None

    # the studio: `embedded` needs no key; `memory` makes flat pictures, for tests
    image_provider: Literal["embedded", "memory"] = "embedded"
    worker_heartbeat_seconds: float = Field(default=5.0, ge=0.1, le=60)

    # backups: None means `backups` in the data folder; how many days, weeks and months keep one each
    backups: Path | None = None
    backup_keep_daily: int = Field(default=7, ge=0, le=3660)
    backup_keep_weekly: int = Field(default=4, ge=0, le=520)
    backup_keep_monthly: int = Field(default=6, ge=0, le=120)

    # bounds
    request_timeout_seconds: float = Field(default=30.0, ge=0.01, le=3600)
    request_body_bytes_max: int = Field(default=2 * 1024 * 1024, ge=1)
    # of bodies that are no uploads and larger than 64 kB, all that are under way
    bodies_bytes_max: int = Field(default=64 * 1024 * 1024, ge=1)
    bodies_bytes_of_an_address_max: int = Field(default=16 * 1024 * 1024, ge=1)
    upload_bytes_max: int = Field(default=50 * 1024 * 1024, ge=1)
    # open at once, of one address; behind a proxy that names its callers, requests under way
    connections_of_an_address_max: int = Field(default=500, ge=1)
    # of one caller (a user, else an address), at each of the Data API's door and the operations'
    caller_requests_per_second_max: int = Field(default=200, ge=1)
    # of the connections to the database, the share that one caller may hold at once, and all anonymous ones together
    caller_connections_percent: int = Field(default=25, ge=1, le=100)
    anonymous_connections_percent: int = Field(default=75, ge=1, le=100)
    realtime_sockets_max: int = Field(default=10_000, ge=1)
    realtime_sockets_of_an_address_max: int = Field(default=1_000, ge=1)
    realtime_viewers_of_an_address_max: int = Field(default=200, ge=1)
    realtime_channels_per_socket_max: int = Field(default=100, ge=1)
    realtime_joins_per_second_max: int = Field(default=500, ge=1)
    realtime_joins_per_second_of_an_address_max: int = Field(default=200, ge=1)
    realtime_messages_per_second_max: int = Field(default=100, ge=1)
    realtime_bytes_per_second_max: int = Field(default=256 * 1024, ge=1024)
    realtime_frame_bytes_max: int = Field(default=3 * 1024 * 1024, ge=1024)
    realtime_queue_bytes_max: int = Field(default=4 * 1024 * 1024, ge=1024)
    realtime_queue_bytes_of_an_address_max: int = Field(default=32 * 1024 * 1024, ge=1024)

    @field_validator(
        "site_url", "client_ip_header", "livekit_url", "livekit_api_key", "livekit_api_secret", mode="before"
    )
    @classmethod
    def _nothing_is_none(cls, given: object) -> object:
        return given or None

    @field_validator("host")
    @classmethod
    def _a_host(cls, host: str) -> str:
        if not _HOST.fullmatch(host):
            raise ValueError("must be a name or an address, without a scheme or a port")
        return host

    @field_validator("site_url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "http://localhost")
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.query
            or parts.fragment
            or parts.username
        ):
            raise ValueError("must look like https://api.example.com")
        return url

    @field_validator("client_ip_header")
    @classmethod
    def _a_header(cls, name: str | None) -> str | None:
        if name is not None and not _HEADER.fullmatch(name):
            raise ValueError("must be the name of a header, such as x-real-ip")
        return name

    @field_validator("rest_anon_role", "token_roles")
    @classmethod
    def _names_roles(cls, names: str) -> str:
        if not all(name.strip() for name in names.split(",")):
            raise ValueError("must name a role, and more of them joined by commas")
        return names

    @field_validator("database_url", "replication_url")
    @classmethod
    def _of_postgresql(cls, url: str | None) -> str | None:
        if url is not None and urlsplit(url).scheme not in ("postgresql", "postgres"):
            raise ValueError("must begin with postgresql://; no other database will do")
        return url

    @field_validator("rest_schemas")
    @classmethod
    def _not_the_systems(cls, names: str) -> str:
        schemas = [name.strip() for name in names.split(",") if name.strip()]
        if not schemas or {"pg_catalog", "information_schema"} & set(schemas):
            raise ValueError("must name schemas, and none of the system's")
        return names

    @property
    def api_url(self) -> str:
        """Where clients reach the gateway, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.site_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def admin_database_url(self) -> str:
        """The URL that may migrate: the setting, or the embedded server's."""
        return self.database_url or f"postgresql://postgres:postgres@127.0.0.1:{self.db_port}/postgres"

    @property
    def authenticator_url(self) -> str:
        """The URL the doors log in with: the same database as role `authenticator`.

        Its password is `SAHNE_AUTHENTICATOR_PASSWORD`, or else the one inside `DATABASE_URL`.
        """
        return self._as_authenticator(self.admin_database_url)

    @property
    def direct_database_url(self) -> str:
        """The URL that may replicate: `SAHNE_REPLICATION_URL`, or else the one that may migrate."""
        return self.replication_url or self.admin_database_url

    @property
    def direct_authenticator_url(self) -> str:
        """The authenticator's URL past any pooler: what it listens to stays with its session there."""
        return self._as_authenticator(self.direct_database_url)

    @property
    def direct_admin_url(self) -> str:
        """The URL that may migrate, past any pooler: the role of `DATABASE_URL` where `SAHNE_REPLICATION_URL` leads."""
        people = urlsplit(self.admin_database_url).netloc.rpartition("@")[0]
        direct = urlsplit(self.direct_database_url)
        host = direct.netloc.rpartition("@")[2]
        return urlunsplit(direct._replace(netloc=f"{people}@{host}" if people else host))

    def _as_authenticator(self, url: str) -> str:
        parts = urlsplit(url)
        password = self.authenticator_password or parts.password or ""
        host = parts.netloc.rpartition("@")[2]
        netloc = f"authenticator:{quote(password, safe='')}@{host}"
        return urlunsplit(parts._replace(netloc=netloc))

    @property
    def objects_path(self) -> Path:
        """The folder of stored objects' bytes."""
        return self.data / "objects"

    @property
    def backups_path(self) -> Path:
        """The folder of backups."""
        return self.backups or self.data / "backups"

    @property
    def rest_schema_names(self) -> tuple[str, ...]:
        """The schemas of the Data API, the first one first."""
        return names_in(self.rest_schemas)

    @property
    def token_role_names(self) -> tuple[str, ...]:
        """The roles that a token may carry."""
        return names_in(self.token_roles)

    @property
    def keys(self) -> dict[str, str]:
        """What opens the doors, by its variable."""
        names = ("jwt_secret", "anon_key", "service_role_key", "publishable_key", "secret_key")
        return {_variable((name,)): getattr(self, name) for name in names}

    @property
    def development_keys(self) -> list[str]:
        """The variables of keys whose value is one of the public constants above."""
        return [variable for variable, value in self.keys.items() if value in DEVELOPMENT_KEYS]

    @property
    def uses_development_keys(self) -> bool:
        """Whether any key is one of them."""
        return bool(self.development_keys)

    @property
    def is_development(self) -> bool:
        """Whether tokens are signed with the secret everybody knows: a laptop, where limits need not be felt."""
        return self.jwt_secret == DEVELOPMENT_JWT_SECRET

    @property
    def public_hosts(self) -> list[str]:
        """The names others may reach the server by: `host` and that of `site_url`, where they are not loopback."""
        return [host for host in (self.host, urlsplit(self.api_url).hostname or "") if not is_loopback(host)]

    @property
    def has_database_elsewhere(self) -> bool:
        """Whether the database is on another machine."""
        host = urlsplit(self.admin_database_url).hostname
        return host is not None and not is_loopback(host)

    def environment(self) -> dict[str, str]:
        """The variables that give a child process these very settings."""
        own_names = {"database_url": "DATABASE_URL"}
        return {
            own_names.get(name, f"SAHNE_{name.upper()}"): str(value)
            for name, value in self.model_dump().items()
            if value is not None
        }

    @property
    def has_livekit(self) -> bool:
        """Whether a LiveKit server is configured."""
        return bool(self.livekit_url and self.livekit_api_key and self.livekit_api_secret)

    def refuse_development_keys_off_loopback(self) -> None:
        """Stop before a public address answers to keys everybody knows.

        Raises:
            SetupError: when `host`, or the host of `site_url`, is not loopback and a development key is in use.
        """
        if self.uses_development_keys and self.public_hosts:
            raise SetupError(
                f"The development keys are public; they are refused on {self.public_hosts[0]}.",
                details=self.development_keys,
                hint=f"Set {' and '.join(self.development_keys)}, or listen on 127.0.0.1 without SAHNE_SITE_URL."
                " docs/guides/production.md says how to make them.",
            )


def read_settings(**overrides: object) -> Settings:
    """The environment's settings, but for what is given; a None is not given.

    Raises:
        SettingInvalid: naming the variable and what is wrong, never the value, which may be a secret.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = [f"{_variable(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()]
        raise SettingInvalid(
            details="\n".join(wrong), hint="docs/guides/production.md lists every setting with its bounds."
        ) from None


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "?"
    return name if name.isupper() else f"SAHNE_{name.upper()}"


def names_in(text: str) -> tuple[str, ...]:
    """Names that are joined by commas, quoted or not."""
    return tuple(name for name in (part.strip().strip('"') for part in text.split(",")) if name)


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address) is only reachable from this machine; names below `localhost` are too."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
