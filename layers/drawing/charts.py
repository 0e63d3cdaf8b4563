"""Bars and lines over categories, worked out as shares of a box, and drawn as SVG.

A value that is missing leaves a gap; bars begin at zero. Every colour is told by a name as well.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#1f4e79", "#b8860b", "#4a7c59", "#8c4a6b", "#5a5a5a", "#2e8b9a")
MOST_NAMES = 14
MOST_LABELS = 24
TICKS = 5
GAP = 0.3
"""The share of its room that stays empty beside the bars of a category."""

Values = Sequence[float | None]


@dataclass(frozen=True)
class Bar:
    """One value as shares of the box: from its left, how wide, from `low` up to `high`."""

    value: float
    left: float
    wide: float
    low: float
    high: float


@dataclass(frozen=True)
class Plot:
    """A chart worked out: the ticks of its axis with their heights, names, and bars by series."""

    ticks: tuple[tuple[float, float], ...]
    names: tuple[str, ...]
    name_every: int
    bars: tuple[tuple[Bar | None, ...], ...]

    @property
    def step(self) -> float:
        """Return how wide the room of one category is."""
        return 1 / max(len(self.names), 1)

    @property
    def is_labelled(self) -> bool:
        """Return whether there is room for a number at each value."""
        return sum(one is not None for bars in self.bars for one in bars) <= MOST_LABELS

    def middle(self, at: int) -> float:
        """Return the middle of a category's room."""
        return (at + 0.5) * self.step


def plan_plot(kind: str, names: Sequence[str], series: Sequence[Values]) -> Plot:
    """Return a chart of bars or lines as shares of a box; of many names only some stand there."""
    known = [one for values in series for one in values if one is not None]
    ticks = ticks_of(min([0.0, *known]), max([0.0, *known]))
    low, high = ticks[0], ticks[-1]
    every = math.ceil(len(names) / MOST_NAMES) if names else 1
    step = 1 / max(len(names), 1)
    wide = step * (1 - GAP) / (max(len(series), 1) if kind == "bar" else 1)

    def height(value: float) -> float:
        return (value - low) / (high - low)

    def bar(at: int, row: int, value: float | None) -> Bar | None:
        if value is None:
            return None
        shift = row * wide if kind == "bar" else 0.0
        left = at * step + step * GAP / 2 + shift
        ends = sorted((height(0.0), height(value))) if kind == "bar" else (0.0, height(value))
        return Bar(value, left, wide, *ends)

    return Plot(
        tuple((one, height(one)) for one in ticks),
        tuple(name if at % every == 0 else "" for at, name in enumerate(names)),
        every,
        tuple(
            tuple(bar(at, row, value) for at, value in enumerate(values))
            for row, values in enumerate(series)
        ),
    )


def ticks_of(low: float, high: float) -> list[float]:
    """Return round numbers from at most `low` to at least `high`.

    >>> ticks_of(0, 17)
    [0.0, 5.0, 10.0, 15.0, 20.0]
    """
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(one * power for one in (1, 2, 5, 10) if one * power * TICKS >= span)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(one * step, 10) for one in range(first, max(last, first + 1) + 1)]


def say_number(value: float) -> str:
    """Return a number as it stands in a chart.

    >>> say_number(12000.0), say_number(0.25)
    ('12,000', '0.25')
    """
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def draw_chart(
    kind: str,
    names: Sequence[str],
    series: Sequence[tuple[str, Values]],
    *,
    unit: str = "",
    title: str = "",
    width: int = 960,
    height: int = 480,
) -> str:
    """Return a chart as SVG that stands alone: no style, script or font from outside."""
    plot = plan_plot(kind, names, [values for _, values in series])
    left, top, wide, tall = 70, 30, width - 90, height - 110
    parts = [
        f'<line x1="{left}" x2="{left + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d5dbe1"/>'
        f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#52606d">'
        f"{say_number(value)}</text>"
        for value, y in ((value, top + tall * (1 - share)) for value, share in plot.ticks)
    ]
    parts.append(f'<text x="{left - 8}" y="{top - 12}" text-anchor="end">{escape(unit)}</text>')
    for at, name in enumerate(plot.names):
        x = left + plot.middle(at) * wide
        parts.append(
            f'<text x="{x:.1f}" y="{top + tall + 20}" text-anchor="middle">{escape(name)}</text>'
        )
    for row, (name, _) in enumerate(series):
        colour = COLOURS[row % len(COLOURS)]
        parts += _draw_series(plot, row, kind, colour, (left, top, wide, tall))
        if len(series) > 1:
            x, y = left + row * wide / len(series), height - 20
            parts.append(f'<rect x="{x:.0f}" y="{y - 11}" width="12" height="12" fill="{colour}"/>')
            parts.append(f'<text x="{x + 18:.0f}" y="{y}">{escape(name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{escape(title)}" font-family="sans-serif" font-size="14" fill="#1f2933">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _draw_series(
    plot: Plot, row: int, kind: str, colour: str, room: tuple[float, float, float, float]
) -> list[str]:
    left, top, wide, tall = room
    parts, before = [], None
    for bar in plot.bars[row]:
        if bar is None:
            before = None
            continue
        x, y = left + (bar.left + bar.wide / 2) * wide, top + tall * (1 - bar.high)
        if kind == "bar":
            size = f'width="{bar.wide * wide:.1f}" height="{(bar.high - bar.low) * tall:.1f}"'
            corner = f'x="{left + bar.left * wide:.1f}" y="{y:.1f}"'
            parts.append(f'<rect {corner} {size} fill="{colour}"/>')
        else:
            if before is not None:
                line = f'x1="{before[0]:.1f}" y1="{before[1]:.1f}" x2="{x:.1f}" y2="{y:.1f}"'
                parts.append(f'<line {line} stroke="{colour}" stroke-width="2.5"/>')
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>')
        before = (x, y)
        if plot.is_labelled:
            text = say_number(bar.value)
            parts.append(f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{text}</text>')
    return parts
