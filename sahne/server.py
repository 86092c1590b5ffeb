"""The composition root of the server process: settings → pool → parts → one app. The other root is `sahne.worker`."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import uvicorn

from sahne.accounts.hook_calls import Hook
from sahne.accounts.password_rules import PasswordRules
from sahne.accounts.passwords import Passwords
from sahne.accounts.seen import Seen
from sahne.analytics.event_batches import EventBatches, write_events
from sahne.bus.opened import open_bus
from sahne.database.catalog_exposure import exposure_of
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.doors import opened_doors
from sahne.gateway.asgi import Door
from sahne.gateway.bearer import Verifier
from sahne.gateway.bodies import Bodies
from sahne.gateway.callers import Places
from sahne.gateway.connections import Connections
from sahne.gateway.development_keys import DevelopmentKeys
from sahne.gateway.event_rates import EventRates
from sahne.gateway.fitting_settings import refuse_unfit
from sahne.gateway.front import Front
from sahne.gateway.health import database_fault
from sahne.gateway.home import Home
from sahne.gateway.key_sets import KeySets
from sahne.gateway.listening import allow_many_files, listening_socket, no_more_come, several_times
from sahne.gateway.own_secret import own_secret
from sahne.gateway.parts import Parts
from sahne.gateway.rates import OwnRates
from sahne.gateway.request_heads import HEAD_BYTES_MAX, PLAIN_HTTP, BoundedHttpProtocol
from sahne.gateway.shared_rates import SharedRates
from sahne.gateway.shares import Shares
from sahne.gateway.untaken import Untaken
from sahne.homes import open_home
from sahne.hook_settings import secrets_in
from sahne.live import Servers, Stage
from sahne.live.automatic import AutoModerator, WatchedWords
from sahne.mail.opened import open_mailer, open_texter
from sahne.mail.post import Post
from sahne.mail.words import Words
from sahne.objects.rendered import RenderedFiles
from sahne.objects.renderings import Renderings
from sahne.providers.blobs.opened import open_blobs
from sahne.providers.images.opened import open_providers
from sahne.providers.leaked_passwords import LeakedPasswords
from sahne.providers.livekit.remote import RemoteLiveKit
from sahne.providers.mail import Mailer, NoMail
from sahne.providers.watched import watched
from sahne.sealing import Sealing
from sahne.settings import Settings
from sahne.signing_keys import SigningKeys
from sahne.store.apple import Apple
from sahne.store.google import Google
from sahne.store.revenuecat import RevenueCat
from sahne.store.revenuecat_looks import RevenueCatLooks
from sahne.store.till import Till
from sahne.webhooks.addresses import may_go_anywhere
from sahne.webhooks.endpoints import PURPOSE as WEBHOOKS
from sahne.webhooks.sender import WebhookSender

SHUTDOWN_SECONDS_MAX = 5
KEEP_ALIVE_SECONDS = 30
TEXT_ATTEMPTS_MAX = 3  # a code is not good for long


@asynccontextmanager
async def open_parts(settings: Settings, live: Servers | None = None) -> AsyncIterator[Parts]:
    """Open every part in order and close them in the reverse. `live` replaces the settings' LiveKit servers."""
    secret = own_secret(settings)
    signing = SigningKeys.of(settings.jwt_keys)
    words = Words(settings.mail_templates, settings.mail_language)
    blobs = open_blobs(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Database(
                settings.authenticator_url,
                connections_max=settings.pool_connections_max,
                statement_timeout_seconds=settings.statement_timeout_seconds,
            )
        )
        pipeline = await stack.enter_async_context(
            Pipeline(
                settings.authenticator_url,
                connections=settings.pipeline_connections,
                statement_timeout_seconds=settings.statement_timeout_seconds,
            )
        )
        catalog = await stack.enter_async_context(
            CatalogKeeper(settings.direct_authenticator_url, exposure_of(settings))
        )
        key_sets = await stack.enter_async_context(KeySets.of(settings))
        seen = await stack.enter_async_context(Seen(database))
        sealing = Sealing(secret, WEBHOOKS)
        await stack.enter_async_context(WebhookSender(database, sealing, anywhere=may_go_anywhere(settings)))
        bus = open_bus(settings)
        event_batches = EventBatches(partial(write_events, pipeline))
        stack.push_async_callback(event_batches.close)
        yield Parts(
            settings=settings,
            own_secret=secret,
            development_keys=DevelopmentKeys(settings, secret, signing),
            signing_keys=signing,
            verifier=Verifier(settings, seen=seen.note, signing=signing, elsewhere=key_sets),
            shares=Shares(settings, lambda: min(pipeline.idle, database.idle)),
            bodies=Bodies(settings),
            database=database,
            pipeline=pipeline,
            catalog=catalog,
            blobs=blobs,
            renderings=await stack.enter_async_context(
                Renderings(blobs, RenderedFiles(settings.rendered_path, settings.rendered_bytes_max))
            ),
            words=words,
            post=await stack.enter_async_context(Post(_letter_mailer(settings, database))),
            texts=await stack.enter_async_context(Post(_texter(settings, database), attempts_max=TEXT_ATTEMPTS_MAX))
            if settings.sends_texts
            else None,
            image_providers=open_providers(settings),
            passwords=stack.enter_context(contextlib.closing(Passwords(_password_rules(settings)))),
            stage=await stack.enter_async_context(
                Stage(database, pipeline, live or _live_servers(settings), _auto_moderator(settings))
            ),
            till=await stack.enter_async_context(
                Till(
                    database,
                    pipeline,
                    RevenueCat.of(settings),
                    Apple.of(settings),
                    Google.of(settings),
                    RevenueCatLooks.of(settings),
                )
            ),
            event_batches=event_batches,
            event_rates=EventRates(settings),
            bus=bus,
            rates=await stack.enter_async_context(SharedRates(bus)) if bus.is_shared else OwnRates(),
        )


def _letter_mailer(settings: Settings, database: Database) -> Mailer:
    return _hooked(settings.hook_send_email, settings, database) or open_mailer(settings) or NoMail()


def _texter(settings: Settings, database: Database) -> Mailer:
    return _hooked(settings.hook_send_sms, settings, database) or open_texter(settings)


def _hooked(url: str | None, settings: Settings, database: Database) -> Mailer | None:
    """The app's own code, where it sends them itself."""
    if url is None:
        return None
    from sahne.accounts.hook_post import HookPost  # only here: most servers write their letters themselves

    return HookPost(database, Hook(url, secrets_in(settings.hook_secrets or "")))


def _password_rules(settings: Settings) -> PasswordRules:
    return PasswordRules(
        characters_min=settings.password_characters_min,
        sets=settings.password_character_sets,
        leaked=_leaked_passwords(settings),
        must_be_looked_up=settings.leaked_passwords_must_answer,
    )


def _leaked_passwords(settings: Settings) -> LeakedPasswords | None:
    if not settings.leaked_passwords:
        return None
    from sahne.providers.leaked_passwords.range_api import RangeApi  # only here: most ask nobody

    return RangeApi(settings.leaked_passwords_url)


def _live_servers(settings: Settings) -> Servers | None:
    named = settings.live_servers
    return Servers({server.name: RemoteLiveKit.of(server) for server in named}) if named else None


def _auto_moderator(settings: Settings) -> AutoModerator | None:
    words = settings.watched_word_names
    return WatchedWords(words, settings.watched_words_timeout_seconds) if words else None


def build_app(parts: Parts, doors: Mapping[str, Door], home: Home, untaken: Untaken, connections: Connections) -> Front:
    """All doors behind the front."""
    return Front(
        parts.settings,
        doors,
        home.unbounded,
        untaken,
        development_keys=parts.development_keys,
        bodies=parts.bodies,
        connections=connections,
    )


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: whoever starts us decides when to stop (`should_exit = True`)."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let them pass."""
        yield


@asynccontextmanager
async def serving(
    settings: Settings, live: Servers | None = None, knocked_at: socket.socket | None = None
) -> AsyncIterator[Parts]:
    """The server on `settings.host:settings.port`, or on a socket that is bound there; on exit it finishes its work.

    The port is taken before anything is opened: a connection of our own to the database may else be given that very
    port for its near end, and it is taken then, by nobody one could find.

    Raises:
        SetupError: the settings cannot be. PortTaken, AddressNotHere, TracingNotInstalled
    """
    refuse_unfit(settings)
    allow_many_files()
    with contextlib.closing(knocked_at or listening_socket(settings)) as door:
        async with watched(settings, "server"), _serving(settings, live, door) as parts:
            yield parts


@asynccontextmanager
async def _serving(settings: Settings, live: Servers | None, door: socket.socket) -> AsyncIterator[Parts]:
    untaken, connections = Untaken(Places(settings)), Connections(settings)
    async with (
        open_parts(settings, live) as parts,
        open_home(parts) as home,
        opened_doors(parts, home, connections) as doors,
        parts.bus,
    ):
        protocol = partial(BoundedHttpProtocol, untaken, connections)
        config = uvicorn.Config(
            build_app(parts, doors, home, untaken, connections),
            host=settings.host,
            port=settings.port,
            http=protocol if settings.http_protocol == "own" else PLAIN_HTTP,  # type: ignore[arg-type]
            h11_max_incomplete_event_size=HEAD_BYTES_MAX,
            loop="none",
            ws=home.sockets,  # type: ignore[arg-type]
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
        )
        server = Server(config)
        running = asyncio.create_task(server.serve(sockets=several_times(door)))
        try:
            while not (server.started or running.done()):  # noqa: ASYNC110 uvicorn offers no event
                await asyncio.sleep(0.01)
            if running.done():
                await running
            yield parts
        finally:
            if not running.done():
                await no_more_come(door)
            server.should_exit = True
            await running


async def is_ready(parts: Parts) -> bool:
    """Whether `/ready` would answer 200."""
    return await database_fault(parts) is None
