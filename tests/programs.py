"""What tests take from elsewhere, got before they run: `python -m tests.programs`.

A test that misses one gets it too, but not within its own time when it has to be built, nor when two want it at once.
"""

from __future__ import annotations

import subprocess

import pytest

from benchmarks.rivals import fetched_postgrest
from tests.clients.conftest import find_node, installed
from tests.clients.test_storage_boto import boto_packages
from tests.livekit_server import livekit_binary

PROGRAMS = {
    "LiveKit's server": livekit_binary,
    "PostgREST": fetched_postgrest,
    "clients from npm": lambda: installed(find_node()),
    "boto3": boto_packages,
}


def main() -> None:
    """Get each; what cannot be had is said now, and again by the tests that need it."""
    for name, get in PROGRAMS.items():
        try:
            get()
        except (pytest.skip.Exception, pytest.fail.Exception, subprocess.TimeoutExpired) as missing:
            print(f"Without {name}: {missing}")


if __name__ == "__main__":
    main()
