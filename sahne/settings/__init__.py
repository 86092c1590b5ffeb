"""Everything that can be set, from the environment, a `.env` file or a `sahne.toml` (`reading.py`), with the unit in
each name.

Names are `SAHNE_…` except `DATABASE_URL`, which every host already knows. The defaults are a laptop's: the
addresses and the well-known keys of a local Supabase stack, so that an app's `.env.local` works as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from sahne.errors import SetupError
from sahne.live_servers import MAIN, LiveServer, of_live_servers, servers_in
from sahne.object_stores import is_bucket
from sahne.passkey_settings import PasskeySite, site_of
from sahne.public_addresses import is_loopback
from sahne.setting_rules import (
    a_header,
    a_host,
    a_role_to_log_in,
    an_address,
    names_in,
    not_the_systems,
    of_issuers,
    of_postgresql,
    roles,
    whose_port_can_be,
)
from sahne.settings.agents import AgentSettings
from sahne.settings.bounds import Bounds
from sahne.settings.local_stack import (
    DEVELOPMENT_ANON_KEY,
    DEVELOPMENT_JWT_SECRET,
    DEVELOPMENT_KEYS,
    DEVELOPMENT_PUBLISHABLE_KEY,
    DEVELOPMENT_SECRET_KEY,
    DEVELOPMENT_SERVICE_ROLE_KEY,
)
from sahne.settings.people import PeopleSettings
from sahne.settings.project import ProjectSettings
from sahne.settings.services import ServiceSettings
from sahne.settings.stores import StoreSettings
from sahne.variables import Characters, Within
from sahne.watching_rules import of_dsn, of_headers

PREFIX = "SAHNE_"
OWN_NAMES = {"database_url": "DATABASE_URL"}
DATA = Path(".sahne")


@dataclass(frozen=True, kw_only=True)
class Settings(PeopleSettings, ServiceSettings, StoreSettings, ProjectSettings, AgentSettings, Bounds):
    """One frozen value, read once at start and passed down; nothing below reads the environment."""

    # where
    data: Path = DATA
    host: Annotated[str, a_host] = "127.0.0.1"
    port: Annotated[int, Within(1, 65535)] = 54321
    db_port: Annotated[int, Within(1, 65535)] = 54322
    site_url: Annotated[str | None, an_address] = None
    # the header in which a trusted proxy names the caller (`x-real-ip`), for rate limits and sign-in records
    client_ip_header: Annotated[str | None, a_header] = None
    # who reads HTTP: `own` is uvicorn's protocol with bounds and one write, `plain` is uvicorn's as it comes
    http_protocol: Literal["own", "plain"] = "own"

    # PostgreSQL: None means one that `sahne up` starts: `embedded`, `system`, or the folder of its programs
    postgres: str = "embedded"
    # whether a PostgreSQL with a known hole is refused, in place of a warning (`database/floor.py`)
    refuse_outdated_postgres: bool = False
    database_url: Annotated[str | None, of_postgresql] = None
    # the role that the doors log in with; on a pooler of Supabase with the project's reference behind a dot
    authenticator_role: Annotated[str, a_role_to_log_in] = "authenticator"
    authenticator_password: str | None = None
    # a direct way around a transaction pooler in DATABASE_URL, for what needs a session of its own
    replication_url: Annotated[str | None, of_postgresql] = None
    pipeline_connections: Annotated[int, Within(1, 100)] = 8
    pool_connections_max: Annotated[int, Within(1, 100)] = 8
    statement_timeout_seconds: Annotated[float, Within(0.1, 3600)] = 8.0

    # the Data API; names are joined by commas. What `alter role authenticator set pgrst.…` says comes before these
    rest_schemas: Annotated[str, not_the_systems] = "public"
    rest_extra_search_path: str = "public, extensions"
    rest_anon_role: Annotated[str, roles] = "anon"
    rest_rows_max: Annotated[int, Within(1)] = 1000
    rest_pre_request: str | None = None
    rest_plans: bool = False
    rest_aggregates: bool = False
    rest_server_timing: bool = False
    token_roles: Annotated[str, roles] = "anon, authenticated, service_role"
    auto_expose_new_tables: bool = False

    # tokens and keys
    jwt_secret: Annotated[str, Characters(32)] = DEVELOPMENT_JWT_SECRET
    jwt_expiry_seconds: Annotated[int, Within(30, 604800)] = 3600
    # keys that sign in place of the secret and that anybody can check: a file of private JWKs (`signing_keys.py`)
    jwt_keys: Path | None = None
    # other projects whose tokens are taken by the keys they show: their `iss`, joined by commas
    token_issuers: Annotated[str | None, of_issuers] = None
    # an auth session ends so long after its sign-in, or after it was last refreshed; and with the next sign-in
    session_hours_max: Annotated[float | None, Within(0.01, 87_600)] = None
    session_idle_hours_max: Annotated[float | None, Within(0.01, 87_600)] = None
    session_single: bool = False
    anon_key: str = DEVELOPMENT_ANON_KEY
    service_role_key: str = DEVELOPMENT_SERVICE_ROLE_KEY
    publishable_key: str = DEVELOPMENT_PUBLISHABLE_KEY
    secret_key: str = DEVELOPMENT_SECRET_KEY

    # what a scraper of `/metrics` sends; None: open on a laptop, closed where others reach the server
    metrics_token: Annotated[str | None, Characters(16)] = None
    # where a worker has a `/metrics` of its own, on the same host
    worker_metrics_port: Annotated[int | None, Within(1, 65535)] = None

    # what is logged, from which level on, and whether as JSON or for people to read
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "json"
    # where spans go (OTLP over HTTP, `http://collector:4318`; docs/guides/observability.md), what share of requests has
    # them, and headers that go along (`name=value`, joined by commas); None: nothing is recorded
    traces_url: Annotated[str | None, an_address] = None
    traces_share: Annotated[float, Within(0, 1)] = 0.01
    traces_headers: Annotated[str | None, of_headers] = None
    # where failures of ours are reported, by Sentry's protocol: `https://KEY@sentry.example.com/1`
    error_reports: Annotated[str | None, of_dsn] = None

    # LiveKit: None means "not there"; the rest of Sahne works without it
    livekit_url: Annotated[str | None, whose_port_can_be] = None
    livekit_api_key: str | None = None
    livekit_api_secret: str | None = None
    # the key before this one, as long as LiveKit may still sign with it
    livekit_old_api_key: str | None = None
    livekit_old_api_secret: str | None = None
    # more servers beside that one, or instead of it: `eu=wss://…,KEY,SECRET; us=wss://…,KEY,SECRET`
    livekit_servers: Annotated[str | None, of_live_servers] = None

    # what is taken out of chats after it was written, and for how long its writer pauses: words, joined by commas
    watched_words: str = ""
    watched_words_timeout_seconds: Annotated[int, Within(0, 1_209_600)] = 60

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
        """The URL the doors log in with: the same database as `SAHNE_AUTHENTICATOR_ROLE`.

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
        netloc = f"{quote(self.authenticator_role, safe='')}:{quote(password, safe='')}@{host}"
        return urlunsplit(parts._replace(netloc=netloc))

    @property
    def confirms_email(self) -> bool:
        """Whether who signs up must prove their address before they can sign in."""
        return not self.is_development if self.confirm_email is None else self.confirm_email

    @property
    def inbox_path(self) -> Path:
        """The folder of a laptop's letters."""
        return self.data / "inbox"

    @property
    def has_inbox(self) -> bool:
        """Whether letters are kept there: on a laptop whose letters go nowhere else."""
        return self.is_development and self.smtp_url is None

    @property
    def sends_letters(self) -> bool:
        """Whether letters go anywhere."""
        return self.smtp_url is not None or self.hook_send_email is not None or self.has_inbox

    @property
    def app_address(self) -> str:
        """Where a letter's link leads when it was not said, without a trailing slash."""
        return (self.app_url or self.api_url).rstrip("/")

    @property
    def passkey_site(self) -> PasskeySite | None:
        """What passkeys are bound to; None: there are none."""
        is_named = self.app_url is not None or self.site_url is not None
        if not (is_named if self.passkeys is None else self.passkeys):
            return None
        return site_of((self.app_address, self.api_url), self.passkey_rp_id, self.passkey_origins)

    @property
    def objects_path(self) -> Path:
        """The folder of stored objects' bytes."""
        return self.data / "objects"

    @property
    def rendered_path(self) -> Path:
        """The folder of pictures that were rendered lately."""
        return self.data / "rendered"

    @property
    def provenance_path(self) -> Path:
        """The file of the key that pictures are signed with where none is given."""
        return self.data / "provenance.pem"

    @property
    def backups_path(self) -> Path:
        """The folder of backups; of those in a bucket the one where they are packed."""
        if self.backups and is_bucket(self.backups):
            return self.backup_scratch_path
        return Path(self.backups) if self.backups else self.data / "backups"

    @property
    def backup_scratch_path(self) -> Path:
        """The folder in which a backup is packed that is kept elsewhere."""
        return self.data / "backup-scratch"

    @property
    def rest_schema_names(self) -> tuple[str, ...]:
        """The schemas of the Data API, the first one first."""
        return names_in(self.rest_schemas)

    @property
    def watched_word_names(self) -> tuple[str, ...]:
        """The words that are taken out of chats after they were written."""
        return names_in(self.watched_words)

    @property
    def webhooks_url(self) -> str | None:
        """Where others can tell us something; None where nobody outside reaches the server."""
        return f"{self.api_url}/webhooks" if (self.site_url or "").startswith("https://") else None

    @property
    def token_role_names(self) -> tuple[str, ...]:
        """The roles that a token may carry."""
        return names_in(self.token_roles)

    @property
    def rest_functions(self) -> tuple[str, ...]:
        """The functions that the Data API is told to call."""
        return (self.rest_pre_request,) if self.rest_pre_request else ()

    @property
    def keys(self) -> dict[str, str]:
        """What opens the doors, by its variable; of a project those that it has."""
        names = ("jwt_secret", "anon_key", "service_role_key", "publishable_key", "secret_key")
        keys = {variable_of(name): getattr(self, name) for name in names}
        return keys if self.project_url is None else {variable: key for variable, key in keys.items() if key}

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
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {variable_of(name): str(value) for name, value in values.items() if value is not None}

    @property
    def live_servers(self) -> tuple[LiveServer, ...]:
        """The LiveKit servers; new rooms are opened on the first of them."""
        named = servers_in(self.livekit_servers or "")
        if not (self.livekit_url and self.livekit_api_key and self.livekit_api_secret):
            return named
        main = LiveServer(
            name=MAIN,
            url=self.livekit_url,
            key=self.livekit_api_key,
            secret=self.livekit_api_secret,
            old_key=self.livekit_old_api_key,
            old_secret=self.livekit_old_api_secret,
        )
        return (main, *named)

    @property
    def has_livekit(self) -> bool:
        """Whether a LiveKit server is configured."""
        return bool(self.live_servers)

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


def variable_of(name: str) -> str:
    """The variable of a setting."""
    return OWN_NAMES.get(name, f"{PREFIX}{name.upper()}")
