"""The overview written the stock way: folium.GeoJson of everything, rebuilt at every rerun."""

import folium
import streamlit as st
from streamlit_folium import st_folium

from geodata import read_outlines
from geodata.sample import sample_features
from layers.situation import collect_features

st.set_page_config(layout="wide")
features = collect_features(sample_features())
placed = features[features.geometry.notna()][["ref", "name", "jurisdiction", "geometry"]]
office = st.selectbox("office", ["all", *sorted(placed["jurisdiction"].unique())])
shown = placed if office == "all" else placed[placed["jurisdiction"] == office]

page_map = folium.Map(location=(36.2, 103.6), zoom_start=9, tiles=None)
folium.GeoJson(read_outlines()[["name", "geometry"]], interactive=False).add_to(page_map)
folium.GeoJson(shown.to_crs(4326), tooltip=folium.GeoJsonTooltip(["name"])).add_to(page_map)
st_folium(page_map, height=452, use_container_width=True, returned_objects=["last_object_clicked"])
st.dataframe(shown.drop(columns="geometry"))
