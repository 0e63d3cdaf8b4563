"""Ground on farmland judged by hand, and its areas against a calculation of another kind."""

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.crs import GEOD
from geodata.errors import BadParameter
from layers.catalog import find_rule
from layers.land_classes import classes_of, kinds_of
from layers.reasons import explain
from tests.layers.valley import box, day, ground, rows_of, run_rule, said

MU = 10_000 / 15
LEAST_AGREEMENT = 1e-6


def yard(place, **cells):
    told = {"id": "Y", "name": "某堆场", "place": place, "seen_on": day("2025-05-29")}
    return told | cells


def parcel(number, code, place, **cells):
    return {"id": f"P{number}", "class_code": code, "place": place} | cells


def judged(yards, parcels, basic=(), numbers=None, **kwargs):
    lists = {"yards": yards, "land_parcels": parcels}
    if basic:
        lists["permanent_farmland"] = [
            {"id": f"B{number}", "place": place} for number, place in enumerate(basic)
        ]
    return run_rule("yards_on_farmland", lists, numbers, **kwargs)


def facts(run):
    return dict(run.findings[0].facts)


def strip(mu, at=0.0):
    """Return a strip 100 m wide and of so many mu, to the right of a place."""
    return box(at, 0, at + mu * MU / 100, 100)


# ------------------------------------------------------------------ thresholds as flags

BASIC = {"is_permanent_basic_farmland": True}
CASES = [
    # what, parcels as (code, mu, cells), flags
    ("cultivated below the line", [("0103", 9.9, {})], set()),
    ("cultivated at the line", [("0103", 10.01, {})], {"cultivated_check"}),
    ("permanent at five mu", [("0102", 5.01, BASIC)], {"permanent_check"}),
    ("permanent and other are not added", [("0102", 4.9, BASIC), ("0103", 9.9, {})], set()),
    ("two classes of cultivated land are", [("0102", 6, {}), ("0103", 6, {})],
     {"cultivated_check"}),
    ("grassland below twenty", [("0401", 19.9, {})], set()),
    ("grassland of three classes", [("0401", 7, {}), ("0402", 7, {}), ("0403", 7, {})],
     {"grassland_check"}),
    ("other grassland is none", [("0404", 30, {})], None),
    ("built-up land is none", [("05", 30, {})], None),
    ("garden land has no line", [("0201", 30, {})], set()),
    ("public-benefit forest", [("0301", 5.01, {"forest_category": "public_benefit"})],
     {"forest_public_check"}),
    ("commercial forest below ten", [("0301", 9.9, {"forest_category": "commercial"})], set()),
    ("commercial forest at ten", [("03", 10.01, {"forest_category": "commercial"})],
     {"forest_commercial_check"}),
    ("forest of unknown category", [("0301", 5.01, {})], {"forest_check"}),
    ("a parcel without a class", [("0103", 2, {}), ("", 3, {})], {"class_unstated"}),
    ("0403 of the classes of 2023 is other grassland",
     [("0403", 30, {"class_scheme": "land_sea_2023"})], None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "flags"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_thresholds_are_flags_by_kind_of_land(parts, flags):
    parcels, at = [], 0.0
    for number, (code, mu, cells) in enumerate(parts):
        parcels.append(parcel(number, code, strip(mu, at), **cells))
        at += mu * MU / 100
    run = judged([yard(box(0, 0, at, 100))], parcels)
    assert said(run) == ([] if flags is None else [("occupied", flags)])


def test_each_class_stands_with_its_area_and_what_is_no_farmland_apart():
    run = judged(
        [yard(box(0, 0, 300, 100))],
        [
            parcel(1, "0102", box(-50, -50, 80, 150), **BASIC),
            parcel(2, "0103", box(80, -50, 200, 150)),
            parcel(3, "0401", box(200, -50, 250, 150)),
            parcel(4, "05", box(250, -50, 280, 150)),
        ],
    )
    told = facts(run)
    hand = {
        "yard_m2": 30_000,
        "occupied_m2": 25_000,
        "permanent_m2": 8000,
        "cultivated_m2": 12_000,
        "grassland_m2": 5000,
        "class_0102_m2": 8000,
        "class_0103_m2": 12_000,
        "class_0401_m2": 5000,
        "not_farmland_m2": 3000,
        "without_parcel_m2": 2000,
        "parcels_overlap_m2": 0,
    }
    assert {name: told[name] for name in hand} == pytest.approx(hand, abs=0.3)
    assert told["classes"] == "0102;0103;0401"
    words = explain(run.findings[0], find_rule("yards_on_farmland"), run.numbers, "zh")
    assert "37.50 亩" in words[0]
    assert "水浇地、旱地、天然牧草地" in words[0]


@pytest.mark.parametrize("flag", [one.id for one in find_rule("yards_on_farmland").outcomes])
def test_no_sentence_speaks_of_a_crime_but_to_say_that_none_is_found(flag):
    why = find_rule("yards_on_farmland").outcome(flag).why
    assert "构成" not in why.zh
    if flag.endswith("_check") and flag != "approval_check":
        assert "核" in why.zh
    if "犯罪" in why.zh:
        assert "不等于认定犯罪" in why.zh
        assert "no verdict" in why.en


# ------------------------------------------------------------------- what is stated


@pytest.mark.parametrize(
    ("punished", "seen", "mu", "flags"),
    [
        ("2023-11-02", "2025-05-29", 12, {"grassland_again_check"}),
        ("2022-05-29", "2025-05-29", 12, {"grassland_again_check"}),
        ("2022-05-28", "2025-05-29", 12, set()),
        ("2025-06-01", "2025-05-29", 12, set()),
        ("2023-11-02", "2025-05-29", 9.9, set()),
        ("2023-11-02", "2025-05-29", 21, {"grassland_check"}),
        (None, "2025-05-29", 12, set()),
    ],
)
def test_ten_mu_of_grassland_count_where_a_punishment_was_less_than_three_years_before(
    punished, seen, mu, flags
):
    place = strip(mu)
    cells = {"punished_on": punished and day(punished), "seen_on": day(seen)}
    run = judged([yard(place, **cells)], [parcel(1, "0401", place)])
    assert said(run) == [("occupied", flags)]


def test_the_day_of_the_run_counts_only_where_no_day_of_imagery_is_stated():
    place = strip(12)
    seen = yard(place, punished_on=day("2023-01-10"))
    unseen = seen | {"seen_on": None}
    for told, later in ((seen, {"grassland_again_check"}), (unseen, set())):
        first = judged([told], [parcel(1, "0401", place)], as_of=date(2025, 12, 17))
        second = judged([told], [parcel(1, "0401", place)], as_of=date(2026, 3, 1))
        assert said(first) == [("occupied", {"grassland_again_check"})]
        assert said(second) == [("occupied", later)]
        assert first.findings[0].facts == second.findings[0].facts


@pytest.mark.parametrize(
    ("stated", "flags"),
    [
        (15, set()),
        (15.7, set()),
        (15.9, {"stated_differs"}),
        (14.2, {"stated_differs"}),
        (9, set()),
    ],
)
def test_the_stated_area_is_held_against_the_outline_and_what_is_farmland(stated, flags):
    # The outline has 15 mu, of which 9 are farmland.
    run = judged([yard(strip(15), area_mu_stated=stated)], [parcel(1, "0103", strip(9))])
    assert said(run) == [("occupied", flags)]


@pytest.mark.parametrize(
    ("restored", "flags", "remaining"),
    [(None, set(), None), (1000, {"restored"}, 3000), (4500, {"restored_more"}, 0)],
)
def test_what_is_restored_leaves_the_rest(restored, flags, remaining):
    place = box(0, 0, 40, 100)
    run = judged([yard(place, restored_area_m2=restored)], [parcel(1, "0103", place)])
    assert said(run) == [("occupied", flags)]
    told = facts(run)["remaining_m2"]
    assert told is None if remaining is None else told == pytest.approx(remaining, abs=0.01)


def test_a_stated_approval_is_to_be_checked_and_acquits_nobody():
    place = strip(11)
    run = judged([yard(place, approved_no="某号")], [parcel(1, "0103", place)])
    assert said(run) == [("occupied", {"cultivated_check", "approval_check"})]


# ---------------------------------------------- permanent farmland, parcels drawn twice


def test_permanent_farmland_may_come_as_outlines_of_its_own():
    place = box(0, 0, 100, 100)
    run = judged([yard(place)], [parcel(1, "0103", place)], [box(60, -10, 300, 300)])
    told = facts(run)
    assert told["permanent_m2"] == pytest.approx(4000, abs=0.01)
    assert told["cultivated_m2"] == pytest.approx(6000, abs=0.01)
    assert told["occupied_m2"] == pytest.approx(10_000, abs=0.01)
    assert told["class_0103_m2"] == pytest.approx(10_000, abs=0.01)
    assert said(run) == [("occupied", {"permanent_check"})]
    assert [row.id for row in run.findings[0].rows] == ["Y", "P1", "B0"]


def test_column_and_outlines_of_permanent_farmland_count_once_together():
    place = box(0, 0, 100, 100)
    flagged = parcel(1, "0103", box(0, 0, 50, 100), **BASIC)
    run = judged([yard(place)], [flagged, parcel(2, "0103", box(50, 0, 100, 100))],
                 [box(30, 0, 70, 100), box(60, 0, 70, 100)])  # fmt: skip
    told = facts(run)
    assert told["permanent_m2"] == pytest.approx(7000, abs=0.01)
    assert told["cultivated_m2"] == pytest.approx(3000, abs=0.01)
    assert told["parcels_overlap_m2"] == 0


def test_outlines_of_permanent_farmland_count_where_no_parcel_lies():
    run = judged(
        [yard(box(0, 0, 100, 100))],
        [parcel(1, "05", box(500, 0, 600, 100))],
        [box(0, 0, 50, 100)],
    )
    told = facts(run)
    assert told["permanent_m2"] == told["occupied_m2"] == pytest.approx(5000, abs=0.01)
    assert told["class_other_m2"] == pytest.approx(5000, abs=0.01)


def test_parcels_that_overlap_are_counted_once_and_said():
    run = judged(
        [yard(box(0, 0, 100, 100))],
        [parcel(1, "0103", box(0, 0, 60, 100)), parcel(2, "0102", box(50, 0, 100, 100))],
    )
    told = facts(run)
    assert told["parcels_overlap_m2"] == pytest.approx(1000, abs=0.01)
    assert told["occupied_m2"] == told["cultivated_m2"] == pytest.approx(10_000, abs=0.01)
    assert told["class_0102_m2"] + told["class_0103_m2"] == pytest.approx(11_000, abs=0.01)
    assert said(run) == [("occupied", {"cultivated_check", "parcels_overlap"})]


def test_the_same_rule_judges_other_polygons():
    place = strip(11)
    lists = {
        "solid_waste": [{"id": "G", "name": "某处", "place": place}],
        "land_parcels": [parcel(1, "0103", place)],
    }
    run = run_rule("waste_on_farmland", lists)
    assert said(run) == [("occupied", {"cultivated_check"})]
    assert run.findings[0].fact("stated_mu") is None


def test_little_ground_is_no_finding_by_the_parameter_and_bounds_are_named():
    place = box(0, 0, 4, 4)
    assert said(judged([yard(place)], [parcel(1, "0103", place)])) == []
    assert said(judged([yard(place)], [parcel(1, "0103", place)], numbers={"least_m2": 10})) != []
    with pytest.raises(BadParameter) as refused:
        judged([yard(place)], [parcel(1, "0103", place)], numbers={"punished_years": 11})
    assert refused.value.facts["maximum"] == 10


def test_old_parcels_stop_the_rule():
    place = strip(11)
    run = judged([yard(place)], [parcel(1, "0103", place)], data_on=date(2023, 12, 1))
    assert not run.has_run
    assert {one.reason for one in run.lacks if one.is_required} == {"old"}


def test_codes_of_other_schemes_and_finer_codes_keep_their_meaning():
    rows = rows_of(
        "land_parcels",
        *(
            parcel(number, code, None, class_scheme=scheme)
            for number, (code, scheme) in enumerate(
                [
                    ("0402", ""),
                    ("0402", "land_sea_2023"),
                    ("0403", "land_sea_2023"),
                    ("0301", ""),
                    ("01", ""),
                    ("1109", ""),
                ]
            )
        ),
    )
    assert list(classes_of(rows)) == ["0402", "0403", "0404", "03", "other", "other"]
    assert list(kinds_of(rows)) == ["grassland", "grassland", "", "forest", "cultivated", ""]


# ------------------------------------------------- another calculation, and properties


def geodesic_m2(shape):
    """Return the area by integrating along geodesics: nothing of the equal-area plane in it."""
    area = abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0])
    assert np.isfinite(area)
    return area


def dense(shape):
    """Return a shape of metres in degrees, corners 5 m apart: what is straight does not matter."""
    return ground(shapely.segmentize(shape, 5))


@st.composite
def layouts(draw):
    """Draw a yard with holes or several parts, over a grid of parcels that share their edges."""
    turn = draw(st.floats(0, 90))
    cell = draw(st.floats(40, 90))
    far = draw(st.floats(-40_000, 40_000))
    whole = shapely.box(*(draw(st.floats(0, 60)) for _ in "xy"), 170, 160)
    hole = shapely.box(70, 70, 70 + draw(st.floats(5, 60)), 70 + draw(st.floats(5, 60)))
    parts = [whole.difference(hole) if draw(st.booleans()) else whole]
    if draw(st.booleans()):
        parts.append(shapely.box(200, 20, 200 + draw(st.floats(5, 80)), 120))
    yard_shape = shapely.transform(
        shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0],
        lambda xy: xy + np.array([far, 0]),
    )
    cells = [
        (column, row, shapely.box(column * cell, row * cell, (column + 1) * cell, (row + 1) * cell))
        for column in range(-2, 6)
        for row in range(-2, 5)
    ]
    codes = draw(
        st.lists(st.sampled_from(["0101", "0103", "0401", "05"]), min_size=len(cells),
                 max_size=len(cells))
    )  # fmt: skip
    moved = [
        (code, shapely.transform(turned(shape, turn), lambda xy: xy + np.array([far, 0])))
        for code, (_, _, shape) in zip(codes, cells, strict=True)
    ]
    return yard_shape, moved


def turned(shape, degrees):
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return shapely.transform(shape, lambda xy: xy @ matrix.T)


@given(layouts(), st.booleans())
@settings(max_examples=20, deadline=None)
def test_areas_agree_with_an_independent_calculation_to_a_millionth(layout, with_basic):
    yard_shape, cells = layout
    place = dense(yard_shape)
    parcels = [(code, dense(shape)) for code, shape in cells]
    basic = [dense(yard_shape.buffer(-12, join_style="mitre"))] if with_basic else []
    run = judged(
        [yard(place)],
        [parcel(number, code, shape) for number, (code, shape) in enumerate(parcels)],
        [one for one in basic if not one.is_empty],
        numbers={"least_m2": 0},
    )
    told = facts(run) if run.findings else {}
    by_class = {
        code: shapely.intersection(place, shapely.union_all([s for c, s in parcels if c == code]))
        for code in ("0101", "0103", "0401")
    }
    for code, shape in by_class.items():
        want = geodesic_m2(shape)
        # Facts are rounded to a hundredth of a square metre.
        assert told.get(f"class_{code}_m2", 0.0) == pytest.approx(
            want, rel=LEAST_AGREEMENT, abs=0.006
        )
    farmland = shapely.union_all([*by_class.values(), *basic])
    assert told.get("occupied_m2", 0.0) == pytest.approx(
        geodesic_m2(shapely.intersection(place, farmland)), rel=LEAST_AGREEMENT, abs=0.006
    )
    permanent = geodesic_m2(shapely.union_all(basic)) if with_basic else 0.0
    assert told.get("permanent_m2", 0.0) == pytest.approx(permanent, rel=LEAST_AGREEMENT, abs=0.006)


@given(
    st.lists(st.tuples(st.floats(-900, 900), st.floats(300, 900), st.floats(5, 200)), max_size=5)
)
@settings(max_examples=8, deadline=None)
def test_more_yards_and_parcels_elsewhere_never_take_a_finding_away(others):
    place = strip(11)
    usual = judged([yard(place)], [parcel(1, "0103", place)])
    shapes = [box(x, y, x + side, y + side) for x, y, side in others]
    found = judged(
        [yard(place), *(yard(one, id=f"M{number}") for number, one in enumerate(shapes))],
        [parcel(1, "0103", place), *(parcel(n, "0103", one) for n, one in enumerate(shapes, 2))],
    )
    assert set(usual.findings) <= set(found.findings)
    assert gpd.GeoSeries(shapes).size == len(others)
