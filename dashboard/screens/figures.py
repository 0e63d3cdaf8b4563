"""Figures: of a period and of the day, office by office, and held against a report."""

import streamlit as st

from dashboard import reads, session
from dashboard.panels.figures.reconciling import (
    show_overlap,
    show_reconciled,
    show_report_day,
    show_report_download,
    show_report_form,
)
from dashboard.panels.figures.table import (
    OFFICE_PERIOD,
    OFFICE_STOCK,
    show_figure,
    show_figure_choice,
    show_figure_list,
    show_figures,
    show_national,
    show_no_list,
    show_offices,
)
from dashboard.panels.figures.trend import show_trend
from dashboard.panels.time_bar import show_past
from layers.figures import FIGURE_IDS, PERIOD_FIGURES, STOCK_FIGURES
from layers.reconciliation import days_beside, overlap, pairs, reconcile
from layers.yearbook import cut_off, preset_period, year_before

view = session.current()
state = reads.data_state(view.day, view.known_on)
names, newest_on = reads.naming(view.language), reads.data_state().as_of
period = view.period or preset_period("this_year", state.as_of)
ends = cut_off(period, state.as_of)
offices = view.scope.jurisdictions
in_report: tuple[str, ...] = ()
part = session.kept("figures_part", "all")
listed = view.listed if view.listed in FIGURE_IDS else "cases_filed"
period_days = names.word(
    "figures.days_of_period", first=ends[0].isoformat(), last=ends[1].isoformat()
)
stock_day = names.word("figures.day_of_stock", day=state.as_of.isoformat())

show_past(view, newest_on, names, on_day=session.look_at_day, on_known=session.look_as_known)
show_figure_choice(
    part,
    period,
    state.as_of,
    offices=sorted(offices),
    shown=reads.offices_shown(state.revision),
    names=names,
    on_part=session.open_figures_part,
    on_period=session.look_at_period,
    on_offices=session.look_at_offices,
)
has_lists = reads.may_open_lists()
whole = reads.figures(period, state)
now = {name: tally.within(offices) for name, tally in whole.items()}
period_title = names.word("figures.block.period", days=period_days)
stock_title = names.word("figures.block.stock", days=stock_day)

left, right = st.columns([0.4, 0.6] if part == "report" else [0.54, 0.46])
if part == "report":
    with left:
        base, number = session.report_form()
        problems = session.kept("report_problems", ())
        lines = show_report_form(
            base, number, problems, names, read=reads.report_file, on_report=session.take_report
        )
        session.keep_report(lines)
        reported_on = show_report_day(min(period[1], state.as_of), names)
    around = [reads.figures_of_period(one, state) for one in days_beside(ends)]
    beside = [{name: own.within(offices) for name, own in each.items()} for each in around]
    compared = reconcile(lines, now, beside, ends, reported_on)
    in_report = tuple(one.figure.id for one in compared)
    with right:
        st.caption(f"{period_days} · {names.word('figures.compared_with')}")
        show_reconciled(compared, listed, names, session.open_figure, has_lists=has_lists)
        if has_lists:
            show_report_download(
                compared,
                overlap(compared),
                pairs(compared),
                lines,
                names=names,
                imprint=reads.imprint(state),
            )
    if has_lists:
        show_overlap(overlap(compared), pairs(compared), names)
elif part == "offices":
    with left:
        show_offices(
            period_title,
            whole,
            PERIOD_FIGURES,
            chosen=OFFICE_PERIOD,
            shown=reads.offices_shown(state.revision),
            names=names,
            on_pick=session.look_at_office,
        )
        show_offices(
            stock_title,
            whole,
            STOCK_FIGURES,
            chosen=OFFICE_STOCK,
            shown=reads.offices_shown(state.revision),
            names=names,
            on_pick=session.look_at_office,
        )
        st.caption(names.word("figures.no_ranking"))
else:
    before = {
        name: tally.within(offices)
        for name, tally in reads.figures(year_before(period), reads.a_year_before(state)).items()
    }
    with left:
        show_figures(
            period_title, PERIOD_FIGURES, now, before, names=names, on_open=session.open_figure
        )
        show_figures(
            stock_title, STOCK_FIGURES, now, before, names=names, on_open=session.open_figure
        )
        show_national(names)
with right:
    if part != "report" or listed in in_report:
        is_stock = now[listed].figure.timing == "stock"
        show_figure(now[listed], stock_day if is_stock else period_days, names)
        by = session.kept("figure_series", "months")
        if part != "report" and now[listed].figure.shape != "none":
            last = state.as_of if is_stock else ends[1]
            series = reads.figure_series(now[listed].figure, by, offices, last, state)
            show_trend(now[listed].figure, series, by, names, session.look_at_series)
        if has_lists:
            show_figure_list(
                now[listed],
                reads.hazard_names(state.revision),
                names,
                reads.imprint(state),
                on_case=session.open_case_file,
                on_hazard=session.show_on_map,
            )
        else:
            show_no_list(names)
