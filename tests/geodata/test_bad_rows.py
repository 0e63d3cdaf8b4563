"""Bad rows go back in the format they came in, with their reasons, and come in again once."""

import zipfile
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata import Column, Schema, Title, open_city
from geodata.bad_rows import ENDINGS, bad_rows_ending, render_bad_rows
from geodata.intake import understand, write
from geodata.readers import read_table
from geodata.store import open_features

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SITES = Schema("point", own=(Column("piles", Title("桩数", "Piles"), "whole", minimum=0),))
KINDS = ("geojson", "shp", "zip", "gpkg", "kml", "kmz", "parquet", "dxf")
LONG = "甘家巷" * 20


def the_rows(piles=-1):
    """Return four sites with no number, the second and third of which have `piles`."""
    points = shapely.points([(103.60 + step / 500, 36.10) for step in range(4)])
    return gpd.GeoDataFrame(
        {
            "名称": ["甲站", "乙站", "=丙站", LONG],
            "piles": [1, piles, piles, 4],
            "备注": ["甲", "乙", None, "丁"],
        },
        geometry=points,
        crs=4326,
    )


def a_file(folder, kind, rows):
    file = folder / f"站.{kind}"
    if kind == "parquet":
        rows.to_parquet(file)
    elif kind == "kmz":
        inner = a_file(folder, "kml", rows)
        with zipfile.ZipFile(file, "w") as archive:
            archive.write(inner, "doc.kml")
    elif kind == "zip":
        a_file(folder, "shp", rows)
        with zipfile.ZipFile(file, "w") as archive:
            for part in folder.glob("站.*"):
                if part != file:
                    archive.write(part, part.name)
    elif kind == "shp":
        cut = {name: name[:10] for name in rows.columns}  # as QGIS and ArcGIS do
        rows.rename(columns=cut).to_file(file, encoding="GB18030")
    else:
        rows.to_file(file, driver={"gpkg": "GPKG", "geojson": "GeoJSON", "kml": "KML"}[kind])
    return file


def understood(file, **options):
    options = {"layer_id": "sites", "schema": SITES, "city": open_city(), **options}
    return understand(file, **options)


def written(found, store):
    return write(found, store, who="张三", why="", recorded_at=NOW)


@pytest.mark.parametrize("kind", [one for one in KINDS if one != "dxf"])
def test_bad_rows_come_back_in_their_own_format_and_go_in_once_they_are_mended(kind, tmp_path):
    store = open_features("memory:")
    first = understood(a_file(tmp_path, kind, the_rows()))
    written(first, store)
    assert len(store.read("sites")) == 2
    ending = bad_rows_ending(first)
    assert ending == {"shp": ".zip", "kmz": ".kml"}.get(kind, f".{kind}")
    taken = tmp_path / f"有问题的行{ending}"
    taken.write_bytes(render_bad_rows(first, lambda one: f"原因 {one.reason}"))
    table = read_table(taken)
    assert table.format == first.table.format
    assert table.declared_system == first.table.declared_system
    added = {"row_in_file", "source_file", "problems"}
    assert set(first.table.columns) | added == set(table.columns)
    assert [str(one) for one in table.frame["row_in_file"]] == ["2", "3"]
    assert table.frame["problems"].tolist() == ["原因 below_minimum"] * 2
    original = first.table.frame.geometry.loc[[2, 3]]
    assert table.frame.geometry.geom_equals(original.set_axis([1, 2])).all()

    frame = table.frame.assign(piles=3)
    mended = tmp_path / "mended" / f"改好.{kind}"
    mended.parent.mkdir()
    mended = a_file(mended.parent, kind, frame if table.declared_system else frame.set_crs(4326))
    for _ in range(2):
        again = understood(mended)
        assert not again.checked.refused
        written(again, store)
        rows = store.read("sites")
        assert sorted(rows["name"]) == sorted(["甲站", "乙站", "=丙站", LONG])
        assert set(rows["source"]) == {f"站.{kind}"}
    written(understood(a_file(tmp_path, kind, the_rows(piles=3))), store)
    assert len(store.read("sites")) == 4


def test_numbers_under_another_system_than_the_files_own_stay_as_they_are(tmp_path):
    first = understood(a_file(tmp_path, "geojson", the_rows()), system="gcj02")
    (tmp_path / "taken.geojson").write_bytes(render_bad_rows(first))
    back = read_table(tmp_path / "taken.geojson").frame
    assert back.geometry.geom_equals(first.table.frame.geometry.loc[[2, 3]].set_axis([1, 2])).all()


def test_a_survey_system_goes_along(tmp_path):
    file = a_file(tmp_path, "gpkg", the_rows().to_crs(4544))
    (tmp_path / "taken.gpkg").write_bytes(render_bad_rows(understood(file)))
    assert read_table(tmp_path / "taken.gpkg").declared_system == "EPSG:4544"


def test_a_drawing_comes_back_as_a_geopackage_with_its_reasons(tmp_path):
    line = shapely.LineString([(0, 0), (1, 1)])
    rows = gpd.GeoDataFrame({"Layer": ["站"]}, geometry=[line], crs=4544)
    rows.to_file(tmp_path / "图.dxf", driver="DXF")
    first = understood(tmp_path / "图.dxf", system="EPSG:4544")
    assert bad_rows_ending(first) == ".gpkg"
    (tmp_path / "taken.gpkg").write_bytes(render_bad_rows(first))
    back = read_table(tmp_path / "taken.gpkg")
    assert (len(back.frame), back.frame["Layer"].tolist()) == (1, ["站"])
    assert back.declared_system is None


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_corner_that_is_no_number_stands_in_words_beside_its_row(tmp_path, number):
    rows = the_rows(piles=2)
    rows.loc[1, "geometry"] = shapely.Point(number, 36.1)
    rows.to_parquet(tmp_path / "站.parquet")
    first = understood(tmp_path / "站.parquet")
    for kind in (".parquet", ".geojson"):
        assert first.checked.refused
        (tmp_path / f"taken{kind}").write_bytes(render_bad_rows(first))
        break
    back = read_table(tmp_path / "taken.parquet").frame
    assert back.geometry.isna().tolist() == [True]
    assert "POINT" in back["wkt"].iloc[0]


def test_every_format_with_places_has_a_way_back(tmp_path):
    for kind in KINDS[:-1]:
        found = read_table(a_file(tmp_path, kind, the_rows()))
        assert found.format in ENDINGS
