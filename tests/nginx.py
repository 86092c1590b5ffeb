"""A real nginx before servers of a test, with the lines of the guides."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.absent import absent
from tests.conftest import free_port
from tests.eventually import eventually

GUIDES = Path(__file__).parents[1] / "docs" / "guides"
STOP_SECONDS_MAX = 10
WHOLE = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  map $http_upgrade $connection_upgrade {{ '' ''; default upgrade; }}
  {upstream}
  server {{
    listen 127.0.0.1:{port};
    {location}
  }}
}}
"""


@contextmanager
def nginx(ports: Sequence[int], folder: Path) -> Iterator[str]:
    """The URL of one before two servers, as the guides write it."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/bin:/usr/bin")
    if program is None:
        absent("nginx", "install it, as scripts/system-packages does")
    port = free_port()
    upstream = _block("many-servers.md", "upstream sahne")
    for address, own in zip(("10.0.0.11:54321", "10.0.0.12:54321"), ports, strict=True):
        upstream = upstream.replace(address, f"127.0.0.1:{own}")
    location = _block("production.md", "location /").replace("http://127.0.0.1:54321", "http://sahne")
    settings = folder / "nginx.conf"
    settings.write_text(WHOLE.format(folder=folder, port=port, upstream=upstream, location=location))
    with subprocess.Popen([program, "-c", str(settings)], stderr=subprocess.PIPE, text=True) as process:
        try:
            eventually(lambda: _answers(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(STOP_SECONDS_MAX)


def _block(guide: str, begins: str) -> str:
    blocks = re.findall(r"^```nginx\n(.*?)^```", (GUIDES / guide).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (block,) = [str(block) for block in blocks if block.startswith(begins)]
    return block


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
    except httpx.HTTPError:
        return False
