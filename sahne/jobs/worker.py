"""The worker: takes one job at a time, tries it a bounded number of times, survives its own death.

start → jobs of dead workers are taken over → a job waits (PostgreSQL's NOTIFY, else a look every few seconds) → it
runs within its time → done, or again after a pause, or given up → SIGTERM: the job under way may finish within
`STOP_SECONDS_MAX`, then it goes back to the queue → end.

Housekeeping has a lane of its own, one job at a time too: a long sweep holds back nobody's picture. So have backups.

A worker that dies is known by its heartbeat. Work may therefore run twice: every task must be safe to repeat.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job, Status
from prometheus_client import Histogram
from psycopg import AsyncConnection

from sahne import tracing
from sahne.database.acting import become_service_for_session
from sahne.jobs.asked_by import AskedBy, told_apart
from sahne.jobs.tasks import BACKUPS, HEARTBEATS_MISSED_MAX, HOUSEKEEPING, Attempt, Scheduled, Task
from sahne.telemetry import Failed, observe, work_for

OWN_LANES = frozenset({HOUSEKEEPING, BACKUPS})
CONNECTIONS_MAX = 6  # each lane keeps one to listen on
LOOK_SECONDS = 5.0
STOP_SECONDS_MAX = 15.0
HEARTBEAT_SECONDS = 5.0
SECONDS_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800)
KEPT_HOURS = 24  # ended jobs stay that long to be looked at


SECONDS = Histogram("sahne_job_seconds", "How long tries of jobs took", ["task"], buckets=SECONDS_BUCKETS)


@dataclass(frozen=True, slots=True)
class JobDone:
    """A job ended well."""

    task: str
    job_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class JobGivenUp:
    """A job failed for the last time."""

    task: str
    job_id: int
    attempts: int


@dataclass(frozen=True, slots=True)
class JobRescued:
    """A job was taken over from a worker that died."""

    task: str
    job_id: int


async def run_worker(
    url: str,
    tasks: Sequence[Task],
    schedule: Sequence[Scheduled] = (),
    *,
    wait: bool = True,
    look_seconds: float = LOOK_SECONDS,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> None:
    """Work until SIGTERM or SIGINT; with `wait` false, until nothing waits. `url` logs in as `authenticator`.

    It needs a connection of its own to PostgreSQL, not one of a transaction pooler: it listens.
    """
    worker = Worker(url, tasks, schedule, heartbeat_seconds)

    async def lane(queues: set[str], *, heeds_signals: bool) -> None:
        await worker.app.run_worker_async(
            concurrency=1,
            wait=wait,
            queues=sorted(queues),
            install_signal_handlers=heeds_signals,
            fetch_job_polling_interval=min(look_seconds, heartbeat_seconds),
            update_heartbeat_interval=heartbeat_seconds,
            stalled_worker_timeout=worker.stalled_seconds,
            shutdown_graceful_timeout=STOP_SECONDS_MAX,
        )

    async with worker.app.open_async(), worker.rescuing():
        await worker.defer_at_start(schedule)
        queues = {task.queue for task in worker.tasks.values()} | {HOUSEKEEPING}
        asked_for = queues - OWN_LANES or {HOUSEKEEPING}
        async with asyncio.TaskGroup() as lanes:
            beside = [
                lanes.create_task(lane({queue}, heeds_signals=False)) for queue in (queues & OWN_LANES) - asked_for
            ]
            await lane(asked_for, heeds_signals=True)
            if wait:
                for each in beside:
                    each.cancel()


class Worker:
    """The library's app with our tasks in it."""

    def __init__(
        self, url: str, tasks: Sequence[Task], schedule: Sequence[Scheduled], heartbeat_seconds: float
    ) -> None:
        self.app = App(
            connector=PsycopgConnector(
                conninfo=url,
                min_size=1,
                max_size=CONNECTIONS_MAX,
                configure=become_service,
                kwargs={"prepare_threshold": None, "application_name": "sahne worker"},
            )
        )
        self.tasks = {task.name: task for task in (*tasks, *(each.task for each in schedule))}
        self.stalled_seconds = heartbeat_seconds * HEARTBEATS_MISSED_MAX
        for task in self.tasks.values():
            self._register(task, [each.cron for each in schedule if each.task.name == task.name])
        self._forget_old_jobs()

    @contextlib.asynccontextmanager
    async def rescuing(self) -> AsyncIterator[None]:
        """Look for jobs of dead workers, now and again, as long as the block lasts."""
        await self.rescue()
        looking = asyncio.create_task(self._keep_rescuing())
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    async def rescue(self) -> None:
        """Put every job of a dead worker back into the queue, or give it up when it was tried often enough."""
        manager = self.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self.stalled_seconds):
            task = self.tasks.get(job.task_name)
            if task is None or job.id is None:
                continue
            if job.attempts + 1 < task.attempts_max:
                await manager.retry_job(job)
                observe(JobRescued(task.name, job.id))
            else:
                await self._give_up(task, job)
                await manager.finish_job(job, status=Status.FAILED, delete_job=False)

    async def defer_at_start(self, schedule: Sequence[Scheduled]) -> None:
        """What must not wait for its hour; once, however many workers start together."""
        for each in schedule:
            if each.at_start:
                with contextlib.suppress(AlreadyEnqueued):
                    await self.app.configure_task(
                        each.task.name, queue=each.task.queue, queueing_lock=each.task.name
                    ).defer_async()

    async def _keep_rescuing(self) -> None:
        while True:
            await asyncio.sleep(self.stalled_seconds)
            try:
                await self.rescue()
            except Exception as error:  # the database is away: the next look finds the same jobs
                observe(Failed.of("rescue jobs", error))

    def _register(self, task: Task, crons: Sequence[str]) -> None:
        async def once(context: JobContext, /, **args: object) -> None:
            given, by = told_apart(args)
            job = context.job
            attempt = Attempt(job.id or 0, job.attempts + 1, job.attempts + 1 >= task.attempts_max)
            work_for(by.request_id)
            try:
                with SECONDS.labels(task.name).time(), _traced(task, attempt, by):
                    async with asyncio.timeout(task.seconds_max):
                        await task.run(attempt, **given)
            except Exception as error:
                observe(Failed.of(f"job {task.name}", error))
                if attempt.last:
                    await self._give_up(task, job)
                raise
            observe(JobDone(task.name, attempt.job_id, attempt.number))

        retry = Again(task.attempts_max, task.retry_seconds)
        job_task = self.app.task(name=task.name, queue=task.queue, pass_context=True, retry=retry)(once)
        for cron in crons:
            self.app.periodic(cron=cron)(job_task)  # type: ignore[arg-type]  # its timestamp is dropped above

    async def _give_up(self, task: Task, job: Job) -> None:
        if task.give_up is not None:
            given, _ = told_apart(job.task_kwargs)
            await task.give_up(**given)
        observe(JobGivenUp(task.name, job.id or 0, job.attempts + 1))

    def _forget_old_jobs(self) -> None:
        async def forget_old_jobs(timestamp: int) -> None:  # noqa: ARG001  # the schedule passes it by name
            await self.app.job_manager.delete_old_jobs(
                nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
            )

        job_task = self.app.task(name="forget_old_jobs", queue=HOUSEKEEPING)(forget_old_jobs)
        self.app.periodic(cron="17 * * * *")(job_task)


def _traced(task: Task, attempt: Attempt, by: AskedBy) -> AbstractContextManager[object]:
    if not tracing.is_recorded(by.traceparent, is_ours=True):
        return contextlib.nullcontext()
    attributes: dict[str, tracing.Value] = {"sahne.job_id": attempt.job_id, "sahne.attempt": attempt.number}
    if by.request_id:
        attributes["sahne.request_id"] = by.request_id
    return tracing.root(f"job {task.name}", "consumer", attributes, by.traceparent)


class Again(BaseRetryStrategy):
    """Another try after a failure while tries are left; always another one for what a shutdown interrupted."""

    def __init__(self, attempts_max: int, seconds: int) -> None:
        self._attempts_max = attempts_max
        self._seconds = seconds

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """The library's question; `job.attempts` counts the tries before this one."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()
        if job.attempts + 1 >= self._attempts_max:
            return None
        return RetryDecision(retry_in={"seconds": self._seconds * 2**job.attempts})


async def become_service(conn: AsyncConnection) -> None:
    """Every connection of the worker: role `service_role`, and the queue's tables without their schema's name."""
    await become_service_for_session(conn, search_path="jobs")
