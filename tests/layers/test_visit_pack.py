"""A visit pack is one file: everything inside, nothing asked for, nothing that breaks out."""

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

import layers.visit_pack as module
from dashboard.words.visit_pack import pack_words
from layers.visit_pack import (
    ChecklistMissing,
    NothingToVisit,
    RepeatedStops,
    TooFewOfficers,
    build_pack,
    pack_id,
    vectors_around,
)
from tests.layers import visit_days
from tests.layers.visit_days import RIVER, STATION, a_plan, checklists, data_of, vectors

MB = 1024 * 1024
SCRIPT = "\n".join((module.FOLDER / name).read_text("utf-8") for name in module.SCRIPTS)


def a_pack(plan=None, language="zh"):
    plan = plan or a_plan()
    return build_pack(plan, checklists(), vectors(plan), pack_words(), language)


def test_a_pack_forbids_itself_every_request():
    page = a_pack().decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert not re.search(r"https?:|connect-src", policy)
    assert not re.search(r'(src|href)="', page.partition('id="pack">')[0])
    addresses = set(re.findall(r"https?://[^\"'`\s]+", SCRIPT))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, never fetched


def test_script_and_style_are_those_the_policy_names():
    page = a_pack().decode()
    for tag in ("script", "style"):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page


def test_a_name_can_not_end_the_data():
    page = a_pack()
    assert page.count(b"</script>") == 2
    assert data_of(page)["stops"][0]["name"] == "</script><b>虚构</b>站"


def test_a_pack_carries_plan_cards_checklists_and_the_mark():
    data = data_of(a_pack())
    assert data["identity"] == {
        "id": pack_id(a_plan()),
        "plan_id": "plan-1",
        "version": "1",
        "team": "A",
        "day": "2025-12-18",
        "data_revision": "r7",
    }
    assert [stop["ref"] for stop in data["stops"]] == [STATION, RIVER, visit_days.RELIC]
    assert data["stops"][0]["facts"] == [
        [{"zh": "隐患", "en": "Hazards"}, {"zh": "未备案", "en": "Not filed"}]
    ]
    assert set(data["checklists"]) == set(visit_days.LAYERS)
    assert any("虚构" in mark for mark in data["marks"]["zh"])
    assert any("invented" in mark for mark in data["marks"]["en"])
    assert "2025-12-17" in data["imprint"]["zh"]


def test_the_same_plan_is_the_same_pack_and_any_change_another():
    plan = a_plan()
    assert a_pack(plan) == a_pack(a_plan())
    first, *others = plan.stops
    changed = (
        replace(plan, version=2),
        replace(plan, officers=("甲", "丙")),
        replace(plan, stops=(replace(first, known=(("status", "closed"),)), *others)),
        replace(plan, stops=tuple(others)),
    )
    assert len({pack_id(one) for one in (plan, *changed)}) == 5


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        (a_plan(officers=("甲",)), TooFewOfficers),
        (a_plan(officers=("甲", "甲")), TooFewOfficers),
        (a_plan(officers=("甲", " ")), TooFewOfficers),
        (replace(a_plan(), stops=()), NothingToVisit),
        (replace(a_plan(), stops=a_plan().stops * 2), RepeatedStops),
    ],
)
def test_what_can_not_be_visited_is_no_pack(plan, error):
    with pytest.raises(error):
        build_pack(plan, checklists(), vectors(a_plan()), pack_words(), "zh")


def test_a_stop_without_a_checklist_is_named():
    plan = a_plan(stops=(visit_days.stop("elsewhere:1", 1, "x", None),))
    with pytest.raises(ChecklistMissing) as missing:
        build_pack(plan, checklists(), vectors(plan), pack_words(), "zh")
    assert missing.value.facts == {"layer": "elsewhere", "ref": "elsewhere:1"}


def test_the_map_holds_what_is_around_the_stops_and_no_more():
    drawn = vectors_around([(103.62, 36.1), (103.64, 36.11)], names={})
    assert drawn.box == (103.59, 36.07, 103.67, 36.14)
    assert drawn.outlines
    assert drawn.rivers
    west, south, east, north = drawn.box
    for shape in (*drawn.outlines, *drawn.rivers):
        for lon, lat in (corner for line in shape.lines for corner in line):
            assert west - 0.0801 <= lon <= east + 0.0801
            assert south - 0.0801 <= lat <= north + 0.0801


def test_without_a_placed_stop_the_whole_city_is_drawn():
    drawn = vectors_around([None], names={})
    assert len(drawn.outlines) == 8
    assert drawn.box[0] < 102.7
    assert drawn.box[2] > 104.5


def test_a_pack_of_45_stops_is_under_five_megabytes():
    stops = tuple(
        visit_days.stop(f"charging_stations:S{n}", n, f"站{n}", (103.6 + n / 500, 36.1))
        for n in range(1, 46)
    )
    assert len(a_pack(a_plan(stops=stops))) < 5 * MB


def test_every_word_that_the_page_asks_for_is_there_in_both_languages():
    asked = set(re.findall(r'say\("(\w+)"', SCRIPT))
    computed = {
        one.replace("${", "").partition("$")[0] for one in re.findall(r"say\(`(\w+)\$", SCRIPT)
    }
    codes = set(re.findall(r'return "(\w+)";', SCRIPT.partition("function wrongNumber")[2][:600]))
    for words in pack_words().values():
        assert asked | {"not_a_number", "not_whole", "out_of_bounds"} <= set(words)
        for start in computed:
            assert [key for key in words if key.startswith(start)], start
    idle = {
        key
        for key in pack_words()["zh"]
        if key not in asked
        and not any(key.startswith(start) for start in computed)
        and f'"{key}"' not in SCRIPT
    }
    assert idle <= {"title", "memory", "secondary"}
    assert codes <= set(pack_words()["zh"])


def test_the_browser_files_stand_beside_the_module():
    assert {path.suffix for path in Path(module.FOLDER).glob("*.*")} <= {".js", ".css", ".py"}
