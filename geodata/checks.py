"""Everything that is wrong with a table, all at once: row, column, value and reason.

Problems are facts without wording. An error keeps its row out, a warning goes in with it.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geodata.city import City
from geodata.coordinates import read_numbers
from geodata.crs import STORED, Box, area_of_use, geodesic_area_m2, to_stored
from geodata.errors import UnknownJurisdiction
from geodata.grid import ASK, NOWHERE, inner_places, look_up
from geodata.identity import key_of
from geodata.model import Title
from geodata.problems import Flags, Problem, in_order, problems_where
from geodata.rings import judge_rings
from geodata.schema import Column, Schema
from geodata.shape_checks import check_shapes, mend_rings
from geodata.unplaced import fill_names, name_places, say_unknown


@dataclass(frozen=True)
class Checked:
    """The rows that may be stored, and every problem by row.

    `good` holds the columns of the schema and the place in EPSG:4490, indexed by the row's
    number in the file. `areas_m2` are those of polygons, measured once for all who ask.
    """

    good: gpd.GeoDataFrame
    problems: tuple[Problem, ...]
    areas_m2: pd.Series | None = None

    @property
    def refused(self) -> tuple[int, ...]:
        """Return the numbers of the rows that stay out."""
        return tuple(sorted({one.row for one in self.problems if one.severity == "error"} - {0}))


def check(
    frame: gpd.GeoDataFrame,
    schema: Schema,
    *,
    system: str,
    city: City,
    outlines: gpd.GeoDataFrame,
    second_outlines: gpd.GeoDataFrame | None = None,
) -> Checked:
    """Return the good rows of a table and all its problems.

    `frame` bears columns of the schema by id with cells as the file has them, is indexed by
    row number, and holds places in the plain numbers of `system`, None where there is none;
    its column `place_original` says what stood there. `outlines` are those of the offices in
    EPSG:4490, column `office`, `second_outlines` those of another source, to say where the
    two disagree. Titles of codes are taken for codes.
    """
    has_places = schema.geometry != "none"
    given = _single_points(to_stored(frame.geometry, system))
    valid, areas = judge_rings(given.to_numpy(), measured=schema.geometry == "polygon")
    places, mended = mend_rings(given, valid)
    nowhere = gpd.GeoSeries([None] * len(frame), index=frame.index, crs=STORED)
    table = gpd.GeoDataFrame(geometry=places if has_places else nowhere)
    problems: list[Problem] = []
    blanks: dict[str, pd.Series] = {}
    for column in schema.columns:
        needed = _as_needed(column, schema)
        if column.id in frame or needed.required:
            raw = frame.get(column.id, pd.Series("", index=frame.index, dtype="str"))
            table[column.id], found = _check_column(raw, needed, city)
        else:
            table[column.id], found = _blank_column(frame.index, needed, city, blanks), []
        problems += found
    problems += _check_ids(table["id"])
    named, areas_m2 = pd.Series(dtype=object), None
    if has_places:
        nothing = places.isna().to_numpy() & (frame["place_original"] == "").to_numpy()
        named = name_places(table[nothing], city)
        valid[~valid] = shapely.is_valid(places.to_numpy()[~valid])  # those that were mended
        problems += _check_places(
            frame,
            places,
            schema,
            system,
            is_named=table.index.isin(named.index),
            is_valid=valid,
        )
    is_good = ~table.index.isin([one.row for one in problems])
    problems += [one for one in mended if has_places and is_good[table.index.get_loc(one.row)]]
    good = table.loc[is_good, [*(column.id for column in schema.columns), "geometry"]]
    if has_places:
        good = gpd.GeoDataFrame(fill_names(good, named), crs=STORED)
        problems += say_unknown(named[named.index.isin(good.index)])
        good, found = _settle_offices(good, frame["place_original"][is_good], city, outlines)
        if schema.geometry == "polygon":
            areas_m2 = _measured(good.geometry, areas[is_good])
        problems += [*found, *check_shapes(good, schema, second_outlines, areas_m2)]
    return Checked(good, in_order(problems), areas_m2)


def as_text(raw: pd.Series) -> pd.Series:
    """Return cells as trimmed text: blank for none, whole numbers without ".0", dates as ISO."""
    if isinstance(raw.dtype, pd.StringDtype):
        return raw.fillna("").str.strip()
    if raw.dtype == np.float64:
        numbers = raw.to_numpy()
        size = np.abs(numbers)
        if (np.isnan(numbers) | ((size >= LEAST) & (size < MOST)) | (size == 0)).all():
            # -0.0 becomes 0.0; the text is the shortest that gives the number back
            cells = pa.array(numbers + 0.0, from_pandas=True).cast(pa.string()).fill_null("")
            return pd.Series(cells.to_pandas().to_numpy(object), raw.index, dtype="str")
        return pd.Series([_float_as_text(one) for one in raw.tolist()], raw.index, dtype="str")
    return raw.map(_one_as_text).astype("str")


LEAST, MOST = 1e-4, 1e10
"""Between these no number is written with an exponent, by Python or by Arrow."""


# ---------------------------------------------------------------------- columns


def _check_column(raw: pd.Series, column: Column, city: City) -> tuple[pd.Series, list[Problem]]:
    """Return the values of one column in their own kind, and what is wrong with them."""
    text = as_text(raw)
    is_blank = (text == "").to_numpy()
    kind = "office" if column.id == "jurisdiction" else column.kind
    values, reason, facts = KINDS[kind](text, column, city)
    wrong = values.isna().to_numpy() & ~is_blank if reason else np.zeros(len(text), bool)
    problems = list(problems_where(wrong, column.id, text, reason, **facts))
    if column.required:
        problems += problems_where(is_blank, column.id, text, "missing")
    if kind in {"whole", "number"}:
        problems += _check_range(values, text, column)
    return _stored_form(values, kind), problems


def _blank_column(
    index: pd.Index, column: Column, city: City, known: dict[str, pd.Series]
) -> pd.Series:
    """Return a column that the file has not, blank in every row; those of a kind are made once."""
    if column.kind not in known:
        one, _ = _check_column(pd.Series([""], dtype="str"), column, city)
        known[column.kind] = one.take(np.zeros(len(index), np.intp)).set_axis(index)
    return known[column.kind]


def _measured(places: gpd.GeoSeries, known_m2: NDArray[np.float64]) -> pd.Series:
    """Return areas in square metres, measuring those that are not known."""
    unknown = np.isnan(known_m2)
    known_m2[unknown] = geodesic_area_m2(places[unknown])
    return pd.Series(known_m2, places.index)


def _by_text(text: pd.Series, judge: Callable[[str], object], dtype: str = "object") -> pd.Series:
    """Return what is made of each text; every distinct one is judged once."""
    codes, distinct = pd.factorize(text)
    judged = pd.Series([judge(one) for one in distinct], dtype=dtype)
    return judged.take(codes).set_axis(text.index)


def _check_range(values: pd.Series, text: pd.Series, column: Column) -> Iterator[Problem]:
    numbers = values.to_numpy(float, na_value=np.nan)
    limits = (
        ("below_minimum", np.less, column.minimum),
        ("above_maximum", np.greater, column.maximum),
    )
    for reason, is_beyond, limit in limits:
        if limit is not None:
            beyond = is_beyond(numbers, limit)
            yield from problems_where(beyond, column.id, text, reason, limit=f"{limit:g}")


Read = tuple[pd.Series, str, dict[str, str]]
"""Values (missing where blank or wrong), the reason if wrong, and what else is to be said."""


def _read_text(text: pd.Series, _column: Column, _city: City) -> Read:
    return text, "", {}


def _read_number(text: pd.Series, column: Column, _city: City) -> Read:
    numbers = read_numbers(text)
    if column.kind == "number":
        return numbers, "not_number", {}
    return numbers.where(numbers % 1 == 0), "not_whole", {}


DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?|(\d{4})(\d\d)(\d\d)")


def _read_date(text: pd.Series, _column: Column, _city: City) -> Read:
    return _by_text(text, _one_date), "not_date", {}


YES = frozenset({"是", "有", "yes", "y", "true", "t", "1", "√", "✓"})
NO = frozenset({"否", "无", "no", "n", "false", "f", "0", "×", "✗"})


def _read_yes_no(text: pd.Series, _column: Column, _city: City) -> Read:
    known = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
    return _by_text(text, lambda one: known.get(one.casefold()), "boolean"), "not_yes_no", {}


def _read_code(text: pd.Series, column: Column, _city: City) -> Read:
    known = _names_of_codes(column)
    codes = _by_text(text, lambda one: known.get(_plain(one), "" if one == "" else None), "str")
    return codes, "unknown_code", _known_codes(column)


def _read_codes(text: pd.Series, column: Column, _city: City) -> Read:
    known = _names_of_codes(column)

    def read(joined: str) -> str | None:
        parts = [_plain(part) for part in re.split(r"[;；,，、|]", joined) if part.strip()]
        codes = [known.get(part) for part in parts]
        return None if None in codes else ";".join(dict.fromkeys(code for code in codes if code))

    return _by_text(text, read, "str"), "unknown_code", _known_codes(column)


def _read_identity(text: pd.Series, _column: Column, _city: City) -> Read:
    return text.where(text.map(key_of) != "", None), "not_identity", {}


def _read_office(text: pd.Series, _column: Column, city: City) -> Read:
    def read(words: str) -> str | None:
        try:
            return city.find_jurisdiction(words) if words else ""
        except UnknownJurisdiction:
            return None

    known = _told_in_both({one.id: one.short for one in city.jurisdictions})
    return _by_text(text, read, "str"), "unknown_office", known


KINDS: dict[str, Callable[[pd.Series, Column, City], Read]] = {
    "text": _read_text,
    "whole": _read_number,
    "number": _read_number,
    "date": _read_date,
    "yes_no": _read_yes_no,
    "code": _read_code,
    "codes": _read_codes,
    "identity": _read_identity,
    "office": _read_office,
}


def _stored_form(values: pd.Series, kind: str) -> pd.Series:
    if kind == "whole":
        return values.astype("Int64")
    if kind == "date":
        return values.where(values.notna(), None)
    if kind in {"number", "yes_no"}:
        return values
    return values.fillna("").astype("str")


def _names_of_codes(column: Column) -> dict[str, str]:
    return {
        _plain(name): code
        for code, title in column.codes.items()
        for name in (title.en, title.zh, code)
    }


def _known_codes(column: Column) -> dict[str, str]:
    return _told_in_both(column.codes)


def _told_in_both(titles: Mapping[str, Title]) -> dict[str, str]:
    """Return ids with their names, as facts in Chinese (`known`) and in English (`known_en`)."""
    return {
        "known": ", ".join(f"{one} {title.zh}" for one, title in titles.items()),
        "known_en": ", ".join(f"{one} {title.en}" for one, title in titles.items()),
    }


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _one_date(text: str) -> date | None:
    found = DATE.fullmatch(unicodedata.normalize("NFKC", text))
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _one_as_text(cell: Any) -> str:
    if cell is None or (pd.api.types.is_scalar(cell) and pd.isna(cell)):
        return ""
    if isinstance(cell, float):
        return _float_as_text(cell)
    if isinstance(cell, datetime):
        is_day = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="seconds")
    return str(cell).strip()


def _float_as_text(number: float) -> str:
    if number.is_integer():
        return str(int(number))
    return "" if math.isnan(number) else str(number).strip()


def _check_ids(ids: pd.Series) -> Iterator[Problem]:
    again = ids[ids.duplicated() & (ids != "")]
    told_twice = ids[ids.isin(again.unique())].drop_duplicates()
    first = dict(zip(told_twice, told_twice.index.tolist(), strict=True))
    for row, text in zip(again.index.tolist(), again, strict=True):
        yield Problem(row, "id", text, "duplicate_id", (("first_row", str(first[text])),))


def _as_needed(column: Column, schema: Schema) -> Column:
    """Return the column, required where a layer without places could not be counted without it."""
    is_needed = schema.geometry == "none" and column.id in {"jurisdiction", "count"}
    return replace(column, required=True) if is_needed else column


# ----------------------------------------------------------------------- places

GEOMETRY_TYPES: dict[str, tuple[str, ...]] = {
    "point": ("Point",),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
    "any": ("Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
}
WORLD: Box = (-180.0, -90.0, 180.0, 90.0)  # west, south, east, north
CHINA: Box = (73.0, 3.0, 136.0, 54.0)
SYSTEM_SLACK_DEG = 3.0  # one survey zone serves a whole county, across the edge to the next
OUTLINE_SLACK_DEG = 0.001  # the outlines are simplified, about 100 m off


def _check_places(
    frame: gpd.GeoDataFrame,
    places: gpd.GeoSeries,
    schema: Schema,
    system: str,
    *,
    is_named: Flags,
    is_valid: Flags,
) -> Iterator[Problem]:
    """Yield at most one problem of each place, the gravest; a row that is named needs none."""
    said = frame["place_original"]
    is_missing = shapely.is_missing(places.to_numpy()) | places.is_empty.to_numpy()
    is_zero = (shapely.bounds(frame.geometry.to_numpy()) == 0).all(axis=1)
    boxes = shapely.bounds(places.to_numpy())
    kinds = places.geom_type.fillna("")
    findings: dict[str, tuple[Flags, pd.Series]] = {
        "place_unreadable": (is_missing & (said != "").to_numpy(), said),
        "place_missing": (is_missing, said),
        "wrong_geometry_kind": (~kinds.isin(GEOMETRY_TYPES[schema.geometry]).to_numpy(), kinds),
        "place_zero": (is_zero, said),
        "axes_swapped": (_look_swapped(frame.geometry, boxes, system), said),
        "outside_world": (~_within(boxes, WORLD), said),
        "outside_system": (~_within(boxes, _area_around(system)), said),
    }
    clear = ~is_named
    for reason, (wrong, values) in findings.items():
        yield from problems_where(wrong & clear, "geometry", values, reason, wanted=schema.geometry)
        clear &= ~wrong
    broken = places[clear & ~is_valid]
    for row, why in zip(broken.index.tolist(), shapely.is_valid_reason(broken), strict=True):
        yield Problem(row, "geometry", "", "geometry_invalid", (("why", why),))


def _area_around(system: str) -> Box:
    west, south, east, north = area_of_use(system) or WORLD
    margin = SYSTEM_SLACK_DEG
    return west - margin, south - margin, east + margin, north + margin


def _within(boxes: NDArray[np.float64], around: Box) -> Flags:
    """Return which boxes (places, 4) lie within another; NaN is what is nowhere, and never does."""
    west, south, east, north = around
    flags: Flags = (boxes[:, 0] >= west) & (boxes[:, 1] >= south)
    flags &= (boxes[:, 2] <= east) & (boxes[:, 3] <= north)
    return flags


def _look_swapped(given: gpd.GeoSeries, boxes: NDArray[np.float64], system: str) -> Flags:
    """Return where a place lies outside China, and inside once its two numbers change places."""
    flags = ~_within(boxes, CHINA) & ~shapely.is_missing(given.to_numpy())
    turned = shapely.transform(given[flags].to_numpy(), lambda x, y: (y, x), interleaved=False)
    turned = to_stored(gpd.GeoSeries(turned), system).to_numpy()
    flags[flags] = _within(shapely.bounds(turned), CHINA)
    return flags


def _single_points(places: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return places with every multipoint of one point as that point."""
    given = places.to_numpy()
    is_multipoint = shapely.get_type_id(given) == shapely.GeometryType.MULTIPOINT
    single = is_multipoint & (shapely.get_num_geometries(given) == 1)
    if not single.any():
        return places
    return places.mask(single, gpd.GeoSeries(shapely.get_geometry(given, 0), places.index, STORED))


def _settle_offices(
    good: gpd.GeoDataFrame, said: pd.Series, city: City, outlines: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Return rows with the office stated, or else that of the township or place, and the warnings.

    A row that no office answers for keeps a blank: it lies outside the city.
    """
    stated, found = good["jurisdiction"], find_offices(good.geometry, outlines)
    outlined = set(outlines["office"])
    towns = {
        town: one.id
        for one in city.jurisdictions
        if one.id not in outlined
        for town in one.townships
    }
    by_town = good["township"].map(towns).fillna("")
    settled = stated.where(stated != "", by_town.where(by_town != "", found))
    astray = stated.isin(outlined) & (stated != found) & good.geometry.notna()
    areas = outlines.set_index("office").geometry.reindex(stated[astray])
    shapely.prepare(outlines.geometry.to_numpy())
    near = shapely.dwithin(areas.to_numpy(), good.geometry[astray], OUTLINE_SLACK_DEG)
    astray[astray] = ~near
    problems = [
        Problem(row, "jurisdiction", stated[row], "outside_office", (("found", found[row]),))
        for row in good.index[astray].tolist()
    ]
    problems += problems_where((settled == "").to_numpy(), "geometry", said, "outside_city")
    return good.assign(jurisdiction=settled.astype("str")), problems


def find_offices(places: gpd.GeoSeries, outlines: gpd.GeoDataFrame) -> pd.Series:
    """Return the id of the office in whose outline each place lies, blank for none.

    A line belongs where most of it lies, any other place where a point inside it lies. Both
    in EPSG:4490; `outlines` has a column `office`.
    """
    shapes, areas = places.to_numpy(), outlines.geometry.to_numpy()
    told = look_up(shapes, areas)
    told[shapely.is_missing(shapes)] = NOWHERE
    names = np.array([*outlines["office"], ""], object)  # NOWHERE is the last
    offices = names[np.where(told == ASK, NOWHERE, told)]
    asked = np.flatnonzero(told == ASK)
    offices[asked] = _ask_areas(inner_places(shapes[asked]), areas, names)
    return pd.Series(offices, places.index, dtype="str")


def _ask_areas(
    given: NDArray[np.object_], areas: NDArray[np.object_], names: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return the name of the area that has most of each place, blank for none."""
    which, area = shapely.STRtree(areas).query(given, predicate="intersects")
    held = np.zeros(len(which))
    is_shared = np.bincount(which, minlength=len(given))[which] > 1
    parts = shapely.intersection(given[which[is_shared]], areas[area[is_shared]])
    held[is_shared] = shapely.length(parts)
    order = np.argsort(held, kind="stable")
    found = np.full(len(given), "", object)
    found[which[order]] = names[area[order]]  # the last one stays
    return found
