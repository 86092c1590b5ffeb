"""The documents at `/docs/….md`, as they lie in the repository, and `/llms.txt`, which lists them for models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from sahne.errors import NotFound
from sahne.gateway.asgi import Door, Receive, Scope, Send, send_whole
from sahne.gateway.callers import Callers, counted
from sahne.gateway.parts import Parts

PACKAGE = Path(__file__).parents[1]
LIST = "/llms.txt"
FOLDERS = ("guides", "reference", "decisions")
INDEX = "README.md"
MARKDOWN = (b"content-type", b"text/markdown; charset=utf-8")
PLAIN = (b"content-type", b"text/plain; charset=utf-8")
CACHED = (b"cache-control", b"public, max-age=300")
_HEADING = re.compile(r"^# .*$", re.MULTILINE)
_LINK = re.compile(r"\]\(((?:guides|reference|decisions)/[^)#]+\.md)")
SUMMARY = """\
# Sahne

> The backend of a creator app: live stage and AI photo studio on PostgreSQL, spoken in the Supabase protocols. Apps use
> the unmodified Supabase clients; the product's own operations are at {url}/docs and {url}/openapi.json."""


def folder_of_documents() -> Path:
    """Of the package; in a checkout that of the repository."""
    packed = PACKAGE / "documents"
    return packed if packed.exists() else PACKAGE.parent / "docs"


def build_documents(parts: Parts) -> Door:
    """The door of both; its callers are counted as those of every door."""
    return counted(Documents(folder_of_documents(), parts.settings.api_url), Callers(parts.settings), parts.verifier)


class Documents:
    """What lies in `folder` when the server starts is there, and nothing else."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """A document, or the list."""
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD") or (path != LIST and path not in self._files):
            raise NotFound(details=path, hint=f"{LIST} lists the documents.")
        body = self._list if path == LIST else self._files[path].read_bytes()
        headers = [PLAIN if path == LIST else MARKDOWN, CACHED, (b"content-length", b"%d" % len(body))]
        await send_whole(send, 200, headers, b"" if scope["method"] == "HEAD" else body)

    @cached_property
    def _files(self) -> Mapping[str, Path]:
        found = (path for name in FOLDERS for path in (self._folder / name).glob("*.md"))
        return {f"/docs/{path.relative_to(self._folder).as_posix()}": path for path in found}

    @cached_property
    def _list(self) -> bytes:
        """The documents' own index, with addresses, without the lines of what is not here."""
        lines = (self._folder / INDEX).read_text("utf-8").splitlines(keepends=True)
        here = (line for line in lines if all(f"/docs/{link}" in self._files for link in _LINK.findall(line)))
        listed = _LINK.sub(rf"]({self._url}/docs/\1", "".join(here))
        return _HEADING.sub(lambda _: SUMMARY.format(url=self._url), listed, count=1).encode()
