"""Every public file at hand stands in a table: how it is read, as what, or why it is refused."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from geodata import open_city
from geodata.errors import ColumnsMissing, SystemNotDeclared, UnreadableFile
from geodata.intake import doubt_declared, understand
from geodata.readers import read_table
from layers.catalog import schema_of

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the public data is not beside the project"
)


class Taken(NamedTuple):
    """A table as its source describes it, and what becomes of it as one layer of ours.

    `system` is the one the file declares, blank for none; `given` is what a person would say,
    `doubts` are the reasons by the number of problems, of which `refused` rows stay out.
    """

    rows: int
    system: str
    encoding: str
    layer: str
    given: str | None = None
    refused: int = 0
    doubts: dict[str, int] = {}  # noqa: RUF012  written once, below


class Unfit(NamedTuple):
    """A table that can be read and lacks what the layer it is tried as needs."""

    rows: int
    encoding: str
    layer: str
    missing: str


DEGREES, PARCEL, RIVER = "EPSG:4326", "occupied_farmland", "river_segments"
STATION, WATER, COUNTED = "charging_stations", "water_supply_points", "elder_allowance"
NO_FORMAT = "format_unknown"
UNCOUNTED = "count, jurisdiction"

TABLE: dict[str, Taken | Unfit | str] = {
    "SOURCES.md": NO_FORMAT,
    # Twelve of the twenty are neighbours of the city; the other eight are its own.
    "boundaries/lanzhou_and_neighbour_districts_tianditu_wgs84.geojson": Taken(
        20, DEGREES, "utf-8", PARCEL, doubts={"outside_city": 12}
    ),
    "boundaries/lanzhou_districts_amap2025_wgs84.geojson": Taken(8, DEGREES, "utf-8", PARCEL),
    # A format that means WGS 84 holds a map app's numbers: the person's word wins, and is said.
    "boundaries/lanzhou_districts_amap_gcj02.geojson": Taken(
        8, DEGREES, "utf-8", PARCEL, given="gcj02", doubts={"system_overridden": 1}
    ),
    "boundaries/lanzhou_districts_tianditu_wgs84.geojson": Taken(8, DEGREES, "utf-8", PARCEL),
    "cases/china_pil_case_facts.csv": Unfit(20, "utf-8-sig", COUNTED, UNCOUNTED),
    # No headings: the first of their 567 and 190 lines is taken for them, and fits nothing.
    "entity_resolution/fodors_zagats_train.txt": Unfit(566, "utf-8", WATER, "x, y"),
    "entity_resolution/fodors_zagats_valid.txt": Unfit(189, "utf-8", WATER, "x, y"),
    "ev_stations/SZ_districts_epsg3857.zip": Taken(
        491, "EPSG:3857", "utf-8", PARCEL, doubts={"outside_city": 491}
    ),
    "ev_stations/st_evcdp_information.csv": Taken(
        247, "", "utf-8", STATION, given="gcj02", doubts={"outside_city": 247}
    ),
    "ev_stations/urbanev_inf.csv": Taken(
        *(1362, "", "utf-8", STATION),
        given="gcj02",
        doubts={"outside_city": 1362, "duplicate_place": 11},
    ),
    # "130 share coordinates with another" says its source.
    "ev_stations/urbanev_inf_raw.csv": Taken(
        *(1587, "", "utf-8", STATION),
        given="gcj02",
        doubts={"outside_city": 1587, "duplicate_place": 130},
    ),
    "gazetteer/lanzhou_gazetteer_jionlp.csv": Unfit(1139, "utf-8", COUNTED, UNCOUNTED),
    "gazetteer/lanzhou_townships_nbs2023.csv": Unfit(116, "utf-8", COUNTED, UNCOUNTED),
    "gazetteer/lanzhou_villages_nbs2023.csv": Unfit(1177, "utf-8", COUNTED, UNCOUNTED),
    "osm_network/hsinchu_campus.osm.pbf": NO_FORMAT,
    "overlay_tests/jts_testxml_general_validate.tar.gz": NO_FORMAT,
    # Its column "id" bears one name for all hundred fields, and is no number of theirs.
    "parcels/1_vietnam_areas.gpkg": Taken(
        *(100, "EPSG:32648", "", PARCEL), doubts={"outside_city": 100, "id_not_a_key": 1}
    ),
    "parcels/BD_JECAM_CIRAD_2023_feb.zip": Taken(
        100, DEGREES, "utf-8", PARCEL, doubts={"outside_city": 100}
    ),
    "parcels/brpgewaspercelen_definitief_2023.gpkg": Taken(
        100, "EPSG:28992", "", PARCEL, doubts={"outside_city": 100}
    ),
    "parcels/jp_field_polygons_2024.parquet": Taken(
        100, "EPSG:6668", "", PARCEL, doubts={"outside_city": 100}
    ),
    # One arc of the 840 runs through the city: most of it lies in 城关.
    "rivers/hyd1_4l_gbk_noprj.zip": Taken(
        840, "", "gb18030", RIVER, given="EPSG:4490", doubts={"outside_city": 839}
    ),
    "rivers/ngcc1to4m_lanzhou_wgs84.geojson": Taken(
        10, DEGREES, "utf-8", RIVER, doubts={"outside_city": 6}
    ),
    "rivers/wdbii_rivers_around_lanzhou_wgs84.geojson": Taken(
        15, DEGREES, "utf-8", RIVER, doubts={"outside_city": 11}
    ),
    "ugly_files/ngcc_res2_4m_gbk_noprj.zip": Taken(
        *(331, "", "gb18030", WATER),
        given="EPSG:4490",
        doubts={"outside_city": 330, "duplicate_place": 3},
    ),
    # Missing cells, no system; its three points stand in West Virginia.
    "ugly_files/pyshp_NullTest.zip": Taken(
        3, "", "utf-8", WATER, given="wgs84", doubts={"outside_city": 3}
    ),
    # Its header promises more than the file holds; made-up lines around 1,1 are not in China.
    "ugly_files/pyshp_corrupt_too_long.zip": Taken(
        *(10, "", "utf-8", RIVER), given="EPSG:4490", refused=10, doubts={"outside_system": 10}
    ),
    "ugly_files/pyshp_latin1.zip": Taken(
        *(1, "", "iso8859-1", PARCEL), given="EPSG:4490", refused=1, doubts={"outside_system": 1}
    ),
    "vrp/E-n22-k4.txt": Unfit(54, "utf-8", WATER, "x, y"),
    "vrp/PR01.vrp": NO_FORMAT,
    "vrp/RC208.sol": NO_FORMAT,
    "vrp/RC208.vrp": NO_FORMAT,
    "vrp/X-n101-50-k13.vrp": NO_FORMAT,
    "water_points/malawi_handpump_dictionary.csv": Unfit(46, "utf-8", WATER, "x, y"),
    "water_points/malawi_handpump_inspections.csv": Taken(
        *(57, "", "utf-8", WATER),
        given="wgs84",
        doubts={"outside_city": 57, "duplicate_place": 1},
    ),
}
TAKEN = {name: told for name, told in TABLE.items() if isinstance(told, Taken)}
UNFIT = {name: told for name, told in TABLE.items() if isinstance(told, Unfit)}
REFUSED = {name: told for name, told in TABLE.items() if isinstance(told, str)}


def understood(name, layer_id, system=None):
    schema = schema_of(layer_id)
    return understand(
        SHARED / name, layer_id=layer_id, schema=schema, city=open_city(), system=system
    )


def test_every_public_file_stands_in_the_table_and_no_other():
    files = {file.relative_to(SHARED).as_posix() for file in SHARED.rglob("*") if file.is_file()}
    assert files == TABLE.keys()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_refused_with_its_reason(name):
    with pytest.raises(UnreadableFile) as caught:
        read_table(SHARED / name)
    assert caught.value.facts["reason"] == REFUSED[name]


@pytest.mark.parametrize("name", TAKEN | UNFIT)
def test_a_table_is_read_with_all_its_rows_in_its_system_and_encoding(name):
    told, table = TABLE[name], read_table(SHARED / name)
    system = told.system if isinstance(told, Taken) else ""
    read = (len(table.frame), table.declared_system or "", table.encoding)
    assert read == (told.rows, system, told.encoding)
    assert not table.misfits
    texts = table.frame.select_dtypes("str").apply(lambda cells: cells.str.contains("\ufffd"))
    assert not texts.any(axis=None)


@pytest.mark.parametrize("name", UNFIT)
def test_a_table_that_lacks_what_its_layer_needs_says_what(name):
    with pytest.raises(ColumnsMissing) as caught:
        understood(name, UNFIT[name].layer)
    assert caught.value.facts["missing"] == UNFIT[name].missing


@pytest.mark.parametrize("name", [name for name, told in TAKEN.items() if not told.system])
def test_a_file_that_names_no_system_is_not_placed_by_a_guess(name):
    with pytest.raises(SystemNotDeclared) as caught:
        understood(name, TAKEN[name].layer)
    assert caught.value.facts["finding"].candidates


@pytest.mark.parametrize("name", TAKEN)
def test_rows_go_in_or_stay_out_for_the_reasons_that_are_true_of_the_file(name):
    told = TAKEN[name]
    result = understood(name, told.layer, told.given)
    assert Counter(one.reason for one in result.checked.problems) == told.doubts
    assert len(result.checked.refused) == told.refused
    assert len(result.checked.good) == told.rows - told.refused
    assert result.checked.good.is_valid.all()


@pytest.mark.parametrize("name", [name for name, told in TAKEN.items() if told.system])
def test_only_the_file_whose_numbers_are_a_map_apps_is_doubted(name):
    finding = doubt_declared(understood(name, TAKEN[name].layer), open_city())
    assert (finding is not None) == name.endswith("_gcj02.geojson")
    assert finding is None or finding.candidates[0].system == "gcj02"
