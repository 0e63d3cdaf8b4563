"""Every format is read as it stands, or refused with a reason."""

import hashlib
import zipfile
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from geodata.errors import UnreadableFile
from geodata.readers import FORMATS, REFUSALS, read_table

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
TEXT = "编号,名称,经度,纬度\n001,一号站,103.6,36.1\n002,二号站,103.7,36.2\n"


def a_file(folder, text, name="stations.csv", encoding="utf-8"):
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def a_frame():
    return gpd.GeoDataFrame(
        {"NAME": ["大通河", "庄浪河"], "KM": [12, 34]},
        geometry=[shapely.Point(103.0, 36.4), shapely.Point(103.2, 36.6)],
        crs=4490,
    )


def a_sheet(folder, rows, name="stations.xlsx", **more_sheets):
    book = openpyxl.Workbook()
    for title, content in {"Sheet": rows, **more_sheets}.items():
        sheet = book["Sheet"] if title == "Sheet" else book.create_sheet(title)
        for row in content:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


def zipped(folder, parts, name="packed.zip"):
    with zipfile.ZipFile(folder / name, "w") as archive:
        for inner, content in parts.items():
            archive.writestr(inner, content)
    return folder / name


def shapefile_parts(folder, frame=None, encoding="GB18030"):
    """Return the bytes of each part of a shapefile, by ending."""
    (frame if frame is not None else a_frame()).to_file(folder / "made.shp", encoding=encoding)
    return {part.suffix: part.read_bytes() for part in folder.glob("made.*")}


def refusal(file, **options):
    with pytest.raises(UnreadableFile) as caught:
        read_table(file, **options)
    facts = caught.value.facts
    assert facts["reason"] in REFUSALS
    assert facts["file"] == Path(file).name
    return facts


# ------------------------------------------------------------------------- text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_text_comes_out_right_from_every_usual_encoding(tmp_path, encoding):
    table = read_table(a_file(tmp_path, TEXT, encoding=encoding))
    assert table.columns == ("编号", "名称", "经度", "纬度")
    assert list(table.frame["名称"]) == ["一号站", "二号站"]
    assert table.encoding == encoding
    assert table.declared_system is None


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path, separator):
    table = read_table(a_file(tmp_path, TEXT.replace(",", separator)))
    assert list(table.frame["编号"]) == ["001", "002"]


def test_rows_bear_the_numbers_of_the_sheet_over_titles_blanks_and_broken_lines(tmp_path):
    lines = ["充电站台账,,", "编号,名称,桩数", "S1,甲,1", "", 'S2,"乙\n乙",2', ",,", "S3,丙"]
    text = "\n".join([*lines, "S4,丁,4,多,余", "S5,戊,5,,", ""])
    table = read_table(a_file(tmp_path, text))
    assert table.columns == ("编号", "名称", "桩数")
    assert table.frame["编号"].to_dict() == {3: "S1", 5: "S2", 7: "S3", 8: "S4", 9: "S5"}
    assert table.frame.loc[5, "名称"] == "乙\n乙"
    assert table.misfits == {8: "S4,丁,4,多,余"}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_machine_and_the_last_one_need_not(tmp_path, ends):
    table = read_table(a_file(tmp_path, TEXT.rstrip("\n").replace("\n", ends)))
    assert table.frame["编号"].to_dict() == {2: "001", 3: "002"}


def test_cells_stay_text_and_headings_become_distinct(tmp_path):
    table = read_table(a_file(tmp_path, "a,a,\n007,1e5,NA\n"))
    assert table.columns == ("a", "a #2", "#3")
    assert table.frame.iloc[0].tolist() == ["007", "1e5", "NA"]


def test_a_file_is_known_by_its_content(tmp_path):
    file = a_file(tmp_path, TEXT)
    table = read_table(file, source_name="上传.csv")
    assert table.source_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert table.source_name == "上传.csv"


# ----------------------------------------------------------------- spreadsheets


def test_a_spreadsheet_keeps_its_row_numbers_below_a_merged_title(tmp_path):
    rows = [
        ["2025年充电站台账"],
        [],
        ["编号", "桩数", "发现日期"],
        ["001", 4, datetime(2025, 11, 3)],  # noqa: DTZ001  cells have no zone
        [None, None, None],
        [2, 5.5, "2025年11月4日"],
    ]
    table = read_table(a_sheet(tmp_path, rows))
    assert table.columns == ("编号", "桩数", "发现日期")
    assert list(table.frame.index) == [4, 6]
    assert table.frame.loc[4, "编号"] == "001"
    assert table.frame.loc[4, "发现日期"].isoformat().startswith("2025-11-03")


NOTED = [
    ["2025年充电站台账"],
    ["填报单位：某局", None, None, "填报日期：2025-11-30"],
    ["编号", "名称", "坐标", None, "发现日期"],
    [None, None, "经度", "纬度", None],
    ["001", "一号站", "103.62", "36.10", "2025-11-03"],
]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_notes_over_a_table_and_merged_headings_are_not_taken_for_the_headings(tmp_path, kind):
    if kind == "xlsx":
        file = a_sheet(tmp_path, NOTED)
    else:
        lines = (",".join(cell or "" for cell in row) for row in NOTED)
        file = a_file(tmp_path, "\n".join(lines))
    table = read_table(file)
    assert table.columns == ("编号", "名称", "经度", "纬度", "发现日期")
    assert table.frame.index.tolist() == [5]
    assert table.frame.loc[5].tolist() == ["001", "一号站", "103.62", "36.10", "2025-11-03"]


def test_groups_with_the_same_names_below_are_told_apart_by_their_headings(tmp_path):
    rows = [
        ["站名", "起点", "", "终点", ""],
        ["", "经度", "纬度", "经度", "纬度"],
        ["甲", 1, 2, 3, 4],
    ]
    names = ("站名", "起点 经度", "起点 纬度", "终点 经度", "终点 纬度")
    assert read_table(a_sheet(tmp_path, rows)).columns == names


@pytest.mark.parametrize(
    "below",
    [["", "", "备注甲"], ["1", "甲", ""], ["", "103.62", "36.10"], ["", "乙", ""]],
)
def test_a_row_of_data_under_a_heading_without_a_name_stays_data(tmp_path, below):
    table = read_table(a_sheet(tmp_path, [["编号", "名称", ""], below, ["2", "丙", "x"]]))
    assert table.columns == ("编号", "名称", "#3")
    assert table.frame.index.tolist() == [2, 3]


def test_several_sheets_ask_which_one(tmp_path):
    file = a_sheet(tmp_path, [["a", "b"], [1, 2]], 二月=[["a", "b"], [3, 4]], 空表=[])
    assert refusal(file) == {
        "file": "stations.xlsx",
        "reason": "layer_choice",
        "layers": "Sheet, 二月",
        "choices": ("Sheet", "二月"),
    }
    assert read_table(file, layer="二月").frame["a"].tolist() == [3]
    assert refusal(file, layer="三月")["reason"] == "layer_unknown"


# ----------------------------------------------------------------- vector files


def test_geojson_is_wgs84_by_its_standard(tmp_path):
    a_frame().to_crs(4326).to_file(tmp_path / "rivers.geojson")
    table = read_table(tmp_path / "rivers.geojson")
    assert (table.declared_system, table.has_places) == ("EPSG:4326", True)
    assert list(table.frame.index) == [1, 2]


def test_geojson_that_names_a_system_is_taken_at_its_word(tmp_path):
    text = (
        '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":'
        '"urn:ogc:def:crs:EPSG::4544"}},"features":[{"type":"Feature","properties":{"name":"某河"},'
        '"geometry":{"type":"Point","coordinates":[394000,3990000]}}]}'
    )
    for encoding in ("utf-8", "gb18030"):
        table = read_table(a_file(tmp_path, text, "rivers.json", encoding))
        assert table.declared_system == "EPSG:4544"
        assert table.frame["name"].tolist() == ["某河"]


FIELDS = {
    "texts": ["大通河", None, ""],
    "numbers": [1.5, None, -0.0],
    "whole": [12, 34, 2**40],
    "whole_or_none": pd.array([12, None, 34], "Int64"),
    "small": pd.array([1, None, 3], "Int32"),
    "flags": [True, False, True],
    "flags_or_none": pd.array([True, None, False], "boolean"),
    "days": [date(2025, 3, 1), None, date(2026, 7, 15)],
    "times": pd.to_datetime(["2025-03-01 08:30", None, "2026-07-15 00:00"]),
    "none": [None, None, None],
}


@pytest.mark.parametrize("names", [*([one] for one in FIELDS), list(FIELDS)], ids=" ".join)
def test_a_geopackage_read_by_columns_holds_what_it_holds_read_row_by_row(tmp_path, names):
    file = tmp_path / "rows.gpkg"
    places = [shapely.Point(103.0, 36.4), None, shapely.Point(103.2, 36.6)]
    fields = {name: FIELDS[name] for name in names}
    pyogrio.write_dataframe(gpd.GeoDataFrame(fields, geometry=places, crs=4490), file)
    read, plain = read_table(file).frame, pyogrio.read_dataframe(file)
    assert list(read.columns) == list(plain.columns)
    for name in plain.columns:
        assert read[name].isna().tolist() == plain[name].isna().tolist()
        if plain[name].notna().any():  # a column of nothing is one of no texts
            assert read[name].dtype == plain[name].dtype
        assert read[name].dropna().tolist() == plain[name].dropna().tolist()


def test_a_geopackage_with_several_layers_asks_which_one(tmp_path):
    file = tmp_path / "mixed.gpkg"
    a_frame().to_file(file, layer="rivers")
    a_frame().to_crs(4544).to_file(file, layer="stations")
    assert refusal(file)["layers"] == "rivers, stations"
    table = read_table(file, layer="stations")
    assert (table.declared_system, table.layer) == ("EPSG:4544", "stations")
    assert refusal(file, layer="roads")["reason"] == "layer_unknown"


def test_kml_and_kmz_are_read_without_the_trifles_of_drawing(tmp_path):
    frame = a_frame().to_crs(4326).rename(columns={"NAME": "Name"})
    frame.to_file(tmp_path / "rivers.kml", driver="KML")
    packed = zipped(
        tmp_path, {"doc.kml": (tmp_path / "rivers.kml").read_bytes(), "a.png": b""}, "rivers.kmz"
    )
    for file in (tmp_path / "rivers.kml", packed):
        table = read_table(file)
        assert table.frame["Name"].tolist() == ["大通河", "庄浪河"]
        assert table.declared_system == "EPSG:4326"
        assert "tessellate" not in table.columns


def test_marks_of_kml_elements_are_no_numbers_but_a_column_of_the_data_is(tmp_path):
    body = (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark id="ID_00001">'
        "<name>甲</name><ExtendedData>{}</ExtendedData><Point><coordinates>103.6,36.1"
        "</coordinates></Point></Placemark></Document></kml>"
    )
    plain = read_table(a_file(tmp_path, body.format(""), "a.kml"))
    assert not {"id", "placemark_id"} & set(plain.columns)
    numbered = body.format('<Data name="id"><value>S7</value></Data>')
    assert read_table(a_file(tmp_path, numbered, "b.kml")).frame["id"].tolist() == ["S7"]


def test_geoparquet_is_read_whatever_its_place_is_called(tmp_path):
    a_frame().rename_geometry("GEOM").to_crs(4544).to_parquet(tmp_path / "rivers.parquet")
    table = read_table(tmp_path / "rivers.parquet")
    assert (table.declared_system, table.columns) == ("EPSG:4544", ("NAME", "KM"))


def test_a_parquet_table_without_places_is_a_table(tmp_path):
    pd.DataFrame({"经度": [103.6]}).to_parquet(tmp_path / "plain.parquet")
    table = read_table(tmp_path / "plain.parquet")
    assert (table.has_places, table.columns) == (False, ("经度",))


# ------------------------------------------------------------------- shapefiles


def test_a_shapefile_in_gbk_that_does_not_say_so_comes_out_right(tmp_path):
    parts = shapefile_parts(tmp_path)
    for name in (".cpg", ".prj"):
        parts.pop(name)
    table = read_table(zipped(tmp_path, {f"rivers{ending}": parts[ending] for ending in parts}))
    assert table.frame["NAME"].tolist() == ["大通河", "庄浪河"]
    assert (table.encoding, table.declared_system) == ("gb18030", None)


def test_a_shapefile_whose_note_of_encoding_is_wrong_comes_out_right(tmp_path):
    parts = shapefile_parts(tmp_path) | {".cpg": b"UTF-8"}
    table = read_table(zipped(tmp_path, {f"rivers{ending}": parts[ending] for ending in parts}))
    assert table.frame["NAME"].tolist() == ["大通河", "庄浪河"]


def test_names_cut_in_half_by_short_fields_spoil_no_other(tmp_path):
    names = ["大通河", "京杭运河（里运河，湖西航道，不牢河）"] * 20
    frame = gpd.GeoDataFrame({"NAME": names}, geometry=[shapely.Point(103, 36)] * 40, crs=4490)
    parts = shapefile_parts(tmp_path, frame)
    parts.pop(".cpg")
    parts[".dbf"] = narrowed(parts[".dbf"], len(names[1].encode("gb18030")) - 1)
    read = read_table(zipped(tmp_path, {f"r{ending}": parts[ending] for ending in parts})).frame
    assert read["NAME"].tolist() == ["大通河", "京杭运河（里运河，湖西航道，不牢河"] * 20


def narrowed(table: bytes, width: int) -> bytes:
    """Return a dBase table of one text field with that field cut to a width in bytes."""
    start, length = (int.from_bytes(table[at : at + 2], "little") for at in (8, 10))
    head = bytearray(table[:start])
    head[10:12], head[48] = (width + 1).to_bytes(2, "little"), width
    rows = [table[at : at + width + 1] for at in range(start, len(table) - 1, length)]
    return bytes(head) + b"".join(rows) + b"\x1a"


def test_a_loose_shapefile_without_its_index_is_read_and_its_folder_left_alone(tmp_path):
    shapefile_parts(tmp_path)
    (tmp_path / "made.shx").unlink()
    before = sorted(tmp_path.iterdir())
    assert len(read_table(tmp_path / "made.shp").frame) == 2
    assert sorted(tmp_path.iterdir()) == before


def test_an_archive_of_several_shapefiles_asks_which_one_by_its_chinese_name(tmp_path):
    parts = shapefile_parts(tmp_path)
    names = {"aaaa/bbbb": "数据/河流", "aaaa/cccc": "数据/站点"}
    file = zipped(tmp_path, {f"{name}{end}": parts[end] for name in names for end in parts})
    packed = file.read_bytes()
    for plain, chinese in names.items():  # as Windows packs it: GBK bytes, and no word about it
        packed = packed.replace(plain.encode(), chinese.encode("gb18030"))
    file.write_bytes(packed)
    assert refusal(file)["layers"] == "河流, 站点"
    table = read_table(file, layer="河流")
    assert (table.layer, len(table.frame)) == ("河流", 2)


# --------------------------------------------------------------------- refusals


def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path):
    assert refusal(tmp_path / "absent.csv")["reason"] == "not_found"
    assert refusal(a_file(tmp_path, "", "empty.csv"))["reason"] == "empty"
    assert refusal(a_file(tmp_path, "x", "list.docx"))["reason"] == "format_unknown"
    assert refusal(a_file(tmp_path, "编号,名称"))["reason"] == "no_rows"
    assert refusal(a_file(tmp_path, " \n\n", "blank.csv"))["reason"] == "no_rows"
    assert refusal(zipped(tmp_path, {"a.png": b"x"}))["reason"] == "archive_without_table"
    (tmp_path / "odd.csv").write_bytes(b"a,b\n\xff\x81,\x80\n")
    assert refusal(tmp_path / "odd.csv")["reason"] == "encoding_unknown"
    assert refusal(a_file(tmp_path, TEXT), encoding="klingon")["reason"] == "encoding_unknown"


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path):
    file = a_file(tmp_path, TEXT)
    assert refusal(file, most_bytes=20)["reason"] == "too_large"
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", TEXT * 500)
    limit = (tmp_path / "a.zip").stat().st_size
    assert refusal(tmp_path / "a.zip", most_bytes=limit)["reason"] == "unpacks_too_large"


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.kmz", "bomb.xlsx"])
def test_an_archive_that_unpacks_beyond_reason_is_refused_unopened(tmp_path, name):
    with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * (80 << 20))
    assert refusal(tmp_path / name)["reason"] == "unpacks_too_large"


def test_an_archive_that_holds_more_than_it_says_is_stopped(tmp_path):
    packed = zipped(tmp_path, {"a.csv": TEXT * 2000})
    lying = packed.read_bytes().replace(
        len((TEXT * 2000).encode()).to_bytes(4, "little"), (100).to_bytes(4, "little")
    )
    packed.write_bytes(lying)
    assert refusal(packed)["reason"] in {"broken", "unpacks_too_large"}


def test_names_in_an_archive_that_point_elsewhere_touch_nothing_elsewhere(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    packed = zipped(folder, {"../../evil.csv": "x", "/etc/evil.csv": TEXT})
    assert len(read_table(packed).frame) == 2
    assert [file.name for file in tmp_path.rglob("*evil*")] == []


@pytest.mark.parametrize(
    "trick",
    [
        '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    ],
)
def test_kml_that_declares_entities_is_refused(tmp_path, trick):
    text = f'<?xml version="1.0"?>{trick}<kml><Placemark><name>&a;</name></Placemark></kml>'
    assert refusal(a_file(tmp_path, text, "trick.kml"))["reason"] == "names_outside"


def test_a_drawing_comes_with_its_layers_and_no_system(tmp_path):
    frame = gpd.GeoDataFrame(
        {"Layer": ["河道", "0"]},
        geometry=[shapely.LineString([(0, 0), (1, 1)]), shapely.Point(3, 4)],
    )
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(tmp_path / "a.dxf", driver="DXF")
    table = read_table(tmp_path / "a.dxf")
    assert table.declared_system is None
    assert table.frame["Layer"].tolist() == ["河道", "0"]


@pytest.mark.parametrize("ending", sorted(FORMATS.keys() - {".csv", ".tsv", ".txt"}))
@pytest.mark.parametrize(
    "content",
    [b"\x00" * 64, b"PK\x03\x04 not an archive", b"<OGRVRTDataSource></OGRVRTDataSource>", b"{}"],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, ending, content):
    file = tmp_path / f"file{ending}"
    file.write_bytes(content)
    assert refusal(file)["reason"] in {"broken", "no_rows"}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("name", ["r.geojson", "r.gpkg", "r.kml", "r.parquet", "r.zip", "r.xlsx"])
def test_a_truncated_file_is_read_or_refused_but_never_crashes(tmp_path, name, share):
    whole = tmp_path / name
    if name == "r.zip":
        parts = shapefile_parts(tmp_path)
        zipped(tmp_path, {f"r{ending}": parts[ending] for ending in parts}, name)
    elif name == "r.xlsx":
        a_sheet(tmp_path, [["a", "b"], [1, 2]], name)
    elif name == "r.parquet":
        a_frame().to_parquet(whole)
    else:
        drivers = {"r.geojson": "GeoJSON", "r.gpkg": "GPKG", "r.kml": "KML"}
        a_frame().to_crs(4326).to_file(whole, driver=drivers[name])
    content = whole.read_bytes()
    whole.write_bytes(content[: int(len(content) * share)])
    try:
        read_table(whole)
    except UnreadableFile as refused:
        assert refused.facts["reason"] in REFUSALS  # noqa: PT017  reading it is as good


# ------------------------------------------------------------------- public data


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data is not beside the project")
@pytest.mark.parametrize(
    ("name", "system", "encoding", "rows"),
    [
        ("ev_stations/urbanev_inf_raw.csv", None, "utf-8", 1587),
        ("ev_stations/SZ_districts_epsg3857.zip", "EPSG:3857", "utf-8", 491),
        ("rivers/hyd1_4l_gbk_noprj.zip", None, "gb18030", 840),
        ("parcels/1_vietnam_areas.gpkg", "EPSG:32648", "", 100),
        ("parcels/BD_JECAM_CIRAD_2023_feb.zip", "EPSG:4326", "utf-8", 100),
        ("parcels/jp_field_polygons_2024.parquet", "EPSG:6668", "", 100),
        ("ugly_files/ngcc_res2_4m_gbk_noprj.zip", None, "gb18030", 331),
        ("ugly_files/pyshp_NullTest.zip", None, "utf-8", 3),
        ("ugly_files/pyshp_latin1.zip", None, "iso8859-1", 1),
        ("ugly_files/pyshp_corrupt_too_long.zip", None, "utf-8", 10),
    ],
)
def test_public_files_are_read_as_their_sources_say(name, system, encoding, rows):
    table = read_table(SHARED / name)
    assert (table.declared_system, table.encoding, len(table.frame)) == (system, encoding, rows)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data is not beside the project")
def test_real_names_in_gbk_come_out_right():
    rivers = read_table(SHARED / "rivers/hyd1_4l_gbk_noprj.zip").frame
    assert {"黄河", "长江", "京杭运河(里运河)"} <= set(rivers["NAME"].dropna())
    names = read_table(SHARED / "ugly_files/pyshp_latin1.zip").frame["Name"]
    assert names.tolist() == ["Ñandú"]
