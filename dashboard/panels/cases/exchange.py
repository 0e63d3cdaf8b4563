"""Cases as files: those of the scope to take away, and a file to bring in, seen before written."""

from collections.abc import Callable, Sequence
from html import escape

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.lists import ROW_HEIGHT_PX, TABLE_HEIGHT_PX
from dashboard.session import keep, kept
from dashboard.text import say_error
from geodata import Case, GeodataError
from geodata.case_draft import CaseProblem
from geodata.case_exchange import Plan, kept_name, render_cases, render_kept
from geodata.case_sheets import TABLES
from geodata.case_words import say_form, say_problem, say_reason, say_remedy
from layers.imprint import Imprint

FORMS: tuple[tuple[str, str], ...] = (
    (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (".json", "application/json"),
    (".csv", "text/csv"),
)
MOST_LISTED = 500
HELD, WARNED = "case_import.held_mark", "case_import.warned_mark"


def show_case_exchange(
    names: Naming,
    *,
    cases: Callable[[], Sequence[Case]],
    count: int,
    imprint: Imprint,
    writer: str,
    on_plan: Callable[[str, bytes], Plan],
    on_import: Callable[[Plan], None],
) -> None:
    """Show the cases of the scope as files, and the way in for a file of cases.

    `cases` gives those of the scope when a file is asked for; `on_plan` tells what of a file
    would go in, `on_import` writes that and keeps what came of it as `imported`.
    """
    with st.expander(names.word("case_import.out", count=count), icon=":material/download:"):
        _show_downloads(names, cases, imprint)
    is_open = kept("imported") is not None
    with st.expander(names.word("case_import.in"), icon=":material/upload:", expanded=is_open):
        _show_outcome(names)
        _show_upload(names, writer, on_plan, on_import)


def _show_downloads(names: Naming, cases: Callable[[], Sequence[Case]], imprint: Imprint) -> None:
    st.caption(names.word("case_import.out_note"))
    language = names.language
    notes = (*((mark, "") for mark in imprint.marks(language)), *imprint.facts(language))
    for place, (form, mime) in zip(st.columns(len(FORMS)), FORMS, strict=True):

        def render(form: str = form) -> bytes:
            return render_cases(cases(), form, names.city, language, notes)

        place.download_button(
            names.word("case_import.download", form=form[1:].upper()),
            data=render,
            file_name=names.word("case_import.file", day=imprint.as_of.isoformat(), form=form),
            mime=mime,
            key=f"cases-{form[1:]}",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )


def _show_upload(
    names: Naming,
    writer: str,
    on_plan: Callable[[str, bytes], Plan],
    on_import: Callable[[Plan], None],
) -> None:
    st.caption(names.word("case_import.in_note"))
    sent = st.file_uploader(
        names.word("case_import.choose"),
        type=[one[1:] for one in (".json", *TABLES)],
        key=f"case-file-{kept('imports', 0)}",
    )
    if sent is None:
        return
    asked = (sent.file_id, writer)
    before, plan = kept("import_plan", (None, None))
    if before != asked:
        try:
            plan = on_plan(sent.name, sent.getvalue())
        except GeodataError as refused:
            st.error(say_error(refused, names.language), icon=":material/report:")
            return
        keep("import_plan", (asked, plan))
    _show_plan(plan, names, writer, on_import)


def _show_plan(plan: Plan, names: Naming, writer: str, on_import: Callable[[Plan], None]) -> None:
    """Show what would go in and what not, then the button that writes it."""
    st.markdown(f"**{names.word('case_import.preview', **_counts(plan, names))}**")
    if plan.new_cases:
        listed = "、".join(one.id for one in plan.new_cases[:12])
        more = " …" if len(plan.new_cases) > len(plan.new_cases[:12]) else ""
        st.caption(names.word("case_import.new", ids=plain(listed + more)))
    if plan.grown_cases:
        st.caption(names.word("case_import.grown", ids=plain("、".join(plan.grown_cases[:12]))))
    _show_unused(plan, names)
    _show_problems(plan, names)
    if not plan.changes:
        st.info(names.word("case_import.nothing"), icon=":material/done_all:")
        return
    if not writer:
        st.warning(names.word("case_import.sign"), icon=":material/person:")
    st.button(
        names.word("case_import.confirm", **_counts(plan, names)),
        key="import-cases",
        type="primary",
        disabled=not writer,
        on_click=on_import,
        args=(plan,),
    )


def _show_outcome(names: Naming) -> None:
    """Show what became of the last file, and what was held back of it."""
    outcome: tuple[Plan, GeodataError | None] | None = kept("imported")
    if outcome is None:
        return
    plan, trouble = outcome
    if trouble is not None:
        st.error(say_error(trouble, names.language), icon=":material/report:")
        return
    st.success(names.word("case_import.done", **_counts(plan, names)), icon=":material/check:")
    _show_kept(plan, names, "done")


def _show_problems(plan: Plan, names: Naming) -> None:
    if not plan.problems:
        return
    rows = [_problem_row(one, names) for one in plan.problems[:MOST_LISTED]]
    titles = [names.word(f"case_import.column.{one}") for one in COLUMNS]
    table = pd.DataFrame(rows, columns=titles)
    height = min(TABLE_HEIGHT_PX, ROW_HEIGHT_PX * (len(rows) + 1))
    st.dataframe(table, hide_index=True, height=height, key="import-problems")
    if len(plan.problems) > MOST_LISTED:
        st.caption(names.word("case_import.more", count=len(plan.problems) - MOST_LISTED))
    _show_kept(plan, names, "preview")


COLUMNS = ("mark", "sheet", "row", "case", "column", "value", "reason", "remedy")


def _problem_row(problem: CaseProblem, names: Naming) -> tuple[object, ...]:
    return (
        names.word(WARNED if problem.is_warning else HELD),
        problem.sheet,
        problem.row,
        problem.case,
        problem.column,
        problem.value,
        say_reason(problem, names.language),
        say_remedy(problem, names.language),
    )


def _show_kept(plan: Plan, names: Naming, key: str) -> None:
    if not plan.held:
        return

    def render() -> bytes:
        return render_kept(plan, names.language, lambda one: say_problem(one, names.language))

    st.download_button(
        names.word("case_import.kept", held_count=max(plan.held_cases, 1)),
        data=render,
        file_name=kept_name(plan.reading.name),
        key=f"kept-{key}",
        icon=":material/assignment_return:",
        help=names.word("case_import.kept_help"),
        on_click="ignore",
    )


def _show_unused(plan: Plan, names: Naming) -> None:
    if plan.reading.unused:
        columns = "、".join(" ".join(filter(None, one)) for one in plan.reading.unused)
        st.caption(names.word("case_import.unused", columns=plain(escape(columns))))


def _counts(plan: Plan, names: Naming) -> dict[str, object]:
    return {
        "file": plain(plan.reading.name),
        "form": say_form(plan.reading.form, names.language),
        "new": len(plan.new_cases),
        "entries": len(plan.new_entries),
        "grown": len(plan.grown_cases),
        "unchanged": len(plan.unchanged),
        "held": plan.held_cases,
    }
