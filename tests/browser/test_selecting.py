"""Map, card and table belong together: what is picked in one is shown in the others."""

import pytest
from playwright.sync_api import expect

from geodata import load_rule_set
from geodata.sample import sample_features
from layers.catalog import find_layer
from tests.browser import demonstration

pytestmark = pytest.mark.browser


def link_to(ref, zoom=15):
    lon, lat = demonstration.place(ref)
    return f"/?at={zoom}/{lat:.5f}/{lon:.5f}"


def cases_of(ref):
    return [one for one in demonstration.cases() if ref in map(str, one.hazards)]


def test_a_click_on_a_station_opens_its_card_with_facts_cases_and_timeline(overview):
    ref = demonstration.loneliest("charging_stations")
    row = sample_features()["charging_stations"].set_index("id").loc[ref.partition(":")[2]]
    layer = find_layer("charging_stations")
    overview.open(link_to(ref))
    assert overview.map.point_at(ref) == f"{row['name']} · {layer.title.zh}"
    overview.map.click(ref)
    overview.wait_for_part("sel", ref)
    overview.map.wait("(ref) => gis.state.selected.includes(ref)", ref)
    card = overview.side
    expect(card.locator("h4").first).to_have_text(row["name"])
    facts = card.locator(".pim-card").first
    for text in (row.name, row["township"], row["source"], row["system_original"], "演示"):
        expect(facts).to_contain_text(text)
    for kind in row["hazard_kinds"].split(";"):
        expect(facts.locator(".pim-chip")).to_contain_text([layer.hazard_kinds[kind].zh])
    for column in layer.card_columns():
        expect(facts).to_contain_text(column.title.zh)
    expect(card).to_contain_text(layer.measuring.zh)
    (case,) = cases_of(ref)
    expect(card).to_contain_text(f"{case.title.zh} · {case.id}")
    moments = card.locator(".pim-line li time")
    expect(moments.first).to_have_text(case.events[0].occurred_on.isoformat())
    kinds = [load_rule_set().kind(event.kind) for event in case.events]
    titles = [kind.title.zh for kind in kinds if kind.category != "file"]
    expect(card.locator(".pim-line")).to_contain_text(titles[-1])


def test_the_way_back_from_a_card_leads_to_the_offices(overview):
    ref = demonstration.loneliest("charging_stations")
    overview.open(f"{link_to(ref)}&sel={ref}")
    expect(overview.side.locator("h4").first).to_be_visible()
    overview.button("close-card").click()
    expect(overview.offices.grid).to_be_attached()
    overview.wait_until_gone("sel")
    assert overview.map.selected() == set()


def test_a_case_picked_in_the_table_takes_the_map_to_its_hazards_and_rings_them(overview):
    overview.open()
    before = overview.map.view()
    case = case_of(overview.list.cell(0, 0))
    refs = {str(one) for one in case.hazards}
    assert refs <= demonstration.placed(), "the first case should have places only"
    overview.list.tick(0)
    overview.wait_for_part("sel", f"case:{case.id}")
    overview.map.wait("(count) => gis.state.selected.length === count", len(refs))
    assert overview.map.selected() == refs
    assert overview.map.view() != before
    for ref in refs:
        assert overview.map.shows(ref)
        assert overview.map.is_ringed(ref)
    expect(overview.side.locator("h4").first).to_have_text(case.title.zh)
    expect(overview.side.locator(".pim-line li").first).to_be_visible()


def case_of(case_id):
    return next(one for one in demonstration.cases() if one.id == case_id)
