"""The last steps of an intake: what is wrong with which row, the files to take, and writing."""

from collections.abc import Callable
from datetime import date
from functools import partial

import streamlit as st

from dashboard.desks.intake import Desk
from dashboard.naming import Naming
from dashboard.panels.deadlines.files import MIMES
from dashboard.session import is_signed_in, widget
from dashboard.text import say_error
from geodata import GeodataError
from geodata.bad_rows import bad_rows_ending, render_bad_rows
from geodata.errors import NeedsParameters
from geodata.intake import Intake, Understood, preview
from geodata.revisions import Revision
from layers.check_report import bad_rows, count_reasons, render_report, tabulate_problems
from layers.imprint import Imprint
from layers.sheets import render_csv, render_xlsx

MOST_LISTED = 2000
LIST_PX = 236
FORMS = {"zip": "Shapefile", "geojson": "GeoJSON", "gpkg": "GeoPackage", "parquet": "GeoParquet"}


def show_trouble_of_check(desk: Desk, names: Naming) -> None:
    """Show why the check could not be made, unless the step before says so itself."""
    is_told_above = isinstance(desk.trouble, NeedsParameters)
    if desk.trouble is not None and desk.table is not None and not is_told_above:
        st.error(names.intake_words.say_error(desk.trouble), icon=":material/block:")


def show_problems(understood: Understood, names: Naming, imprint: Imprint) -> None:
    """Show how many rows go in, what is wrong with which, and the files to take along."""
    seen = preview(understood)
    problems = understood.checked.problems
    warned = len({one.row for one in problems if one.severity == "warning" and one.row})
    st.markdown(f"**{names.word('intake.check.heading')}**")
    numbers = {
        "read": seen.rows_read,
        "good": seen.rows_written,
        "bad": seen.rows_refused,
        "warned": warned,
    }
    for cell, (key, number) in zip(st.columns(4), numbers.items(), strict=True):
        cell.markdown(f":small[{names.word(f'intake.check.{key}')}] **{number:,}**")
    if not problems:
        st.success(names.word("intake.check.none"), icon=":material/check_circle:")
    else:
        _show_tables(understood, names)
    title = names.table(understood.layer_id)
    stem = understood.table.source_name.rpartition(".")[0]
    _show_files(understood, title, stem, names, imprint)


def _show_tables(understood: Understood, names: Naming) -> None:
    words, problems = names.intake_words, understood.checked.problems
    headings = words.headings(understood.schema, understood.mapping)
    listed, counted = st.tabs(
        [names.word("intake.check.by_row"), names.word("intake.check.by_reason")]
    )
    with listed:
        lines = tabulate_problems(problems[:MOST_LISTED], words, headings)
        rows = lines.columns[0]  # a number, or a dash where the whole file is meant
        st.dataframe(
            lines.assign(**{rows: lines[rows].astype("str").fillna("—")}),
            hide_index=True,
            height=LIST_PX,
            key=f"problems-{names.language}",
        )
        if len(problems) > MOST_LISTED:
            facts = {"shown": f"{MOST_LISTED:,}", "count": f"{len(problems):,}"}
            st.caption(names.word("intake.check.more", **facts))
    with counted:
        st.dataframe(
            count_reasons(problems, words),
            hide_index=True,
            height=LIST_PX,
            key=f"reasons-{names.language}",
        )


def _show_files(
    understood: Understood, title: str, stem: str, names: Naming, imprint: Imprint
) -> None:
    words = names.intake_words
    has_bad = bool(understood.checked.refused)
    makers: dict[str, tuple[str, Callable[[], bytes]]] = {
        "report": ("xlsx", partial(render_report, understood, title, words, imprint)),
        "bad_xlsx": ("xlsx", partial(make_bad_xlsx, understood, names, imprint)),
        "bad_csv": ("csv", partial(make_bad_csv, understood, names)),
    }
    if understood.table.has_places:  # as it came, before a table with the shapes in words
        form = bad_rows_ending(understood)[1:]
        same = {"bad_same": (form, partial(make_bad_same, understood, names))}
        makers = {"report": makers["report"], **same, "bad_xlsx": makers["bad_xlsx"]}
    for place, (name, (form, make)) in zip(st.columns(3), makers.items(), strict=True):
        what = names.word("intake.file.report" if name == "report" else "intake.file.bad")
        place.download_button(
            names.word(f"intake.take.{name}", form=FORMS.get(form, form.upper())),
            data=make,
            file_name=f"{stem}_{what}.{form}",
            mime=MIMES.get(form, "application/octet-stream"),
            key=f"intake-{name}",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
            disabled=name != "report" and not has_bad,
        )
    if has_bad:
        st.caption(names.word("intake.check.mend"))


def make_bad_same(understood: Understood, names: Naming) -> bytes:
    """Return the rows that stay out in the format they came in, to be mended and dropped again."""
    words = names.intake_words
    headings = words.headings(understood.schema, understood.mapping)
    return render_bad_rows(
        understood,
        lambda one: f"{headings.get(one.column, one.column)}: {words.say_reason(one)}",
    )


def make_bad_xlsx(understood: Understood, names: Naming, imprint: Imprint) -> bytes:
    """Return the rows that stay out as a workbook that can be mended and dropped again."""
    rows = bad_rows(understood, names.intake_words)
    title = names.word("intake.file.bad")
    return render_xlsx({title: rows}, imprint, names.language, hides_notes=True)


def make_bad_csv(understood: Understood, names: Naming) -> bytes:
    """Return the rows that stay out as comma-separated values, to be mended and dropped again."""
    return render_csv(bad_rows(understood, names.intake_words))


def show_write(
    understood: Understood,
    same_file: Revision | None,
    writer: str,
    names: Naming,
    *,
    refusal: GeodataError | None,
    on_sign: Callable[[str], None],
    on_write: Callable[[str, date | None], None],
    is_list: bool = False,
) -> None:
    """Show who writes and why, and the button; rows that stay out are kept aside with it.

    Of a list is also asked of which day it is: rules take it to tell nothing of the days after.
    """
    seen = preview(understood)
    st.markdown(f"**{names.word('intake.write.heading')}**")
    if refusal is not None:
        st.error(say_error(refusal, names.language), icon=":material/block:")
    if same_file is not None:
        facts = {
            "day": same_file.note.recorded_at.date().isoformat(),
            "who": same_file.note.who,
            "revision": same_file.id,
        }
        st.info(names.word("intake.write.same", **facts), icon=":material/content_copy:")
    told_on = _ask_day(names) if is_list else None
    left, middle, right = st.columns([0.24, 0.4, 0.36], vertical_alignment="bottom")
    left.text_input(
        f"{names.word('intake.write.who')} *",
        value=writer,
        key="intake-writer",
        max_chars=40,
        disabled=is_signed_in(),
        on_change=lambda: on_sign(widget("intake-writer", "")),
    )
    middle.text_input(
        names.word("intake.write.why"),
        key="intake-why",
        max_chars=200,
        placeholder=names.word("intake.write.why_hint"),
    )
    facts = {"good": f"{seen.rows_written:,}", "bad": f"{seen.rows_refused:,}"}
    pressed = right.button(
        names.word("intake.write.button", **facts),
        key="intake-write",
        type="primary",
        icon=":material/save:",
        width="stretch",
        disabled=not (seen.rows_written or seen.rows_refused),
    )
    if pressed and not (widget("intake-writer") or "").strip():
        st.error(names.word("intake.write.who_first"), icon=":material/person:")
    elif pressed:
        bar = st.progress(0.35, names.word("intake.progress.writing"))
        on_write(str(widget("intake-why") or ""), told_on)
        bar.progress(1.0, names.word("intake.progress.done"))
        st.rerun()


def _ask_day(names: Naming) -> date | None:
    """Show the day of which a list is, unsaid at first; return it."""
    told: date | None = st.date_input(
        names.word("intake.write.data_on"),
        value=None,
        key="intake-data-on",
        format="YYYY-MM-DD",
        help=names.word("intake.write.data_on_help"),
    )
    return told


def show_written(
    result: Intake,
    names: Naming,
    *,
    on_show: Callable[[str], None],
    on_next: Callable[[], None],
    on_compare: Callable[[], None] = lambda: None,
) -> None:
    """Show what became of the file: how many rows went in, the revision, where the others are."""
    facts = {
        "file": result.source_name,
        "layer": names.table(result.layer_id),
        "written": f"{result.rows_written:,}",
        "refused": f"{result.rows_refused:,}",
        "revision": result.revision,
        "place": result.set_aside,
    }
    if result.revision:
        st.success(names.word("intake.done.written", **facts), icon=":material/check_circle:")
    elif result.rows_written:
        st.info(names.word("intake.done.same", **facts), icon=":material/content_copy:")
    if result.set_aside:
        st.warning(names.word("intake.done.aside", **facts), icon=":material/inventory_2:")
    left, right = st.columns(2)
    is_layer = any(one.id == result.layer_id for one in names.layers)
    left.button(
        names.word("intake.done.show" if is_layer else "intake.done.compare", **facts),
        key="intake-show",
        icon=":material/map:" if is_layer else ":material/rule:",
        type="primary",
        width="stretch",
        on_click=lambda: on_show(result.layer_id) if is_layer else on_compare(),
    )
    right.button(
        names.word("intake.done.next"),
        key="intake-next",
        icon=":material/upload_file:",
        width="stretch",
        on_click=on_next,
    )


def show_progress(names: Naming) -> Callable[[str], None]:
    """Return what tells a bar which step is being taken; the bar is there only while one is."""
    place = st.empty()
    shares = {"reading": 0.15, "finding": 0.45, "checking": 0.75}

    def tell(step: str) -> None:
        if step in shares:
            place.progress(shares[step], names.word(f"intake.progress.{step}"))
        else:
            place.empty()

    return tell
