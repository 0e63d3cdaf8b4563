"""Very many parcels the stock way: folium.GeoJson of all that is chosen, rebuilt at every rerun.

Reads the file that BENCHMARK_PARCELS names once, draws nothing else and lists nothing, so that only
the map is compared.
"""

import os

import folium
import geopandas as gpd
import streamlit as st
from streamlit_folium import st_folium

TITLE = "公益诉讼一张图"


@st.cache_resource
def read_parcels() -> gpd.GeoDataFrame:
    """Return name, office and shape of every parcel."""
    columns = ["name", "jurisdiction", "geometry"]
    return gpd.read_parquet(os.environ["BENCHMARK_PARCELS"], columns=columns).to_crs(4326)


st.set_page_config(layout="wide")
st.subheader(TITLE)
parcels = read_parcels()
office = st.selectbox("office", ["all", *sorted(parcels["jurisdiction"].unique())])
shown = parcels if office == "all" else parcels[parcels["jurisdiction"] == office]
page_map = folium.Map(location=(36.2, 103.8), zoom_start=10, tiles=None)
folium.GeoJson(shown, tooltip=folium.GeoJsonTooltip(["name"])).add_to(page_map)
st_folium(page_map, height=452, use_container_width=True, returned_objects=["last_object_clicked"])
