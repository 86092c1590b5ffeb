"""`sahne types`: what it prints compiles, says what the description says, and is what our own page uses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sahne.cli.app import app
from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.python_types import python_types
from sahne.gateway.functions.reference import reference_of_operations
from sahne.gateway.functions.table import OPERATIONS
from sahne.gateway.functions.typescript import typescript
from tests.absent import absent

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
COMPILER = WEB / "node_modules" / "typescript" / "bin" / "tsc"
DESCRIPTION = describe(OPERATIONS, "")

OF_AN_APP = """
import type { GiftSent, Operations, Session } from "./operations";

export const gift: Operations["send_gift"]["body"] = { gift_id: "3f0c9d1e-5b7a-4c26-9a53-1f9a3f6f0a11", quantity: 3 };
export const path: Operations["send_gift"]["path"] = `live/sessions/${gift.gift_id}/gifts`;
export const left = (sent: GiftSent): number => sent.wallet.balance;
export const isOver = (session: Session): boolean => session.status === "ended";
export const why = (code: Operations["send_gift"]["code"]): boolean => code === "insufficient_coins";
"""
MISTAKES = {
    "a field that is not there": "export const a: Operations['send_gift']['body'] = { gift: 'x' };",
    "a word that is none": "export const a: Operations['start_call']['body'] = { callee_id: 'x', call_type: 'video' };",
    "a null that may come": "export const a = (session: Session): string => session.title;",
    "a path of another": "export const a: Operations['send_gift']['path'] = 'live/gifts';",
    "a code that cannot come": "export const a: Operations['read_quota']['code'] = 'banned';",
}
IN_PYTHON = """
from operations import Gift, GiftSent, GenerationAnswer, Code

gift: Gift = {"gift_id": "3f0c9d1e-5b7a-4c26-9a53-1f9a3f6f0a11", "quantity": 3}
code: Code = "insufficient_coins"


def left(sent: GiftSent) -> int:
    return sent["wallet"]["balance"]


def files(answer: GenerationAnswer) -> list[str | None]:
    return [urls["image"] for urls in answer["urls"].values()]
"""


def compiled(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    (folder / "operations.ts").write_text(typescript(DESCRIPTION))
    (folder / "app.ts").write_text(source)
    options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"]
    return compile_in(folder, *options, "app.ts")


def compile_in(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    if not COMPILER.exists():
        absent("TypeScript", "npm ci in web/")
    command: list[str | Path] = [sys.executable, ROOT / "scripts" / "node", COMPILER, *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


def page_with(folder: Path, printed: str) -> subprocess.CompletedProcess[str]:
    """Our page, compiled in a folder of its own against these types."""
    shutil.copytree(WEB / "src", folder / "src")
    shutil.copy(WEB / "tsconfig.json", folder)
    (folder / "node_modules").symlink_to(WEB / "node_modules")
    (folder / "src" / "operations.ts").write_text(printed)
    return compile_in(folder, "--noEmit")


def test_the_types_for_typescript_compile(tmp_path: Path) -> None:
    done = compiled(tmp_path, OF_AN_APP)
    assert done.returncode == 0, done.stdout


def test_the_types_for_typescript_see_mistakes(tmp_path: Path) -> None:
    lines = list(MISTAKES.values())
    named = [line.replace("const a", f"const a{number}") for number, line in enumerate(lines)]
    head = 'import type { Operations, Session } from "./operations";'
    done = compiled(tmp_path, "\n".join([head, *named]))
    assert [f"app.ts({number + 2}," in done.stdout for number in range(len(lines))] == [True] * len(lines), done.stdout


def test_the_types_for_python_compile(tmp_path: Path) -> None:
    (tmp_path / "operations.py").write_text(python_types(DESCRIPTION))
    (tmp_path / "app.py").write_text(IN_PYTHON)
    cache = str(tmp_path / "cache")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", cache, "app.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_page_compiles_with_the_types_of_today(tmp_path: Path) -> None:
    done = page_with(tmp_path, typescript(DESCRIPTION))
    assert done.returncode == 0, done.stdout


def test_the_page_does_not_compile_where_an_answer_is_another(tmp_path: Path) -> None:
    done = page_with(tmp_path, typescript(DESCRIPTION).replace("  remaining: number;", "  left: number;"))
    assert (done.returncode != 0, "'remaining' does not exist" in done.stdout) == (True, True), done.stdout


@pytest.mark.parametrize(("language", "begins"), [("typescript", "// What"), ("python", '"""What')])
def test_the_command_prints_them(language: str, begins: str) -> None:
    printed = CliRunner().invoke(app, ["types", "--language", language])
    assert (printed.exit_code, printed.output[: len(begins)]) == (0, begins)


def test_a_language_that_is_none_of_them_is_a_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["types", "--language", "cobol"]).exit_code == 2


@pytest.mark.parametrize("name", ["operations.md", "errors.md"])
def test_the_reference_is_what_the_table_says(name: str) -> None:
    printed = reference_of_operations()[name]
    assert printed == (ROOT / "docs" / "reference" / name).read_text("utf-8"), "print it anew: sahne db docs"
