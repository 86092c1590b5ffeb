"""A real nginx or Caddy before servers of a test, with the lines of the guides."""

from __future__ import annotations

import os
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
ADDRESSES = ("10.0.0.11:54321", "10.0.0.12:54321")
NGINX = """
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
CADDY = "{{\n admin off\n auto_https off\n}}\n{site}"


@contextmanager
def nginx(ports: Sequence[int], folder: Path) -> Iterator[str]:
    """The URL of one before two servers, as the guides write it."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/bin:/usr/bin")
    if program is None:
        absent("nginx", "install it, as scripts/system-packages does")
    port = free_port()
    upstream = _before(ports, _block("many-servers.md", "upstream sahne"))
    location = _block("production.md", "location /").replace("http://127.0.0.1:54321", "http://sahne")
    settings = folder / "nginx.conf"
    settings.write_text(NGINX.format(folder=folder, port=port, upstream=upstream, location=location))
    with _running([program, "-c", str(settings)], port) as url:
        yield url


@contextmanager
def caddy(ports: Sequence[int], folder: Path) -> Iterator[str]:
    """The URL of one before two servers, as the guide writes it, without TLS."""
    program = shutil.which("caddy")
    if program is None:
        absent("caddy", "install it, as scripts/system-packages does")
    port = free_port()
    site = _before(ports, _block("many-servers.md", "(sahne)", "caddy"))
    settings = folder / "Caddyfile"
    settings.write_text(CADDY.format(site=site.replace("api.example.com", f"http://127.0.0.1:{port}")))
    with _running([program, "run", "--config", str(settings), "--adapter", "caddyfile"], port, folder) as url:
        yield url


@contextmanager
def _running(command: Sequence[str], port: int, home: Path | None = None) -> Iterator[str]:
    environment = os.environ | ({"HOME": str(home)} if home else {})
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            eventually(lambda: _answers(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(STOP_SECONDS_MAX)


def _before(ports: Sequence[int], lines: str) -> str:
    for address, own in zip(ADDRESSES, ports, strict=True):
        lines = lines.replace(address, f"127.0.0.1:{own}")
    return lines


def _block(guide: str, begins: str, of: str = "nginx") -> str:
    blocks = re.findall(rf"^```{of}\n(.*?)^```", (GUIDES / guide).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (block,) = [str(block) for block in blocks if block.startswith(begins)]
    return block


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
    except httpx.HTTPError:
        return False
