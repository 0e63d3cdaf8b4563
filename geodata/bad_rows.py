"""The rows that stay out, as a file of the format they came in: to be mended and put in again.

Places keep the file's own numbers and system, every column its name; three columns are added:
the row's number, the file it came in first, and the reasons.
"""

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import pandas as pd
import pyogrio
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from geodata.checks import as_text
from geodata.crs import have_numbers
from geodata.intake import WKT, Say, Understood, guard_cells, refused_rows, say_problem

ENDINGS: dict[str, str] = {
    "geojson": ".geojson",
    "shapefile": ".zip",
    "geopackage": ".gpkg",
    "kml": ".kml",
    "geoparquet": ".parquet",
    "dxf": ".gpkg",  # a drawing has no columns for reasons
}
"""The format of a file with places, and the ending of the one its bad rows go back in."""

DRIVERS = {
    ".geojson": "GeoJSON",
    ".gpkg": "GPKG",
    ".kml": "LIBKML",
    ".shp": "ESRI Shapefile",
}
LAYER = "rows"


def bad_rows_ending(understood: Understood) -> str:
    """Return the ending of the file that `render_bad_rows` makes."""
    table = understood.table
    if not table.has_places:
        return ".xlsx" if table.format == "xlsx" else ".csv"
    return ENDINGS[table.format]


def render_bad_rows(understood: Understood, say: Say = say_problem) -> bytes:
    """Return the rows that stay out as a file of the format they came in, with their reasons.

    A shapefile comes zipped, a drawing (DXF) as GeoPackage. A place with corners that are no
    numbers cannot be written there and stands in a column `wkt` instead. In plain tables a text
    that a spreadsheet would run has an apostrophe before it, which reading takes off again.
    """
    ending, rows = bad_rows_ending(understood), refused_rows(understood, say)
    if not understood.table.has_places:
        return PLAIN_WRITERS[ending](guard_cells(rows))
    rows = _places_of(understood, rows)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        return WRITERS[ending](rows, Path(folder))


def _places_of(understood: Understood, rows: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return rows with their places as the file has them, and cells that every format takes."""
    table = understood.table.frame
    places = table.geometry.loc[rows.index].to_numpy().copy()
    is_sound = have_numbers(places)
    if is_sound.all():
        rows = rows.drop(columns=WKT)
    else:
        rows[WKT] = rows[WKT].where(~is_sound, "")
    for name, cells in rows.items():
        if not _is_plain(cells):
            rows[name] = as_text(cells)
    places[~is_sound] = None
    return gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(places, rows.index), crs=table.crs)


def _is_plain(cells: pd.Series) -> bool:
    kinds = (pd.api.types.is_numeric_dtype, pd.api.types.is_datetime64_any_dtype)
    return isinstance(cells.dtype, pd.StringDtype) or any(one(cells) for one in kinds)


def _write_places(rows: gpd.GeoDataFrame, file: Path) -> None:
    kind = None if rows.geometry.notna().any() else "Point"  # which one, nobody can say
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # no system, long reasons cut: as they are
        warnings.simplefilter("ignore", RuntimeWarning)
        pyogrio.write_dataframe(
            rows,
            file,
            layer=LAYER,
            driver=DRIVERS[file.suffix],
            encoding="UTF-8" if file.suffix == ".shp" else None,
            geometry_type=kind,
        )


def _in_driver(ending: str) -> Callable[[gpd.GeoDataFrame, Path], bytes]:
    def write(rows: gpd.GeoDataFrame, folder: Path) -> bytes:
        file = folder / f"{LAYER}{ending}"
        _write_places(rows, file)
        return file.read_bytes()

    return write


def _write_shapefile(rows: gpd.GeoDataFrame, folder: Path) -> bytes:
    _write_places(rows, folder / f"{LAYER}.shp")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    return packed.getvalue()


def _write_parquet(rows: gpd.GeoDataFrame, folder: Path) -> bytes:
    file = folder / f"{LAYER}.parquet"
    rows.to_parquet(file, index=False)
    return file.read_bytes()


def _write_csv(rows: pd.DataFrame) -> bytes:
    return rows.to_csv(index=False).encode("utf-8-sig")


def _write_workbook(rows: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    rows.map(_legal).to_excel(file, index=False)
    return file.getvalue()


def _legal(cell: object) -> object:
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell


PLAIN_WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    ".csv": _write_csv,
    ".xlsx": _write_workbook,
}
WRITERS: dict[str, Callable[[gpd.GeoDataFrame, Path], bytes]] = {
    **{ending: _in_driver(ending) for ending in (".geojson", ".gpkg", ".kml")},
    ".zip": _write_shapefile,
    ".parquet": _write_parquet,
}
