"""The composition root of the worker process: settings → database, bytes and models → tasks and schedule → one queue.

The models and the array library live here and nowhere else. The other root is `sahne.server`.
"""

from __future__ import annotations

from sahne.accounts.erasure import erase_accounts_task
from sahne.accounts.export_making import expire_exports_task, make_exports_task
from sahne.accounts.profiles import forget_usernames_task
from sahne.database.pool import Database
from sahne.jobs.metrics_page import metrics_page
from sahne.jobs.tasks import Scheduled
from sahne.jobs.worker import run_worker
from sahne.mail.opened import open_mailer
from sahne.notices.lane import NoticeLane
from sahne.notices.words import NoticeWords
from sahne.operations.backup.nightly import backup_schedule
from sahne.operations.upkeep import upkeep_schedule
from sahne.providers.blobs import BlobStore
from sahne.providers.blobs.opened import open_blobs
from sahne.providers.images.fitting_keys import refuse_keyless
from sahne.providers.images.installed import refuse_without_studio
from sahne.providers.images.opened import open_providers
from sahne.providers.images.opened_here import open_makers
from sahne.providers.push.opened import close_channels, open_channels
from sahne.providers.watched import watched
from sahne.settings import Settings
from sahne.studio.gallery import expire_uploads_task, remove_leftovers_task, sweep_task
from sahne.studio.making import GENERATION_SECONDS_MAX, Maker
from sahne.studio.marks import open_marks
from sahne.studio.remote_lane import RemoteLane
from sahne.studio.remote_pictures import RemoteMaker
from sahne.studio.safety import Safety, empty_quarantine_task
from sahne.studio.sharing import fold_views_task
from sahne.studio.tasks import expire_lost_task, expire_photos_task, make_generation_task

CONNECTIONS_MAX = 3
REMOTE_CONNECTIONS_MAX = 8  # of the lane whose pictures are made elsewhere: short transactions of many


async def work(settings: Settings, *, wait: bool) -> None:
    """Open what a worker needs and work until told to stop, or with `wait` false until nothing waits.

    The database must answer already.

    Raises:
        MetricsOpenToAll, MetricsPortTaken: its metrics cannot be shown. TracingNotInstalled
        SettingInvalid: a maker of pictures is named without what it needs, or what pictures are signed with is no key.
        ExtraMissing: pictures are to be made or looked at here, and the studio is not installed.
    """
    port = settings.worker_metrics_port if wait else None  # who is gone in a moment is scraped by nobody
    with metrics_page(settings.host, port, settings.metrics_token):
        async with watched(settings, "worker"):
            await _work(settings, wait=wait)


async def _work(settings: Settings, *, wait: bool) -> None:
    refuse_keyless(settings)
    refuse_without_studio(settings)
    images, providers = open_makers(settings), open_providers(settings)
    seconds_max = generation_seconds(settings)
    blobs = open_blobs(settings)
    marks = open_marks(settings)
    connections_max = REMOTE_CONNECTIONS_MAX if providers else CONNECTIONS_MAX
    channels = open_channels(settings)
    try:
        async with open_database(settings, connections_max) as database:
            safety = open_safety(settings, database, blobs)
            maker = Maker(database, blobs, images, seconds_max=seconds_max, marks=marks, safety=safety)
            tasks = [make_generation_task(maker)] if images else []

            async def queue() -> None:
                await run_worker(
                    settings.direct_authenticator_url,
                    tasks,
                    compose_schedule(settings, database, blobs),
                    wait=wait,
                    heartbeat_seconds=settings.worker_heartbeat_seconds,
                )

            notices = NoticeLane(
                database,
                settings.direct_authenticator_url,
                channels,
                open_mailer(settings),
                NoticeWords(settings.mail_language),
                site_url=settings.app_address,
            )
            if not providers:
                async with notices.running():
                    await queue()
                    if not wait:
                        await notices.drain()
                return
            lane = RemoteLane(
                database,
                RemoteMaker(
                    database,
                    blobs,
                    providers,
                    webhooks_url=settings.webhooks_url,
                    budget=settings.image_budget,
                    marks=marks,
                    safety=safety,
                ),
                heartbeat_seconds=settings.worker_heartbeat_seconds,
            )
            async with notices.running(), lane.running():
                await queue()
                while not wait and await lane.drain():  # what turned out to be made here came into the queue meanwhile
                    await queue()
                if not wait:
                    await notices.drain()
    finally:
        await close_channels(channels)
        for each in images:
            await each.close()


def generation_seconds(settings: Settings) -> float:
    """How long all pictures of one request may take; a model of one's own has its own time."""
    is_slow = "diffusers" in settings.image_provider_names
    return settings.diffusers_seconds_max if is_slow else GENERATION_SECONDS_MAX


def open_safety(settings: Settings, database: Database, blobs: BlobStore) -> Safety | None:
    """Who looks at photos and pictures, unless nobody is to; the net is loaded with the first one."""
    if not settings.looks_for_unsafe:
        return None
    from sahne.providers.images.unsafe import UnsafeNet

    return Safety(
        database,
        blobs,
        UnsafeNet(),
        photo_score_max=settings.unsafe_photo_score_max,
        picture_score_max=settings.unsafe_picture_score_max,
    )


def open_database(settings: Settings, connections_max: int = CONNECTIONS_MAX) -> Database:
    """The worker's few connections; they are made when it is entered."""
    return Database(
        settings.authenticator_url,
        connections_max=connections_max,
        statement_timeout_seconds=settings.statement_timeout_seconds,
    )


def compose_schedule(settings: Settings, database: Database, blobs: BlobStore) -> list[Scheduled]:
    """All that runs by the clock in the worker."""
    return [
        *backup_schedule(settings, database),
        remove_leftovers_task(database, blobs),
        expire_uploads_task(database, blobs),
        expire_lost_task(database),
        expire_photos_task(database),
        fold_views_task(database),
        *upkeep_schedule(database),
        erase_accounts_task(database),
        make_exports_task(database, blobs),
        expire_exports_task(database),
        forget_usernames_task(database),
        sweep_task(database, blobs),
        empty_quarantine_task(database),
    ]


def schedule_of(settings: Settings) -> list[Scheduled]:
    """The same to be looked at; nothing is opened."""
    return compose_schedule(settings, open_database(settings), open_blobs(settings))
