"""What is asked of whoever reports something: what kind, where, photographs, when, in own words."""

from collections.abc import Callable, Sequence
from datetime import date
from io import BytesIO

import streamlit as st
from streamlit_folium import st_folium

from dashboard.actions.leads import Filled, Photo
from dashboard.desks.leads import PlaceOnForm
from dashboard.naming import Naming
from dashboard.session import hear_component, is_news, once, widget
from geodata.crs import STORED
from geodata.photographs import look_at
from layers.drawing.ghosts import build_pin
from layers.drawing.webmap import MapWords, Position, build_map
from layers.lead_kinds import LEAD_KINDS
from layers.leads import MOST_CONTACT, MOST_LETTERS, MOST_PHOTO_MB, MOST_PHOTOS

DECIMALS, MAP_PX = 6, 320
SYSTEMS = (STORED, "gcj02", "bd09")
"""Systems in which people have coordinates: a receiver's, and those of two map apps."""

PICTURES = ["jpg", "jpeg", "png", "webp"]
Place = tuple[float, float]


def show_report_form(
    key: str,
    place: PlaceOnForm,
    names: Naming,
    *,
    today: date,
    map_words: MapWords,
    basemap_url: str,
    on_place: Callable[[str, str], None],
    is_place_needed: bool = True,
) -> Callable[[], Filled]:
    """Show the form of a lead; return what reads it when a button is pressed.

    `on_place` is told a place and its system.
    """
    kinds = {one.id: names.title(one.title) for one in LEAD_KINDS.values()}
    st.selectbox(
        f"{names.word('leads.form.kind')} *",
        list(kinds),
        index=None,
        format_func=lambda one: kinds.get(one, one),
        key=f"{key}-kind-{names.language}",
        placeholder=names.word("leads.form.choose"),
    )
    show_photo_field(key, names)
    star = " *" if is_place_needed else ""
    st.markdown(f"{names.word('leads.form.place')}{star}")
    _show_place(
        key,
        place,
        names,
        map_words=map_words,
        basemap_url=basemap_url,
        on_place=on_place,
    )
    st.text_input(
        names.word("leads.form.place_words"),
        key=f"{key}-place",
        max_chars=MOST_CONTACT,
        placeholder=names.word("leads.form.place_hint"),
    )
    st.text_area(
        f"{names.word('leads.form.text')} *",
        key=f"{key}-text",
        height=110,
        max_chars=MOST_LETTERS,
        placeholder=names.word("leads.form.text_hint"),
    )
    left, right = st.columns(2)
    left.date_input(
        f"{names.word('leads.form.day')} *",
        value=today,
        max_value=today,
        key=f"{key}-day",
        format="YYYY-MM-DD",
    )
    right.text_input(
        names.word("leads.form.contact"),
        key=f"{key}-contact",
        max_chars=MOST_CONTACT,
        help=names.word("leads.form.contact_help"),
    )

    def read() -> Filled:  # what was typed last is there only when the button is pressed
        return Filled(
            kind=chosen_kind(key, names),
            text=str(widget(f"{key}-text") or ""),
            seen_on=widget(f"{key}-day") or today,
            said=place.said,
            system=place.system,
            place=str(widget(f"{key}-place") or ""),
            contact=str(widget(f"{key}-contact") or ""),
            photos=photos_in(key),
        )

    return read


def chosen_kind(key: str, names: Naming) -> str:
    """Return the kind that is chosen in a form."""
    return str(widget(f"{key}-kind-{names.language}") or "")


def photos_in(key: str) -> tuple[Photo, ...]:
    """Return the photographs that lie in a form."""
    return tuple(Photo(one.name, one.getvalue()) for one in widget(f"{key}-photos") or ())


def show_photo_field(key: str, names: Naming) -> None:
    """Show where photographs are handed in."""
    st.file_uploader(
        names.word("leads.form.photos", most=MOST_PHOTOS, mb=MOST_PHOTO_MB),
        type=PICTURES,
        accept_multiple_files=True,
        max_upload_size=MOST_PHOTO_MB,
        key=f"{key}-photos",
        help=names.word("leads.form.photos_help"),
    )


def _show_place(
    key: str,
    place: PlaceOnForm,
    names: Naming,
    *,
    map_words: MapWords,
    basemap_url: str,
    on_place: Callable[[str, str], None],
) -> None:
    ways = ("map", "typed")
    way = st.segmented_control(
        names.word("leads.form.place"),
        ways,
        default="map",
        required=True,
        format_func=lambda one: names.word(f"leads.form.by_{one}"),
        key=f"{key}-way-{names.language}",
        label_visibility="collapsed",
    )
    if way == "typed":
        _show_numbers(key, names, on_place)
    else:
        _show_map(
            key, place, names, map_words=map_words, basemap_url=basemap_url, on_place=on_place
        )
    _offer_place_of_photo(key, names, on_place)
    if place.at is not None:
        here = f"{place.at[0]:.5f}, {place.at[1]:.5f}"
        st.caption(f":material/location_on: {names.word('leads.form.placed', place=here)}")
    elif place.said:
        st.warning(names.word("leads.form.no_place"), icon=":material/wrong_location:")
    else:
        st.caption(names.word(f"leads.form.how_{way}"))


def _show_map(
    key: str,
    place: PlaceOnForm,
    names: Naming,
    *,
    map_words: MapWords,
    basemap_url: str,
    on_place: Callable[[str, str], None],
) -> None:
    city, map_key = names.city, f"{key}-map-{names.language}"

    def tell() -> None:
        hear_component()
        clicked = (widget(map_key) or {}).get("last_clicked")
        if clicked and is_news(map_key, clicked):
            said = f"{clicked['lng']:.{DECIMALS}f}, {clicked['lat']:.{DECIMALS}f}"
            on_place(said, STORED)

    start = Position(city.zoom, city.centre[1], city.centre[0])
    title = names.word("leads.form.pin")
    st_folium(
        build_map(city, start, map_words, basemap_url, stands_alone=True),
        key=map_key,
        height=MAP_PX,
        use_container_width=True,
        feature_group_to_add=build_pin(
            place.at, title, city, words=map_words, language=names.language
        ),
        returned_objects=["last_clicked"],
        on_change=tell,
    )


def _show_numbers(key: str, names: Naming, on_place: Callable[[str, str], None]) -> None:
    said_key, system_key = f"{key}-said", f"{key}-system-{names.language}"

    def tell() -> None:
        said, system = str(widget(said_key) or "").strip(), widget(system_key) or ""
        on_place(said if system else "", system)

    left, right = st.columns(2)
    left.text_input(
        names.word("leads.form.numbers"),
        key=said_key,
        max_chars=MOST_CONTACT,
        placeholder="103.8236, 36.0612",
        on_change=tell,
    )
    right.selectbox(
        names.word("leads.form.system"),
        SYSTEMS,
        index=None,
        format_func=lambda one: names.word(f"leads.form.systems.{SYSTEMS.index(one)}"),
        key=system_key,
        placeholder=names.word("leads.form.choose"),
        on_change=tell,
    )


def _offer_place_of_photo(key: str, names: Naming, on_place: Callable[[str, str], None]) -> None:
    """Offer the place that a photograph tells of itself, where one does."""
    told = tuple(one.file_id for one in widget(f"{key}-photos") or ())
    found: Place | None = once(f"{key}-photo-place", told, lambda: _place_of(photos_in(key)))
    if found is not None:
        st.button(
            names.word("leads.form.from_photo"),
            key=f"{key}-from-photo",
            icon=":material/add_location:",
            on_click=on_place,
            args=(f"{found[0]:.{DECIMALS}f}, {found[1]:.{DECIMALS}f}", STORED),
        )


def _place_of(photos: Sequence[Photo]) -> Place | None:
    for one in photos:
        looked = look_at(BytesIO(one.content))
        if looked.lon is not None and looked.lat is not None:
            return looked.lon, looked.lat
    return None
