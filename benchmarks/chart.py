"""A chart of grouped bars as SVG text, readable on a light and a dark page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 720
LABELS_WIDTH = 170
BAR_HEIGHT = 14
GROUP_GAP = 14
HEAD_HEIGHT = 56
COLORS = ("#0f9d8a", "#8a8f98", "#c9a227", "#7a5cc9")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar and the word for its colour."""

    name: str
    value: float


def draw_bars(title: str, groups: Mapping[str, Sequence[Bar]]) -> str:
    """One group of bars under another, all on one scale."""
    names = list(dict.fromkeys(bar.name for bars in groups.values() for bar in bars))
    color = {name: COLORS[place % len(COLORS)] for place, name in enumerate(names)}
    largest = max(bar.value for bars in groups.values() for bar in bars) or 1
    scale = (WIDTH - LABELS_WIDTH - 80) / largest
    parts = [f'<text x="0" y="16" font-weight="bold">{escape(title)}</text>', *_legend(color)]
    y = HEAD_HEIGHT
    for group, bars in groups.items():
        middle = y + len(bars) * BAR_HEIGHT / 2 + 4
        parts.append(f'<text x="{LABELS_WIDTH - 10}" y="{middle:g}" text-anchor="end">{escape(group)}</text>')
        for bar in bars:
            width = bar.value * scale
            parts.append(
                f'<rect x="{LABELS_WIDTH}" y="{y}" width="{width:.1f}" height="{BAR_HEIGHT - 2}" '
                f'fill="{color[bar.name]}"/>'
                f'<text x="{LABELS_WIDTH + width + 6:.1f}" y="{y + 10}" font-size="11">{bar.value:,.0f}</text>'
            )
            y += BAR_HEIGHT
        y += GROUP_GAP
    style = "text{fill:#222}@media(prefers-color-scheme:dark){text{fill:#ddd}}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="13">'
        f"<style>{style}</style>" + "".join(parts) + "</svg>\n"
    )


def _legend(color: Mapping[str, str]) -> list[str]:
    parts = []
    x = LABELS_WIDTH
    for name, fill in color.items():
        parts.append(f'<rect x="{x}" y="30" width="12" height="12" fill="{fill}"/>')
        parts.append(f'<text x="{x + 18}" y="40" font-size="12">{escape(name)}</text>')
        x += 40 + 8 * len(name)
    return parts
