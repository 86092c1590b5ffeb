"""The front of the house: every HTTP request enters here and is sent to its door by its path.

It gives a request its id, answers CORS, refuses bodies that announce themselves too large, ends what takes too
long, turns what a door lets fall into a clean 500, and tells telemetry what was served. It is plain ASGI because
the hot path runs through it.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Container, Iterable, Mapping
from itertools import count
from typing import Any

import orjson

from sahne import tracing
from sahne.errors import InvalidRequest, NotFound, PayloadTooLarge, SahneError, Unavailable
from sahne.gateway.asgi import Door, Header, Message, Receive, Scope, Send
from sahne.gateway.bodies import SMALL_BYTES, Bodies, Body
from sahne.gateway.callers import Places
from sahne.gateway.connections import Connections, TooManyConnections
from sahne.gateway.deadlines import Deadlines
from sahne.gateway.development_keys import DevelopmentKeys
from sahne.gateway.exact_paths import REPLACEMENT, is_text, leads_to
from sahne.gateway.file_answers import ZERO_COPY, FilePart
from sahne.gateway.rates import RateExceeded
from sahne.gateway.sent_once import HostMissing, SentOnce
from sahne.gateway.traced import traced
from sahne.gateway.untaken import LARGE_ANSWER_BYTES, STILL_SECONDS_MAX, AnswersNotTaken, Untaken
from sahne.gateway.whole_answers import EXTENSION, WITHOUT_BODY, WholeAnswer
from sahne.settings import Settings
from sahne.telemetry import Failed, RequestServed, observe, work_for

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
PREFLIGHT_SECONDS_MAX = b"3600"
CHUNKED = b"chunked"
CHANGES_NOTHING = frozenset({"GET", "HEAD"})
SMALL_LENGTH_DIGITS_MAX = len(str(SMALL_BYTES))
UNTOLD = frozenset({"/s"})  # a path there opens something to whoever reads it, and stands in no log
LENGTH_DIGITS_MAX = 20  # more than a number of bytes has

# What every answer carries but those that bring a policy of their own (the page, `/docs`, objects): it is data, to be
# shown by nobody
AS_DATA = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)

ALLOWED_ORIGIN = b"access-control-allow-origin"

# What browsers may read of an answer, over all doors
EXPOSED_HEADERS = (
    b"content-range, content-location, content-profile, location, preference-applied, link, x-total-count, "
    b"x-supabase-api-version, x-sb-error-code, x-request-id, etag, retry-after, upload-offset, upload-length, "
    b"upload-expires, tus-version, tus-resumable, tus-extension, tus-max-size"
)


class Front:
    """One ASGI app over all doors. `doors` maps a path prefix of one or two names (`/health`, `/rest/v1`) to a door,
    and `/` to the one for everything else; the longest prefix wins.

    A door sees the whole path. `unbounded` names prefixes that bound their bodies themselves (uploads). `untaken`
    counts the answers that the server still keeps.
    """

    def __init__(
        self,
        settings: Settings,
        doors: Mapping[str, Door],
        unbounded: frozenset[str] = frozenset(),
        untaken: Untaken | None = None,
        *,
        development_keys: DevelopmentKeys | None = None,
        bodies: Bodies | None = None,
        connections: Connections | None = None,
    ) -> None:
        self._doors = {prefix: (prefix, door) for prefix, door in doors.items()}
        self._elsewhere = self._doors.get("/", ("", None))
        self._unbounded = unbounded
        self._bodies = bodies or Bodies(settings)
        self._untaken = untaken or Untaken(Places(settings))
        self._connections = connections or Connections(settings)
        self._once = SentOnce(settings)
        self._keys = development_keys or DevelopmentKeys(settings)
        self._body_bytes_max = settings.request_body_bytes_max
        self._small_bytes = min(SMALL_BYTES, settings.request_body_bytes_max)
        self._seconds_max = settings.request_timeout_seconds
        self._deadlines = Deadlines(settings.request_timeout_seconds)
        self._run = secrets.token_hex(8)  # with a number behind it, an id nobody else has
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = self._request_id(headers.get(b"x-request-id"))
        scope["request_id"] = request_id
        work_for(request_id)
        prefix, door = self._find(scope["path"])
        extensions = scope.get("extensions")
        whole = extensions.get(EXTENSION) if extensions else None
        answer = _Answer(scope, send, whole, headers, self._untaken, self._deadlines)
        try:
            work = self._answer(prefix, door, scope, receive, answer, headers)
            traceparent = headers[b"traceparent"].decode("latin-1") if b"traceparent" in headers else None
            if tracing.is_recorded(traceparent):
                work = traced(work, scope, prefix, _told(prefix, scope), answer, traceparent)
            await work
        finally:
            seconds = time.perf_counter() - started
            path = _told(prefix, scope)
            observe(RequestServed(request_id, prefix or "none", scope["method"], path, answer.status, seconds))

    async def _answer(
        self,
        prefix: str,
        door: Door | None,
        scope: Scope,
        receive: Receive,
        answer: _Answer,
        headers: Mapping[bytes, bytes],
    ) -> None:
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await _answer_preflight(answer, headers)
        elif self._connections.are_the_proxys:
            await self._pass_counted(prefix, door, scope, receive, answer, headers)
        else:
            await self._pass(prefix, door, scope, receive, answer, headers)

    def _request_id(self, given: bytes | None) -> str:
        if given and REQUEST_ID.fullmatch(given):
            return given.decode()
        return f"{self._run}{next(self._numbers):016x}"

    def _find(self, path: str) -> tuple[str, Door | None]:
        first = path.find("/", 1)
        if first > 0:
            second = path.find("/", first + 1)
            found = self._doors.get(path if second < 0 else path[:second]) or self._doors.get(path[:first])
        else:
            found = self._doors.get(path)
        return found or self._elsewhere

    async def _pass_counted(
        self,
        prefix: str,
        door: Door | None,
        scope: Scope,
        receive: Receive,
        answer: _Answer,
        headers: Mapping[bytes, bytes],
    ) -> None:
        place = self._connections.place_of_request(scope)
        try:
            self._connections.enter(place)
        except TooManyConnections as error:
            await answer.error(error)
            return
        try:
            await self._pass(prefix, door, scope, receive, answer, headers)
        finally:
            self._connections.leave(place)

    async def _pass(
        self,
        prefix: str,
        door: Door | None,
        scope: Scope,
        receive: Receive,
        answer: _Answer,
        headers: Mapping[bytes, bytes],
    ) -> None:
        try:
            raw_path = scope.get("raw_path", b"")
            self._refuse_ambiguous(scope, headers, raw_path)
            if self._keys.in_use:
                self._refuse_foreign(scope, headers)
            if door is None or (b"%" in raw_path and not leads_to(prefix, raw_path)):
                raise NotFound(
                    details=scope["path"],
                    hint="The APIs are /auth/v1 /rest/v1 /realtime/v1 /storage/v1 /functions/v1.",
                )
            if prefix in self._unbounded:
                await door(scope, receive, answer)
                return
            self._refuse_untaken(scope)
            task = answer.task = asyncio.current_task()
            assert task is not None
            if self._has_small_body(scope, headers):
                await self._deadlines.bound(task, door(scope, receive, answer))
                return
            self._refuse_large(headers.get(b"content-length"))
            with self._bodies.of_request(scope) as body:
                await self._deadlines.bound(task, door(scope, _bounded(receive, body, self._body_bytes_max), answer))
        except TimeoutError:
            observe(Failed(f"{scope['method']} {_told(prefix, scope)}", "timed out"))
            await answer.error(Unavailable("The request took too long.", hint=f"The limit is {self._seconds_max:g} s."))
        except Exception as error:
            if isinstance(error, SahneError) and error.status != SahneError.status:
                await answer.error(error)
                return
            observe(Failed.of(f"{scope['method']} {_told(prefix, scope)}", error))
            hint = f"The fault is ours; request id {scope['request_id']} finds it in the log."
            await answer.error(SahneError(hint=hint))

    def _refuse_ambiguous(self, scope: Scope, headers: Mapping[bytes, bytes], raw_path: bytes) -> None:
        """What cannot be judged as it was sent. Raises InvalidRequest."""
        if len(scope["headers"]) != len(headers):
            self._once.refuse_repeated([name for name, _ in scope["headers"]])
        if headers.get(b"transfer-encoding", CHUNKED).lower() != CHUNKED:
            raise InvalidRequest("A body may be chunked, and coded in no other way.", hint="Send it as it is.")
        if b"host" not in headers and scope.get("http_version") == "1.1":
            raise HostMissing()
        if b"transfer-encoding" in headers and b"content-length" in headers:
            raise InvalidRequest("A body's end is said twice.", details="content-length, transfer-encoding")
        if REPLACEMENT in scope["path"] and not is_text(raw_path):
            raise InvalidRequest("The path is not UTF-8.", details=scope["path"])
        if b"#" in raw_path or b"#" in scope.get("query_string", b""):
            raise InvalidRequest("A # has no place in a request.", hint="Send it as %23.")

    def _refuse_foreign(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Whom the development keys are not for. Raises HostElsewhere, RefusedOnPage.

        A preflight has been answered by now: it tells nothing, and the words of a refusal reach a page only behind one.
        """
        self._keys.refuse_elsewhere(headers.get(b"host"))
        if b"origin" in headers:
            self._keys.refuse_tokens(headers[b"origin"], scope["headers"], scope.get("query_string", b""))

    def _has_small_body(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
        """Whether there is none, or one that is not weighed: the server lets no more through than the length says."""
        if b"transfer-encoding" in headers:
            return False
        length = headers.get(b"content-length")
        if length is None:
            return scope["method"] in CHANGES_NOTHING
        return len(length) <= SMALL_LENGTH_DIGITS_MAX and length.isdigit() and int(length) <= self._small_bytes

    def _refuse_large(self, content_length: bytes | None) -> None:
        digits = (content_length or b"")[:LENGTH_DIGITS_MAX]
        if digits.isdigit() and int(digits) > self._body_bytes_max:
            raise PayloadTooLarge(hint=f"The limit is {self._body_bytes_max} bytes.")

    def _refuse_untaken(self, scope: Scope) -> None:
        """What changes something is refused before, not when it has happened. Raises AnswersNotTaken."""
        if self._untaken.bytes and scope["method"] not in CHANGES_NOTHING and not self._untaken.has_room(scope):
            raise AnswersNotTaken()


def _told(prefix: str, scope: Scope) -> str:
    path: str = scope["path"]
    return prefix if prefix in UNTOLD else path


class _Answer:
    """The `send` a door is given: it adds the common headers and remembers the status.

    A head that says how long its body is waits for it: they leave together where the server can do that. A large
    answer that there is no room to keep is refused in its place. Until its client has taken a piece, the time of the
    `task` that answers stands still: our own protocol cuts off who takes nothing, and for another the piece has a time.
    """

    __slots__ = ("_common", "_deadlines", "_head", "_scope", "_send", "_untaken", "_whole", "started", "status", "task")

    def __init__(
        self,
        scope: Scope,
        send: Send,
        whole: WholeAnswer | None,
        headers: Mapping[bytes, bytes],
        untaken: Untaken,
        deadlines: Deadlines,
    ) -> None:
        self._scope = scope
        self._send = send
        self._whole = whole
        self._untaken = untaken
        self._deadlines = deadlines
        self.task: asyncio.Task[Any] | None = None
        self._head: Message | None = None
        self._common = [(b"x-request-id", scope["request_id"].encode())]
        if headers.get(b"origin"):
            self._common += [
                (ALLOWED_ORIGIN, b"*"),
                (b"access-control-expose-headers", EXPOSED_HEADERS),
            ]
        self.started = False
        self.status = 0

    async def whole(self, status: int, headers: list[Header], body: bytes) -> None:
        """What `send_whole` asks for."""
        if self._whole is None or len(body) >= LARGE_ANSWER_BYTES:
            await self({"type": "http.response.start", "status": status, "headers": headers})
            await self({"type": "http.response.body", "body": body})
            return
        self.status = status
        await self._whole(status, self._dressed(headers, dict(headers)), body)
        self.started = True

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message.get("headers", ())
            named = dict(given)
            message["headers"] = self._dressed(given, named)
            if self._whole is not None and (b"content-length" in named or self.status in WITHOUT_BODY):
                self._head = message
                return
        if self._head is not None and self._whole is not None:
            head, self._head = self._head, None
            body = message.get("body", b"")
            is_stream = message.get("more_body", False)
            size = LARGE_ANSWER_BYTES if is_stream else len(body)
            if size >= LARGE_ANSWER_BYTES and not self._may_be_kept(size):
                if is_stream:
                    raise AnswersNotTaken()  # nor does the door make the rest of it
                await self.error(AnswersNotTaken())
                return
            if not is_stream:
                await self._whole(self.status, head["headers"], body)
                self.started = True
                return
            self.started = True
            await self._send(head)
        self.started = True
        if message.get("more_body"):
            await self._deadlines.uncounted(self.task, self._taken(message))
        else:
            await self._send(message)

    async def _taken(self, piece: Message) -> None:
        if piece["type"] == ZERO_COPY:
            part: FilePart = self._scope["extensions"][ZERO_COPY]
            await part(piece["file"], piece["offset"], piece["count"])
            return
        if self._whole is not None:
            await self._send(piece)
            return
        async with asyncio.timeout(STILL_SECONDS_MAX):
            await self._send(piece)

    def _dressed(self, headers: Iterable[Header], named: Container[bytes]) -> list[Header]:
        common = (
            self._common[:1] if ALLOWED_ORIGIN in named else self._common
        )  # what was passed on has been let through
        if b"content-security-policy" in named:
            return [*headers, *common]
        return [*headers, *common, *AS_DATA]

    def _may_be_kept(self, size: int) -> bool:
        return self._scope["method"] not in CHANGES_NOTHING or self._untaken.has_room(self._scope, size)

    async def error(self, error: SahneError) -> None:
        self._head = None
        if self.started:  # too late for a status: cut the connection, so that nobody takes half for whole
            raise error
        headers = [(b"content-type", b"application/json")]
        if error.status == 503 or isinstance(error, TooManyConnections):
            headers.append((b"retry-after", b"1"))
        if isinstance(error, RateExceeded):
            headers.append((b"retry-after", b"%d" % error.retry_after_seconds))
        body = orjson.dumps(error.body(), default=str)
        headers.append((b"content-length", b"%d" % len(body)))
        await self({"type": "http.response.start", "status": error.status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


async def _answer_preflight(answer: _Answer, headers: Mapping[bytes, bytes]) -> None:
    allowed = [
        (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        (b"access-control-allow-headers", headers.get(b"access-control-request-headers", b"*")),
        (b"access-control-max-age", PREFLIGHT_SECONDS_MAX),
        (b"vary", b"access-control-request-headers"),
    ]
    await answer({"type": "http.response.start", "status": 204, "headers": allowed})
    await answer({"type": "http.response.body", "body": b""})


def _bounded(receive: Receive, body: Body, bytes_max: int) -> Receive:
    async def bounded() -> Message:
        message = await receive()
        if body.grow(len(message.get("body", b""))) > bytes_max:
            raise PayloadTooLarge(hint=f"The limit is {bytes_max} bytes.")
        return message

    return bounded
