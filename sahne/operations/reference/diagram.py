"""`entities.svg`: the API's tables with their keys, and an arrow for every foreign key, in light and in dark."""

from __future__ import annotations

from html import escape

from sahne.operations.reference.layout import Box, Place, place_boxes
from sahne.operations.reference.tables import Table

WIDTH = 284
GAP_X = 104
GAP_Y = 28
MARGIN = 24
ROW = 18
TITLE = 26
OUTSIDE = "auth.users"

STYLE = """\
  text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #24292f }
  .name { font-weight: 700; font-size: 13px }
  .rest, .to { fill: #57606a; font-size: 11px }
  .box { fill: #ffffff; stroke: #8c959f }
  .outside { stroke-dasharray: 4 3 }
  .arrow { fill: none; stroke: #57606a; stroke-opacity: .75 }
  .many { stroke-opacity: .22 }
  .tip { fill: #57606a }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .rest, .to { fill: #9198a1 }
    .box { fill: #161b22; stroke: #6e7681 }
    .arrow { stroke: #9198a1 }
    .tip { fill: #9198a1 }
  }
"""

# From so many references on, a table's arrows are drawn faintly: the rows name their target anyway.
ARROWS_CLEAR_MAX = 5


def draw_entities(tables: list[Table]) -> str:
    """An SVG of the public tables: keys and references by name, the rest counted."""
    shown = [table for table in tables if table.schema == "public"]
    rows = {table.full_name: _rows(table) for table in shown} | {OUTSIDE: [("id", "")]}
    rest = {
        table.full_name: len(table.columns) - len({name for name, _ in rows[table.full_name]}) for table in shown
    } | {OUTSIDE: 0}
    boxes = [
        Box(name, _height(rows[name], rest[name]), frozenset(target for _, target in rows[name] if target in rows))
        for name in rows
    ]
    places = place_boxes(boxes, width=WIDTH, gap_x=GAP_X, gap_y=GAP_Y, margin=MARGIN)
    wide = max(place.x for place in places.values()) + WIDTH + MARGIN
    tall = max(places[box.name].y + box.height for box in boxes) + MARGIN
    references = [(name, n, target) for name in rows for n, (_, target) in enumerate(rows[name]) if target in rows]
    busy = {target for _, _, target in references if sum(each[2] == target for each in references) > ARROWS_CLEAR_MAX}
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">',
        "<title>The tables of the stage and the scene, and what refers to what</title>",
        f"<style>\n{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
        *(_arrow(places[name], n, places[target], target in busy) for name, n, target in references),
        *(_box(box, places[box.name], rows[box.name], rest[box.name]) for box in boxes),
        "</svg>",
        "",
    ])  # fmt: skip


def _rows(table: Table) -> list[tuple[str, str]]:
    """The columns of keys, each with what it refers to, a target once a column; `public.` is not said."""
    keys = [name for constraint in table.constraints if constraint.kind == "p" for name in constraint.columns]
    rows = [(name, "") for name in keys]
    for reference in table.references:
        name = ", ".join(reference.columns)
        rows = [row for row in rows if row != (name, "")] + [(name, reference.target or "")]
    return sorted(rows, key=lambda row: [column.name for column in table.columns].index(row[0].split(",")[0]))


def _height(rows: list[tuple[str, str]], rest: int) -> int:
    return TITLE + ROW * (len(rows) + bool(rest > 0)) + 6


def _box(box: Box, place: Place, rows: list[tuple[str, str]], rest: int) -> str:
    outside = " outside" if box.name == OUTSIDE else ""
    lines = [
        f'<g><rect class="box{outside}" x="{place.x}" y="{place.y}" width="{WIDTH}" height="{box.height}" rx="5"/>',
        f'<text class="name" x="{place.x + 10}" y="{place.y + 18}">{escape(_short(box.name))}</text>',
    ]
    for n, (name, target) in enumerate(rows):
        y = _row_y(place, n) + 4
        lines.append(f'<text x="{place.x + 10}" y="{y}">{escape(name)}</text>')
        if target:
            lines.append(
                f'<text class="to" x="{place.x + WIDTH - 8}" y="{y}" text-anchor="end">{escape(_short(target))}</text>'
            )
    if rest > 0:
        y = _row_y(place, len(rows)) + 4
        lines.append(f'<text class="rest" x="{place.x + 10}" y="{y}">+ {rest} more</text>')
    return "".join([*lines, "</g>"])


def _arrow(source: Place, row: int, target: Place, faint: bool) -> str:
    y, to_y = _row_y(source, row), target.y + TITLE // 2
    kind = "arrow many" if faint else "arrow"
    if source.x <= target.x:  # of one column, or back: around the left side
        out = source.x - GAP_X // 3
        path = f"M{source.x} {y}C{out} {y} {out} {to_y} {target.x} {to_y}"
    else:
        right = target.x + WIDTH
        bend = max(36, (source.x - right) // 2)
        path = f"M{source.x} {y}C{source.x - bend} {y} {right + bend} {to_y} {right} {to_y}"
    return f'<path class="{kind}" marker-end="url(#tip)" d="{path}"/>'


def _row_y(place: Place, row: int) -> int:
    return place.y + TITLE + ROW * row + ROW // 2


def _short(name: str) -> str:
    return name.removeprefix("public.")
