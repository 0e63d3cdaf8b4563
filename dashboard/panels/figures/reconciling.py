"""A report against our figures (对账): its lines to be typed or uploaded, and line by line ours."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.figures.table import MIMES, file_name, list_table
from dashboard.panels.figures.words import NOTHING, say_title
from dashboard.session import widget
from dashboard.text import say, say_error
from dashboard.view import LANGUAGES
from geodata import GeodataError
from layers.figures import FIGURES, find_figure
from layers.imprint import Imprint
from layers.reconciliation import (
    LineProblem,
    Reconciled,
    ReportLine,
    check_lines,
    example_lines,
    name_figures,
    plain_name,
)
from layers.sheets import render_xlsx
from layers.tally import tabulate

EDITOR_HEIGHT_PX = 330
MOST_NAMED = 12
"""How many ids stand in a cell on screen; all of them are in the file."""
COMPARABLE = tuple(one for one in FIGURES if one.timing == "period" and one.shape != "none")

ReadFile = Callable[
    [str, bytes, Mapping[str, str]], tuple[Sequence[ReportLine], Sequence[LineProblem]]
]
TakeReport = Callable[[Sequence[ReportLine], Sequence[LineProblem]], None]


def names_of_figures() -> dict[str, str]:
    """Return the figure behind every name that a report may give it, in both languages."""
    titles = {
        one.id: [say(f"figures.title.{one.id}", language) for language in LANGUAGES]
        for one in COMPARABLE
    }
    return name_figures(titles)


def show_report_form(
    base: Sequence[ReportLine],
    number: int,
    problems: Sequence[LineProblem],
    names: Naming,
    *,
    read: ReadFile,
    on_report: TakeReport,
) -> tuple[ReportLine, ...]:
    """Show the lines of a report to be typed, and return them as they stand.

    `read` reads a file; what it or the button for the example brings is told to
    `on_report` and takes the place of the lines.
    """
    fill, upload, clear = st.columns([1.2, 1.1, 0.7])
    fill.button(
        names.word("reconcile.fill"),
        key="report-fill",
        icon=":material/edit_note:",
        width="stretch",
        on_click=on_report,
        args=(example_lines(names.language), ()),
    )
    with upload.popover(names.word("reconcile.upload"), width="stretch"):
        _show_upload(number, names, read, on_report)
    clear.button(
        names.word("reconcile.clear"),
        key="report-clear",
        width="stretch",
        on_click=on_report,
        args=((), ()),
    )
    st.caption(names.word("reconcile.about"))
    titles = {one.id: names.word(f"figures.title.{one.id}") for one in COMPARABLE}
    by_title = {title: figure for figure, title in titles.items()}
    start = pd.DataFrame(
        [(one.name, titles.get(one.figure), one.reported) for one in base],
        columns=["name", "figure", "reported"],
    ).astype({"name": "str", "figure": object, "reported": "float64"})
    typed = st.data_editor(
        start,
        key=f"report-{number}",
        num_rows="dynamic",
        hide_index=True,
        height=EDITOR_HEIGHT_PX,
        column_config={
            "name": st.column_config.TextColumn(names.word("reconcile.column.name"), width="small"),
            "figure": st.column_config.SelectboxColumn(
                names.word("reconcile.column.figure"), options=list(by_title), width="small"
            ),
            "reported": st.column_config.NumberColumn(
                names.word("reconcile.column.reported"), format="%g", width="small"
            ),
        },
    )
    known = names_of_figures()
    lines = tuple(_line(row, by_title, known) for row in typed.to_dict("records"))
    lines = tuple(one for one in lines if one != ReportLine(""))
    _show_problems(problems, lines, names)
    return lines


def show_report_day(last: date, names: Naming) -> date:
    """Show the day that the report is from, the end of the period at first, and return it."""
    day: date | None = st.date_input(
        names.word("reconcile.reported_on"),
        value=last,
        key=f"report-day-{last}",
        format="YYYY-MM-DD",
        help=names.word("reconcile.reported_on_help"),
    )
    return day or last


def show_reconciled(
    compared: Sequence[Reconciled],
    opened: str,
    names: Naming,
    on_open: Callable[[str], None],
    *,
    has_lists: bool = True,
) -> None:
    """Show every line of the report beside ours; a row that is picked tells its figure.

    What may explain a difference, case by case, is for whoever `has_lists`.
    """
    st.info(names.word("reconcile.overlap_about"), icon=":material/join_inner:")
    if not compared:
        st.caption(names.word("reconcile.nothing"))
        return
    table = reconciled_table(compared, names)
    key = f"reconciled-{names.language}-{len(compared)}"

    def tell() -> None:
        for row, _ in widget(key)["selection"]["cells"]:
            on_open(compared[row].figure.id)

    st.dataframe(
        table.drop(columns=names.word("reconcile.column.figure")).map(_or_dash),
        key=key,
        hide_index=True,
        height="content",
        on_select=tell,
        selection_mode="single-cell",
    )
    picked = next((one for one in compared if one.figure.id == opened), None)
    if picked is not None and has_lists:
        _show_reasons(picked, names)


def show_overlap(together: pd.DataFrame, pairs: pd.DataFrame, names: Naming) -> None:
    """Show how many cases lie in which categories together."""
    if together.empty:
        return
    with st.expander(names.word("reconcile.overlap"), expanded=True):
        st.dataframe(
            overlap_table(together, names, is_short=True), hide_index=True, height="content"
        )
        st.caption(names.word("reconcile.pairs"))
        st.dataframe(pair_table(pairs, names), hide_index=True, height="content")


def show_report_download(
    compared: Sequence[Reconciled],
    together: pd.DataFrame,
    pairs: pd.DataFrame,
    lines: Sequence[ReportLine],
    *,
    names: Naming,
    imprint: Imprint,
) -> None:
    """Show the button for everything here as one workbook."""
    st.download_button(
        names.word("reconcile.download"),
        data=partial(
            make_report_xlsx, compared, together, pairs, lines, names=names, imprint=imprint
        ),
        file_name=file_name(names.word("figures.part.report"), "xlsx", names, imprint),
        mime=MIMES["xlsx"],
        key="report-xlsx",
        icon=":material/download:",
        on_click="ignore",
        disabled=not compared,
    )


def make_report_xlsx(
    compared: Sequence[Reconciled],
    together: pd.DataFrame,
    pairs: pd.DataFrame,
    lines: Sequence[ReportLine],
    *,
    names: Naming,
    imprint: Imprint,
) -> bytes:
    """Return the comparison as a workbook: lines, overlap, and the list behind each line."""
    sheets = {
        names.word("figures.part.report"): reconciled_table(compared, names),
        names.word("reconcile.sheet.overlap"): overlap_table(together, names),
        names.word("reconcile.sheet.pairs"): pair_table(pairs, names),
    }
    left = [one for one in lines if one.figure not in {each.figure.id for each in compared}]
    if left:
        columns = [names.word(f"reconcile.column.{one}") for one in ("name", "reported")]
        rows = [(one.name, one.reported) for one in left]
        sheets[names.word("reconcile.sheet.left")] = pd.DataFrame(rows, columns=columns)
    for place, one in enumerate(compared, start=1):
        facts = tabulate(one.tally)
        title = f"{place} {say_title(one.figure, names)}"
        sheets[title] = list_table(one.figure, facts, {}, names)
    notes = [(names.word("reconcile.sheet.overlap"), names.word("reconcile.overlap_about"))]
    return render_xlsx(sheets, imprint, names.language, notes=notes)


def reconciled_table(compared: Sequence[Reconciled], names: Naming) -> pd.DataFrame:
    """Return every line beside ours, with how many rows of ours may explain a difference."""
    rows = [
        (
            one.line.name or say_title(one.figure, names),
            say_title(one.figure, names),
            _number(one.line.reported),
            _number(one.ours),
            _signed(one.difference),
            len(one.entered_later),
            len(one.at_the_edge),
            len(one.just_outside),
            len(one.elsewhere_too),
        )
        for one in compared
    ]
    columns = (
        *("name", "figure", "reported", "ours", "difference"),
        *("entered_later", "at_the_edge", "just_outside", "elsewhere_too"),
    )
    return pd.DataFrame(
        rows, columns=[names.word(f"reconcile.column.{one}") for one in columns], dtype=object
    )


def overlap_table(together: pd.DataFrame, names: Naming, *, is_short: bool = False) -> pd.DataFrame:
    """Return the combinations of categories in words, with their cases."""
    rows = [
        (
            " + ".join(
                say_title(find_figure(figure), names) for figure in row["figures"].split(";")
            ),
            row["categories"],
            row["cases"],
            _few(row["case_ids"].split(";")) if is_short else row["case_ids"].replace(";", "、"),
        )
        for row in together.to_dict("records")
    ]
    columns = ("combination", "categories", "cases", "case_ids")
    return pd.DataFrame(rows, columns=[names.word(f"reconcile.column.{one}") for one in columns])


def pair_table(pairs: pd.DataFrame, names: Naming) -> pd.DataFrame:
    """Return how many cases lie in both of two categories, in words."""
    titles = {figure: say_title(find_figure(figure), names) for figure in pairs.columns}
    table = pairs.rename(columns=titles)
    table.insert(0, names.word("reconcile.column.figure"), list(titles.values()))
    return table.reset_index(drop=True)


def _show_upload(number: int, names: Naming, read: ReadFile, on_report: TakeReport) -> None:
    st.caption(names.word("reconcile.upload_about"))
    file = st.file_uploader(
        names.word("reconcile.upload"),
        type=["csv", "xlsx", "xls", "txt"],
        key=f"report-file-{number}",
        label_visibility="collapsed",
    )
    if file is not None:
        try:
            lines, problems = read(file.name, file.getvalue(), names_of_figures())
        except GeodataError as trouble:
            st.error(say_error(trouble, names.language))
        else:
            st.button(
                names.word("reconcile.take", count=len(lines), bad=len(problems)),
                key="report-take",
                type="primary",
                on_click=on_report,
                args=(lines, problems),
            )


def _show_problems(
    problems: Sequence[LineProblem], lines: Sequence[ReportLine], names: Naming
) -> None:
    """Show what was wrong in the file, and what still is wrong with the lines."""
    open_still = check_lines(lines)
    if problems and open_still:
        with st.expander(names.word("reconcile.in_file", count=len(problems))):
            st.markdown("\n".join(f"- {_say_problem(one, names)}" for one in problems))
    if open_still:
        told = "  \n".join(_say_problem(one, names) for one in open_still[:MOST_NAMED])
        st.warning(told, icon=":material/edit:")


def _say_problem(problem: LineProblem, names: Naming) -> str:
    word = "".join(one for one in problem.word[:40] if one.isprintable() and one not in "`*_[]<>$")
    return names.word(
        f"reconcile.problem.{problem.reason}",
        row=problem.row,
        column=names.word(
            "reconcile.column.name" if problem.column == "name" else "reconcile.column.reported"
        ),
        word=word,
    )


def _show_reasons(one: Reconciled, names: Naming) -> None:
    """Show which rows of ours may explain the difference of a line."""
    reasons = {
        "entered_later": one.entered_later,
        "at_the_edge": one.at_the_edge,
        "just_outside": one.just_outside,
        "elsewhere_too": one.elsewhere_too,
    }
    told = [
        f"- {names.word(f'reconcile.reason.{name}', count=len(ids))} {_few(ids)}"
        for name, ids in reasons.items()
        if ids
    ]
    st.markdown("\n".join(told) or names.word("reconcile.no_reason"))


def _or_dash(value: object) -> object:
    return NOTHING if value is None else value


def _few(ids: Sequence[str]) -> str:
    more = f" … (+{len(ids) - MOST_NAMED})" if len(ids) > MOST_NAMED else ""
    return "、".join(ids[:MOST_NAMED]) + more


def _line(
    row: Mapping[object, object], by_title: Mapping[str, str], known: Mapping[str, str]
) -> ReportLine:
    """Return a row of the form as a line; a name typed without a figure finds its own."""
    name = "" if _is_nothing(row["name"]) else str(row["name"]).strip()
    title = "" if _is_nothing(row["figure"]) else str(row["figure"])
    figure = by_title.get(title) or known.get(plain_name(name), "")
    reported = None if _is_nothing(row["reported"]) else float(str(row["reported"]))
    return ReportLine(name, figure, reported)


def _is_nothing(value: object) -> bool:
    return value is None or pd.isna(value) or value == "None"  # type: ignore[call-overload]


def _number(number: float | None) -> float | int | None:
    if number is None:
        return None
    return int(number) if float(number).is_integer() else number


def _signed(number: float | None) -> str | None:
    return None if number is None else f"{number:+g}" if number else "0"
