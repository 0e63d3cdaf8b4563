"""What a team takes along: the pack for a phone, its timetable, lists for devices, codes."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.actions.visits import Issued, TakenForm
from dashboard.desks.wish_forms import split_names
from dashboard.naming import Naming
from dashboard.panels.visits.plan import say_tour
from dashboard.text import say_error
from geodata import GeodataError, Title
from layers.checklists import Checklist
from layers.planning import DayTour
from layers.visit_plans import KeptPlan
from layers.xlsform import render_form

MIMES: Mapping[str, str] = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpx": "application/gpx+xml",
    "kml": "application/vnd.google-earth.kml+xml",
    "geojson": "application/geo+json",
}
CODE_PX = 132


def show_plan_choice(
    plans: Sequence[KeptPlan], chosen: str, names: Naming, on_pick: Callable[[str], None]
) -> None:
    """Show the kept plans, the newest first, and take up the one that is picked."""
    labels = {"": names.word("visits.new_plan")} | {
        one.id: names.word(
            "visits.kept_plan", title=one.title, who=one.who, count=len(one.plan.visited)
        )
        for one in plans
    }
    st.selectbox(
        names.word("visits.plans"),
        list(labels),
        index=list(labels).index(chosen) if chosen in labels else 0,
        format_func=lambda one: labels[one],
        key=f"plan-choice-{chosen}-{len(labels)}",
        on_change=lambda: on_pick(st.session_state[f"plan-choice-{chosen}-{len(labels)}"]),
    )


def show_tour_choice(
    tours: Sequence[DayTour], at: int, names: Naming, on_pick: Callable[[int], None]
) -> None:
    """Show the teams and days of a plan; one is taken up."""
    st.segmented_control(
        names.word("visits.which_tour"),
        range(len(tours)),
        default=at,
        format_func=lambda number: say_tour(tours[number], names),
        key=f"tour-choice-{at}",
        on_change=lambda: on_pick(st.session_state[f"tour-choice-{at}"] or 0),
    )


def show_issue(
    tour: DayTour,
    outcome: Issued | GeodataError | None,
    names: Naming,
    *,
    officers: Sequence[str],
    writer: str,
    versions: int,
    on_sign: Callable[[str], None],
    on_issue: Callable[[Sequence[str]], None],
) -> None:
    """Show who goes and who hands the pack out, a button that makes it, and the pack itself."""
    st.markdown(f"**{names.word('visits.pack')}**")
    st.caption(names.word("visits.pack_about"))
    people, sign, button = st.columns([0.42, 0.28, 0.3], vertical_alignment="bottom")
    said = people.text_input(
        names.word("visits.officers"),
        "、".join(officers),
        key=f"officers-{tour.team}-{tour.on}",
        help=names.word("visits.officers_help"),
    )
    who = sign.text_input(names.word("visits.writer"), writer, key="visits-writer-out")
    if who != writer:
        on_sign(who)
    button.button(
        names.word("visits.issue", version=versions + 1),
        key="issue-pack",
        icon=":material/inventory_2:",
        type="primary",
        width="stretch",
        disabled=not who.strip(),
        help=names.word("visits.sign_first") if not who.strip() else None,
        on_click=on_issue,
        args=(split_names(said),),
    )
    if isinstance(outcome, GeodataError):
        st.error(say_error(outcome, names.language), icon=":material/report:")
    elif outcome is not None and outcome.tour == tour:
        size = max(1, round(len(outcome.content) / 1000))
        st.success(names.word("visits.issued", version=outcome.version, kb=size))
        st.download_button(
            names.word("visits.take_pack"),
            outcome.content,
            file_name=_file(tour, names, f"v{outcome.version}", "html"),
            mime=MIMES["html"],
            key="take-pack",
            icon=":material/download:",
            on_click="ignore",
        )


def show_files(tour: DayTour, files: Mapping[str, Callable[[], bytes]], names: Naming) -> None:
    """Show a button for each further form of the day; a file is made when it is asked for."""
    st.markdown(f"**{names.word('visits.files')}**")
    st.caption(names.word("visits.files_about"))
    for place, (form, make) in zip(st.columns(len(files)), files.items(), strict=True):
        place.download_button(
            names.word(f"visits.form.{form}"),
            make,
            file_name=_file(tour, names, "", form),
            mime=MIMES[form],
            key=f"visit-file-{form}",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )


def _file(tour: DayTour, names: Naming, version: str, form: str) -> str:
    stem = names.word("visits.file", on=tour.on.isoformat(), team=tour.team)
    return "_".join(filter(None, (stem, version))) + f".{form}"


def show_codes(
    stops: Sequence[tuple[str, Sequence[tuple[Title, str]]]],
    names: Naming,
    draw: Callable[[str], bytes],
) -> None:
    """Show links and codes that open each stop in a map app; say so where they are switched off."""
    with st.expander(names.word("visits.codes"), icon=":material/qr_code_2:"):
        if not any(links for _, links in stops):
            st.info(names.word("visits.codes_off"), icon=":material/lock:")
            return
        st.caption(names.word("visits.codes_about"))
        for number, (name, links) in enumerate(stops, start=1):
            columns = st.columns([0.28, *[0.24] * len(links)])
            columns[0].markdown(f"**{number}. {_plain(name)}**")
            for place, (title, address) in zip(columns[1:], links, strict=True):
                place.image(draw(address), width=CODE_PX)
                place.link_button(names.title(title), address, width="stretch")


def show_checklists(
    checklists: Mapping[str, Checklist],
    taken: Mapping[str, int],
    outcome: TakenForm | GeodataError | None,
    names: Naming,
    *,
    may_sign: bool,
    on_take: Callable[[str, str, bytes, int], None],
) -> None:
    """Show the checklist of each layer as an XLSForm to take away, and take an own one in.

    `taken` counts by layer how many own forms there have been.
    """
    with st.expander(names.word("visits.forms"), icon=":material/checklist:"):
        st.caption(names.word("visits.forms_about"))
        left, middle, right = st.columns([0.3, 0.3, 0.4], vertical_alignment="bottom")
        layer = left.selectbox(
            names.word("lists.layer"),
            list(checklists),
            format_func=lambda one: names.title(names.layer(one).title),
            key="form-layer",
        )
        checklist = checklists[layer]
        middle.download_button(
            names.word("visits.take_form", count=len(checklist.questions)),
            lambda: render_form(checklist),
            file_name=names.word("visits.form_file", layer=layer, version=checklist.version),
            mime=MIMES["xlsx"],
            key="take-form",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )
        file = right.file_uploader(
            names.word("visits.own_form"), ["xlsx"], key=f"own-form-{layer}-{taken[layer]}"
        )
        if file is not None:
            st.button(
                names.word("visits.use_form", file=file.name),
                key="use-form",
                icon=":material/check:",
                disabled=not may_sign,
                help=None if may_sign else names.word("visits.sign_first"),
                on_click=on_take,
                args=(layer, file.name, file.getvalue(), taken[layer]),
            )
        if taken[layer]:
            st.button(
                names.word("visits.drop_form"),
                key="drop-form",
                icon=":material/undo:",
                disabled=not may_sign,
                on_click=on_take,
                args=(layer, "", b"", taken[layer]),
            )
        _show_taken(outcome, names)


def _show_taken(outcome: TakenForm | GeodataError | None, names: Naming) -> None:
    if isinstance(outcome, GeodataError):
        st.error(say_error(outcome, names.language), icon=":material/report:")
    elif outcome is not None:
        title = names.title(names.layer(outcome.layer).title)
        st.success(names.word("visits.form_taken", layer=title, count=outcome.questions))
        if outcome.unread:
            st.warning(names.word("visits.form_unread", count=len(outcome.unread)))
            rows = [
                {
                    names.word("visits.column.sheet"): one.sheet,
                    names.word("visits.column.row"): one.row,
                    names.word("visits.column.cell"): one.column,
                    names.word("visits.column.value"): one.value,
                    names.word("visits.column.why"): names.word(f"visits.unread.{one.reason}"),
                }
                for one in outcome.unread
            ]
            st.dataframe(pd.DataFrame(rows), hide_index=True)


def _plain(text: str) -> str:
    return "".join("\\" + letter if letter in "\\`*_[]<>$#" else letter for letter in text)
