"""The build of the page, from what a fresh clone has: beside each large text lies its compressed form, and both are the
same text.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.absent import absent

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
NODE = [sys.executable, str(ROOT / "scripts" / "node")]
UNBROTLI = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(process.argv[1])))"
BUILD_SECONDS_MAX = 100
PRINTED = "operations.ts"  # by `make types`; a wheel is built where that cannot be asked


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    installed = WEB / "node_modules"
    if not installed.exists():
        absent("what npm installs", "make install builds the page")
    source = tmp_path_factory.mktemp("checkout") / "web"
    shutil.copytree(WEB, source, ignore=shutil.ignore_patterns("node_modules", PRINTED))
    (source / "node_modules").symlink_to(installed)
    command = [*NODE, str(installed / "vite" / "bin" / "vite.js"), "build", "--logLevel", "warn"]
    subprocess.run(command, cwd=source, check=True, timeout=BUILD_SECONDS_MAX)
    return source.parent / "sahne" / "web"


def test_large_texts_lie_there_compressed_and_say_the_same(built: Path) -> None:
    large = [path for path in built.rglob("*") if path.suffix in (".js", ".css") and path.stat().st_size >= 1024]
    assert {path.suffix for path in large} == {".js", ".css"}
    for path in large:
        brotli, gzipped = path.with_name(f"{path.name}.br"), path.with_name(f"{path.name}.gz")
        assert gzip.decompress(gzipped.read_bytes()) == path.read_bytes()
        unpacked = subprocess.run([*NODE, "-e", UNBROTLI, str(brotli)], capture_output=True, check=True)
        assert unpacked.stdout == path.read_bytes()
        assert brotli.stat().st_size < gzipped.stat().st_size < path.stat().st_size
    sent, written = (sum(path.with_name(f"{path.name}{end}").stat().st_size for path in large) for end in (".gz", ""))
    assert sent < written / 2


def test_what_is_small_or_no_text_is_left_alone(built: Path) -> None:
    alone = [*built.rglob("*.png"), *built.rglob("*.woff2"), built / "sahne.svg", built / "sahne.webmanifest"]
    assert {path.suffix for path in alone} == {".png", ".woff2", ".svg", ".webmanifest"}
    for path in alone:
        assert path.exists()
        assert not path.with_name(f"{path.name}.br").exists()
        assert not path.with_name(f"{path.name}.gz").exists()
