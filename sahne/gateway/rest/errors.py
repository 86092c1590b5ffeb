"""Every refusal of the Data API: its code, its HTTP status, its JSON, and what SQLSTATE becomes which status."""

from __future__ import annotations

from typing import Any

import orjson

from sahne.database.reach import DatabaseUnreachable
from sahne.database.result import ConnectionsBusy, StatementFailed
from sahne.errors import ExpiredToken, InvalidClaim, InvalidToken, SahneError, Unavailable
from sahne.gateway.asgi import Header
from sahne.gateway.bearer import InvalidApiKey
from sahne.gateway.rates import RateExceeded


class RestError(SahneError):
    """A refusal in PostgREST's words."""

    code = "PGRST000"
    status = 500


class ParseFailed(RestError):
    """The query could not be read."""

    code, status = "PGRST100", 400


class UndefinedColumn(RestError):
    """column does not exist"""

    code, status = "42703", 400


class BadRpcMethod(RestError):
    """Cannot use this method on RPC."""

    code, status = "PGRST101", 405


class BadBody(RestError):
    """Empty or invalid json"""

    code, status = "PGRST102", 400


class BadRange(RestError):
    """Requested range not satisfiable"""

    code, status = "PGRST103", 416

    def __init__(self, *, details: str, total: int | None = None) -> None:
        super().__init__(details=details)
        self.total = total


class BadPut(RestError):
    """Filters must include all and only primary key columns with 'eq' operators"""

    code, status = "PGRST105", 405


class UnknownSchema(RestError):
    """Invalid schema"""

    code, status = "PGRST106", 406


class NoSuchMediaType(RestError):
    """None of these media types are available"""

    code, status = "PGRST107", 406


class EmbeddedTwice(RestError):
    """Two embedded resources have one name in the answer."""

    code, status = "42712", 400


class EmbedNotSelected(RestError):
    """The embedded resource is not in the select parameter."""

    code, status = "PGRST108", 400


class BadResponseHeaders(RestError):
    """response.headers guc must be a JSON array composed of objects with a single key and a string value"""

    code, status = "PGRST111", 500


class BadResponseStatus(RestError):
    """response.status guc must be a valid status code"""

    code, status = "PGRST112", 500


class LimitedPut(RestError):
    """limit/offset querystring parameters are not allowed for PUT"""

    code, status = "PGRST114", 400


class ForeignPut(RestError):
    """Payload values do not match URL in primary key column(s)"""

    code, status = "PGRST115", 400


class NotSingular(RestError):
    """Cannot coerce the result to a single JSON object"""

    code, status = "PGRST116", 406


class UnsupportedMethod(RestError):
    """Unsupported HTTP method"""

    code, status = "PGRST117", 405


class BadRelatedOrder(RestError):
    """A related order is not possible here."""

    code, status = "PGRST118", 400


class BadEmbedFilter(RestError):
    """Only is null or not is null filters are allowed on embedded resources"""

    code, status = "PGRST120", 400


class BadRaise(RestError):
    """Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error"""

    code, status = "PGRST121", 500


class BadPreference(RestError):
    """Invalid preferences given with handling=strict"""

    code, status = "PGRST122", 400


class AggregatesOff(RestError):
    """Use of aggregate functions is not allowed"""

    code, status = "PGRST123", 400


class SpreadAggregate(RestError):
    """Feature not implemented"""

    code, status = "PGRST127", 400


class TooManyAffected(RestError):
    """Query result exceeds max-affected preference constraint"""

    code, status = "PGRST124", 400


class UnboundedCall(RestError):
    """Function must return SETOF or TABLE when max-affected preference is used with handling=strict"""

    code, status = "PGRST128", 400


class KeptColumn(RestError):
    """A row that is there already differs in a column that this role may not change"""

    code, status = "42501", 403


class Unfiltered(RestError):
    """UPDATE requires a WHERE clause"""

    code, status = "21000", 400


class AnswerTooLarge(RestError):
    """The answer is too large"""

    code, status = "54000", 400


class UnknownPath(RestError):
    """Invalid path specified in request URL"""

    code, status = "PGRST125", 404


class NoRelationship(RestError):
    """Could not find a relationship in the schema cache"""

    code, status = "PGRST200", 400


class AmbiguousEmbed(RestError):
    """Could not embed because more than one relationship was found"""

    code, status = "PGRST201", 300


class NoFunction(RestError):
    """Could not find the function in the schema cache"""

    code, status = "PGRST202", 404


class AmbiguousFunction(RestError):
    """Could not choose the best candidate function"""

    code, status = "PGRST203", 300


class NoColumn(RestError):
    """Could not find the column in the schema cache"""

    code, status = "PGRST204", 400


class NoTable(RestError):
    """Could not find the table in the schema cache"""

    code, status = "PGRST205", 404


class NoCatalog(RestError):
    """Could not query the database for the schema cache. Retrying."""

    code, status = "PGRST002", 503


class BodiesBusy(Unavailable):
    """Many large bodies wait to be read."""

    code = "bodies_busy"


# SQLSTATE → status, the longest prefix wins
STATUS_OF_SQLSTATE = {
    "08": 503, "09": 500, "0L": 403, "0P": 403, "21000": 400, "22023": 400, "23001": 409, "23503": 409, "23505": 409,
    "25": 500, "25006": 405, "28": 403, "2D": 500, "38": 500, "39": 500, "3B": 500, "40": 500, "53": 503,
    "53400": 500, "54": 500, "55": 500, "57": 500, "57014": 504, "57P01": 503, "58": 500, "F0": 500, "HV": 500,
    "P0": 500, "P0001": 400,
    "XX": 500, "42883": 404, "42P01": 404, "42P17": 500,
}  # fmt: skip
PERMISSION_DENIED = "42501"
RAISED_RESPONSE = "PGRST"
CHALLENGE = (b"www-authenticate", b"Bearer")


def render(error: SahneError, *, anonymous: bool) -> tuple[int, list[Header], bytes]:
    """Status, headers and JSON of any refusal; `anonymous` decides between 401 and 403."""
    if isinstance(error, StatementFailed):
        status, headers, body = _render_statement(error, anonymous)
    else:
        code, status, message, headers = _translated(error)
        body = {"code": code, "details": error.details, "hint": error.hint, "message": message}
    headers.append((b"proxy-status", f"PostgREST; error={body['code']}".encode("ascii", "replace")))
    return status, headers, orjson.dumps(body, default=str)


def _translated(error: SahneError) -> tuple[str, int, str, list[Header]]:
    if isinstance(error, ExpiredToken):
        challenge = b'Bearer error="invalid_token", error_description="JWT expired"'
        return "PGRST303", 401, "JWT expired", [(b"www-authenticate", challenge)]
    if isinstance(error, InvalidToken):
        message = error.message if isinstance(error, InvalidApiKey) else _words_on_token(str(error.details or ""))
        challenge = b'Bearer error="invalid_token", error_description="%s"' % message.encode()
        code = "PGRST303" if isinstance(error, InvalidClaim) else "PGRST301"
        return code, 401, message, [(b"www-authenticate", challenge)]
    if isinstance(error, ConnectionsBusy):
        return "PGRST003", 504, "Timed out acquiring connection from connection pool.", []
    if isinstance(error, DatabaseUnreachable):
        return "PGRST001", 503, "Database client error. Retrying the connection.", [(b"retry-after", b"1")]
    headers: list[Header] = [(b"retry-after", b"1")] if error.status == 503 else []
    if isinstance(error, BadRange) and error.total is not None:
        headers.append((b"content-range", b"*/%d" % error.total))
    if isinstance(error, RateExceeded):
        headers = [(b"retry-after", b"%d" % error.retry_after_seconds)]
    return error.code, error.status, error.message, headers


def _words_on_token(reason: str) -> str:
    if "Signature verification failed" in reason:
        return "No suitable key or wrong key type"
    if "segments" in reason:
        return "Expected 3 parts in JWT; got %s" % ("2" if "Not enough" in reason else "more")
    return reason if reason.startswith(("role", "The JWT", "JWT")) else "JWT could not be decoded"


def _render_statement(error: StatementFailed, anonymous: bool) -> tuple[int, list[Header], dict[str, Any]]:
    state = error.sqlstate
    if state == RAISED_RESPONSE:
        return _render_raised(error)
    status = status_of(state, anonymous=anonymous, message=error.message)
    headers: list[Header] = []
    if status == 401:
        headers.append(CHALLENGE)
    if status == 503:
        headers.append((b"retry-after", b"1"))
    return status, headers, {"code": state, "details": error.details, "hint": error.hint, "message": error.message}


def status_of(state: str, *, anonymous: bool, message: str = "") -> int:
    """The HTTP status of an SQLSTATE."""
    if state == PERMISSION_DENIED:
        return 401 if anonymous else 403
    if state == "22023" and message.startswith("role") and message.endswith("does not exist"):
        return 401
    if state[:2] == "PT" and state[2:].isdigit():
        return int(state[2:])
    return STATUS_OF_SQLSTATE.get(state) or STATUS_OF_SQLSTATE.get(state[:2]) or 400


def _render_raised(error: StatementFailed) -> tuple[int, list[Header], dict[str, Any]]:
    """A function's own answer: `raise sqlstate 'PGRST' using message = '{"code",…}', detail = '{"status",…}'`."""
    try:
        message: dict[str, Any] = orjson.loads(error.message)
        detail: dict[str, Any] = orjson.loads(str(error.details))
        body = {
            "code": message["code"],
            "details": message.get("details"),
            "hint": message.get("hint"),
            "message": message["message"],
        }
        headers = [(str(k).lower().encode(), str(v).encode()) for k, v in (detail.get("headers") or {}).items()]
        return int(detail["status"]), headers, body
    except (ValueError, KeyError, TypeError, AttributeError):
        hint = "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'."
        details = f"Invalid JSON value for MESSAGE or DETAIL: {error.message!r}"
        body = {"code": BadRaise.code, "details": details, "hint": hint, "message": BadRaise.__doc__}
        return BadRaise.status, [], body
