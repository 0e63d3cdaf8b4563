"""Places come out where they are, whatever the system; areas are true."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from coord_convert.transform import gcj2wgs, wgs2bd, wgs2gcj
from hypothesis import given
from hypothesis import strategies as st

from geodata.crs import (
    SHIFTS,
    STORED,
    area_of_use,
    find_system,
    geodesic_area_m2,
    geodesic_length_m,
    is_shifted,
    shift_to_bd09,
    shift_to_gcj02,
    swap_axes,
    to_stored,
    undo_shift,
)
from geodata.errors import BadSetting, NeedsParameters, UnknownSystem
from geodata.helmert import NAMES, Helmert, read_parameters
from geodata.zones import survey_zones, twins

LANZHOU = (103.8236, 36.0581)
GEOD = pyproj.Geod(ellps="GRS80")
longitudes_of_china = st.floats(73.5, 135.0)
latitudes_of_china = st.floats(18.0, 53.5)


def points(*pairs, crs=None):
    return gpd.GeoSeries(shapely.points(np.array(pairs, float)), crs=crs)


def pair_of(place):
    return (place.x, place.y)


def distance_m(one, other):
    return GEOD.inv(*one, *other)[2]


def wkt_of(name, datum, axis, central_meridian):
    return (
        f'PROJCS["{name}",GEOGCS["GCS_{datum}",DATUM["D_{datum}",SPHEROID["s",{axis}]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
        'PARAMETER["False_Easting",35500000.0],PARAMETER["False_Northing",0.0],'
        f'PARAMETER["Central_Meridian",{central_meridian}],PARAMETER["Scale_Factor",1.0],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )


# ------------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("EPSG:4490", "EPSG:4490"),
        ("4490", "EPSG:4490"),
        ("CGCS2000", "EPSG:4490"),
        ("国家2000", "EPSG:4490"),
        ("WGS-84", "EPSG:4326"),
        ("OGC:CRS84", "EPSG:4326"),
        ("epsg:4544", "EPSG:4544"),
        ("GCJ-02", "gcj02"),
        ("高德", "gcj02"),
        ("BD_09", "bd09"),
        ("百度", "bd09"),
    ],
)
def test_a_system_is_known_by_its_code_and_by_its_usual_names(said, meant):
    assert find_system(said) == meant


def test_an_unknown_system_names_the_known_ones():
    with pytest.raises(UnknownSystem) as caught:
        find_system("somewhere")
    assert "gcj02" in caught.value.facts["known"]


@pytest.mark.parametrize("said", ["EPSG:4479", "EPSG:5737", "EPSG:999999", ""])
def test_a_system_without_plane_or_degrees_is_refused(said):
    with pytest.raises(UnknownSystem):
        find_system(said)


@pytest.mark.parametrize(
    "said",
    [
        *("4610", "EPSG:2349", "EPSG:2359", "EPSG:2380", "EPSG:2390", "西安80"),
        *("4214", "EPSG:2401", "EPSG:2411", "EPSG:2432", "EPSG:2442", "EPSG:21413", "EPSG:21463"),
        *("北京54", "EPSG:4555"),
        wkt_of("Xian_1980_3_Degree_GK_Zone_35", "Xian_1980", "6378140.0,298.257", 105),
        wkt_of("Beijing_1954_3_Degree_GK_Zone_35", "Beijing_1954", "6378245.0,298.3", 105),
    ],
)
def test_xian_80_and_beijing_54_ask_for_parameters(said):
    with pytest.raises(NeedsParameters):
        find_system(said)


def test_a_legacy_datum_that_brings_its_parameters_is_taken():
    own = "+proj=longlat +a=6378140 +rf=298.257 +towgs84=100,-50,20,0,0,0,0"
    moved = to_stored(points(LANZHOU), own).iloc[0]
    assert 10 < distance_m(LANZHOU, pair_of(moved)) < 300


# ------------------------------------------------------------------- parameters

PARAMETERS = Helmert(-12.5, 113.25, 40.0, 1.2, -0.8, 2.5, -3.1)
TOML = """
source = "surveyors of the example"
datum = "xian80"
convention = "position_vector"
dx_m = -12.5
dy_m = 113.25
dz_m = 40.0
rx_arcsec = 1.2
ry_arcsec = -0.8
rz_arcsec = 2.5
scale_ppm = -3.1
"""
PROJ = "+proj=helmert +x=-12.5 +y=113.25 +z=40 +rx=-1.2 +ry=0.8 +rz=-2.5 +s=-3.1"
OLD_DATUMS = {"EPSG:2359": "+a=6378140 +rf=298.257", "EPSG:2411": "+ellps=krass"}


def written(folder, text, name="parameters.toml"):
    (folder / name).write_text(text, "utf-8")
    return folder / name


@pytest.mark.parametrize("text", [TOML, PROJ + " +convention=coordinate_frame"])
def test_parameters_are_read_from_toml_or_a_proj_string_in_either_convention(tmp_path, text):
    read = read_parameters(written(tmp_path, text))
    assert read.numbers == PARAMETERS.numbers


@pytest.mark.parametrize(
    "text",
    [
        *("", "dx_m = 'far'", "dx_m = nan", "dx_m = 100000.0", "surprise = 1", "dx_m = ["),
        *(PROJ, "+proj=longlat", "dx_m = 1.0\ndatum = 'wgs84'", "dx_m = 1.0\nrx_arcsec = 0.5"),
        *("\x00" * 30, PROJ + " +convention=either"),
    ],
)
def test_a_file_without_usable_parameters_says_what_it_should_hold(tmp_path, text):
    with pytest.raises(BadSetting) as caught:
        read_parameters(written(tmp_path, text))
    assert "convention" in caught.value.facts["form"]


def test_parameters_that_are_not_there_say_so(tmp_path):
    with pytest.raises(BadSetting, match=r"none\.toml"):
        read_parameters(tmp_path / "none.toml")


def explicit_way(plane, ellipsoid):
    """The same way from a plane of an old datum to degrees, spelled out step by step."""
    seven = dict(zip(("x", "y", "z", "rx", "ry", "rz", "s"), PARAMETERS.numbers, strict=True))
    shift = " ".join(f"+{name}={number}" for name, number in seven.items())
    return pyproj.Transformer.from_pipeline(
        f"+proj=pipeline +step +inv {plane} {ellipsoid}"
        f" +step +proj=cart {ellipsoid} +step +proj=helmert {shift} +convention=position_vector"
        " +step +inv +proj=cart +ellps=GRS80 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


@pytest.mark.parametrize(("system", "ellipsoid"), OLD_DATUMS.items())
def test_an_old_datum_goes_the_way_of_its_parameters_and_back_to_a_millimetre(system, ellipsoid):
    east, north = np.meshgrid(np.linspace(35_300_000, 35_500_000, 9), np.linspace(3.9e6, 4.1e6, 9))
    kept = find_system(system, PARAMETERS)
    moved = to_stored(points(*zip(east.flat, north.flat, strict=True)), kept)
    way = explicit_way("+proj=tmerc +lon_0=105 +x_0=35500000", ellipsoid)
    for lon, lat, x, y in zip(moved.x, moved.y, east.flat, north.flat, strict=True):
        assert distance_m(way.transform(x, y), (lon, lat)) < 0.001
        assert way.transform(lon, lat, direction="INVERSE") == pytest.approx((x, y), abs=0.001)
    assert find_system(kept) == kept
    turned = to_stored(points(*zip(north.flat, east.flat, strict=True)), kept + "/yx")
    assert turned.geom_equals(moved).all()


@pytest.mark.parametrize("system", ["EPSG:4610", "EPSG:4214"])
def test_the_shift_of_an_old_datum_is_of_the_size_of_its_parameters(system):
    moved = to_stored(points(LANZHOU), find_system(system, PARAMETERS)).iloc[0]
    assert 20 < distance_m(pair_of(moved), LANZHOU) < 300


def test_parameters_for_another_datum_or_for_none_are_refused(tmp_path):
    xian = read_parameters(written(tmp_path, TOML))
    assert find_system("EPSG:2359", xian).startswith("EPSG:2359+towgs84=-12.5,113.25,")
    for system in ("EPSG:2411", "EPSG:4523", "gcj02"):
        with pytest.raises(BadSetting):
            find_system(system, xian)


@pytest.mark.parametrize("numbers", ["", "1,2", "a,b,c", "1,2,nan", "1,2,3,4"])
def test_parameters_in_a_name_that_are_none_are_refused(numbers):
    with pytest.raises((BadSetting, UnknownSystem)):
        find_system(f"EPSG:2359+towgs84={numbers}")


def test_a_wkt_without_code_keeps_its_parameters_inside():
    said = wkt_of("Xian_1980_3_Degree_GK_Zone_35", "Xian_1980", "6378140.0,298.257", 105)
    kept = find_system(said, PARAMETERS)
    assert find_system(kept) == kept
    numbers = points((35_391_869.4, 3_991_758.9))
    expected = to_stored(numbers, find_system("EPSG:2359", PARAMETERS)).iloc[0]
    moved = to_stored(numbers, kept).iloc[0]
    assert distance_m(pair_of(moved), pair_of(expected)) < 0.001


def test_the_names_of_parameters_say_their_units():
    assert all(name.endswith(("_m", "_arcsec", "_ppm")) for name in NAMES)


# -------------------------------------------------------------------------- axes


@pytest.mark.parametrize("system", ["EPSG:4490", "wgs84", "gcj02", "BD09", "EPSG:4544", "3857"])
def test_a_system_is_taken_with_north_first(system):
    kept = find_system(system + "/YX")
    assert kept == find_system(system) + "/yx"
    assert swap_axes(kept) == find_system(system)
    numbers = LANZHOU if area_of_use(kept) and "4544" not in kept else (391_869.4, 3_991_758.9)
    straight = to_stored(points(numbers), system).iloc[0]
    assert to_stored(points(numbers[::-1]), kept).iloc[0] == straight


def test_a_map_app_is_one_in_either_order():
    assert [is_shifted(one) for one in ("gcj02", "bd09/yx", "EPSG:4490/yx")] == [True, True, False]


# ------------------------------------------------------------------------- zones


def test_every_survey_zone_of_cgcs2000_is_listed_once():
    systems = [zone.system for zone in survey_zones()]
    assert sorted(systems) == [f"EPSG:{code}" for code in range(4491, 4555)]


def test_every_survey_zone_is_what_proj_says_it_is():
    for zone in survey_zones():
        datums = zip((zone.system, *zone.legacy), ("China 2000", "Xian", "Beijing"), strict=True)
        for system, datum in datums:
            crs = pyproj.CRS(system)
            facts = {one.name: one.value for one in crs.coordinate_operation.params}
            assert facts["Longitude of natural origin"] == zone.meridian_deg, system
            assert facts["False easting"] == zone.false_easting_m, system
            assert datum in crs.geodetic_crs.datum.name, system


def test_every_survey_zone_goes_there_and_back():
    beside, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(-1.5, 1.5, 7), range(18, 54)))
    for zone in survey_zones():
        lon = zone.meridian_deg + beside * zone.width_deg / 3
        there = pyproj.Transformer.from_crs(4490, zone.system, always_xy=True).transform(lon, lat)
        back = to_stored(points(*zip(*there, strict=True)), zone.system)
        assert GEOD.inv(back.x, back.y, lon, lat)[2].max() < 1e-5, zone.system


def test_twins_give_the_same_place_to_the_same_numbers():
    numbers = points((391_869.4, 3_991_758.9))
    for system, same in twins().items():
        for one in same:
            if system not in {"EPSG:4490", "EPSG:4326"}:
                there, here = (to_stored(numbers, name).iloc[0] for name in (system, one))
                assert there.equals_exact(here, 1e-12)
    assert twins()["EPSG:4544"] == ("EPSG:4507",)


# ------------------------------------------------------------------- WKT of surveys


def test_the_wkt_of_a_chinese_survey_is_recognised():
    said = wkt_of(
        "CGCS2000_3_Degree_GK_Zone_35",
        "China_2000",
        "6378137.0,298.257222101",
        105,
    ).replace("GCS_China_2000", "GCS_China_Geodetic_Coordinate_System_2000")
    assert find_system(said) == "EPSG:4523"


# --------------------------------------------------------------- shifted systems


@given(longitudes_of_china, latitudes_of_china)
def test_gcj02_and_bd09_agree_with_an_independent_library(lon, lat):
    here = np.array([lon]), np.array([lat])
    assert distance_m(_only(shift_to_gcj02(*here)), wgs2gcj(lon, lat)) < 1e-6
    assert distance_m(_only(shift_to_bd09(*here)), wgs2bd(lon, lat)) < 1e-6
    assert distance_m(_only(undo_shift("gcj02", *here)), gcj2wgs(lon, lat)) < 0.01


@pytest.mark.parametrize("system", list(SHIFTS))
@given(longitudes_of_china, latitudes_of_china)
def test_there_and_back_is_less_than_a_millimetre_anywhere_in_china(system, lon, lat):
    shifted = SHIFTS[system](np.array([lon]), np.array([lat]))
    assert distance_m(_only(undo_shift(system, *shifted)), (lon, lat)) < 0.001


@pytest.mark.parametrize("system", list(SHIFTS))
def test_the_shift_over_lanzhou_is_hundreds_of_metres(system):
    moved = to_stored(points(LANZHOU), system).iloc[0]
    assert 200 < distance_m(LANZHOU, pair_of(moved)) < 1500


@pytest.mark.parametrize("system", list(SHIFTS))
@pytest.mark.parametrize("place", [(-3.7, 11.2), (34.0, -14.0), (139.7, 35.7), (2.3, 48.8)])
def test_outside_china_nothing_is_shifted(system, place):
    assert pair_of(to_stored(points(place), system).iloc[0]) == place


def test_an_outline_in_gcj02_is_converted_vertex_by_vertex():
    ring = shapely.box(103.6, 36.0, 103.7, 36.1)
    whole = to_stored(gpd.GeoSeries([ring]), "gcj02").iloc[0]
    corners = to_stored(points(*ring.exterior.coords), "gcj02")
    assert list(whole.exterior.coords) == [pair_of(one) for one in corners]


# ------------------------------------------------------------------- real systems


@pytest.mark.parametrize("zone", [4543, 4544, 4522, 4523, 4507, 4496])
def test_every_survey_zone_over_lanzhou_agrees_with_proj(zone):
    there = pyproj.Transformer.from_crs(4490, zone, always_xy=True).transform(*LANZHOU)
    back = to_stored(points(there), f"EPSG:{zone}").iloc[0]
    assert distance_m(pair_of(back), LANZHOU) < 1e-5


def test_wgs84_is_taken_for_cgcs2000_to_the_last_digit():
    assert pair_of(to_stored(points(LANZHOU), "wgs84").iloc[0]) == LANZHOU


def test_a_foreign_datum_goes_by_its_published_way_and_not_by_a_ballpark():
    amersfoort = (155000.0, 463000.0)
    straight = pyproj.Transformer.from_crs(28992, 4490, always_xy=True).transform(*amersfoort)
    ours = pair_of(to_stored(points(amersfoort), "EPSG:28992").iloc[0])
    published = pyproj.Transformer.from_crs(28992, 4326, always_xy=True).transform(*amersfoort)
    assert distance_m(ours, published) < 0.001
    assert distance_m(ours, straight) > 50  # what PROJ does when asked for 4490 at once


def test_heights_are_dropped_and_missing_places_stay_missing():
    places = gpd.GeoSeries([shapely.Point(103.6, 36.0, 1520), None, shapely.Point()])
    stored = to_stored(places, STORED)
    assert [stored.iloc[0].has_z, stored.iloc[1], stored.iloc[2].is_empty] == [False, None, True]
    assert stored.crs == STORED


def test_a_system_says_where_it_is_used():
    west, south, east, north = area_of_use("EPSG:4544")
    assert west < LANZHOU[0] < east
    assert south < LANZHOU[1] < north
    assert area_of_use("gcj02") == pytest.approx((72.004, 0.8293, 137.8347, 55.8271))


# ------------------------------------------------------------------------- areas


def ring_around(lon, lat, size=0.01):
    return shapely.box(lon - size, lat - size, lon + size, lat + size)


@given(st.floats(102.6, 104.5), st.floats(35.6, 37.0), st.floats(0.0005, 0.05))
def test_areas_agree_with_an_equal_area_projection(lon, lat, size):
    place = gpd.GeoSeries([ring_around(lon, lat, size)], crs=STORED)
    plane = place.to_crs(f"+proj=laea +lat_0={lat} +lon_0={lon} +ellps=GRS80")
    assert geodesic_area_m2(place)[0] == pytest.approx(plane.area.iloc[0], rel=1e-6)


def test_an_area_is_the_same_whichever_way_the_rings_turn_and_holes_are_left_out():
    hole = list(ring_around(103.6, 36.0, 0.005).exterior.coords)
    outer = list(ring_around(103.6, 36.0).exterior.coords)
    variants = [
        shapely.Polygon(outer[::turn], [hole[::hole_turn]])
        for turn in (1, -1)
        for hole_turn in (1, -1)
    ]
    areas = geodesic_area_m2(gpd.GeoSeries(variants))
    expected = [
        abs(GEOD.polygon_area_perimeter(*zip(*coords, strict=True))[0]) for coords in (outer, hole)
    ]
    assert areas == pytest.approx([expected[0] - expected[1]] * 4, rel=1e-12)


def test_missing_and_empty_places_have_no_area_and_no_length():
    places = gpd.GeoSeries([None, shapely.Polygon(), shapely.Point(103, 36)])
    assert np.isnan(geodesic_area_m2(places)[0])
    assert np.isnan(geodesic_length_m(places)[0])
    assert list(geodesic_area_m2(places)[1:]) == [0, 0]
    assert list(geodesic_length_m(places)[1:]) == [0, 0]


def test_the_length_of_a_line_is_the_sum_of_its_steps():
    steps = [(103.6, 36.0), (103.7, 36.05), (103.75, 36.2)]
    expected = distance_m(steps[0], steps[1]) + distance_m(steps[1], steps[2])
    assert geodesic_length_m(gpd.GeoSeries([shapely.LineString(steps)]))[0] == pytest.approx(
        expected
    )


def _only(pair):
    return float(pair[0][0]), float(pair[1][0])
