"""A report's figures held against ours: line by line, with the lists and the likely reasons.

Categories overlap: one case may have a consultation, a hearing, a recommendation and a suit.
They need not add up to the cases filed, and nothing here makes them.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
import pandas as pd

from geodata.case_file import number_in
from geodata.casebook import in_utc
from geodata.lifecycle import OFFICE_TIME
from geodata.model import Language, Title
from geodata.readers import read_table
from layers.figures import find_figure
from layers.tally import COUNTED, Figure, Tally, Value, day_number
from layers.yearbook import Period

MOST_BYTES = 4 << 20
"""How large a report's file may be: it has a few lines."""

EDGE_DAYS = 3
"""How near to an end of the period a day is an edge: reports are often closed early or late."""

Reason = Literal["unknown_name", "no_number", "twice", "no_name"]


@dataclass(frozen=True)
class ReportLine:
    """One line of a report: its name as written, the figure it is, and the number reported.

    `figure` is "" where the name is not known, `reported` None where there is no number.
    """

    name: str
    figure: str = ""
    reported: float | None = None


@dataclass(frozen=True)
class LineProblem:
    """What is wrong with a line: its row in the file (or in the table), the column, the reason."""

    row: int
    column: Literal["name", "number"]
    reason: Reason
    word: str = ""


@dataclass(frozen=True, eq=False)
class Reconciled:
    """One line held against our figure.

    `ours` and `difference` (ours less reported) are None where there is nothing to compare.
    The rest are ids out of our list: entered after the report, dated at an edge of the period,
    dated just outside it (not counted), counted under another line too.
    """

    line: ReportLine
    figure: Figure
    tally: Tally
    ours: float | None
    difference: float | None
    entered_later: tuple[str, ...]
    at_the_edge: tuple[str, ...]
    just_outside: tuple[str, ...]
    elsewhere_too: tuple[str, ...]


EXAMPLE_REPORT: tuple[tuple[Title, str, float], ...] = (
    (Title("立案", "Filed"), "cases_filed", 67),
    (Title("检察建议", "Recommendations"), "recommendations", 50),
    (Title("磋商", "Consultations"), "consultations", 12),
    (Title("行政公益诉讼起诉", "Administrative suits"), "suits_admin", 2),
    (Title("刑事附带民事公益诉讼", "Incidental suits"), "suits_criminal_incidental", 1),
    (Title("模型线索", "Model leads"), "model_leads", 54),
    (Title("模型线索中立案", "of them filed"), "model_leads_filed", 7),
    (Title("听证", "Hearings"), "hearings", 30),
)
"""One county procuratorate's yearly summary for 2025, of another region: an example."""

ALIASES: Mapping[str, str] = {
    **{title.zh: figure for title, figure, _ in EXAMPLE_REPORT},
    **{title.en: figure for title, figure, _ in EXAMPLE_REPORT},
    "受理线索": "leads",
    "线索": "leads",
    "立案件数": "cases_filed",
    "立案数": "cases_filed",
    "诉前检察建议": "recommendations",
    "发出检察建议": "recommendations",
    "制发检察建议": "recommendations",
    "磋商案件": "consultations",
    "公开听证": "hearings",
    "行政起诉": "suits_admin",
    "提起行政公益诉讼": "suits_admin",
    "民事起诉": "suits_civil",
    "提起民事公益诉讼": "suits_civil",
    "刑附民": "suits_criminal_incidental",
    "刑附民起诉": "suits_criminal_incidental",
    "诉前公告": "announcements",
    "公告": "announcements",
    "支持起诉": "support_prosecution",
    "其中立案": "model_leads_filed",
    "大数据模型线索": "model_leads",
    "回复率": "reply_rate",
    "整改率": "rectification_rate",
    "办结": "closed",
    "leads": "leads",
    "suits": "suits_admin",
    "closed": "closed",
}
"""What reports call our figures beside their titles."""


def example_lines(language: Language) -> tuple[ReportLine, ...]:
    """Return the lines of a county's yearly summary, to try a comparison with."""
    return tuple(
        ReportLine(title.says(language), figure, number) for title, figure, number in EXAMPLE_REPORT
    )


# ---------------------------------------------------------------------------------- reading


def name_figures(titles: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return the figure behind every name, written plainly: its titles, its id, the aliases.

    `titles` are those of each figure by its id, in every language.
    """
    named = {plain_name(alias): figure for alias, figure in ALIASES.items()}
    for figure, words in titles.items():
        named |= {plain_name(word): figure for word in (*words, figure)}
    return named


def plain_name(text: str) -> str:
    """Return a name without what is written differently in every report: spaces, units, marks.

    >>> plain_name("  立案数（件） "), plain_name("Cases  Filed")
    ('立案数', 'casesfiled')
    """
    told = unicodedata.normalize("NFKC", text).casefold()
    told = re.sub(
        r"\((?:件|份|次|处|人|元|万元|吨|亩|天|cases?|documents?|meetings?|days)\)", "", told
    )
    return re.sub(r"[\s:：,，、。.·_\-“”\"']+", "", told)


def read_number(text: object) -> float | None:
    """Return the number in a cell, whatever unit stands behind it, or None.

    >>> read_number("６７件"), read_number("1,234"), read_number("约十件")
    (67.0, 1234.0, None)
    """
    told = unicodedata.normalize("NFKC", str(text)).strip()
    return number_in(re.sub(r"\s*(?:件|份|次|处|元|吨|亩|天|%|m2|m²)$", "", told))


def read_report_file(
    name: str, content: bytes, named: Mapping[str, str]
) -> tuple[tuple[ReportLine, ...], tuple[LineProblem, ...]]:
    """Return the lines of a file (CSV, XLSX), as `read_report` does; raise UnreadableFile."""
    with TemporaryDirectory(prefix="report-") as folder:
        file = Path(folder) / f"report{Path(name).suffix.casefold()}"
        file.write_bytes(content)
        table = read_table(file, source_name=name, most_bytes=MOST_BYTES)
    return read_report(table.frame, named)


def read_report(
    frame: pd.DataFrame, named: Mapping[str, str]
) -> tuple[tuple[ReportLine, ...], tuple[LineProblem, ...]]:
    """Return the lines of a table of names and numbers, and what is wrong with some of them.

    The index numbers the rows as its reader sees them. Every row with anything in it becomes a
    line, wrong or not: nothing is lost. A table without headings is taken as it is.
    """
    rows = [(int(at), [_cell(one) for one in row]) for at, row in _rows(frame) if any(_cells(row))]
    lines, problems = [], []
    for at, cells in rows:
        name, number = cells[0], next((one for one in cells[1:] if one), "")
        line = ReportLine(name, named.get(plain_name(name), ""), read_number(number))
        lines.append(line)
        problems += [
            LineProblem(at, one.column, one.reason, number if one.column == "number" else name)
            for one in check_lines([line])
        ]
    seen: dict[str, int] = {}
    for (at, _), line in zip(rows, lines, strict=True):
        if line.figure and line.figure in seen:
            problems.append(LineProblem(at, "name", "twice", line.name))
        seen.setdefault(line.figure, at)
    return tuple(lines), tuple(sorted(problems, key=lambda one: one.row))


def check_lines(lines: Sequence[ReportLine]) -> tuple[LineProblem, ...]:
    """Return what hinders comparing each line, rows counted from 1."""
    return tuple(_problems(lines))


def _problems(lines: Sequence[ReportLine]) -> Iterator[LineProblem]:
    seen: set[str] = set()
    for row, line in enumerate(lines, start=1):
        if not line.figure:
            reason: Reason = "unknown_name" if line.name else "no_name"
            yield LineProblem(row, "name", reason, line.name)
        elif line.figure in seen:
            yield LineProblem(row, "name", "twice", line.name or line.figure)
        if line.reported is None:
            yield LineProblem(row, "number", "no_number", line.name)
        seen.add(line.figure)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[int, Sequence[object]]]:
    """Yield the rows of a table; headings that are themselves a line come first."""
    headings = [str(one) for one in frame.columns]
    if any(read_number(one) is not None for one in headings[1:]):
        first = int(frame.index[0]) if len(frame) else 2
        yield first - 1, headings
    yield from ((int(at), list(row)) for at, row in zip(frame.index, frame.to_numpy(), strict=True))


def _cells(row: Sequence[object]) -> list[str]:
    return [_cell(one) for one in row]


def _cell(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value).strip()  # noqa: PLR0124


# -------------------------------------------------------------------------------- comparing


def days_beside(period: Period) -> tuple[Period, Period]:
    """Return the few days before and after a period, in which what just misses it lies."""
    first, last = period
    day = timedelta(days=1)
    return (first - EDGE_DAYS * day, first - day), (last + day, last + EDGE_DAYS * day)


def comparable(figure: Figure, value: Value) -> float | None:
    """Return our number as a report gives it: a rate in percent, a part of a figure as a count."""
    if figure.shape == "rate" and not figure.part_of:
        return None if value.number is None else round(100 * value.number, 2)
    return float(value.count) if figure.shape == "rate" else value.number


def reconcile(
    lines: Sequence[ReportLine],
    tallies: Mapping[str, Tally],
    beside: Sequence[Mapping[str, Tally]],
    period: Period,
    reported_on: date,
) -> tuple[Reconciled, ...]:
    """Return every line of a known figure held against ours, in the order of the report.

    `tallies` are ours of the period by figure, `beside` those of the days just outside it
    (`days_beside`); what was entered after the end of `reported_on` could not be in the report.
    """
    known = [line for line in lines if line.figure in tallies]
    cases_of = {line.figure: _case_ids(tallies[line.figure]) for line in known}
    return tuple(
        _reconciled(
            line,
            tallies[line.figure],
            [one[line.figure] for one in beside if line.figure in one],
            period,
            reported_on,
            others={
                case for name, cases in cases_of.items() if name != line.figure for case in cases
            },
        )
        for line in known
    )


def _reconciled(
    line: ReportLine,
    tally: Tally,
    beside: Sequence[Tally],
    period: Period,
    reported_on: date,
    *,
    others: Collection[str],
) -> Reconciled:
    figure = find_figure(line.figure)
    counted = tally.where(tally.part == COUNTED)
    ids, days = counted.ids, counted.days
    first, last = (day_number(day) for day in period)
    is_edge = (abs(days - first) < EDGE_DAYS) | (abs(days - last) < EDGE_DAYS)
    ours = comparable(figure, tally.value)
    both_known = ours is not None and line.reported is not None
    has_case = figure.lists != "hazards"
    case_ids = counted.book.cases["id"].to_numpy(object)[counted.case] if has_case else ids
    inside = set(tally.counted)
    return Reconciled(
        line=line,
        figure=figure,
        tally=tally,
        ours=ours,
        difference=ours - line.reported if both_known else None,  # type: ignore[operator]
        entered_later=tuple(ids[counted.recorded > _end_of(reported_on)]),
        at_the_edge=tuple(ids[is_edge]),
        just_outside=tuple(
            dict.fromkeys(one for other in beside for one in other.counted if one not in inside)
        ),
        elsewhere_too=tuple(ids[np.isin(case_ids.astype(str), list(others))]),
    )


def _end_of(day: date) -> np.datetime64:
    midnight = pd.Timestamp(day + timedelta(days=1), tz=OFFICE_TIME)
    return np.datetime64(in_utc(midnight.to_pydatetime()), "us") - np.timedelta64(1, "us")


# ---------------------------------------------------------------------------------- overlap


def overlap(compared: Sequence[Reconciled]) -> pd.DataFrame:
    """Return the cases that lie in the same categories: one row per combination.

    Columns: `figures` (ids joined by ";"), `categories` (how many), `cases` (how many),
    `case_ids` (joined by ";"); by number of categories, then of cases.
    """
    within: dict[str, list[str]] = {}
    for one in _of_cases(compared):
        for case in _case_ids(one.tally):
            within.setdefault(case, []).append(one.figure.id)
    together: dict[tuple[str, ...], list[str]] = {}
    for case, figures in within.items():
        together.setdefault(tuple(figures), []).append(case)
    rows = [
        (";".join(figures), len(figures), len(cases), ";".join(sorted(cases)))
        for figures, cases in together.items()
    ]
    frame = pd.DataFrame(rows, columns=["figures", "categories", "cases", "case_ids"])
    order = ["categories", "cases", "figures"]
    return frame.sort_values(order, ascending=[False, False, True], ignore_index=True)


def pairs(compared: Sequence[Reconciled]) -> pd.DataFrame:
    """Return how many cases lie in both of two categories; on the diagonal, in the one."""
    cases = {one.figure.id: set(_case_ids(one.tally)) for one in _of_cases(compared)}
    return pd.DataFrame(
        [[len(cases[row] & cases[column]) for column in cases] for row in cases],
        index=list(cases),
        columns=list(cases),
        dtype=int,
    )


def _of_cases(compared: Sequence[Reconciled]) -> Iterator[Reconciled]:
    seen: set[str] = set()
    for one in compared:
        if one.figure.lists != "hazards" and one.figure.id not in seen:
            seen.add(one.figure.id)
            yield one


def _case_ids(tally: Tally) -> list[str]:
    """Return the cases behind what a tally counts, each once."""
    if tally.figure.lists == "hazards":
        return []
    at = np.unique(tally.case[tally.part == COUNTED])
    return list(tally.book.cases["id"].to_numpy(object)[at])
