"""The shortlist in visiting order: a table, its length, and files to take along."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.lists import ROW_HEIGHT_PX, TABLE_HEIGHT_PX
from layers.handoff import VisitList, render_gpx, render_kml, render_xlsx

FILES: tuple[tuple[str, str, Callable[[VisitList], bytes]], ...] = (
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", render_xlsx),
    ("gpx", "application/gpx+xml", render_gpx),
    ("kml", "application/vnd.google-earth.kml+xml", render_kml),
)


def show_empty_shortlist(names: Naming) -> None:
    """Show how hazards come onto the shortlist."""
    st.info(names.word("shortlist.empty"), icon=":material/playlist_add:")


def show_visits(
    visits: VisitList,
    names: Naming,
    *,
    gone: Sequence[str],
    on_remove: Callable[[Sequence[str]], None],
) -> None:
    """Show the stops in order, how far they are apart, and what is missing."""
    if gone:
        st.warning(
            names.word("shortlist.gone", refs=plain("、".join(gone))), icon=":material/help:"
        )
    length_km = f"{visits.total_m / 1000:.1f}"
    st.markdown(f"**{names.word('shortlist.title', count=len(visits.placed), km=length_km)}**")
    st.caption(names.word("shortlist.estimate"))
    rows = [
        {
            names.word("shortlist.order"): row.order,
            names.word("lists.name"): row.name or row.ref,
            names.word("lists.layer"): row.layer,
            names.word("lists.office"): row.office,
            names.word("lists.township"): row.township,
            names.word("shortlist.leg"): None if row.leg_m is None else round(row.leg_m / 1000, 1),
            names.word("lists.kinds"): row.hazards,
            names.word("lists.nature"): _nature(names, invented=row.is_demonstration),
        }
        for row in visits.rows
    ]
    height = min(TABLE_HEIGHT_PX, ROW_HEIGHT_PX * (len(rows) + 1))
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=height, key="visits")
    st.button(
        names.word("shortlist.clear", count=len(visits.rows)),
        key="clear-shortlist",
        icon=":material/playlist_remove:",
        on_click=on_remove,
        args=([row.ref for row in visits.rows] + list(gone),),
    )


def show_visit_downloads(visits: VisitList, names: Naming) -> None:
    """Show one button per file form; a file is made when it is asked for."""
    day = visits.imprint.as_of.isoformat()
    for place, (form, mime, render) in zip(st.columns(len(FILES)), FILES, strict=True):
        place.download_button(
            names.word("shortlist.download", form=form.upper()),
            data=render(visits),
            file_name=names.word("shortlist.file", day=day, count=len(visits.placed), form=form),
            mime=mime,
            key=f"download-{form}",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )


def _nature(names: Naming, *, invented: bool) -> str:
    return names.word("frame.demonstration_short" if invented else "lists.real")
