"""`examples/viewer` in a browser, with the packages it loads from their registry's mirror taken from the pinned ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, Route

from tests.browser.chromium import Person, chromium
from tests.clients.conftest import Packages

VIEWER = Path(__file__).parents[2] / "examples" / "viewer"
PAGE = "http://localhost:1"  # nobody listens there: the browser is answered from the folder
MIRROR = "https://cdn.jsdelivr.net/npm/"
PLAYS = "document.querySelector('#stage video')?.videoWidth > 0"


@contextmanager
def viewer_page(packages: Packages, url: str) -> Iterator[tuple[Person, Page]]:
    """Opened for a server."""

    def own(route: Route) -> None:
        route.fulfill(path=VIEWER / route.request.url.partition("?")[0].rpartition("/")[2])

    def mirrored(route: Route) -> None:
        named = route.request.url.removeprefix(MIRROR)
        route.fulfill(path=packages.folder / re.sub(r"@[\d.]+/", "/", named), content_type="text/javascript")

    with chromium() as browser:
        person = Person(browser, PAGE, phone=True)
        person.context.route(f"{PAGE}/**", own)
        person.context.route(f"{MIRROR}**", mirrored)
        person.page.goto(f"/index.html?url={url}")
        yield person, person.page
        person.leaves()
