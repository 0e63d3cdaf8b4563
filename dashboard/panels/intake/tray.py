"""Rows that wait: those without a place, put on the map by hand, and those set aside earlier."""

from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from dashboard.naming import Naming
from dashboard.panels.deadlines.files import MIMES
from dashboard.panels.intake.system import COMMON
from dashboard.session import hear_component, is_news, is_signed_in, widget
from dashboard.text import say_error
from geodata import GeodataError
from geodata.crs import STORED
from geodata.model import HazardRef
from geodata.placing import Placed
from geodata.revisions import Aside
from layers.drawing.ghosts import build_pin
from layers.drawing.webmap import GoTo, MapWords, Position, build_map
from layers.sheets import render_csv

LIST_PX, ROW_PX, MAP_PX = 300, 36, 400
DECIMALS = 6

Place = tuple[float, float]


def show_tray(rows: pd.DataFrame, names: Naming, on_pick: Callable[[str], None]) -> None:
    """Show the rows that wait for a place, as a table that tells which one was picked."""
    if rows.empty:
        st.success(names.word("intake.tray.empty"), icon=":material/check_circle:")
        return
    st.markdown(f"**{names.word('intake.tray.heading', count=len(rows))}**")
    st.caption(names.word("intake.tray.about"))
    offices = [names.office(one) if one else "—" for one in rows["jurisdiction"]]
    titles = {
        "intake.tray.layer": [names.title(names.layer(one).title) for one in rows["layer"]],
        "intake.tray.name": rows["name"].where(rows["name"] != "", rows["id"]).tolist(),
        "intake.tray.office": offices,
        "intake.tray.township": rows["township"].tolist(),
        "intake.tray.known": [_origin(one, names) for one in rows["geometry_status"]],
    }
    refs = rows["ref"].tolist()
    key = f"tray-{names.language}-{hash(tuple(refs))}"

    def tell() -> None:
        for row in widget(key)["selection"]["rows"]:
            on_pick(str(refs[row]))

    st.dataframe(
        pd.DataFrame({names.word(word): values for word, values in titles.items()}),
        key=key,
        hide_index=True,
        height=min(LIST_PX, ROW_PX * (len(rows) + 1)),
        on_select=tell,
        selection_mode="single-row",
    )


def show_placed(
    placed: tuple[HazardRef, Placed | GeodataError] | None,
    names: Naming,
    on_show: Callable[[str], None],
) -> None:
    """Show what became of the row that was put on the map last."""
    if placed is None:
        return
    ref, outcome = placed
    words = names.intake_words
    if isinstance(outcome, GeodataError):
        st.error(say_error(outcome, names.language), icon=":material/block:")
        return
    told = [f"{words.say_reason(one)}。" for one in outcome.problems]
    if outcome.is_refused:
        st.error(names.word("intake.tray.refused", why=" ".join(told)), icon=":material/block:")
        return
    left, right = st.columns([0.7, 0.3], vertical_alignment="center")
    left.success(names.word("intake.tray.done", ref=str(ref)), icon=":material/check_circle:")
    right.button(
        names.word("intake.tray.show"),
        key="tray-show",
        width="stretch",
        on_click=lambda: on_show(str(ref)),
    )
    if told:
        st.warning(" ".join(told), icon=":material/warning:")


def show_place_form(
    row: pd.Series,
    pointed_at: Place | None,
    writer: str,
    names: Naming,
    *,
    map_words: MapWords,
    basemap_url: str,
    frame: GoTo | None,
    on_point: Callable[[Place], None],
    on_sign: Callable[[str], None],
    on_place: Callable[[str, str, str, str], None],
) -> None:
    """Show a map to point at, or fields to type coordinates into, for one row without a place.

    `on_place` is told the reference, what was said, its system, and why.
    """
    layer = names.layer(row["layer"])
    st.markdown(f"**{row['name'] or row['id']}** · {names.title(layer.title)}")
    is_point = layer.schema.geometry == "point"
    ways = {"map": names.word("intake.tray.by_map"), "typed": names.word("intake.tray.by_text")}
    way = "typed"
    if is_point:
        way = st.segmented_control(
            names.word("intake.tray.way"),
            list(ways),
            default="map",
            required=True,
            format_func=lambda one: ways[one],
            key=f"tray-way-{names.language}",
            label_visibility="collapsed",
        )
    said, system = "", STORED
    if way == "map":
        _show_pointing(pointed_at, names, map_words, basemap_url, frame=frame, on_point=on_point)
        if pointed_at:
            said = f"{pointed_at[0]:.{DECIMALS}f}, {pointed_at[1]:.{DECIMALS}f}"
        st.caption(
            names.word("intake.tray.pointed", place=said)
            if said
            else names.word("intake.tray.point")
        )
    else:
        said, system = _ask_for_numbers(row, names, is_point=is_point)
    left, middle, right = st.columns([0.26, 0.42, 0.32], vertical_alignment="bottom")
    left.text_input(
        f"{names.word('intake.write.who')} *",
        value=writer,
        key="tray-writer",
        max_chars=40,
        disabled=is_signed_in(),
        on_change=lambda: on_sign(widget("tray-writer", "")),
    )
    middle.text_input(
        names.word("intake.write.why"),
        key=f"tray-why-{row['ref']}",
        max_chars=200,
        placeholder=names.word("intake.tray.why_hint"),
    )
    right.button(
        names.word("intake.tray.confirm"),
        key="tray-confirm",
        type="primary",
        icon=":material/add_location:",
        width="stretch",
        disabled=not (said and system),
        on_click=lambda: on_place(
            row["ref"], said, system, str(widget(f"tray-why-{row['ref']}") or "")
        ),
    )


def show_aside(asides: Sequence[Aside], names: Naming) -> None:
    """Show the rows that were set aside by earlier imports, layer by layer, to be taken."""
    st.markdown(f"**{names.word('intake.aside.heading', count=len(asides))}**")
    if not asides:
        st.caption(names.word("intake.aside.none"))
        return
    st.caption(names.word("intake.aside.about"))
    for place, aside in enumerate(reversed(asides)):
        left, right = st.columns([0.74, 0.26], vertical_alignment="center")
        layer_id, _, rest = aside.name.partition(".")
        left.text(f"{names.table(layer_id)} · {rest}")
        right.download_button(
            names.word("intake.aside.take"),
            data=partial(make_harmless, aside),
            file_name=aside.name,
            mime=MIMES["csv"],
            key=f"aside-{place}",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )


def make_harmless(aside: Aside) -> bytes:
    """Return rows set aside as a file whose cells no spreadsheet runs; read back, they are same."""
    rows = pd.read_csv(BytesIO(aside.content), dtype="str", keep_default_na=False)
    return render_csv(rows)


def _origin(status: str, names: Naming) -> str:
    codes = names.layers[0].schema.column("geometry_status").codes
    return names.title(codes[status]) if status in codes else "—"


def _show_pointing(
    pointed_at: Place | None,
    names: Naming,
    map_words: MapWords,
    basemap_url: str,
    *,
    frame: GoTo | None,
    on_point: Callable[[Place], None],
) -> None:
    city = names.city
    key = f"tray-map-{names.language}"

    def tell() -> None:
        hear_component()
        clicked = (widget(key) or {}).get("last_clicked")
        if clicked and is_news(key, clicked):
            on_point((round(clicked["lng"], DECIMALS), round(clicked["lat"], DECIMALS)))

    st_folium(
        build_map(
            city,
            Position(city.zoom, city.centre[1], city.centre[0]),
            map_words,
            basemap_url,
            stands_alone=True,
        ),
        key=key,
        height=MAP_PX,
        use_container_width=True,
        feature_group_to_add=build_pin(
            pointed_at,
            names.word("intake.tray.pin"),
            city,
            words=map_words,
            language=names.language,
            go_to=frame,
        ),
        returned_objects=["last_clicked"],
        on_change=tell,
    )


def _ask_for_numbers(row: pd.Series, names: Naming, *, is_point: bool) -> tuple[str, str]:
    key = "intake.tray.numbers" if is_point else "intake.tray.shape"
    hint = "103.8236, 36.0612" if is_point else "LINESTRING (103.82 36.06, 103.83 36.07)"
    left, right = st.columns([0.55, 0.45])
    said = left.text_input(
        names.word(key), key=f"tray-said-{row['ref']}", placeholder=hint, max_chars=100_000
    )
    system = right.selectbox(
        names.word("intake.system.name"),
        COMMON,
        index=None,
        format_func=lambda one: names.system(one) if one in COMMON else one,
        key="tray-system",
        placeholder=names.word("intake.system.write"),
        accept_new_options=True,
    )
    return (said or "").strip(), system or ""
