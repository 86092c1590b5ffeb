"""Everything that can be set, from the environment or a `.env` file, with the unit in each name.

Names are `SAHNE_…` except `DATABASE_URL`, which every host already knows. The defaults are a laptop's: the
addresses and the well-known keys of a local Supabase stack, so that an app's `.env.local` works as it is.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from sahne.errors import SettingInvalid, SetupError
from sahne.hook_settings import of_a_hook, of_hook_secrets
from sahne.image_providers import REMOTE, Budget, of_image_providers, providers_in, whsec
from sahne.live_servers import MAIN, LiveServer, of_live_servers, servers_in
from sahne.passkey_settings import PasskeySite, a_domain, passkey_origins, site_of
from sahne.push_rules import WEB_PUSH_SERVICES, a_contact, an_apple_id, hosts, of_vapid
from sahne.setting_rules import (
    a_header,
    a_host,
    a_sender,
    an_address,
    not_the_systems,
    of_issuers,
    of_postgresql,
    of_smtp,
    redirects,
    roles,
    whose_port_can_be,
)
from sahne.sign_in_providers import (
    PRESETS,
    Kind,
    SignInProvider,
    client_ids,
    of_openid_providers,
    of_provider_urls,
    openid_providers_in,
    provider_urls_in,
)
from sahne.sign_in_rules import (
    a_signing_secret,
    character_sets,
    character_sets_in,
    countries,
    fixed_codes,
)
from sahne.variables import Characters, Within, read_values

PREFIX = "SAHNE_"
OWN_NAMES = {"database_url": "DATABASE_URL"}
FILE = Path(".env")
DATA = Path(".sahne")

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

# What a host's form may send as nothing, which means that there is none
EMPTY_IS_NONE = frozenset(
    {
        "site_url",
        "app_url",
        "smtp_url",
        "passkey_rp_id",
        "jwt_keys",
        "client_ip_header",
        "livekit_url",
        "livekit_api_key",
        "livekit_api_secret",
    }
    | {
        "bfl_api_key",
        "bfl_webhook_secret",
        "fal_key",
        "replicate_api_token",
        "replicate_webhook_secret",
        "provenance_key",
    }
    | {"livekit_old_api_key", "livekit_old_api_secret", "livekit_servers"}
    | {"revenuecat_authorization", "revenuecat_signing_secrets", "apple_bundle_ids", "apple_root_certificates"}
    | {"revenuecat_api_key", "hook_user_created", "hook_access_token", "hook_secrets"}
    | {"captcha_secret", "captcha_url"}
    | {"twilio_account_sid", "twilio_auth_token", "twilio_from", "sms_url", "sms_secret"}
    | {"google_package_names", "google_service_account", "google_push_audience", "google_push_email"}
    | {"fcm_service_account", "apns_key", "apns_key_id", "apns_team_id", "apns_bundle_ids"}
    | {"expo_access_token", "vapid_private_key", "vapid_subject"}
    | {f"{name}_client_ids" for name in PRESETS}
    | {f"{name}_client_secret" for name in PRESETS if name != "apple"}
    | {"apple_team_id", "apple_key_id", "apple_key", "openid_providers", "provider_urls"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
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

    # letters: without a server none are sent; on a laptop they are kept in the data folder and shown at `/inbox`
    smtp_url: Annotated[str | None, of_smtp] = None
    mail_from: Annotated[str, a_sender] = "Sahne <no-reply@localhost>"
    # a folder with words of one's own (`mail/words.py`)
    mail_templates: Path | None = None
    mail_language: Literal["en", "tr"] = "en"
    # letters that may be asked for: between two to one address, and in an hour all together
    mail_pause_seconds: Annotated[int, Within(0, 3600)] = 60
    mails_per_hour_max: Annotated[int, Within(1)] = 600

    # who may come in: whether strangers may make accounts, and by what
    sign_up: bool = True
    anonymous_sign_in: bool = True
    email_sign_in: bool = True
    # what a password must be, and whether it is looked up among leaked ones (`accounts/password_rules.py`)
    password_characters_min: Annotated[int, Within(6, 72)] = 6
    password_required_characters: Annotated[str, character_sets] = ""
    leaked_passwords: bool = False
    leaked_passwords_url: Annotated[str, an_address] = "https://api.pwnedpasswords.com"
    # whether no password is set as long as that cannot be found out
    leaked_passwords_must_answer: bool = False
    # whose captcha is solved before anything is asked of accounts, and what it is verified with
    captcha: Literal["off", "turnstile", "hcaptcha"] = "off"
    captcha_secret: str | None = None
    captcha_url: Annotated[str | None, an_address] = None

    # signing in by phone, and who takes short messages; `inbox` is a laptop's (`providers/sms`)
    phone_sign_in: bool = False
    sms: Literal["inbox", "twilio", "http"] = "inbox"
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = None
    twilio_from: str | None = None
    twilio_url: Annotated[str, an_address] = "https://api.twilio.com"
    sms_url: Annotated[str | None, an_address] = None
    sms_secret: Annotated[str | None, a_signing_secret] = None
    # which numbers are written to, and the codes of numbers for tests (`sign_in_rules.py`)
    sms_countries: Annotated[str, countries] = ""
    sms_test_numbers: Annotated[str, fixed_codes] = ""
    # short messages that may be asked for: between two to a number, in an hour all together, and for what money a day
    sms_pause_seconds: Annotated[int, Within(0, 3600)] = 60
    sms_per_hour_max: Annotated[int, Within(1)] = 120
    sms_dollars: Annotated[float, Within(0, 10)] = 0.1
    sms_dollars_per_day_max: Annotated[float | None, Within(0, 1_000_000)] = None
    sms_expiry_seconds: Annotated[int, Within(30, 3600)] = 300

    # signing in by letter; None: an address must be proven with keys of one's own, and not on a laptop
    confirm_email: bool | None = None
    # whether the present address must agree too when an account moves to another
    secure_email_change: bool = True
    # whether a session older than a day needs a code by letter for a new password
    reauthenticate_for_password: bool = False
    # whether people may set up an authenticator app; who has one keeps it
    mfa_totp: bool = True
    # whether people may sign in with a passkey; None: where the app's address is named and a browser would make some
    passkeys: bool | None = None
    # what they are bound to, in place of the app's host, and who else may ask for them (`passkey_settings.py`)
    passkey_rp_id: Annotated[str | None, a_domain] = None
    passkey_origins: Annotated[str, passkey_origins] = ""
    # where the app is, and where else links may lead: addresses with `*` and `**`, joined by commas
    app_url: Annotated[str | None, an_address] = None
    redirect_urls: Annotated[str, redirects] = ""
    otp_digits: Annotated[int, Within(6, 10)] = 6
    otp_expiry_seconds: Annotated[int, Within(60, 86_400)] = 3600

    # code of one's own that is asked before somebody becomes a user, and what a token shall say; what signs the asking,
    # joined by commas while one is changed (`hook_settings.py`)
    hook_user_created: Annotated[str | None, of_a_hook] = None
    hook_access_token: Annotated[str | None, of_a_hook] = None
    hook_secrets: Annotated[str | None, of_hook_secrets] = None

    # signing in with another provider: what we are there, ids joined by commas (the web's first, then those of apps)
    apple_client_ids: Annotated[str | None, client_ids] = None
    apple_team_id: str | None = None
    apple_key_id: str | None = None
    apple_key: Path | None = None
    google_client_ids: Annotated[str | None, client_ids] = None
    google_client_secret: str | None = None
    github_client_ids: Annotated[str | None, client_ids] = None
    github_client_secret: str | None = None
    facebook_client_ids: Annotated[str | None, client_ids] = None
    facebook_client_secret: str | None = None
    discord_client_ids: Annotated[str | None, client_ids] = None
    discord_client_secret: str | None = None
    # issuers of one's own: `corp=https://login.example.com,CLIENT_ID,SECRET; …`
    openid_providers: Annotated[str | None, of_openid_providers] = None
    # where one of the five is somewhere else: `github=https://github.example.com`
    provider_urls: Annotated[str | None, of_provider_urls] = None
    # whether who is signed in may add and remove ways in by hand
    manual_linking: bool = False

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

    # what RevenueCat's webhooks are known by: the whole Authorization, and what they are signed with; joined by commas
    # while one is changed. Without either, nobody is believed
    revenuecat_authorization: Annotated[str | None, Characters(16)] = None
    revenuecat_signing_secrets: Annotated[str | None, Characters(16)] = None
    # with a secret key of its REST API, RevenueCat is asked how people stand whose webhooks may be lost
    revenuecat_api_key: Annotated[str | None, Characters(8)] = None
    revenuecat_url: Annotated[str, an_address] = "https://api.revenuecat.com"
    # Apple's own notifications: the apps they may be of, joined by commas, and the file with Apple's root. Without
    # both, nobody is believed
    apple_bundle_ids: str | None = None
    apple_root_certificates: Path | None = None
    # Google Play's notifications: the apps they may be of, joined by commas, the key file of a service account that may
    # ask for purchases, and the audience and the account of the Pub/Sub subscription that pushes. Without all four,
    # nobody is believed
    google_package_names: str | None = None
    google_service_account: Path | None = None
    google_push_audience: str | None = None
    google_push_email: str | None = None
    google_play_url: Annotated[str, an_address] = "https://androidpublisher.googleapis.com"
    google_certificates_url: Annotated[str, an_address] = "https://www.googleapis.com/oauth2/v3/certs"

    # pushes (docs/guides/push.md); each service is spoken to when what it needs is set. Android's: the key file of a
    # service account of the Firebase project
    fcm_service_account: Path | None = None
    fcm_url: Annotated[str, an_address] = "https://fcm.googleapis.com"
    # Apple's: the key file (.p8), its id, the team's, and the apps that may be sent to, joined by commas. Builds from
    # Xcode are reached at https://api.sandbox.push.apple.com
    apns_key: Path | None = None
    apns_key_id: Annotated[str | None, an_apple_id] = None
    apns_team_id: Annotated[str | None, an_apple_id] = None
    apns_bundle_ids: str | None = None
    apns_url: Annotated[str, an_address] = "https://api.push.apple.com"
    # Expo's: off, unless the app is built with it; the token where the project asks for one
    expo_push: bool = False
    expo_access_token: Annotated[str | None, Characters(8)] = None
    expo_url: Annotated[str, an_address] = "https://exp.host"
    # browsers': the private key that `sahne push keys` prints, and how a push service reaches whoever runs this
    vapid_private_key: Annotated[str | None, of_vapid] = None
    vapid_subject: Annotated[str | None, a_contact] = None
    # the hosts of browsers' push services, joined by commas; `*` is any. Whoever subscribes names one of them
    web_push_services: Annotated[str, hosts] = WEB_PUSH_SERVICES

    # whether webhooks (docs/guides/webhooks.md) may go over http, and to addresses that only this network can reach
    webhooks_to_private_addresses: bool = False

    # the studio: who makes pictures, in order of fallback. `embedded` needs no key; `memory` makes flat ones, for tests
    image_providers: Annotated[str, of_image_providers] = "embedded"
    bfl_url: Annotated[str, an_address] = "https://api.bfl.ai"
    bfl_api_key: str | None = None
    bfl_webhook_secret: Annotated[str | None, Characters(16)] = None
    bfl_webhook_header: Annotated[str, a_header] = "x-bfl-signature"
    fal_url: Annotated[str, an_address] = "https://queue.fal.run"
    fal_key: str | None = None
    fal_jwks_url: Annotated[str, an_address] = "https://rest.alpha.fal.ai/.well-known/jwks.json"
    replicate_url: Annotated[str, an_address] = "https://api.replicate.com"
    replicate_api_token: str | None = None
    replicate_webhook_secret: Annotated[str | None, whsec] = None
    # what pictures of makers elsewhere may cost, UTC; without it as much as it comes to
    image_budget_day_dollars: Annotated[float | None, Within(0, 1_000_000)] = None
    image_budget_month_dollars: Annotated[float | None, Within(0, 1_000_000)] = None
    # whether pictures say in their files that they were generated, and the key they are signed with (PEM, with its
    # certificates); None: one that is made in the data folder
    provenance: bool = True
    provenance_key: Path | None = None
    # how surely a photo, or what was made of it, may be an unsafe one and still be kept; 1: nobody looks
    unsafe_photo_score_max: Annotated[float, Within(0, 1)] = 0.8
    unsafe_picture_score_max: Annotated[float, Within(0, 1)] = 0.8
    worker_heartbeat_seconds: Annotated[float, Within(0.1, 60)] = 5.0

    # backups: None means `backups` in the data folder; how many days, weeks and months keep one each
    backups: Path | None = None
    backup_keep_daily: Annotated[int, Within(0, 3660)] = 7
    backup_keep_weekly: Annotated[int, Within(0, 520)] = 4
    backup_keep_monthly: Annotated[int, Within(0, 120)] = 6

    # bounds
    request_timeout_seconds: Annotated[float, Within(0.01, 3600)] = 30.0
    request_body_bytes_max: Annotated[int, Within(1)] = 2 * 1024 * 1024
    # of bodies that are no uploads and larger than 64 kB, all that are under way
    bodies_bytes_max: Annotated[int, Within(1)] = 64 * 1024 * 1024
    bodies_bytes_of_an_address_max: Annotated[int, Within(1)] = 16 * 1024 * 1024
    upload_bytes_max: Annotated[int, Within(1)] = 50 * 1024 * 1024
    # open at once, of one address; behind a proxy that names its callers, requests under way
    connections_of_an_address_max: Annotated[int, Within(1)] = 500
    # of one caller (a user, else an address), at each of the Data API's door and the operations'
    caller_requests_per_second_max: Annotated[int, Within(1)] = 200
    # of the connections to the database, the share that one caller may hold at once, and all anonymous ones together
    caller_connections_percent: Annotated[int, Within(1, 100)] = 25
    anonymous_connections_percent: Annotated[int, Within(1, 100)] = 75
    realtime_sockets_max: Annotated[int, Within(1)] = 10_000
    realtime_sockets_of_an_address_max: Annotated[int, Within(1)] = 1_000
    realtime_viewers_of_an_address_max: Annotated[int, Within(1)] = 200
    realtime_channels_per_socket_max: Annotated[int, Within(1)] = 100
    realtime_joins_per_second_max: Annotated[int, Within(1)] = 500
    realtime_joins_per_second_of_an_address_max: Annotated[int, Within(1)] = 200
    realtime_messages_per_second_max: Annotated[int, Within(1)] = 100
    realtime_bytes_per_second_max: Annotated[int, Within(1024)] = 256 * 1024
    realtime_frame_bytes_max: Annotated[int, Within(1024)] = 3 * 1024 * 1024
    realtime_queue_bytes_max: Annotated[int, Within(1024)] = 4 * 1024 * 1024
    realtime_queue_bytes_of_an_address_max: Annotated[int, Within(1024)] = 32 * 1024 * 1024

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
    def confirms_email(self) -> bool:
        """Whether who signs up must prove their address before they can sign in."""
        return not self.is_development if self.confirm_email is None else self.confirm_email

    @property
    def sign_in_providers(self) -> tuple[SignInProvider, ...]:
        """Who else people sign in with."""
        urls = provider_urls_in(self.provider_urls or "")
        presets = (
            SignInProvider(
                name=kind,
                kind=kind,
                client_ids=names_in(ids),
                secret=secret,
                url=urls.get(kind),
                team_id=self.apple_team_id,
                key_id=self.apple_key_id,
                key=self.apple_key,
            )
            for kind, (ids, secret) in self.preset_clients.items()
            if ids
        )
        return (*presets, *openid_providers_in(self.openid_providers or ""))

    @property
    def preset_clients(self) -> dict[Kind, tuple[str | None, str | None]]:
        """What we are to the known providers: client ids and secret. Apple's secret is made of a key."""
        return {
            "apple": (self.apple_client_ids, None),
            "google": (self.google_client_ids, self.google_client_secret),
            "github": (self.github_client_ids, self.github_client_secret),
            "facebook": (self.facebook_client_ids, self.facebook_client_secret),
            "discord": (self.discord_client_ids, self.discord_client_secret),
        }

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
        return self.smtp_url is not None or self.has_inbox

    @property
    def password_character_sets(self) -> tuple[str, ...]:
        """Of each of which a password must have one."""
        return character_sets_in(self.password_required_characters)

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
    def redirect_patterns(self) -> tuple[str, ...]:
        """Where else links may lead."""
        return names_in(self.redirect_urls)

    @property
    def objects_path(self) -> Path:
        """The folder of stored objects' bytes."""
        return self.data / "objects"

    @property
    def provenance_path(self) -> Path:
        """The file of the key that pictures are signed with where none is given."""
        return self.data / "provenance.pem"

    @property
    def backups_path(self) -> Path:
        """The folder of backups."""
        return self.backups or self.data / "backups"

    @property
    def rest_schema_names(self) -> tuple[str, ...]:
        """The schemas of the Data API, the first one first."""
        return names_in(self.rest_schemas)

    @property
    def watched_word_names(self) -> tuple[str, ...]:
        """The words that are taken out of chats after they were written."""
        return names_in(self.watched_words)

    @property
    def image_provider_names(self) -> tuple[str, ...]:
        """Who makes pictures, in order of fallback."""
        return providers_in(self.image_providers)

    @property
    def remote_provider_names(self) -> tuple[str, ...]:
        """Those of them that are elsewhere."""
        return tuple(name for name in self.image_provider_names if name in REMOTE)

    @property
    def image_budget(self) -> Budget:
        """What their pictures may cost."""
        return Budget(_microdollars(self.image_budget_day_dollars), _microdollars(self.image_budget_month_dollars))

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
        """What opens the doors, by its variable."""
        names = ("jwt_secret", "anon_key", "service_role_key", "publishable_key", "secret_key")
        return {variable_of(name): getattr(self, name) for name in names}

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


def read_settings(env_file: Path | None = FILE, **overrides: object) -> Settings:
    """The environment's settings, then those of a file, but for what is given; a None is not given.

    Raises:
        SettingInvalid: naming the variable and what is wrong, never the value, which may be a secret.
    """
    given = _by_name(_variables_of(env_file)) | _by_name(os.environ)
    given |= {name: value for name, value in overrides.items() if value is not None}
    given |= dict.fromkeys((name for name in EMPTY_IS_NONE if given.get(name) == ""), None)
    values, wrong = read_values(Settings, given)
    if wrong:
        raise SettingInvalid(
            details="\n".join(f"{variable_of(name)}: {fault}" for name, fault in wrong.items()),
            hint="docs/guides/production.md lists every setting with its bounds.",
        )
    return Settings(**values)


def misnamed_variables(env_file: Path | None = FILE) -> dict[str, str | None]:
    """What is set, looks like a setting's variable and is none; with the one that is perhaps meant."""
    known = [variable_of(each.name) for each in fields(Settings)]
    given = {name.upper() for name in (*_variables_of(env_file), *os.environ)}
    unknown = sorted(name for name in given - set(known) if name.startswith(PREFIX))
    own = {f"{PREFIX}{name.upper()}": variable for name, variable in OWN_NAMES.items()}
    return {name: own.get(name) or next(iter(get_close_matches(name, known, 1)), None) for name in unknown}


def _variables_of(path: Path | None) -> Mapping[str, str | None]:
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values  # only here: most folders have no such file

    return dotenv_values(path)


def _by_name(variables: Mapping[str, str | None]) -> dict[str, Any]:
    """What is set among the variables, by the settings' names; capitals or not is one."""
    known = {variable_of(each.name): each.name for each in fields(Settings)}
    capitals = {variable.upper(): value for variable, value in variables.items() if value is not None}
    return {known[variable]: capitals[variable] for variable in known.keys() & capitals.keys()}


def _microdollars(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * 1_000_000)


def variable_of(name: str) -> str:
    """The variable of a setting."""
    return OWN_NAMES.get(name, f"{PREFIX}{name.upper()}")


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
