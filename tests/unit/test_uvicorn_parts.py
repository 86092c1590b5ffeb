"""The parts of uvicorn that nobody promised us and we build on are those that were read.

A failure here is no fault: another uvicorn was installed. Read what changed in the part that is named, beside
`sahne/gateway/whole_answers.py`, `request_heads.py` and `realtime/upgrade.py`; then write its new text's hash here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import Server

from sahne.gateway.request_heads import BoundedHttpProtocol
from sahne.gateway.whole_answers import WholeAnswerProtocol

HTTP, CYCLE = HttpToolsProtocol, RequestResponseCycle

READ: dict[Callable[..., Any], str] = {
    HTTP.__init__: "4f08999410347141",
    HTTP.connection_made: "6efb565ff3d36b91",
    HTTP.connection_lost: "c91a4c9bf2e29c55",
    HTTP.data_received: "010a7ae59a5d3b1a",
    HTTP.on_message_begin: "96d377fdc7c2baef",
    HTTP.on_url: "37be44e962b04ca8",
    HTTP.on_header: "65d62c044f61fdbd",
    HTTP.on_headers_complete: "1ea8589acfad92d8",
    HTTP.on_body: "dba9c32aeba35b6a",
    HTTP.on_message_complete: "1fbad42dc31fc01f",
    HTTP._start_asgi_task: "9c08c2571ae9b038",
    HTTP.on_response_complete: "64e254f28e389e76",
    HTTP._unset_keepalive_if_required: "00a6a4e47214e68e",
    HTTP.timeout_keep_alive_handler: "8b53bf5f2e202970",
    HTTP.handle_websocket_upgrade: "179c4f769386ab89",
    HTTP._should_upgrade: "8fcad1ab8e096739",
    HTTP.shutdown: "d7351fa33f00d430",
    HTTP.pause_writing: "17a8fd215d96a13c",
    HTTP.resume_writing: "7844bbaa8cceb1ef",
    FlowControl: "126debcdaa894c83",
    CYCLE: "e67d470d435dcc1c",
    H11Protocol.handle_websocket_upgrade: "6f42a029e35aed5c",
    Server.capture_signals: "e1bbcd4770d1c887",
}


def text_of(part: Any) -> str:
    return sha256(inspect.getsource(part).encode()).hexdigest()[:16]


@pytest.mark.parametrize("part", READ, ids=lambda part: part.__qualname__)
def test_a_part_is_as_it_was_read(part: Any) -> None:
    assert text_of(part) == READ[part], (
        f"uvicorn changed {part.__qualname__}: read it, then write {text_of(part)!r} here"
    )


def test_every_part_that_we_extend_was_read() -> None:
    extended = {
        name for ours in (WholeAnswerProtocol, BoundedHttpProtocol) for name in vars(ours) if name in vars(HTTP)
    }
    invented = {"__module__", "__doc__", "__qualname__", "__firstlineno__", "__static_attributes__"}
    assert extended - invented <= {part.__name__ for part in READ}


def test_a_status_line_is_the_beginning_of_an_answer() -> None:
    assert STATUS_LINE[200] == b"HTTP/1.1 200 OK\r\n"
    assert set(STATUS_LINE) >= set(range(100, 600))
