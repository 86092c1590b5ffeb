"""`examples/viewer` in a browser; the packages that it loads from their registry's mirror are the pinned ones."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page, Route

from tests.browser.chromium import Person, chromium
from tests.clients.conftest import Packages

VIEWER = Path(__file__).parents[2] / "examples" / "viewer"
MIRROR = "https://cdn.jsdelivr.net/npm/"
PLAYS = "document.querySelector('#stage video')?.videoWidth > 0"


@contextmanager
def viewer_page(packages: Packages, url: str) -> Iterator[tuple[Person, Page]]:
    """Opened for a server."""

    def mirrored(route: Route) -> None:
        named = route.request.url.removeprefix(MIRROR)
        route.fulfill(path=packages.folder / re.sub(r"@[\d.]+/", "/", named), content_type="text/javascript")

    with served() as page, chromium() as browser:
        person = Person(browser, page, phone=True)
        person.context.route(f"{MIRROR}**", mirrored)
        person.page.goto(f"/index.html?url={url}")
        yield person, person.page
        person.leaves()


@contextmanager
def served() -> Iterator[str]:
    """The folder, on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(VIEWER))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Without its log."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""
