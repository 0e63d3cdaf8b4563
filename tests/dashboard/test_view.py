"""A link passes on the whole view, and a link with nonsense in it does no harm."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.view import PAPERS, SCREENS, Ignored, Known, View, parse_view, write_view
from geodata import Scope
from layers.dossier import FILTERS
from layers.drawing.symbols import COLOUR_BY
from layers.drawing.webmap import Position
from layers.rule import SEVERITIES

KNOWN = Known(
    jurisdictions=("LZ-CG", "LZ-YD", "LZ-XQ"),
    layers=("charging_stations", "river_segments"),
    hazard_kinds=("unfiled", "pile"),
    fields=("work_safety", "state_property"),
    indicators=("cases_overdue", "reply_rate"),
    rule_sets=("cn-2021", "cn-draft-2026"),
    models=("yards_on_farmland",),
)


def subsets(known):
    return st.frozensets(st.sampled_from(list(known)))


def degrees(limit):
    return st.integers(-limit * 10**5, limit * 10**5).map(lambda n: n / 10**5)


rings = st.one_of(
    st.just(()),
    st.lists(st.tuples(degrees(180), degrees(90)), min_size=3, max_size=12).map(tuple),
)
near_days = st.dates(date(1990, 1, 1), date(2099, 12, 31))
words = st.text(max_size=40).map(str.strip)
scopes = st.builds(
    Scope,
    jurisdictions=subsets(KNOWN.jurisdictions),
    layers=subsets(KNOWN.layers),
    hazard_kinds=subsets(KNOWN.hazard_kinds),
    stage_groups=subsets(KNOWN.groups),
    fields=subsets(KNOWN.fields),
    from_on=st.none() | st.dates(),
    to_on=st.none() | st.dates(),
    text=words,
    within=rings,
)
views = st.builds(
    View,
    screen=st.sampled_from(SCREENS),
    scope=scopes,
    language=st.sampled_from(["zh", "en"]),
    colour_by=st.sampled_from(COLOUR_BY),
    model=st.sampled_from(["", *KNOWN.models]),
    severities=subsets(SEVERITIES),
    standing=st.sampled_from(FILTERS),
    finding=st.sampled_from(["", "0123456789abcdef"]),
    plan=st.sampled_from(["", "2025-12-18-01", "2025-12-18-1234"]),
    lead=st.sampled_from(["", "2025-12-18-01"]),
    batch=st.sampled_from(["", "LZ-CG-QD2025-001"]),
    inspection=st.sampled_from(["", "LZ-CG-JC2025-001"]),
    item=st.integers(0, 10**8),
    paper=st.sampled_from(PAPERS),
    typical=st.lists(st.sampled_from(["LZ-CG-2025-001", "LZ-1"]), unique=True).map(tuple),
    meeting=st.none() | st.dates(),
    selected=st.sampled_from(["", "case:LZ-CG-2025-001", "charging_stations:7"]),
    listed=st.sampled_from(["", *KNOWN.indicators]),
    shortlist=st.lists(
        st.sampled_from(["charging_stations:1", "river_segments:2"]), unique=True
    ).map(tuple),
    told=st.lists(st.sampled_from(["LZ-CG-2025-001", "兰检〔2025〕3号"]), unique=True).map(tuple),
    day=st.none() | st.dates(),
    known_on=st.none() | st.dates(),
    period=st.none() | st.tuples(near_days, near_days).map(sorted).map(tuple),
    rule_set=st.sampled_from(["", *KNOWN.rule_sets]),
    at=st.none() | st.builds(
        Position,
        zoom=st.integers(4, 72).map(lambda n: n / 4),
        lat=degrees(85),
        lon=degrees(180),
    ),
)  # fmt: skip


@given(views)
def test_every_view_comes_back_from_its_own_address(view):
    assert parse_view(write_view(view), KNOWN) == (view, ())


def test_the_default_view_has_an_empty_address():
    assert write_view(View()) == {}
    assert parse_view({}, KNOWN) == (View(), ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offices", "LZ-ZZ"),
        ("layers", "dragons"),
        ("lang", "fr"),
        ("by", "rank"),
        ("screen", "../secrets"),
        ("plan", "../2025"),
        ("paper", "secret"),
        ("typical", "../etc"),
        ("meeting", "yesterday"),
        ("period", "0001-01-01..2025-12-31"),
        ("from", "yesterday"),
        ("to", "2025-13-01"),
        ("within", "1,2;3"),
        ("within", "1,2;3,4"),
        ("within", "999,2;3,4;5,6"),
        ("within", "nan,2;3,4;5,6"),
        ("at", "twelve/36/103"),
        ("at", "99/36/103"),
        ("at", "inf/36/103"),
        ("sel", "no-colon"),
        ("day", "tomorrow"),
        ("known", "2025-02-30"),
        ("period", "2025-01-01"),
        ("period", "2025-02-01..2025-01-01"),
        ("rules", "cn-1950"),
        ("list", "secrets"),
        ("stops", "nonsense"),
        ("cases", "LZ-CG-2025-001,<b>"),
        ("item", "0"),
        ("item", "-7"),
        ("item", "٣"),
        ("password", "1234"),
        ("from", "<script>alert(1)</script>"),
    ],
)
def test_nonsense_opens_the_default_view_and_is_named(name, value):
    view, ignored = parse_view({name: value}, KNOWN)
    assert view == View()
    assert ignored == (Ignored(name, value),)


def test_what_is_understood_stands_although_something_beside_it_is_not():
    view, ignored = parse_view({"offices": "LZ-YD,LZ-QQ", "to": "2025-06-30"}, KNOWN)
    assert view.scope == Scope(jurisdictions=frozenset({"LZ-YD"}), to_on=date(2025, 6, 30))
    assert ignored == (Ignored("offices", "LZ-QQ"),)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30), max_size=6))
def test_no_address_whatever_raises(params):
    parse_view(params, KNOWN)


def test_the_address_holds_ids_and_no_words_of_a_language():
    view = View(scope=Scope(jurisdictions=frozenset({"LZ-CG"})), language="en")
    assert write_view(view) == {"lang": "en", "offices": "LZ-CG"}
