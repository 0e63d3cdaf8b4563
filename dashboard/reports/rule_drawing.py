"""The life cycle as a drawing of our own: a column for each group, a box for each stage.

It shows no more than the table of stages beside it, which is its text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from dashboard.naming import Naming
from geodata import RuleSet
from geodata.rule_set import UNSURE, Stage

COLUMN_PX, BOX_PX, ROW_PX, HEIGHT_PX, TOP_PX = 188, 152, 46, 31, 32
FIRST_WIDE = 0x2E80
FONTS = "Noto Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
WIDE_PX, NARROW_PX, LINE_PX = 11.5, 6.4, 142
"""How wide a Chinese letter is, how wide others are on average, and what one line holds."""


@dataclass(frozen=True)
class _Box:
    stage: Stage
    column: int
    row: int

    @property
    def left(self) -> int:
        return 8 + self.column * COLUMN_PX

    @property
    def top(self) -> int:
        return TOP_PX + self.row * ROW_PX

    @property
    def middle(self) -> int:
        return self.top + HEIGHT_PX // 2


def stages_of(rules: RuleSet, case_kind: str) -> tuple[Stage, ...]:
    """Return the stages that a case of this kind can reach, in the order of the law."""
    todo = [one for first in rules.first_stages.values() for one in first]
    reached = set(todo)
    while todo:
        following = rules.stage(todo.pop()).allowed_next(case_kind)
        fresh = {one for one in following if rules.stages[one].fits(case_kind)} - reached
        reached |= fresh
        todo += fresh
    return tuple(one for name, one in rules.stages.items() if name in reached)


def draw_life_cycle(rules: RuleSet, case_kind: str, names: Naming) -> str:
    """Return the drawing of one kind of case as an SVG, its text in the visitor's language."""
    boxes = _place(stages_of(rules, case_kind), rules)
    columns = max(box.column for box in boxes.values()) + 1
    rows = max(box.row for box in boxes.values()) + 1
    width, height = columns * COLUMN_PX, TOP_PX + rows * ROW_PX + 4
    kind = names.title(rules.codes["case_kinds"][case_kind])
    label = escape(names.word("rule_set.drawing_label", kind=kind))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}"'
        f' viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    )
    signs = _signs(boxes)
    parts = (
        svg,
        '<g fill="none" stroke="#8793a0" stroke-width="1.2">',
        *_lines(boxes, case_kind),
        f'</g><g font-family="{FONTS}">',
        *_headings(boxes, rules, names),
        *(_draw_box(box, _ends(box, case_kind, signs), signs, names) for box in boxes.values()),
        "</g></svg>",
    )
    return "".join(parts)


def _signs(boxes: Mapping[str, _Box]) -> Mapping[str, str]:
    """Return the number of each stage that ends a case in the column of such stages."""
    ends = [name for name, box in boxes.items() if box.stage.group == "closed"]
    return {name: str(number) for number, name in enumerate(ends, start=1)}


def _ends(box: _Box, case_kind: str, signs: Mapping[str, str]) -> str:
    """Return the numbers of the stages in which a case may end from here."""
    return " ".join(signs[one] for one in box.stage.allowed_next(case_kind) if one in signs)


def _place(stages: Sequence[Stage], rules: RuleSet) -> Mapping[str, _Box]:
    """Return each stage in the column of its group, one below the other."""
    used = [group for group in rules.groups if any(stage.group == group for stage in stages)]
    filled = dict.fromkeys(used, 0)
    boxes = {}
    for stage in stages:
        boxes[stage.id] = _Box(stage, used.index(stage.group), filled[stage.group])
        filled[stage.group] += 1
    return boxes


def _lines(boxes: Mapping[str, _Box], case_kind: str) -> Iterator[str]:
    """Yield a line for each move: on to the next column, back under it, or beside its own."""
    for box in boxes.values():
        for name in box.stage.allowed_next(case_kind):
            if name not in boxes or boxes[name].stage.group == "closed":
                continue  # how a case may end stands as numbers in its box
            to = boxes[name]
            if to.column == box.column:
                side = box.left + BOX_PX
                bend = side + 8 + 3 * min(abs(to.row - box.row), 4)
                path = (
                    f"M{side} {box.middle} C{bend} {box.middle}"
                    f" {bend} {to.middle} {side} {to.middle}"
                )
                tip = _tip(side, to.middle, -1)
            elif to.column > box.column:
                start, end = box.left + BOX_PX, to.left
                reach = max(24, (end - start) // 3)
                path = (
                    f"M{start} {box.middle} C{start + reach} {box.middle}"
                    f" {end - reach} {to.middle} {end} {to.middle}"
                )
                tip = _tip(end, to.middle, 1)
            else:
                start, end = box.left, to.left + BOX_PX
                path = (
                    f"M{start} {box.middle + 8} C{start - 24} {box.middle + 8}"
                    f" {end + 24} {to.middle + 8} {end} {to.middle + 8}"
                )
                tip = _tip(end, to.middle + 8, -1)
            yield f'<path d="{path}"/><path d="{tip}" fill="#8793a0"/>'


def _tip(x: int, y: int, way: int) -> str:
    """Return an arrow head that ends at a point, pointing right (1) or left (-1)."""
    return f"M{x} {y} l{-6 * way} -3 l0 6 z"


def _headings(boxes: Mapping[str, _Box], rules: RuleSet, names: Naming) -> Iterator[str]:
    groups = {box.column: box.stage.group for box in boxes.values()}
    for column, group in sorted(groups.items()):
        title = escape(names.title(rules.groups[group]))
        x = 8 + column * COLUMN_PX
        yield f'<text x="{x}" y="20" font-size="13" font-weight="700" fill="#1f2933">{title}</text>'


def _draw_box(box: _Box, ends: str, signs: Mapping[str, str], names: Naming) -> str:
    stage = box.stage
    rim = "#1f2933" if stage.is_terminal else "#1f4e79"
    weight = 2.4 if stage.is_terminal else 1.2
    fill = "#f0f2f5" if stage.is_terminal else "#ffffff"
    dash = ' stroke-dasharray="5 3"' if stage.certainty in UNSURE else ""
    own = f"{signs[stage.id]} " if stage.id in signs else ""
    lines = list(_wrapped(f"{own}{names.title(stage.title)}"))
    first = box.middle + 4 - 6 * (len(lines) - 1)
    mark = (
        f'<text x="{box.left + 2}" y="{box.top + HEIGHT_PX + 10}" font-size="9.5"'
        f' fill="#52606d">{escape(names.word("rule_set.ends", numbers=ends))}</text>'
        if ends
        else ""
    )
    words = "".join(
        f'<tspan x="{box.left + BOX_PX // 2}" y="{first + 13 * at}">{escape(line)}</tspan>'
        for at, line in enumerate(lines)
    )
    return (
        f'<rect x="{box.left}" y="{box.top}" width="{BOX_PX}" height="{HEIGHT_PX}" rx="5"'
        f' fill="{fill}" stroke="{rim}" stroke-width="{weight}"{dash}/>'
        f'<text text-anchor="middle" font-size="11.5" fill="#1f2933">{words}</text>{mark}'
    )


def _wrapped(title: str) -> Iterator[str]:
    """Yield a title in at most two lines that fit a box."""
    if _width(title) <= LINE_PX:
        yield title
        return
    words = title.split(" ") if " " in title else list(title)
    glue = " " if " " in title else ""
    half = _width(title) / 2
    line = ""
    for at, word in enumerate(words):
        longer = f"{line}{glue}{word}" if line else word
        if line and _width(longer) > half + WIDE_PX:
            yield line
            yield glue.join(words[at:])
            return
        line = longer
    yield line


def _width(text: str) -> float:
    """Return how wide a text is in pixels, roughly."""
    return sum(WIDE_PX if ord(one) >= FIRST_WIDE else NARROW_PX for one in text)
