"""The day of one team as a sheet of paper and as GeoJSON: who drives where, and when."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from geodata.model import Language, Title
from layers.drawing.fonts import Lettering, wrap
from layers.drawing.symbols import OUTLINE_COLOUR
from layers.handoff import DATUM_OF_DEVICES, DEGREE_DIGITS, ESTIMATE
from layers.visit_pack import PackPlan, PackStop

NAME = Title("走访时间表", "Timetable of visits")
TEAM = Title("组别", "Team")
OFFICERS = Title("检察人员", "Officers")
INVENTED = Title("（虚构）", " (invented)")
PAGE = Title("第 {page} 页，共 {pages} 页", "Page {page} of {pages}")

A4_IN = (8.27, 11.69)
MARGIN_IN = 0.6
LETTER_PT = 9.0
LINE_IN = 0.19
TOP_LINES, BOTTOM_LINES = 5, 3
LINES = int((A4_IN[1] - 2 * MARGIN_IN) / LINE_IN) - TOP_LINES - BOTTOM_LINES


@dataclass(frozen=True)
class _Column:
    """One column of the sheet: its head, its width in letters."""

    title: Title
    width_em: float


COLUMNS = (
    _Column(Title("顺序", "No."), 3.0),
    _Column(Title("时间", "Time"), 7.3),
    _Column(Title("名称", "Name"), 14.7),
    _Column(Title("图层", "Layer"), 8.0),
    _Column(Title("经度、纬度", "Lon., lat."), 7.0),
    _Column(Title("案件编号", "Cases"), 9.5),
    _Column(Title("现场情况", "Found on site"), 6.5),
)
"""The last is left empty, to be written in by hand."""

Lines = tuple[tuple[str, ...], ...]


def render_pdf(plan: PackPlan, lettering: Lettering, language: Language) -> bytes:
    """Return the timetable as A4 pages, mark, day and revision on each."""
    rows = [_cells(stop, language) for stop in _in_order(plan)]
    pages = list(_pages(rows))
    file = BytesIO()
    facts = {"Title": _title(plan, language), "CreationDate": None}
    with PdfPages(file, metadata=facts) as book:
        for number, page in enumerate(pages, start=1):
            figure = Figure(figsize=A4_IN)
            FigureCanvasPdf(figure)
            sheet = _Sheet(figure, lettering)
            _print_head(sheet, plan, language)
            _print_rows(sheet, page)
            told = PAGE.says(language).format(page=number, pages=len(pages))
            _print_foot(sheet, plan, language, told)
            book.savefig(figure)
    return file.getvalue()


@dataclass(frozen=True)
class _Sheet:
    """One page, written line by line from the top."""

    figure: Figure
    lettering: Lettering

    def write(self, text: str, line: float, left_em: float = 0, *, is_bold: bool = False) -> None:
        x_in = MARGIN_IN + left_em * LETTER_PT / 72
        y_in = A4_IN[1] - MARGIN_IN - line * LINE_IN
        font = self.lettering.bold if is_bold else self.lettering.regular
        self.figure.text(
            x_in / A4_IN[0],
            y_in / A4_IN[1],
            text.replace("$", r"\$"),
            fontproperties=font,
            fontsize=LETTER_PT,
            va="top",
        )

    def rule(self, line: float) -> None:
        y = 1 - (MARGIN_IN + line * LINE_IN) / A4_IN[1]
        edge = MARGIN_IN / A4_IN[0]
        self.figure.add_artist(Line2D([edge, 1 - edge], [y, y], lw=0.4, color=OUTLINE_COLOUR))


def _in_order(plan: PackPlan) -> list[PackStop]:
    return sorted(plan.stops, key=lambda stop: stop.order)


def _title(plan: PackPlan, language: Language) -> str:
    return " · ".join((NAME.says(language), plan.office.says(language), plan.day.isoformat()))


def _cells(stop: PackStop, language: Language) -> Lines:
    """Return the lines of each cell of a stop, wrapped to the column."""
    mark = INVENTED.says(language) if stop.is_demonstration else ""
    place = "\n".join(f"{one:.{DEGREE_DIGITS}f}" for one in stop.place) if stop.place else "—"
    time = f"{stop.arrive}–{stop.leave}" if stop.arrive else "—"
    texts = (
        str(stop.order),
        time,
        f"{stop.name or stop.ref}{mark}",
        stop.layer_title.says(language),
        place,
        "、".join(stop.cases),
        "",
    )
    return tuple(
        tuple(wrap(text, column.width_em - 0.5))
        for text, column in zip(texts, COLUMNS, strict=True)
    )


def _height(row: Lines) -> int:
    return max(len(cell) for cell in row) + 1


def _pages(rows: Sequence[Lines]) -> Iterator[list[Lines]]:
    page: list[Lines] = []
    for row in rows:
        if page and sum(map(_height, page)) + _height(row) > LINES:
            yield page
            page = []
        page.append(row)
    yield page


def _print_head(sheet: _Sheet, plan: PackPlan, language: Language) -> None:
    colon = "：" if language == "zh" else ": "
    sheet.write(_title(plan, language), 0, is_bold=True)
    people = f"{TEAM.says(language)}{colon}{plan.team}　{OFFICERS.says(language)}{colon}"
    sheet.write(people + "、".join(plan.officers), 1.2)
    sheet.write(" · ".join(plan.imprint.marks(language)), 2.2, is_bold=True)
    left_em = 0.0
    for column in COLUMNS:
        sheet.write(column.title.says(language), 3.6, left_em, is_bold=True)
        left_em += column.width_em
    sheet.rule(TOP_LINES - 0.4)


def _print_rows(sheet: _Sheet, rows: Sequence[Lines]) -> None:
    line = float(TOP_LINES)
    for row in rows:
        left_em = 0.0
        for cell, column in zip(row, COLUMNS, strict=True):
            for at, text in enumerate(cell):
                sheet.write(text, line + at, left_em)
            left_em += column.width_em
        line += _height(row)
        sheet.rule(line - 0.6)


def _print_foot(sheet: _Sheet, plan: PackPlan, language: Language, page: str) -> None:
    room_em = (A4_IN[0] - 2 * MARGIN_IN) * 72 / LETTER_PT
    lines = wrap(f"{plan.imprint.line(language, is_short=True)}　{page}", room_em)
    for at, text in enumerate(lines):
        sheet.write(text, TOP_LINES + LINES + at + 0.5)


def render_geojson(plan: PackPlan, language: Language) -> bytes:
    """Return the day as GeoJSON (RFC 7946, so in WGS 84, longitude first).

    A point per placed stop in order, and the way as a line that says it is an estimate; stops
    without a place are named beside them.
    """
    stops = _in_order(plan)
    placed = [stop for stop in stops if stop.place]
    features = [_feature(stop, language) for stop in placed]
    if len(placed) > 1:
        way = [_numbers(stop) for stop in placed]
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": way},
                "properties": {"name": ESTIMATE.says(language)},
            }
        )
    told = {
        "type": "FeatureCollection",
        "name": _title(plan, language),
        "marks": list(plan.imprint.marks(language)),
        "datum": DATUM_OF_DEVICES.says(language),
        "imprint": dict(plan.imprint.facts(language)),
        "not_placed": [stop.name or stop.ref for stop in stops if not stop.place],
        "features": features,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _feature(stop: PackStop, language: Language) -> dict[str, object]:
    properties = {
        "order": stop.order,
        "ref": stop.ref,
        "name": stop.name,
        "layer": stop.layer_title.says(language),
        "arrive": stop.arrive,
        "leave": stop.leave,
        "cases": list(stop.cases),
        "is_demonstration": stop.is_demonstration,
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": _numbers(stop)},
        "properties": properties,
    }


def _numbers(stop: PackStop) -> list[float]:
    assert stop.place, "only stops with a place are asked"
    return [round(degrees, DEGREE_DIGITS) for degrees in stop.place]
