"""Every filter leaves on the map, in figures and in lists what the data say, until cleared."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import expect

from dashboard.panels.figures.indicator_row import figure
from geodata import Scope
from tests.browser import demonstration
from tests.browser.overview import Overview

pytestmark = pytest.mark.browser


def only(**ids: str) -> Scope:
    return Scope(**{name: frozenset(chosen.split()) for name, chosen in ids.items()})


def look_for(words: str) -> Callable[[Overview], None]:
    def act(overview):
        overview.keyed("filter-text").get_by_role("textbox").fill(words)
        overview.page.keyboard.press("Enter")

    return act


def pick(name: str, *titles: str) -> Callable[[Overview], None]:
    def act(overview):
        if name in {"hazard_kinds", "fields"}:
            overview.page.get_by_role("button", name="更多").click()
        overview.pick(name, *titles)

    return act


def write_days(first: str, last: str) -> Callable[[Overview], None]:
    def act(overview):
        overview.page.get_by_role("button", name="更多").click()
        for part, day in (("from", first), ("to", last)):
            overview.keyed(f"filter-{part}_on").get_by_role("spinbutton").first.focus()
            overview.page.keyboard.type(day.replace("-", ""))
            for _ in ("past the calendar", "out of the field"):
                overview.page.keyboard.press("Tab")
            overview.wait_for_part(part, day)
        overview.page.keyboard.press("Escape")

    return act


FILTERS = {
    "an office": (pick("jurisdictions", "西固"), only(jurisdictions="LZ-XG"), "offices"),
    "two layers": (
        pick("layers", "充电设施", "河道"),
        only(layers="charging_stations river_segments"),
        "layers",
    ),
    "a group of stages": (
        pick("stage_groups", "跟进审查"), only(stage_groups="follow_up"), "groups"),
    "hazards without a case": (
        pick("stage_groups", "尚无案件"), only(stage_groups="no_case"), "groups"),
    "a kind of hazard": (
        pick("hazard_kinds", "未配灭火器"), only(hazard_kinds="extinguisher_missing"), "kinds"),
    "a field of law": (pick("fields", "安全生产"), only(fields="work_safety"), "fields"),
    "days": (
        write_days("2025-03-01", "2025-06-30"),
        Scope(from_on=date(2025, 3, 1), to_on=date(2025, 6, 30)),
        "to",
    ),
    "words": (look_for("黄河"), Scope(text="黄河"), "q"),
}  # fmt: skip


OFTEN = {"two layers", "days"}
"""A list and a calendar; the others differ in the scope alone, of which tests without a browser
say what it leaves (test_view, test_indicators, test_sight)."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=() if one in OFTEN else pytest.mark.thorough) for one in FILTERS],
)
def test_a_filter_leaves_what_the_data_say_until_it_is_cleared(overview, name):
    act, scope, part = FILTERS[name]
    expected = demonstration.placed(scope)
    assert expected, "a filter that leaves nothing shows nothing"
    assert expected < demonstration.placed()
    overview.open()
    act(overview)
    overview.wait_for_part(part)
    overview.map.wait_for(expected)
    overview.settle()
    for indicator in demonstration.indicators(scope):
        assert overview.figure(indicator.id) == figure(indicator), indicator.id
    cases = len(demonstration.seen(scope).cases)
    expect(overview.list.box).to_have_count(1 if cases else 0)
    assert not cases or overview.list.rows() == cases
    overview.button("clear-filters").click()
    overview.wait_until_gone(part)
    overview.map.wait_for(demonstration.placed())


@pytest.mark.parametrize(
    "name", ["days", pytest.param("a kind of hazard", marks=pytest.mark.thorough)]
)
def test_a_filter_that_was_cleared_does_not_come_back_with_the_next_one(overview, name):
    act, _, part = FILTERS[name]
    overview.open()
    act(overview)
    overview.wait_for_part(part)
    overview.settle()
    overview.button("clear-filters").click()
    overview.wait_until_gone(part)
    FILTERS["words"][0](overview)
    overview.wait_for_part("q")
    overview.settle()
    assert overview.parts().keys() - {"at"} == {"q"}


def test_filters_work_together_and_what_fits_none_is_said_in_words(overview):
    overview.open("/?offices=LZ-XG&layers=charging_stations")
    both = only(jurisdictions="LZ-XG", layers="charging_stations")
    overview.map.wait_for(demonstration.placed(both))
    look_for("没有这样的名字")(overview)
    overview.map.wait_for(set())
    expect(overview.page.get_by_test_id("stAlert")).to_contain_text("当前筛选下没有案件")


@pytest.mark.parametrize(
    "colour",  # test_staying and test_links paint by hazard, too
    [pytest.param("hazard", marks=pytest.mark.thorough), "overdue"],
)
def test_the_colours_change_and_the_features_stay(overview, colour):
    overview.open()
    before = overview.map.colours()
    repaints = overview.map.repaints()
    overview.turn("colour", colour)
    overview.map.wait("(count) => gis.state.count > count", repaints)
    after = overview.map.colours()
    assert after.keys() == before.keys()
    assert after != before
    layers = {ref: ref.partition(":")[0] for ref in after}
    late = set(demonstration.seen().features.query("is_overdue")["ref"])
    kinds = {ref: layers[ref] if colour == "hazard" else ref in late for ref in after}
    pairs = {(kinds[ref], fill) for ref, fill in after.items()}
    assert len(pairs) == len({kind for kind, _ in pairs}), "one meaning, one colour"
