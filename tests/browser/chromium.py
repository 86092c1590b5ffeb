"""A headless Chromium with a fake camera and microphone, one context (a person's browser) at a time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Playwright, sync_playwright

from tests.absent import absent
from tests.eventually import eventually
from tests.voices import write_voice

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # a page that plays sound has not been touched by a person here
    "--autoplay-policy=no-user-gesture-required",
]
# livekit-client's own log names its room behind each line and calls it an error when the far end closes first, as at
# the end of a session or a reload. What matters of it reaches the page as an event, and the page shows it.
LIVEKITS_OWN = (" {room: ", "error reading from signal stream")
SCREENSHOTS = Path(__file__).parents[1] / "output" / "screenshots"
STEP_MS_MAX = 20_000
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """
axe.run(document, {resultTypes: ['violations']})
  .then(found => found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.target.join(' ')).join(', ')}`))
"""
# a screen that is being fetched has no heading yet, and what fades in has the contrast of half a fade
SETTLED = """
document.querySelector('h1') !== null &&
document.getAnimations().every(each => each.playState !== 'running' || each.effect.getComputedTiming().endTime === Infinity)
"""
PHONE = (390, 844)
SMALL_PHONE = (320, 568)
TABLET = (768, 1024)
DESK = (1280, 860)
TABS_MAX = 80
FOCUSED = """
(one => one.matches('a, button, input') ? one.ariaLabel ?? one.innerText : '')(document.activeElement)
"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def chromium_program() -> str:
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        absent("Chromium", "install it, as scripts/system-packages does")
    return found


@contextmanager
def chromium(*more_flags: str) -> Iterator[Browser]:
    program = chromium_program()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launched(playwright, program, write_voice(Path(folder) / "voice.wav"), *more_flags)
        try:
            yield browser
        finally:
            browser.close()


def launched(playwright: Playwright, program: str, voice: Path, *more_flags: str) -> Browser:
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={voice}", *more_flags]
    return playwright.chromium.launch(executable_path=program, headless=True, args=flags)


class Person:
    """Somebody at a browser of their own; what the page throws or logs as an error fails the test."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        phone: bool = False,
        size: tuple[int, int] | None = None,
        dark: bool = False,
        language: str = "en",
    ) -> None:
        width, height = size or (PHONE if phone else DESK)
        self.context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=language,
            permissions=["camera", "microphone"],
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(STEP_MS_MAX)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda line: self.hears(line.type, line.text))

    def hears(self, kind: str, text: str) -> None:
        if kind == "error" and not any(mark in text for mark in LIVEKITS_OWN):
            self.faults.append(text)

    def comes_in_as(self, name: str) -> None:
        self.page.goto("/")
        self.page.locator(f"button.person:has(strong:text-is('{name}'))").click()
        self.page.locator("[data-testid=balance]").wait_for()

    def goes_live(self, title: str, kind: str = "Video") -> None:
        self.page.goto("/#/go-live")
        self.page.get_by_role("radio", name=kind).check()
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_role("button", name="Go live", exact=True).click()
        self.page.get_by_role("button", name="End", exact=True).wait_for()

    def ends(self) -> None:
        self.page.get_by_role("button", name="End", exact=True).click()
        self.page.get_by_role("alertdialog").get_by_role("button", name="End it").click()

    def waits_for(self, expression: str) -> None:
        """Until the expression is true on the page (asked from outside: the page itself may not evaluate strings)."""
        eventually(lambda: bool(self.page.evaluate(expression)), STEP_MS_MAX / 1000)

    def finds_nothing_wrong(self) -> None:
        """No fault for a screen reader when the screen is there, nothing that sticks out, nothing thrown."""
        self.waits_for(SETTLED)
        self.page.evaluate(AXE.read_text())  # as an isolated script would: the page itself may load none
        found = self.page.evaluate(VIOLATIONS)
        assert found == [], found
        assert self.page.evaluate(SIDEWAYS) == 0
        assert self.faults == [], self.faults

    def tabs_to(self, name: str) -> None:
        """With the key alone, from wherever the focus is."""
        for _ in range(TABS_MAX):
            self.page.keyboard.press("Tab")
            if name in self.page.evaluate(FOCUSED).split("\n"):
                return
        raise AssertionError(f"{name} is not reached by Tab")

    def swipes_left(self) -> None:
        """A finger over the middle of the screen, from the right to the left."""
        size = self.page.viewport_size
        assert size
        finger = self.context.new_cdp_session(self.page)
        finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        for kind, across in (("touchStart", 0.85), ("touchMove", 0.7), ("touchMove", 0.15), ("touchEnd", None)):
            points = [] if across is None else [{"x": size["width"] * across, "y": size["height"] / 2}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def pictured(self, step: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{step}.png"
        self.page.screenshot(path=path)
        return path

    def leaves(self) -> None:
        self.context.close()


def figure(person: Person, name: str) -> Locator:
    """A card of an admin's page, by its heading."""
    return person.page.get_by_role("article", name=name, exact=True)
