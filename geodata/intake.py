"""From a file to the store: understand it, check every row, write the good ones, keep the others.

Two steps with a look between them: `understand` reads and checks and writes nothing, `write`
stores what was understood. `import_file` is both.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.checks import Checked, as_text, check
from geodata.city import City, read_outlines, read_second_outlines
from geodata.coordinates import read_degrees, split_pairs
from geodata.crs import (
    SAME_AS_STORED,
    STORED,
    find_system,
    is_shifted,
    points_of,
    to_stored,
)
from geodata.detective import Finding, investigate, split
from geodata.errors import ColumnsMissing, SystemNotDeclared
from geodata.evidence import ground_of
from geodata.helmert import Helmert
from geodata.identity import Key, open_key, read_number
from geodata.model import RevisionNote
from geodata.problems import Problem, in_order, problems_where
from geodata.readers import FILE_COLUMN, MOST_BYTES, ROW_COLUMN, RawTable, read_table
from geodata.schema import COMMON_COLUMNS, Column, Schema
from geodata.settings import read_settings
from geodata.store import FeatureStore

Places = NDArray[np.object_]
NOWHERE: Places = np.array(None, object)
Say = Callable[[Problem], str]

ID = next(column for column in COMMON_COLUMNS if column.id == "id")
X, Y, PAIR, WKT = "x", "y", "xy", "wkt"
PLACE_HEADINGS: dict[str, tuple[str, ...]] = {
    X: (
        *("x", "lon", "lng", "long", "longitude", "经度", "东经", "x坐标", "坐标x", "经度坐标"),
        *("point_x", "easting", "横坐标", "东坐标", "xcoord", "coord_x"),
    ),
    Y: (
        *("y", "lat", "la", "latitude", "纬度", "北纬", "y坐标", "坐标y", "纬度坐标"),
        *("point_y", "northing", "纵坐标", "北坐标", "ycoord", "coord_y"),
    ),
    PAIR: ("xy", "坐标", "经纬度", "经纬度坐标", "coordinates", "lonlat", "lnglat", "lon,lat"),
    WKT: ("wkt", "geometry", "geom", "the_geom", "geometry_wkt"),
}
"""Headings under which tables bring places; X is the number that grows eastward, PAIR both."""

PLACE_NOTE = re.compile(r"\([^()]*\)$|^(?:wgs-?84|gcj-?02|bd-?09|cgcs2000|高德|百度|腾讯|天地图)_?")
"""What people write beside such a heading: "经度(°)", "X(m)", "gcj02经度"; it settles nothing."""

CONVERTED_ACCURACY_M = 5.0
"""What a place taken from a map app is good for at best, where the file says nothing: the way back
from its shift is exact to a millimetre, but unofficial, and the app's own point is no survey."""

MOST_LOOKED_AT = 200  # rows, to see what kind of places a file holds
KINDS_OF_FILES = {
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
    "any": ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
}

AUTO = "auto"
"""In place of a system: take the one that the stored rows leave alone, refuse if they do not."""

REASONS_COLUMN = "problems"
"""What is added to rows that are set aside, with ROW_COLUMN and FILE_COLUMN; no schema has these.

The file's name goes along: mended rows get the numbers that they would have had in their file.
"""


@dataclass(frozen=True)
class Understood:
    """A file that has been read and checked, and not been written.

    `mapping` leads from the file's columns to those of the schema (or x, y, wkt); `unmapped`
    columns are not stored. `system` is the one the places were taken in, `declared_system`
    what the file itself says. `systems` names the system of each row where they differ, and
    `system` is then all of them.
    """

    layer_id: str
    schema: Schema
    table: RawTable
    system: str
    mapping: Mapping[str, str]
    unmapped: tuple[str, ...]
    checked: Checked
    place_original: pd.Series
    systems: pd.Series | None = None

    @property
    def declared_system(self) -> str | None:
        """Return the coordinate system that the file names, if it does."""
        return self.table.declared_system


@dataclass(frozen=True)
class Intake:
    """What became of a file: how many rows went in, which did not and why.

    `revision` is blank where nothing was written, `set_aside` where no row was kept aside.
    `is_repeated` says that the same file was written before and its rows stand as it has them.
    """

    layer_id: str
    source_name: str
    revision: str
    rows_read: int
    rows_written: int
    problems: tuple[Problem, ...]
    set_aside: str
    system: str
    mapping: Mapping[str, str]
    unmapped: tuple[str, ...]
    is_repeated: bool = False

    @property
    def rows_refused(self) -> int:
        """Return how many rows did not go in."""
        return self.rows_read - self.rows_written


def import_file(
    path: str | Path,
    *,
    layer_id: str,
    schema: Schema,
    store: FeatureStore,
    city: City,
    who: str,
    why: str,
    recorded_at: datetime,
    system: str | None = None,
    mapping: Mapping[str, str] | None = None,
    source_layer: str | None = None,
    encoding: str | None = None,
    parameters: Helmert | None = None,
    say: Say | None = None,
    most_bytes: int = MOST_BYTES,
) -> Intake:
    """Return what became of a file that was read, checked and written to a store.

    Raises UnreadableFile, SystemNotDeclared, UnknownSystem, NeedsParameters and
    ColumnsMissing before anything is written.
    """
    understood = understand(
        path,
        layer_id=layer_id,
        schema=schema,
        city=city,
        system=system,
        mapping=mapping,
        source_layer=source_layer,
        encoding=encoding,
        parameters=parameters,
        store=store,
        most_bytes=most_bytes,
    )
    return write(understood, store, who=who, why=why, recorded_at=recorded_at, say=say)


def understand(
    path: str | Path,
    *,
    layer_id: str,
    schema: Schema,
    city: City,
    system: str | None = None,
    mapping: Mapping[str, str] | None = None,
    source_layer: str | None = None,
    encoding: str | None = None,
    source_name: str | None = None,
    parameters: Helmert | None = None,
    store: FeatureStore | None = None,
    most_bytes: int = MOST_BYTES,
) -> Understood:
    """Return a file as it was understood and checked; nothing is written.

    `system` is needed where the file declares none, and wins where it does. `mapping`
    leads from the file's columns to the schema's (or x, y, wkt), a blank leaves a column
    out; the others are found by their headings. `parameters` lead from an old datum.
    Raises the errors of `import_file`; SystemNotDeclared carries what the detective found,
    for which the rows of `store` are looked at.
    """
    table = read_table(
        path,
        layer=source_layer,
        encoding=encoding,
        source_name=source_name,
        most_bytes=most_bytes,
    )
    return understand_table(
        table,
        layer_id=layer_id,
        schema=schema,
        city=city,
        system=system,
        mapping=mapping,
        parameters=parameters,
        store=store,
    )


def understand_table(
    table: RawTable,
    *,
    layer_id: str,
    schema: Schema,
    city: City,
    system: str | None = None,
    systems: pd.Series | None = None,
    mapping: Mapping[str, str] | None = None,
    parameters: Helmert | None = None,
    store: FeatureStore | None = None,
    key: Key | None = None,
) -> Understood:
    """Return a table that was read, as it was understood and checked; nothing is written.

    As `understand`; `systems` says in which system each row is, by its number, where one file
    mixes several: rows for which it is blank stay out. Numbers of persons are sealed with `key`,
    that of the installation where none is given.
    """
    columns, unmapped = match_columns(table, schema, mapping or {})
    if schema.is_of_persons:
        table = seal_persons(table, columns, schema, key or open_key(read_settings().data_folder))
    frame = _lay_out(table, columns)
    untold: tuple[Problem, ...] = ()
    if systems is not None and schema.geometry != "none":
        frame, systems, untold = _bring_together(frame, systems, parameters)
        settled, taken = "; ".join(sorted(set(systems) - {""})), STORED
    else:
        systems = None
        settled = _settle_system(
            table,
            schema,
            system,
            parameters,
            lambda: _examine(frame, schema, layer_id, city, store, parameters=parameters),
        )
        taken = settled or STORED
    left_out = {*table.misfits, *(one.row for one in untold)}
    checked = check(
        frame[~frame.index.isin(list(left_out))] if left_out else frame,
        schema,
        system=taken,
        city=city,
        outlines=read_outlines(city.id),
        second_outlines=read_second_outlines(city.id),
    )
    of_file = _problems_of_file(table, columns, unmapped, settled)
    return Understood(
        layer_id=layer_id,
        schema=schema,
        table=table,
        system=settled,
        mapping=columns,
        unmapped=unmapped,
        checked=replace(checked, problems=in_order((*of_file, *untold, *checked.problems))),
        place_original=frame["place_original"],
        systems=systems,
    )


def write(
    understood: Understood,
    store: FeatureStore,
    *,
    who: str,
    why: str,
    recorded_at: datetime,
    say: Say | None = None,
    data_on: date | None = None,
) -> Intake:
    """Return what became of an understood file: good rows in the store, the others set aside.

    `say` words the reasons beside the rows that are set aside. `data_on` is the day of which the
    list is, where it is not that of the write: rules hold it against other lists as of that day.
    """
    table, good = understood.table, understood.checked.good
    note = RevisionNote(
        who=who,
        why=why,
        recorded_at=recorded_at,
        source_name=table.source_name,
        source_sha256=table.source_sha256,
        system=understood.system,
        mapping=tuple(understood.mapping.items()),
        data_on=data_on,
    )
    revision = aside = ""
    features = None
    if len(good):
        stored = _stored_rows(store, understood.layer_id)
        features = to_features(understood, recorded_at, stored)
    if understood.checked.refused:  # first: where this fails, nothing has been written
        refused = refused_rows(understood, say or say_problem)
        aside = store.set_aside(understood.layer_id, guard_cells(refused), note)
    if features is not None:
        revision = store.write(understood.layer_id, features, note)
    is_repeated = bool(len(good)) and not revision
    return replace(preview(understood), revision=revision, set_aside=aside, is_repeated=is_repeated)


def preview(understood: Understood) -> Intake:
    """Return what would become of an understood file; the revision is blank."""
    return Intake(
        layer_id=understood.layer_id,
        source_name=understood.table.source_name,
        revision="",
        rows_read=len(understood.table.frame),
        rows_written=len(understood.checked.good),
        problems=understood.checked.problems,
        set_aside="",
        system=understood.system,
        mapping=understood.mapping,
        unmapped=understood.unmapped,
    )


# ---------------------------------------------------------------------- columns


def match_columns(
    table: RawTable, schema: Schema, given: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return which column of the file fills which of the schema, and the columns that fill none.

    What is given comes first, then headings in either language; the first column of a file
    wins. Raises ColumnsMissing for names in `given` that do not exist, and where a layer's
    places or required columns are nowhere to be found.
    """
    _refuse_unknown(given, table.columns, targets_of(schema, table))
    mapping = propose_columns(table, schema, given)
    missing = missing_columns(mapping, schema, table)
    if missing:
        raise ColumnsMissing(missing=", ".join(missing), present=", ".join(table.columns))
    unmapped = tuple(column for column in table.columns if column not in mapping)
    return mapping, unmapped


def propose_columns(
    table: RawTable, schema: Schema, given: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return which column of the file fills which of the schema: as given, else by headings.

    Of two that fit the first is taken, one with something in it before one without.
    """
    given, headings = given or {}, _headings(schema, table)
    mapping: dict[str, str] = {}
    for column, wished in given.items():
        if wished and wished not in mapping.values():
            mapping[column] = wished
    blank = [column for column in table.columns if _is_blank(table.frame[column])]
    for column in dict.fromkeys([*(one for one in table.columns if one not in blank), *blank]):
        if column in given:
            continue
        bare = PLACE_NOTE.sub("", _plain(column))
        named = (
            one
            for one, names in headings.items()
            if _plain(column) in names or (one in PLACE_HEADINGS and bare in names)
        )
        target = next((one for one in named if one not in mapping.values()), None)
        if target and not (target == "id" and _is_no_key(table, column)):
            mapping[column] = target
    return mapping


def count_fitting(table: RawTable, schema: Schema) -> int:
    """Return how many columns of a table a layer knows; 0 where its places are of another kind."""
    if table.has_places and schema.geometry != "none":
        kinds = set(table.frame.geometry.head(MOST_LOOKED_AT).geom_type.dropna())
        if kinds and kinds.isdisjoint(KINDS_OF_FILES[schema.geometry]):
            return 0
    filled = set(propose_columns(table, schema).values())
    return len(filled if schema.geometry in {"point", "any"} else filled - {X, Y, PAIR})


def targets_of(schema: Schema, table: RawTable) -> tuple[str, ...]:
    """Return what a column of the file may fill: columns of the schema, and X, Y, PAIR, WKT."""
    return tuple(_headings(schema, table))


def missing_columns(mapping: Mapping[str, str], schema: Schema, table: RawTable) -> tuple[str, ...]:
    """Return what a layer needs and no column of the file fills."""
    filled = set(mapping.values())
    missing = [one.id for one in schema.columns if one.required and one.id not in filled]
    if schema.geometry != "none" and not table.has_places and filled.isdisjoint({WKT, PAIR}):
        missing += [axis for axis in (X, Y) if axis not in filled]
    if schema.geometry == "none" and "jurisdiction" not in filled:
        missing.append("jurisdiction")
    return tuple(missing)


def _headings(schema: Schema, table: RawTable) -> dict[str, set[str]]:
    """Return the names under which each target may come, with and without its unit."""
    targets = {
        column.id: {_plain(name) for name in (*column.headings(), *_with_unit(column))}
        for column in schema.columns
    }
    if schema.geometry != "none" and not table.has_places:
        targets |= {target: set(names) for target, names in PLACE_HEADINGS.items()}
    return targets


def _with_unit(column: Column) -> Iterable[str]:
    return (f"{name}({column.unit})" for name in column.headings() if column.unit)


def _plain(heading: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", heading)).casefold()


def _is_blank(cells: pd.Series) -> bool:
    """Return whether a column holds nothing; as a rule the first cells tell."""
    return all((as_text(part) == "").all() for part in (cells.head(MOST_LOOKED_AT), cells))


def _is_no_key(table: RawTable, column: str) -> bool:
    """Return whether a column that is called a number tells fewer than half of its rows apart."""
    text = as_text(table.frame[column])
    filled = text[text != ""]
    return bool(filled.nunique() * 2 < len(filled))


def _refuse_unknown(
    given: Mapping[str, str], columns: Iterable[str], targets: Iterable[str]
) -> None:
    absent = [column for column in given if column not in columns]
    if absent:
        raise ColumnsMissing(missing=", ".join(absent), present=", ".join(columns))
    unknown = [target for target in given.values() if target and target not in targets]
    if unknown:
        raise ColumnsMissing(missing=", ".join(unknown), present=", ".join(targets))


# ---------------------------------------------------------------------- persons


def seal_persons(table: RawTable, mapping: Mapping[str, str], schema: Schema, key: Key) -> RawTable:
    """Return a table of persons as it may be looked at, stored and set aside.

    Names and columns that fill nothing (addresses, telephones) are emptied, numbers of persons
    sealed wherever they stand; a row that does not fit its columns is emptied as a whole.
    """
    sealed = {one.id for one in schema.columns if one.kind == "identity"}
    kept = {ROW_COLUMN, FILE_COLUMN} if _is_mended(table) else set()
    frame = table.frame.copy()
    for column in table.columns:
        text = as_text(frame[column])
        if mapping.get(column) in sealed:
            frame[column] = text.map(key.seal).astype("str")
        elif mapping.get(column, "name") != "name" or column in kept:
            is_number = text.map(lambda cell: read_number(cell) is not None)
            if is_number.any():
                frame[column] = text.mask(is_number, text[is_number].map(key.seal)).astype("str")
        else:
            frame[column] = pd.Series("", frame.index, dtype="str")
    misfits = frame.index.isin(list(table.misfits))
    frame.loc[misfits, [one for one in table.columns if one not in kept]] = ""
    return replace(table, frame=frame, misfits=dict.fromkeys(table.misfits, ""))


# ----------------------------------------------------------------------- places


def propose_systems(
    rows: gpd.GeoDataFrame,
    schema: Schema,
    *,
    city: City,
    declared: str = "",
    stored: gpd.GeoDataFrame | None = None,
    parameters: Helmert | None = None,
) -> Finding:
    """Return the systems that laid out rows may be in; nothing is taken.

    `rows` bear columns of the schema by id and places in the numbers of the file; `stored`
    are the rows that the layer has already.
    """
    return investigate(
        rows,
        ground_of(city, stored),
        declared=declared,
        on_rivers=schema.geometry == "line",
        parameters=parameters,
    )


def doubt_declared(
    understood: Understood, city: City, store: FeatureStore | None = None
) -> Finding | None:
    """Return what the detective found if rows fit another system better than their file's own."""
    declared = understood.declared_system
    if not declared or understood.system != declared:
        return None
    finding = examine(
        understood.table,
        understood.mapping,
        layer_id=understood.layer_id,
        schema=understood.schema,
        city=city,
        store=store,
    )
    return finding if finding.doubt else None


def examine(
    table: RawTable,
    mapping: Mapping[str, str],
    *,
    layer_id: str,
    schema: Schema,
    city: City,
    store: FeatureStore | None = None,
    parameters: Helmert | None = None,
) -> Finding:
    """Return in which systems the places of a table may be; nothing is taken."""
    declared = table.declared_system or ""
    frame = _lay_out(table, mapping)
    return _examine(frame, schema, layer_id, city, store, declared=declared, parameters=parameters)


def part_systems(
    table: RawTable,
    mapping: Mapping[str, str],
    finding: Finding,
    chosen: Mapping[str, str],
    *,
    layer_id: str,
    schema: Schema,
    city: City,
    store: FeatureStore | None = None,
) -> pd.Series:
    """Return the system of each row of a mixed file by its number, blank where none is told.

    `chosen` leads from the system of each group of the finding to the one that a person chose;
    rows of a group that is not in it stay blank.
    """
    ground = ground_of(city, _stored_rows(store, layer_id))
    frame = _lay_out(table, mapping)
    told = split(frame, ground, finding, on_rivers=schema.geometry == "line")
    return told.map(lambda system: chosen.get(system, "")).astype("str")


def _examine(
    frame: gpd.GeoDataFrame,
    schema: Schema,
    layer_id: str,
    city: City,
    store: FeatureStore | None,
    *,
    declared: str = "",
    parameters: Helmert | None = None,
) -> Finding:
    stored = _stored_rows(store, layer_id)
    return propose_systems(
        frame, schema, city=city, declared=declared, stored=stored, parameters=parameters
    )


def _bring_together(
    frame: gpd.GeoDataFrame, systems: pd.Series, parameters: Helmert | None
) -> tuple[gpd.GeoDataFrame, pd.Series, tuple[Problem, ...]]:
    """Return rows of several systems with their places in EPSG:4490, and those of none.

    Also the kept name of each row's system. A row without a place, or at 0,0, needs no system.
    """
    kept = {name: find_system(name, parameters) for name in sorted(set(systems) - {""})}
    systems = systems.map(lambda name: kept.get(name, "")).astype("str")
    places = frame.geometry.copy()
    for name in kept.values():
        rows = systems == name
        places[rows] = to_stored(frame.geometry[rows], name).set_crs(None, allow_override=True)
    is_somewhere = frame.geometry.notna() & (frame.geometry.bounds != 0).any(axis=1)
    untold = (is_somewhere & (systems == "")).to_numpy()
    problems = problems_where(untold, "geometry", frame["place_original"], "system_untold")
    return frame.set_geometry(places), systems, tuple(problems)


def _stored_rows(store: FeatureStore | None, layer_id: str) -> gpd.GeoDataFrame | None:
    return store.read(layer_id) if store and layer_id in store.layers() else None


def _settle_system(
    table: RawTable,
    schema: Schema,
    given: str | None,
    parameters: Helmert | None,
    propose: Callable[[], Finding],
) -> str:
    """Return the system of the places, blank for a layer without them; nothing is guessed."""
    if schema.geometry == "none":
        return ""
    asked = table.declared_system if given in {None, "", AUTO} else given
    if asked:
        return find_system(asked, parameters)
    finding = propose()
    if given == AUTO and finding.verdict == "certain":
        return find_system(finding.candidates[0].system)
    raise SystemNotDeclared(file=table.source_name, hint=table.format, finding=finding)


def _lay_out(table: RawTable, mapping: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Return the mapped columns under the schema's names, places in the file's own numbers.

    `place_original` says what the file holds for a point, or for a place that cannot be read.
    """
    columns = {target: table.frame[column] for column, target in mapping.items()}
    if _is_mended(table):
        columns = {name: _without_guard(cells) for name, cells in columns.items()}
    axes = {name: as_text(columns.pop(name)) for name in (X, Y, PAIR, WKT) if name in columns}
    if table.has_places:
        places = table.frame.geometry.to_numpy()
        said = _say_points(places)
    elif WKT in axes:
        written = axes[WKT].to_numpy(object)
        places = shapely.from_wkt(np.where(written == "", NOWHERE, written), on_invalid="ignore")
        said = np.where(shapely.is_missing(places), axes[WKT], _say_points(places))
    elif PAIR in axes:
        places, said = _points(*split_pairs(axes[PAIR])), axes[PAIR].to_numpy(object)
    elif axes:
        places = _points(axes[X], axes[Y])
        said = (axes[X] + " " + axes[Y]).str.strip().to_numpy()
    else:
        places, said = np.full(len(table.frame), None), np.full(len(table.frame), "")
    index = table.frame.index
    frame = gpd.GeoDataFrame(columns, index=index, geometry=gpd.GeoSeries(places, index=index))
    return frame.assign(place_original=said)


GUARD = re.compile(r"^'(?=\s*[=+@＝＋－＠-])")
RUNNABLE = re.compile(r"(?!\s*[+-]?[\d.]+\s*$)(?=\s*[=+@＝＋－＠-])")
"""What a spreadsheet would run, or take for a formula: by its first sign, and no plain number."""


def guard_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with an apostrophe before each text, headings too, that a spreadsheet runs."""

    def guarded(cell: object) -> object:
        return f"'{cell}" if isinstance(cell, str) and RUNNABLE.match(cell) else cell

    return rows.map(guarded).rename(columns=guarded)


def _without_guard(cells: pd.Series) -> pd.Series:
    """Return cells without the apostrophe that keeps a spreadsheet from running them."""
    return as_text(cells).str.replace(GUARD, "", regex=True)


def _points(x: pd.Series, y: pd.Series) -> Places:
    """Return points of two columns of numbers as people write them, None where either is none."""
    east, north = (read_degrees(axis).to_numpy(float) for axis in (x, y))
    is_told = ~(np.isnan(east) | np.isnan(north))
    places: Places = np.full(len(x), None)
    places[is_told] = points_of(east[is_told], north[is_told])
    return places


def _say_points(places: Places) -> Places:
    """Return the two numbers of each point as text, blank for every other place."""
    is_point = shapely.get_type_id(places) == shapely.GeometryType.POINT
    if not is_point.any():
        return np.full(len(places), "", object)
    places = np.where(shapely.is_empty(places), NOWHERE, places)  # an empty point has no numbers
    numbers = zip(shapely.get_x(places).tolist(), shapely.get_y(places).tolist(), strict=True)
    return np.array([f"{x} {y}" if x == x else "" for x, y in numbers], object)  # noqa: PLR0124


# --------------------------------------------------------------------- problems


def _problems_of_file(
    table: RawTable, mapping: Mapping[str, str], unmapped: Iterable[str], system: str
) -> Iterator[Problem]:
    """Yield what is wrong with the file itself, and with rows that do not fit its columns."""
    for row, text in table.misfits.items():
        yield Problem(row, "", text, "cells_do_not_fit", (("columns", str(len(table.columns))),))
    declared = table.declared_system
    if declared and system and declared != system and {declared, system} != SAME_AS_STORED:
        yield Problem(0, "geometry", declared, "system_overridden", (("taken", system),))
    if "id" not in mapping.values():
        keys = {_plain(name) for name in ID.headings()}
        yield from (
            Problem(0, "id", one, "id_not_a_key") for one in unmapped if _plain(one) in keys
        )


def say_problem(problem: Problem) -> str:
    """Return a problem as its bare facts, for want of words."""
    facts = " ".join(
        f"{name}={value}" for name, value in problem.facts if value and name != "known_en"
    )
    return " ".join(part for part in (problem.column, problem.reason, facts) if part)


def refused_rows(understood: Understood, say: Say = say_problem) -> pd.DataFrame:
    """Return the rows that stay out as the file has them, with a column of reasons.

    Places of vector files stand in a column `wkt`, in the file's own numbers, so that the
    table can be mended and read again.
    """
    checked, frame = understood.checked, understood.table.frame
    rows = pd.DataFrame(frame.loc[list(checked.refused), list(understood.table.columns)])
    if understood.table.has_places:
        rows[WKT] = shapely.to_wkt(frame.geometry.loc[rows.index].to_numpy(), rounding_precision=-1)
    reasons: dict[int, list[str]] = {}
    for one in checked.problems:
        if one.severity == "error":
            reasons.setdefault(one.row, []).append(say(one))
    rows[ROW_COLUMN] = rows.index
    rows[FILE_COLUMN] = _source_names(understood.table)[rows.index]
    rows[REASONS_COLUMN] = [" | ".join(reasons[row]) for row in rows.index]
    return rows


# --------------------------------------------------------------------- features


def to_features(
    understood: Understood, recorded_at: datetime, stored: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Return the good rows as the store keeps them: every column of the schema, EPSG:4490.

    Blank ids, sources, origins and areas are filled; what a row was taken from stays on it.
    Mended rows (of a table that was set aside) take no number that another one of the
    `stored` rows has.
    """
    good = understood.checked.good
    has_places = understood.schema.geometry != "none"
    systems = _system_of_rows(understood)
    origins = systems.map({one: _origin_of(one) for one in systems.unique()})
    names = _source_names(understood.table)[good.index]
    taken = stored if _is_mended(understood.table) else None
    features = good.assign(
        id=good["id"].mask(good["id"] == "", _stable_ids(good, names, taken)),
        source=good["source"].where(good["source"] != "", names),
        geometry_status=good["geometry_status"].where(good["geometry_status"] != "", origins),
        system_original=systems,
        place_original=understood.place_original[good.index] if has_places else "",
        is_demonstration=False,
        valid_from=recorded_at.date(),
        valid_to=None,
    )
    is_converted = (features["geometry_status"] == "app_converted") & features["accuracy_m"].isna()
    features["accuracy_m"] = features["accuracy_m"].mask(is_converted, CONVERTED_ACCURACY_M)
    areas_m2 = understood.checked.areas_m2
    if areas_m2 is not None and "area_m2" in features:
        features["area_m2"] = features["area_m2"].fillna(areas_m2)
    return features[list(understood.schema.column_ids)].reset_index(drop=True)


def _system_of_rows(understood: Understood) -> pd.Series:
    rows = understood.checked.good.index
    if understood.systems is not None:
        return understood.systems[rows]
    return pd.Series(understood.system, rows, dtype="str")


def _origin_of(system: str) -> str:
    return "" if not system else "app_converted" if is_shifted(system) else "file"


def _is_mended(table: RawTable) -> bool:
    """Return whether a table is one of rows that were set aside before."""
    return {ROW_COLUMN, FILE_COLUMN} <= set(table.columns)


def _source_names(table: RawTable) -> pd.Series:
    """Return the name of the file that each row came in first."""
    if _is_mended(table):
        return as_text(table.frame[FILE_COLUMN]).replace("", table.source_name)
    return pd.Series(table.source_name, table.frame.index, dtype="str")


def _stable_ids(
    rows: gpd.GeoDataFrame, names: pd.Series, stored: gpd.GeoDataFrame | None = None
) -> pd.Series:
    """Return an id for each row made of the file's name and the place, to about a centimetre.

    Rows at one place are told apart by their order, and from the stored ones by their names.
    The row number is no part of it, so a row that is inserted into the file doubles none of
    the others.
    """
    where = pd.Series(shapely.to_wkt(rows.geometry.to_numpy(), rounding_precision=7), rows.index)
    whose = rows["jurisdiction"] + rows["township"] + rows["name"]
    key = names + "\n" + where.fillna(whose).astype("str")
    order = key.groupby(key).cumcount()
    if stored is None:
        return (key + "\n" + order.astype("str")).map(_digest)
    known = dict(zip(stored["id"], stored["name"], strict=True))
    ids = []
    for text, first, name in zip(key, order, rows["name"], strict=True):
        tries = (_digest(f"{text}\n{number}") for number in count(first))
        ids.append(next(one for one in tries if one not in ids and known.get(one, name) == name))
    return pd.Series(ids, rows.index, dtype="str")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
