"""No file needs, by any way round, a file that needs it: not for types alone, not inside a function, not on the page."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "web" / "src"

Arrows = dict[str, set[str]]
"""Which files each file imports, by their names."""

_IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")


def test_the_package_has_no_circle() -> None:
    assert told(ring_in(python_arrows(ROOT / "sahne"))) == ""


def test_the_page_has_no_circle() -> None:
    assert told(ring_in(page_arrows(PAGE))) == ""


def test_a_ring_is_found_and_told_from_its_first_file_round_to_it() -> None:
    arrows = {"a": {"b"}, "b": {"c", "d"}, "c": set[str](), "d": {"e"}, "e": {"b"}}
    assert told(ring_in(arrows)) == "b → d → e → b"
    assert ring_in(arrows | {"e": set[str]()}) == []
    assert ring_in({"alone": {"alone"}}) == ["alone", "alone"]


def test_imports_for_types_and_inside_functions_are_arrows_too() -> None:
    files = {"sahne.a", "sahne.b", "sahne.b.c", "sahne.room.near"}
    for text, found in (
        ("if TYPE_CHECKING:\n    from sahne.a import A", "sahne.a"),
        ("def late():\n    import sahne.b.c", "sahne.b.c"),
        ("from sahne.b import c", "sahne.b.c"),
        ("from sahne.b import NAME", "sahne.b"),
        ("from .near import Near", "sahne.room.near"),
        ("from ..a import A", "sahne.a"),
    ):
        assert list(imports(text, "sahne.room.here", files)) == [found], text
    assert list(imports("import json\nfrom json import loads", "sahne.room.here", files)) == []
    page = 'import type { A } from "./a";\nexport * from "../b";\nawait import("./c"); import { h } from "preact";'
    assert _IMPORTED.findall(page) == ["./a", "../b", "./c"]


def python_arrows(package: Path) -> Arrows:
    """What each file of a package imports of it."""
    files = {module_of(path, package): path for path in sorted(package.rglob("*.py"))}
    return {module: set(imports(path.read_text("utf-8"), module, files.keys())) for module, path in files.items()}


def module_of(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(text: str, module: str, files: Collection[str]) -> Iterator[str]:
    """The files a module's text imports, wherever in it; `from a import b` means the file `a.b` where there is one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(module.split(".")[: -node.level]) if node.level else ""
            source = ".".join(filter(None, (above, node.module)))
            for name in (f"{source}.{alias.name}" for alias in node.names):
                if found := next((each for each in (name, source) if each in files), None):
                    yield found


def page_arrows(folder: Path) -> Arrows:
    """What each TypeScript file imports of its folder, types included."""
    files = set(folder.rglob("*.ts*"))
    return {
        str(path.relative_to(folder)): {
            str(found.relative_to(folder))
            for name in _IMPORTED.findall(path.read_text("utf-8"))
            if (found := found_at(path.parent / name, files))
        }
        for path in files
    }


def found_at(place: Path, files: set[Path]) -> Path | None:
    """The file an import without a suffix means."""
    place = place.resolve()
    candidates = (place, *(place.with_name(place.name + end) for end in (".ts", ".tsx")), place / "index.ts")
    return next((path for path in candidates if path in files), None)


def ring_in(arrows: Mapping[str, set[str]]) -> list[str]:
    """One ring of arrows, its first file again at its end; empty when there is none."""
    done: set[str] = set()

    def walk(file: str, way: list[str]) -> list[str]:
        if file in way:
            return [*way[way.index(file) :], file]
        if file in done:
            return []
        for other in sorted(arrows.get(file, ())):
            if ring := walk(other, [*way, file]):
                return ring
        done.add(file)
        return []

    return next((ring for file in sorted(arrows) if (ring := walk(file, []))), [])


def told(ring: list[str]) -> str:
    """The ring as a line to read."""
    return " → ".join(ring)
