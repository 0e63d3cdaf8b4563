"""Where a volunteer is asked to look: a pin on the map, or the area within which it lies."""

import streamlit as st
from streamlit_folium import st_folium

from dashboard.desks.invitations import Invited
from dashboard.naming import Naming
from dashboard.session import hear_component
from layers.drawing.ghosts import build_pin
from layers.drawing.webmap import GoTo, MapWords, Position, build_map

MAP_PX, AROUND_DEG = 260, 0.008


def show_place(one: Invited, names: Naming, words: MapWords, basemap_url: str) -> None:
    """Show the place of an invitation as exactly as its inviter chose; it answers to no click."""
    if one.lon is None or one.lat is None:
        st.caption(names.word("invitation.no_place"))
        return
    city, around = names.city, AROUND_DEG
    box = (one.lon - around, one.lat - around, one.lon + around, one.lat + around)
    st_folium(
        build_map(
            city,
            Position(city.zoom, city.centre[1], city.centre[0]),
            words,
            basemap_url,
            stands_alone=True,
        ),
        key=f"invited-map-{one.key}-{names.language}",
        height=MAP_PX,
        use_container_width=True,
        feature_group_to_add=build_pin(
            (one.lon, one.lat),
            names.word(f"invitation.place.{one.precision}"),
            city,
            words=words,
            language=names.language,
            go_to=GoTo(f"invited-{one.key}", box),
        ),
        returned_objects=[],
        on_change=hear_component,
    )
    here = names.word(f"invitation.place.{one.precision}")
    st.caption(f":material/location_on: {here} · {one.lon:.5f}, {one.lat:.5f}")
