"""The figures of a period and of the day in two blocks, and one figure with the list behind it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.figures.words import (
    NOTHING,
    say_change,
    say_group,
    say_groups,
    say_title,
    say_value,
)
from dashboard.session import set_widget, widget
from geodata.rule_set import UNSURE
from layers.imprint import Imprint
from layers.sheets import render_csv, render_xlsx
from layers.tally import COUNTED, LEFT_OUT, Figure, Tally, tabulate
from layers.yearbook import PRESETS, Period, preset_of, preset_period

PARTS = ("all", "offices", "report")
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
MOST_ROWS = 1000
"""How many rows are shown; all of them are in the files."""
LIST_HEIGHT_PX = 250
LOW_ROW_PX = 28
BLOCK_HEIGHT_PX = {"period": 300, "stock": 216}
MIMES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
OFFICE_PERIOD = ("leads", "cases_filed", "recommendations", "reply_rate", "rectification_rate")
OFFICE_STOCK = ("leads_open", "cases_open", "overdue_reply", "suspended", "hazards_fixed")
"""The figures that stand office by office until others are chosen."""


def show_figure_choice(
    part: str,
    period: Period,
    as_of: date,
    *,
    offices: Sequence[str],
    shown: Sequence[str],
    names: Naming,
    on_part: Callable[[str], None],
    on_period: Callable[[Period | None], None],
    on_offices: Callable[[Sequence[str]], None],
) -> None:
    """Show which part, which days and which offices are looked at; each tells what was picked.

    `shown` are the offices that something may be seen of.
    """
    parts, presets, days, whose = st.columns([2.3, 2.3, 1.7, 1.9])
    set_widget("figures-part", part)
    parts.segmented_control(
        names.word("figures.parts"),
        PARTS,
        format_func=lambda one: names.word(f"figures.part.{one}"),
        key="figures-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("figures-part") or part),
    )
    set_widget("figures-preset", preset_of(period, as_of))
    presets.segmented_control(
        names.word("figures.period"),
        PRESETS,
        format_func=lambda one: names.word(f"figures.preset.{one}"),
        key="figures-preset",
        label_visibility="collapsed",
        on_change=lambda: _tell_preset(as_of, on_period),
    )
    set_widget("figures-days", tuple(max(FIRST_DAY, min(day, LAST_DAY)) for day in period))
    days.date_input(
        names.word("figures.period"),
        key="figures-days",
        min_value=FIRST_DAY,
        max_value=LAST_DAY,
        format="YYYY-MM-DD",
        label_visibility="collapsed",
        on_change=lambda: _tell_days(on_period),
    )
    set_widget("figures-offices", [one for one in shown if one in offices])
    whose.multiselect(
        names.word("figures.offices"),
        shown,
        format_func=names.office,
        key="figures-offices",
        placeholder=_say_all(shown, names),
        label_visibility="collapsed",
        on_change=lambda: on_offices(widget("figures-offices", ())),
    )


def show_figures(
    title: str,
    figures: Sequence[Figure],
    now: Mapping[str, Tally],
    before: Mapping[str, Tally],
    *,
    names: Naming,
    on_open: Callable[[str], None],
) -> None:
    """Show figures as one block of rows; a row that is picked tells its figure.

    `before` are the same figures a year before.
    """
    st.markdown(title)
    shown = [one for one in figures if one.id in now]
    rows = [
        (
            ("　└ " if one.part_of else "") + say_title(one, names),
            say_value(one, now[one.id].value, names),
            say_value(one, before[one.id].value, names),
            say_change(one, now[one.id].value, before[one.id].value, names),
        )
        for one in shown
    ]
    timing = shown[0].timing
    headings = ("figure", "value", f"before_{timing}", "change")
    table = pd.DataFrame(rows, columns=[names.word(f"figures.column.{one}") for one in headings])
    key = f"figures-{timing}-{names.language}"

    def tell() -> None:
        for row, _ in widget(key)["selection"]["cells"]:
            on_open(shown[row].id)

    st.dataframe(
        table,
        key=key,
        hide_index=True,
        row_height=LOW_ROW_PX,
        height=min(BLOCK_HEIGHT_PX[timing], LOW_ROW_PX * (len(rows) + 1) + 8),
        on_select=tell,
        selection_mode="single-cell",
        column_config={
            names.word("figures.column.figure"): st.column_config.Column(width="medium")
        },
    )


def show_figure(tally: Tally, days: str, names: Naming) -> None:
    """Show one figure: its title, number, unit and days, what it counts, its parts."""
    figure = tally.figure
    mark = names.word("figures.ours" if figure.certainty in UNSURE else "figures.national_value")
    st.markdown(
        f"**{say_title(figure, names)}　{say_value(figure, tally.value, names)}**  \n"
        f":small[{days} · {names.word(f'figures.timing.{figure.timing}')} · {mark}]  \n"
        f":small[{names.word(f'figures.definition.{figure.id}')}]"
    )
    if figure.by and len(tally):
        st.caption(say_groups(figure, tally.by_group(), names))
    if tally.left_out:
        st.caption(names.word(f"figures.left_out.{_left_out(figure)}", count=len(tally.left_out)))


def show_figure_list(
    tally: Tally,
    hazard_names: Mapping[str, str],
    names: Naming,
    imprint: Imprint,
    *,
    on_case: Callable[[str], None],
    on_hazard: Callable[[str], None],
) -> None:
    """Show the list behind a figure, with a tick for what counts, and as files.

    A row tells the case or the hazard that it is about.
    """
    if not len(tally):
        st.info(names.word("figures.empty"), icon=":material/rule:")
        return
    facts = tabulate(tally)
    table = list_table(tally.figure, facts, hazard_names, names)
    key = f"figure-list-{tally.figure.id}-{names.language}-{hash(tuple(facts['id']))}"
    shown = table.head(MOST_ROWS)

    def tell() -> None:
        for row, _ in widget(key)["selection"]["cells"]:
            ref = str(facts["ref"].iloc[row])
            if tally.figure.lists == "hazards" and not ref.endswith(":"):
                on_hazard(ref)
            elif tally.figure.lists == "hazards":
                continue  # a row that stands for many: their list is that of the overview
            else:
                on_case(str(facts["case"].iloc[row]))

    st.dataframe(
        shown.map(_on_screen),
        key=key,
        hide_index=True,
        row_height=LOW_ROW_PX,
        height=min(LIST_HEIGHT_PX, LOW_ROW_PX * (len(shown) + 1) + 8),
        on_select=tell,
        selection_mode="single-cell",
    )
    if len(table) > MOST_ROWS:
        st.caption(names.word("overdue.cut", shown=MOST_ROWS, count=len(table)))
    makers = {
        "xlsx": partial(make_list_xlsx, tally, table, names, imprint),
        "csv": partial(render_csv, table),
    }
    about, *places = st.columns([1.8, 1, 1], vertical_alignment="center")
    opens = "hazard" if tally.figure.lists == "hazards" else "case"
    about.caption(names.word(f"figures.opens.{opens}"))
    for place, (form, make) in zip(places, makers.items(), strict=True):
        place.download_button(
            names.word(f"overdue.download.{form}"),
            data=make,
            file_name=file_name(say_title(tally.figure, names), form, names, imprint),
            mime=MIMES[form],
            key=f"figure-{form}",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )


def show_no_list(names: Naming) -> None:
    """Say that whoever looks has the figures and not the lists behind them."""
    st.info(names.word("figures.no_list"), icon=":material/lock:")


def show_offices(
    title: str,
    tallies: Mapping[str, Tally],
    figures: Sequence[Figure],
    *,
    chosen: Sequence[str],
    shown: Sequence[str],
    names: Naming,
    on_pick: Callable[[str, str], None],
) -> None:
    """Show figures office by office, in administrative order; a number tells office and figure.

    `shown` are the offices that something may be seen of.
    """
    st.markdown(title)
    key = f"offices-{figures[0].timing}"
    if widget(f"{key}-figures") is None:
        set_widget(f"{key}-figures", list(chosen))
    asked = st.multiselect(
        names.word("figures.choose"),
        [one.id for one in figures if one.shape != "none"],
        format_func=lambda one: names.word(f"figures.title.{one}"),
        key=f"{key}-figures",
        placeholder=names.word("case_file.moves.choose"),
        label_visibility="collapsed",
    )
    by_id = {one.id: one for one in figures}
    offices, together = [*shown, ""], _say_all(shown, names)
    columns = {
        say_title(by_id[one], names): [
            say_value(by_id[one], tallies[one].within([office] if office else []).value, names)
            for office in offices
        ]
        for one in asked
    }
    heading = names.word("offices.office")
    table = pd.DataFrame(
        {heading: [names.office(one) if one else together for one in offices]} | columns
    )
    table_key = f"{key}-{names.language}-{'-'.join(asked)}"

    def tell() -> None:
        for row, column in widget(table_key)["selection"]["cells"]:
            if column != heading:
                on_pick(offices[row], asked[list(columns).index(column)])

    st.dataframe(
        table,
        key=table_key,
        hide_index=True,
        row_height=LOW_ROW_PX,
        height="content",
        on_select=tell,
        selection_mode="single-cell",
    )


def _say_all(shown: Sequence[str], names: Naming) -> str:
    """Return what all offices together are called that something may be seen of."""
    is_whole = len(shown) == len(names.city.jurisdiction_ids)
    return names.word("figures.whole_city" if is_whole else "access.all_seen")


def show_national(names: Naming) -> None:
    """Show the national figures, for plausibility only."""
    with st.expander(names.word("figures.national")):
        st.caption(names.word("figures.national_about"))
        st.markdown(names.word("figures.national_figures"))


def list_table(
    figure: Figure, facts: pd.DataFrame, hazard_names: Mapping[str, str], names: Naming
) -> pd.DataFrame:
    """Return the rows behind a figure in words; days are `date` and amounts numbers."""
    part = {COUNTED: "figures.tick.counted", LEFT_OUT: "figures.tick.left_out"}
    ticks = [names.word(part.get(one, "figures.tick.taken_of")) for one in facts["part"]]
    columns: dict[str, Sequence[object]] = {"tick": ticks}
    if figure.lists == "hazards":
        columns["hazard"] = list(facts["ref"])
        columns["name"] = [
            names.word("figures.many", count=f"{many:,}")
            if ref.endswith(":")
            else hazard_names.get(ref, ref)
            for ref, many in zip(facts["ref"], facts["many"], strict=True)
        ]
    else:
        columns["case"] = list(facts["case"])
        if figure.lists == "documents":
            columns["entry"] = list(facts["number"])
        columns["title"] = list(facts[f"title_{names.language}"])
    columns["office"] = [names.office(one) for one in facts["office"]]
    if facts["on"].notna().any():
        columns |= {"on": list(facts["on"]), "recorded_on": list(facts["recorded_on"])}
    if facts["amount"].notna().any():
        amounts = [None if pd.isna(one) else float(one) for one in facts["amount"]]
        columns[f"amount_{figure.unit}"] = amounts
    if figure.by:
        columns["group"] = [say_group(figure, one, names) for one in facts["group"]]
    if figure.lists != "hazards":
        columns["agency"] = list(facts["agency"])
        natures = (names.word("lists.real"), names.word("frame.demonstration_short"))
        columns["nature"] = [natures[bool(one)] for one in facts["is_demonstration"]]
    table = pd.DataFrame(
        {name: pd.Series(list(cells), dtype="object") for name, cells in columns.items()}
    )
    return table.rename(columns=lambda name: names.word(f"figures.list.{name}"))


def make_list_xlsx(tally: Tally, table: pd.DataFrame, names: Naming, imprint: Imprint) -> bytes:
    """Return the list behind a figure as a workbook, with what it counts on its last sheet."""
    figure = tally.figure
    title = say_title(figure, names)
    notes = [
        (title, say_value(figure, tally.value, names)),
        (names.word("figures.meaning"), names.word(f"figures.definition.{figure.id}")),
    ]
    return render_xlsx({title: table}, imprint, names.language, notes=notes)


def file_name(what: str, form: str, names: Naming, imprint: Imprint) -> str:
    """Return what a file is called: the content, the day, and whether its content is invented."""
    mark = f"_{names.word('frame.demonstration_short')}" if imprint.is_demonstration else ""
    plain = "".join(one if one.isalnum() or one in "-_（）()" else "-" for one in what)
    day = imprint.as_of.isoformat()
    return names.word("overdue.file", what=plain, day=day, mark=mark, form=form)


def _left_out(figure: Figure) -> str:
    known = {"adoption_rate": "items", "support_rate": "judgment", "filing_rate": "evaluation"}
    return known.get(figure.id, "start" if figure.shape == "median" else "due")


def _tell_preset(as_of: date, on_period: Callable[[Period | None], None]) -> None:
    preset = widget("figures-preset")
    if preset:
        on_period(None if preset == "this_year" else preset_period(preset, as_of))


def _tell_days(on_period: Callable[[Period | None], None]) -> None:
    picked = widget("figures-days", ())
    if len(picked) == 2:  # noqa: PLR2004 - the second end is still to be picked
        on_period((picked[0], picked[1]))


def _on_screen(value: object) -> object:
    if value is None or value is pd.NaT or value is pd.NA:
        return NOTHING
    return value.isoformat() if isinstance(value, date) else value
