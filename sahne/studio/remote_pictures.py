"""One picture that is asked of a maker elsewhere, step by step: sent, looked at until it is there, fetched and stored.

wanted → sending (committed before the question goes out) → waiting (its id there is stored before all else) → done; or,
from anywhere: the next provider, failed, moderated, canceled, lost. Each step holds the generation and then the
picture, writes if both are still wanted and the picture is still in its hand, and puts it down again with the moment
it is due next.

A worker that dies between the question and the stored id leaves `sending`: nobody knows whether it was taken, and no
provider has a key that makes asking again safe. So it is not asked again. A webhook may still name it; after
`LOST_AFTER_SECONDS` the picture is lost, counted, and its quota returned.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sahne.database.actor import SERVICE
from sahne.database.fetch import maybe, one
from sahne.database.pool import Connection, Database
from sahne.digital_sources import DigitalSource
from sahne.image_providers import NO_BUDGET, REMOTE, Budget
from sahne.objects.bare_pictures import bare_picture
from sahne.objects.picture_parts import TooManyParts
from sahne.providers.blobs import BlobStore
from sahne.providers.exchange import NotTaken, ProviderFault, Unanswered
from sahne.providers.images.circuit import Circuit
from sahne.providers.images.finishing import measured
from sahne.providers.images.generator import GenerationRefused, ImageRequest, Picture, Refusal
from sahne.providers.images.marks import has_manifest
from sahne.providers.images.provider import (
    Handle,
    ImageProvider,
    Model,
    Moderated,
    NotMade,
    Pending,
    ProviderStopped,
    Ready,
    Rejected,
    Submitted,
)
from sahne.studio.budget import reserve
from sahne.studio.errors import BudgetSpent
from sahne.studio.making import close_generation
from sahne.studio.marks import Marks
from sahne.studio.photos import bare_photo, read_photo
from sahne.studio.requests import REMOTE_QUERIES, make_here
from sahne.studio.safety import Safety, Stage, note_stage
from sahne.studio.storing import Made, NotWanted, store_picture
from sahne.telemetry import observe

REMOTE_SECONDS_MAX = 900.0  # from the request to the last look
LOST_AFTER_SECONDS = 180.0  # more than a submission may take, so that none under way is called lost
POLL_SECONDS_MIN, POLL_SECONDS_MAX = 0.5, 5.0
POLL_SHARE = 8  # a picture is looked at again after an eighth of its age
UNKNOWN_SECONDS_MAX = 30.0  # as long may a provider not know what it has just taken
RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 1.0, 60.0
TRIES_MAX = 5  # of one step, one after another
SUBMISSIONS_AT_ONCE_MAX = 8  # each holds a photo
FINISHING_AT_ONCE_MAX = 1  # each holds a decoded picture
PROVIDER_GONE_SECONDS = 30.0
ENDS = {Refusal.MODERATED: "moderated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePicture:
    """A picture in hand, as the query `take_due` gives it. `is_wanted` is None when its generation is gone."""

    id: UUID
    generation_id: UUID | None
    seed: int
    status: str
    providers: list[str]
    provider: str | None
    model: str | None
    handle: dict[str, Any] | None
    tries: int
    turn: int
    sent_ago: float | None
    asked_ago: float
    is_wanted: bool | None
    user_id: UUID | None
    image_size: str | None
    photo_path: str | None
    requested_count: int | None
    prompt: str
    negative_prompt: str | None
    style_keywords: list[str]
    category: str


@dataclass(frozen=True, slots=True)
class SubmissionLost:
    """A provider may have been paid for a picture nobody will fetch: its answer was lost."""

    picture_id: str
    provider: str


@dataclass(frozen=True, slots=True)
class ProviderFailed:
    """A provider did not do as asked; `fault` is the class of what went wrong."""

    provider: str
    fault: str
    what: str


class RemoteMaker:
    """What it takes to have pictures made elsewhere: `providers` are those whose keys are set."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        providers: Mapping[str, ImageProvider],
        *,
        webhooks_url: str | None = None,
        budget: Budget = NO_BUDGET,
        marks: Marks | None = None,
        safety: Safety | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._webhooks_url = webhooks_url
        self._budget = budget
        self._marks = marks
        self._safety = safety
        self._circuits = {name: Circuit(clock) for name in providers}
        self._database = database
        self._blobs = blobs
        self._providers = providers
        self._submitting = asyncio.Semaphore(SUBMISSIONS_AT_ONCE_MAX)
        self._finishing = asyncio.Semaphore(FINISHING_AT_ONCE_MAX)

    async def step(self, picture: RemotePicture) -> None:
        """Whatever is next. What is raised leaves the picture in hand; it is taken up again when the hold is over."""
        try:
            if picture.status == "sending":
                await self._wait_for_a_word(picture)
            elif not picture.is_wanted:
                await self._withdraw(picture)
            elif picture.status == "waiting":
                await self._look(picture)
            else:
                await self._send(picture)
        except NotWanted:
            pass  # it is in another hand, or was cancelled: whoever cancelled it made it due again
        except GenerationRefused as refused:
            await self._end(picture, ENDS.get(refused.reason, "failed"), refused.reason)

    async def _send(self, picture: RemotePicture) -> None:
        provider = self._providers.get(picture.providers[0])
        model = await self._model(picture) if provider else None
        if provider is None or model is None:
            return await self._turn_to_next(picture, Refusal.PROVIDER_UNAVAILABLE, is_free=True)
        if picture.asked_ago > REMOTE_SECONDS_MAX:
            return await self._end(picture, "failed", Refusal.TIMED_OUT, is_free=True)
        circuit = self._circuits[provider.name]
        match circuit.state:
            case "stop":
                return await self._turn_to_next(picture, Refusal.PROVIDER_UNAVAILABLE, is_free=True)
            case "turn" if len(picture.providers) > 1:
                return await self._turn_to_next(picture, Refusal.PROVIDER_UNAVAILABLE, is_free=True)
            case "turn" | "wait":
                return await self._put_off(picture, "wanted", circuit.seconds_left, tries=picture.tries)
        async with self._submitting:
            request = await self._request(picture)
            try:
                await self._begin(picture, provider.name, model)
            except BudgetSpent:
                return await self._turn_to_next(picture, Refusal.BUDGET_SPENT, is_free=True)
            return await self._submit(picture, provider, request, model)

    async def _begin(self, picture: RemotePicture, provider: str, model: Model) -> None:
        """Raises BudgetSpent: one more would cost more than may be spent, whoever else is sending."""
        values = {**_key(picture), "provider": provider, "model": model.name, "cost": model.price_microdollars}
        async with self._held(picture) as conn:
            await reserve(conn, self._budget, model.price_microdollars)
            await conn.execute(REMOTE_QUERIES["begin_sending"], values)
            await conn.execute(REMOTE_QUERIES["begin_submitting"], values)

    async def _submit(
        self, picture: RemotePicture, provider: ImageProvider, request: ImageRequest, model: Model
    ) -> None:
        """The question goes out: what is not certain to have been left undone is never asked twice."""
        try:
            answer = await provider.submit(request, model, self._webhook_url(picture, provider.name))
        except NotTaken as fault:
            await self._learn(provider, fault)
            if picture.tries + 1 >= TRIES_MAX:
                await self._turn_to_next(picture, Refusal.PROVIDER_UNAVAILABLE, is_free=True, was="sending")
            else:
                await self._put_off(picture, "wanted", _pause(picture, fault.seconds), tries=picture.tries + 1)
        except (ProviderStopped, Rejected) as fault:
            await self._learn(provider, fault)
            await self._turn_to_next(picture, Refusal.PROVIDER_UNAVAILABLE, is_free=True, was="sending")
        except Unanswered as fault:
            await self._learn(provider, fault)
            await self._put_off(picture, "sending", LOST_AFTER_SECONDS, tries=0)
        else:
            self._circuits[provider.name].works()
            if isinstance(answer, Moderated):
                await self._end_moderated(picture, answer, was="sending")
            else:
                await self._keep(picture, answer)

    async def _learn(self, provider: ImageProvider, fault: ProviderFault) -> None:
        """Why it did not take it; whether it is asked for a while is told to whoever looks after the makers."""
        self._tell(provider, fault)
        circuit = self._circuits[provider.name]
        circuit.heed(fault)
        if circuit.state != "ask":
            values = {"provider": provider.name, "state": circuit.state, "seconds": circuit.seconds_left}
            async with self._database.transaction(SERVICE) as conn:
                await conn.execute(REMOTE_QUERIES["tell_circuit"], values)

    async def _keep(self, picture: RemotePicture, submitted: Submitted) -> None:
        values = {
            **_key(picture),
            "job_id": submitted.handle.id,
            "handle": Jsonb(asdict(submitted.handle)),
            "cost": submitted.cost_microdollars,
            "seconds": POLL_SECONDS_MIN,
            "progress": 0,
        }
        async with self._database.transaction(SERVICE) as conn:
            await maybe(conn, REMOTE_QUERIES["lock_generation"], values)
            await conn.execute(REMOTE_QUERIES["keep_job"], values)
            await conn.execute(REMOTE_QUERIES["begin_running"], values)

    async def _wait_for_a_word(self, picture: RemotePicture) -> None:
        left = LOST_AFTER_SECONDS - (picture.sent_ago or 0)
        if left > 0:
            return await self._put_off(picture, "sending", left, tries=0)
        observe(SubmissionLost(str(picture.id), picture.provider or ""))
        return await self._end(picture, "lost", Refusal.FAILED)

    async def _look(self, picture: RemotePicture) -> None:
        provider, handle = self._at(picture)
        if picture.asked_ago > REMOTE_SECONDS_MAX:
            await self._cancel(provider, handle)
            return await self._end(picture, "failed", Refusal.TIMED_OUT)
        if provider is None:  # its key was taken away: another worker may have it, or it comes back
            return await self._put_off(picture, "waiting", PROVIDER_GONE_SECONDS, tries=0)
        try:
            outcome = await provider.poll(handle)
            if isinstance(outcome, Ready):
                return await self._fetch(picture, provider, outcome)
        except ProviderFault as fault:
            self._tell(provider, fault)
            seconds = fault.seconds if isinstance(fault, NotTaken) else None
            return await self._put_off(picture, "waiting", _pause(picture, seconds), tries=picture.tries + 1)
        return await self._heed(picture, outcome)

    async def _heed(self, picture: RemotePicture, outcome: Pending | Moderated | NotMade) -> None:
        age = picture.sent_ago or 0
        match outcome:
            case Pending():
                await self._report(picture, outcome.fraction)
                seconds = min(max(age / POLL_SHARE, POLL_SECONDS_MIN), POLL_SECONDS_MAX)
                await self._put_off(picture, "waiting", seconds, tries=0)
            case Moderated():
                await self._end_moderated(picture, outcome)
            case NotMade(is_gone=True) if age < UNKNOWN_SECONDS_MAX:
                await self._put_off(picture, "waiting", _pause(picture, None), tries=picture.tries + 1)
            case NotMade():
                await self._turn_to_next(picture, Refusal.FAILED)

    async def _fetch(self, picture: RemotePicture, provider: ImageProvider, ready: Ready) -> None:
        """At once: what is ready lies there for some minutes only. What comes broken is fetched again."""
        try:
            data = await provider.fetch(ready)
            async with self._finishing:
                finished = await asyncio.to_thread(_finished, picture, data, ready)
        except (Rejected, GenerationRefused) as fault:
            observe(ProviderFailed(provider.name, type(fault).__name__, "fetch"))
            if picture.tries + 1 >= TRIES_MAX:
                return await self._turn_to_next(picture, Refusal.FAILED)
            return await self._put_off(picture, "waiting", _pause(picture, None), tries=picture.tries + 1)
        if self._safety and picture.generation_id:
            await self._safety.pass_picture(picture.generation_id, finished)
        return await self._store(picture, finished)

    async def _store(self, picture: RemotePicture, finished: Picture) -> None:
        if picture.generation_id is None or picture.user_id is None:
            raise NotWanted

        @asynccontextmanager
        async def holding(conn: Connection) -> AsyncIterator[None]:
            await self._hold(conn, picture, picture.status)
            yield
            await self._finish(conn, picture, "done", None)

        made = Made(
            picture=finished,
            generation_id=picture.generation_id,
            user_id=picture.user_id,
            seed=picture.seed,
            seconds=picture.asked_ago,
        )
        await store_picture(self._database, self._blobs, made, holding, self._marks)

    async def _withdraw(self, picture: RemotePicture) -> None:
        if picture.status == "waiting":
            await self._cancel(*self._at(picture))
        async with self._held(picture, is_wanted=False) as conn:
            await self._finish(conn, picture, "canceled", None, is_free=picture.status == "wanted")

    async def _cancel(self, provider: ImageProvider | None, handle: Handle) -> None:
        if provider is not None:
            try:
                await provider.cancel(handle)
            except ProviderFault as fault:  # it is made and paid for then, and fetched by nobody
                self._tell(provider, fault)

    async def _turn_to_next(
        self, picture: RemotePicture, reason: Refusal, *, is_free: bool = False, was: str | None = None
    ) -> None:
        """This provider will not make it: the next one is asked, and one that is here makes what is left at the end."""
        rest = picture.providers[1:]
        if not rest:
            return await self._end(picture, "failed", reason, is_free=is_free, was=was)
        is_elsewhere = rest[0] in REMOTE
        async with self._held(picture, was=was, is_wanted=False) as conn:
            await self._finish_row(conn, picture, "failed" if is_elsewhere else "moved", reason, is_free=is_free)
            if is_elsewhere:
                await conn.execute(REMOTE_QUERIES["ask_next"], {"id": picture.id, "providers": rest})
            await self._settle(conn, picture)
        return None

    async def _end(
        self, picture: RemotePicture, end: str, reason: Refusal, *, is_free: bool = False, was: str | None = None
    ) -> None:
        """An end is written also for a generation that has ended meanwhile; that one stays as it is."""
        async with self._held(picture, was=was, is_wanted=False) as conn:
            await self._finish(conn, picture, end, reason, is_free=is_free)

    async def _end_moderated(self, picture: RemotePicture, moderated: Moderated, *, was: str | None = None) -> None:
        """A maker says what it refused only as far as in or out."""
        went_in: Stage = "photo" if picture.photo_path else "prompt"
        async with self._held(picture, was=was, is_wanted=False) as conn:
            if picture.generation_id:
                await note_stage(conn, picture.generation_id, went_in if moderated.stage == "input" else "picture")
            await self._finish(conn, picture, "moderated", Refusal.MODERATED)

    async def _finish(
        self, conn: Connection, picture: RemotePicture, end: str, reason: Refusal | None, *, is_free: bool = False
    ) -> None:
        await self._finish_row(conn, picture, end, reason, is_free=is_free)
        await self._settle(conn, picture)

    async def _finish_row(
        self, conn: Connection, picture: RemotePicture, end: str, reason: Refusal | None, *, is_free: bool
    ) -> None:
        code = reason.value if reason else None
        values = {"id": picture.id, "end": end, "error_code": code, "is_free": is_free}
        await conn.execute(REMOTE_QUERIES["end_picture"], values)

    async def _settle(self, conn: Connection, picture: RemotePicture) -> None:
        """With the last of its pictures a generation ends, or goes on here."""
        if picture.generation_id is None:
            return
        ends = await one(conn, REMOTE_QUERIES["read_ends"], _key(picture))
        if ends["is_any_live"]:
            return
        if ends["is_any_moved"]:
            await make_here(conn, picture.generation_id)
            return
        reason = Refusal.MODERATED if ends["is_any_moderated"] else Refusal(ends["error_code"] or Refusal.FAILED)
        await close_generation(conn, picture.generation_id, if_empty=reason)

    async def _report(self, picture: RemotePicture, fraction: float | None) -> None:
        if fraction is None:
            return
        async with self._held(picture) as conn:
            made = await one(conn, REMOTE_QUERIES["count_made"], _key(picture))
            whole = (made["made"] + min(max(fraction, 0), 1)) / (picture.requested_count or 1)
            await conn.execute(
                REMOTE_QUERIES["begin_running"], {**_key(picture), "progress": min(int(100 * whole), 99)}
            )

    async def _put_off(self, picture: RemotePicture, next: str, seconds: float, *, tries: int) -> None:
        values = {**_key(picture), "next": next, "seconds": seconds, "tries": tries}
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(REMOTE_QUERIES["put_off"], values)

    @asynccontextmanager
    async def _held(
        self, picture: RemotePicture, *, is_wanted: bool = True, was: str | None = None
    ) -> AsyncIterator[Connection]:
        async with self._database.transaction(SERVICE) as conn:
            await self._hold(conn, picture, was or picture.status, is_wanted=is_wanted)
            yield conn

    async def _hold(self, conn: Connection, picture: RemotePicture, status: str, *, is_wanted: bool = True) -> None:
        generation = await maybe(conn, REMOTE_QUERIES["lock_generation"], _key(picture))
        if not await maybe(conn, REMOTE_QUERIES["hold_picture"], {**_key(picture), "status": status}):
            raise NotWanted
        if is_wanted and not (generation and generation["is_wanted"]):
            raise NotWanted

    async def _model(self, picture: RemotePicture) -> Model | None:
        values = {"provider": picture.providers[0], "has_photo": picture.photo_path is not None}
        async with self._database.transaction(SERVICE) as conn:
            row = await maybe(conn, REMOTE_QUERIES["find_model"], values)
        return Model(name=row.pop("model"), **row) if row else None

    async def _request(self, picture: RemotePicture) -> ImageRequest:
        width, height = (picture.image_size or "").split("x")
        if picture.user_id is None:
            raise NotWanted
        return ImageRequest(
            prompt=picture.prompt,
            negative_prompt=picture.negative_prompt,
            keywords=tuple(picture.style_keywords),
            category=picture.category,
            seed=picture.seed,
            width=int(width),
            height=int(height),
            photo=await self._photo(picture, picture.user_id),
        )

    async def _photo(self, picture: RemotePicture, user_id: UUID) -> bytes | None:
        """As it goes to somebody else: looked at, and bare."""
        photo = await read_photo(self._database, self._blobs, user_id, picture.photo_path)
        if photo is None:
            return None
        if self._safety and picture.generation_id:
            await self._safety.pass_photo(picture.generation_id, photo)
        return await bare_photo(photo)

    def _at(self, picture: RemotePicture) -> tuple[ImageProvider | None, Handle]:
        return self._providers.get(picture.provider or ""), Handle(**(picture.handle or {}))

    def _webhook_url(self, picture: RemotePicture, provider: str) -> str | None:
        """It names the picture, so that a webhook can say which job is the one whose answer was lost."""
        return f"{self._webhooks_url}/{provider}?picture={picture.id}" if self._webhooks_url else None

    def _tell(self, provider: ImageProvider, fault: ProviderFault) -> None:
        observe(ProviderFailed(provider.name, type(fault).__name__, str(fault)))


def _key(picture: RemotePicture) -> dict[str, Any]:
    return {"id": picture.id, "generation_id": picture.generation_id, "turn": picture.turn}


def _pause(picture: RemotePicture, asked_for: float | None) -> float:
    """As long as the provider asked for, else twice as long after each try."""
    return asked_for if asked_for is not None else min(RETRY_SECONDS_MIN * 2**picture.tries, RETRY_SECONDS_MAX)


def _finished(picture: RemotePicture, data: bytes, ready: Ready) -> Picture:
    """The picture without what the provider wrote beside it: the prompt is nobody's to read.

    A manifest of theirs goes with it, and ours says so.
    """
    kind, (width, height), thumbnail = measured(data)
    try:
        bare = bare_picture(kind, data)
    except TooManyParts as error:
        raise GenerationRefused(Refusal.FAILED) from error
    facts: dict[str, Any] = {"provider": picture.provider, "text_prompt": True, "unused": ["negative_prompt"]}
    if has_manifest(data):
        facts["manifest_replaced"] = True
    return Picture(
        image=bare,
        image_type=kind,
        thumbnail=thumbnail,
        thumbnail_type="image/webp",
        width=width,
        height=height,
        seed=picture.seed,
        model=picture.model or "",
        source=DigitalSource.TRAINED if picture.photo_path is None else DigitalSource.EDITED_BY_TRAINED,
        facts={**ready.facts, **facts},
    )
