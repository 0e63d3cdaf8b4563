"""Meetings write their notes into the case files; packs tell nobody's name; maps owe nothing."""

import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pytest
import streamlit as st
from docx import Document
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import holdings, reads
from dashboard.desks import documents as documents_desk
from dashboard.desks import leaving as leaving_desk
from dashboard.leaving import Manner
from dashboard.reports import casepack
from dashboard.reports.audience import paper_for
from dashboard.reports.blocks import Picture, Table
from dashboard.reports.casepack import Wish, draft_packs, render_one
from dashboard.reports.mappicture import (
    DPI,
    PAPERS,
    SCREEN_PX,
    Wanted,
    draw_picture,
    extent_at,
    title_of,
)
from dashboard.reports.meeting import Meeting, draft_minutes
from dashboard.view import PAPERS as KINDS
from dashboard.view import View
from geodata import CaseEvent, Scope, open_cases, open_city
from geodata.case_file import reviews_of
from geodata.errors import ExportHeld
from geodata.gazetteer import read_gazetteer
from geodata.sample import SAMPLE_ON
from geodata.store import NewEntry
from layers.disclosure import check_export, context_for
from layers.disclosure.release_book import kept_releases
from layers.drawing.webmap import Position
from layers.situation import NO_CROWD
from tests.dashboard.test_case_file import MAIN

CITY = open_city()
NOTED_ON = date(2025, 11, 27)
"""The day of a note that the demonstration has, on the first case of Xigu."""

TOLD = ("LZ-XG-2025-001", "LZ-AN-2025-001", "LZ-CG-2025-002")


@pytest.fixture(scope="module")
def state(sample):
    """The demonstration as it is seen from its own day; nobody here writes to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIM_DATA_FOLDER", str(sample))
        st.cache_resource.clear()
        yield reads.data_state()
        st.cache_resource.clear()


def named(language="zh"):
    return reads.naming(language)


def meeting_on(day, state, cases=TOLD):
    return documents_desk.meeting_of(View(told=cases, meeting=day), state)


# ------------------------------------------------------------------------------- meetings


def test_a_meeting_knows_what_was_reviewed_on_its_day(state):
    meeting = meeting_on(NOTED_ON, state)
    assert [one.id for one in meeting.cases] == list(TOLD)
    assert meeting.reviewed == {"LZ-XG-2025-001"}
    assert not meeting_on(date(2025, 11, 28), state).reviewed


def test_the_first_case_that_is_not_reviewed_is_open_unless_another_is_asked_for(state):
    meeting = meeting_on(NOTED_ON, state)
    assert meeting.open_case("").id == TOLD[1]
    assert meeting.open_case(TOLD[2]).id == TOLD[2]
    assert meeting.next_waiting(meeting.cases[2]) == TOLD[1]
    assert [meeting.beside(meeting.cases[0], step) for step in (-1, 1)] == ["", TOLD[1]]


def test_a_meeting_without_chosen_cases_goes_through_the_scope_in_administrative_order(state):
    view = View(scope=Scope(jurisdictions=frozenset({"LZ-XG", "LZ-CG"})))
    offices = [one.jurisdiction for one in documents_desk.meeting_of(view, state).cases]
    assert offices == ["LZ-CG"] * 3 + ["LZ-XG"] * 3


def test_a_meeting_of_nothing_has_no_case(state):
    assert Meeting(SAMPLE_ON, (), SAMPLE_ON).open_case("LZ-XG-2025-001") is None


def test_the_minutes_hold_the_notes_of_the_day_and_what_is_still_to_be_corrected(state):
    meeting = documents_desk.meeting_of(View(meeting=NOTED_ON), state)
    paper = draft_minutes(meeting, named(), reads.imprint(state))
    text = "\n".join(paper.texts())
    assert "列入案件26件，已评1件，录入评查意见1条" in text
    assert list(paper.headings(2)) == ["督促整治电动汽车充电设施行政公益诉讼案（LZ-XG-2025-001）"]
    due = [one for one in paper.tables() if one.head[-1] == "改正情况"]
    waiting = [
        one
        for case in meeting.cases
        for one in reviews_of(case, SAMPLE_ON)
        if one.correction and not one.answered_on
    ]
    days = [row[3] for row in due[0].rows]
    assert len(days) == len(waiting)
    assert days == sorted(days)


def test_the_workbook_of_notes_opens_with_each_note_and_its_state(state):
    meeting = meeting_on(NOTED_ON, state, ("LZ-QLH-2025-001", "LZ-XG-2025-001"))
    book = openpyxl.load_workbook(
        BytesIO(documents_desk.notes_workbook(meeting, named(), reads.imprint(state)))
    )
    rows = list(book.worksheets[0].values)
    assert [row[0] for row in rows[1:]] == ["LZ-QLH-2025-001", "LZ-XG-2025-001"]
    states = [row[-1] for row in rows[1:]]
    assert states[0].startswith("✓ 已改正")
    assert states[1].startswith("○ 待改正")


def opened(**query):
    at = AppTest.from_file(MAIN, default_timeout=90)
    at.query_params.update({"screen": "documents", **query})
    at.run()
    assert not at.exception
    return at


@pytest.mark.parametrize("paper", KINDS)
def test_every_part_shows(state, paper):
    at = opened(paper=paper, cases=",".join(TOLD), lang="en" if paper == "review" else "zh")
    assert not at.error


@pytest.mark.parametrize("query", [{"paper": "review", "meeting": "0001-01-01"},
                                   {"paper": "review", "meeting": "9999-12-31"},
                                   {"paper": "brief", "period": "0001-01-01..9999-12-31"},
                                   {"paper": "pack", "cases": "NO-SUCH-CASE"}])  # fmt: skip
def test_an_address_from_far_away_does_no_harm(state, query):
    opened(**query)


def test_a_note_of_the_meeting_is_written_into_the_case_file(data):
    st.cache_resource.clear()
    day = SAMPLE_ON.isoformat()
    at = opened(paper="review", cases=",".join(TOLD), meeting=day, sel="case:LZ-CG-2025-002")
    stem = f"meeting-0-LZ-CG-2025-002-{day}"
    for name, text in (
        ("merits", "现场实测扎实"),
        ("problems", "未附坡道照片"),
        ("correction", "补照片"),
    ):
        at.text_area(f"{stem}-{name}").input(text)
    at.text_input(f"{stem}-responsible").input("检察官助理")
    at.button(f"{stem}-enter").click().run()
    assert [one.value for one in at.error], "nobody had said who writes"
    at.text_input("writer").input("点评人甲").run()
    at.button(f"{stem}-enter").click().run()
    assert not at.exception
    assert [one.value for one in at.success]
    case = open_cases(f"sqlite:{data / 'cases.sqlite'}").get("LZ-CG-2025-002")
    (note,) = reviews_of(case, SAMPLE_ON)
    assert (note.merits, note.problems, note.correction) == (
        "现场实测扎实",
        "未附坡道照片",
        "补照片",
    )
    assert (note.by, note.on, note.responsible) == ("点评人甲", SAMPLE_ON, "检察官助理")
    assert documents_desk.meeting_of(
        View(told=TOLD, meeting=SAMPLE_ON), reads.data_state()
    ).reviewed == {"LZ-CG-2025-002"}
    st.cache_resource.clear()


def test_a_note_on_a_case_that_others_have_changed_meanwhile_is_refused(data):
    st.cache_resource.clear()
    day = SAMPLE_ON.isoformat()
    at = opened(paper="review", cases=",".join(TOLD), meeting=day, sel="case:LZ-CG-2025-002")
    at.text_input("writer").input("点评人甲").run()
    store = open_cases(f"sqlite:{data / 'cases.sqlite'}")
    seen = store.get("LZ-CG-2025-002").revision
    others = CaseEvent("joint_inspection", SAMPLE_ON, datetime(2026, 1, 2, tzinfo=UTC), "乙")
    store.write([NewEntry("LZ-CG-2025-002", others, seen)])
    stem = f"meeting-0-LZ-CG-2025-002-{day}"
    for name in ("merits", "problems"):
        at.text_area(f"{stem}-{name}").input("好")
    at.button(f"{stem}-enter").click().run()
    assert not at.exception
    assert [one.value for one in at.warning]
    assert not reviews_of(store.get("LZ-CG-2025-002"), SAMPLE_ON)
    assert at.text_area(f"{stem}-merits").value == "好"
    st.cache_resource.clear()


# ---------------------------------------------------------------------------------- packs


@pytest.fixture(scope="module")
def cases(state):
    return meeting_on(SAMPLE_ON, state).cases


@pytest.fixture(scope="module")
def blind(state, cases):
    """Three cases as a blind pack by a seed, in one file."""
    return documents_desk.make_pack(cases, Wish(seed="梅花"), named(), state, is_zip=False)


def packed(state, cases, wish):
    refs = tuple(one for case in cases for one in documents_desk._refs(case, state))
    return draft_packs(
        cases,
        named(),
        reads.imprint(state),
        wish,
        features=reads.features_named(refs, state.as_of, state.revision),
        places=read_gazetteer(CITY.id).places,
    )


def xml_of(content):
    with zipfile.ZipFile(BytesIO(content)) as package:
        return "\n".join(
            package.read(one).decode("utf-8", "replace")
            for one in package.namelist()
            if one.endswith((".xml", ".rels"))
        )


def test_a_blind_pack_names_no_office_district_agency_or_case(blind):
    text = xml_of(blind.content)
    for one in CITY.jurisdictions:
        assert one.short.zh not in text
        assert one.id not in text
    for word in ("兰州", "Lanzhou", "城关区住建局", "西固城街道", *TOLD):
        assert word not in text


def test_a_blind_pack_has_no_map_and_one_that_is_not_blind_has_one_a_case(state, cases, blind):
    assert not Document(BytesIO(blind.content)).inline_shapes
    plain = documents_desk.make_pack(cases[:1], Wish(is_blind=False), named(), state, is_zip=False)
    assert len(Document(BytesIO(plain.content)).inline_shapes) == 1
    assert plain.key == b""


def test_the_same_seed_gives_the_same_pack_and_another_seed_another_order(state, cases):
    first, again, other = (packed(state, cases, Wish(seed=one)) for one in ("梅", "梅", "兰花"))
    assert first.papers == again.papers
    orders = {packed(state, cases, Wish(seed=str(n))).case_ids for n in range(6)}
    assert len(orders) > 1
    assert first.aliases.table() != other.aliases.table()


def test_the_order_of_the_cases_that_come_in_tells_nothing(state, cases):
    turned = tuple(reversed(cases))
    seed = Wish(seed="竹")
    assert packed(state, cases, seed).case_ids == packed(state, turned, seed).case_ids


def test_a_seed_is_made_where_none_is_given_and_told(state, cases, blind):
    made = documents_desk.make_pack(cases[:1], Wish(), named(), state, is_zip=False)
    assert len(made.seed) >= 10
    assert blind.seed == ""
    assert made.seed not in xml_of(made.content)


def test_further_words_are_hidden_and_quoted_ones_are_pointed_out(state, cases, blind):
    assert any("白凤桃" in one for one in blind.suspects)
    wish = Wish(seed="菊", extra=("白凤桃",))
    more = documents_desk.make_pack(cases, wish, named(), state, is_zip=False)
    assert "白凤桃" not in xml_of(more.content)


def test_the_key_says_who_became_what_and_is_not_in_the_file(blind):
    key = blind.key.decode("utf-8-sig")
    assert all(one in key for one in TOLD)
    assert "兰州市西固区人民检察院" in key
    assert "案例01" in key
    assert len(key.splitlines()) > len(TOLD) + 1


def test_a_pack_in_which_a_name_is_left_is_held_back(state, cases, monkeypatch):
    monkeypatch.setattr(casepack, "_hidden", lambda paper, *_: paper)
    with pytest.raises(ExportHeld):
        documents_desk.make_pack(cases[:1], Wish(seed="x"), named(), state, is_zip=False)


def test_the_elements_stand_blank_unless_the_record_is_asked_for(state, cases):
    station = [one for one in cases if one.id == "LZ-XG-2025-001"]

    def states(with_assessment):
        (paper,) = packed(state, station, Wish(seed="x", with_assessment=with_assessment)).papers
        table = next(one for one in paper.tables() if one.head[1:2] == ("审查要问的",))
        return [row[2] for row in table.rows]

    assert states(with_assessment=False) == [""] * 4
    assert states(with_assessment=True) == ["● 具备", "◐ 部分具备", "● 具备", "● 具备"]


def test_the_sheet_of_comments_is_blank_and_has_neither_points_nor_a_sum(state, cases):
    paper = packed(state, cases, Wish(seed="x")).papers[0]
    sheet = [one for one in paper.tables() if one.is_form and one.head[-1:] == ("意见",)]
    assert [row[-1] for row in sheet[0].rows] == [""] * len(sheet[0].rows)
    assert "分值" in "".join(paper.texts())
    assert not any("合计" in one or "总分" in one for one in paper.texts())


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["zh", "en"])
def test_all_cases_of_the_city_become_a_blind_zip(state, language):
    every = documents_desk.chosen_cases(View(), state)
    pack = documents_desk.make_pack(every, Wish(seed="x"), named(language), state, is_zip=True)
    with zipfile.ZipFile(BytesIO(pack.content)) as package:
        files = package.namelist()
        assert len(files) == len(every) == 26
        for one in files:
            text = xml_of(package.read(one))
            assert not [j.id for j in CITY.jurisdictions if j.short.zh in text or j.id in text]


def test_packs_of_several_cases_begin_on_pages_of_their_own(state, cases):
    content = render_one(packed(state, cases, Wish(seed="x")), "题包")
    assert len(Document(BytesIO(content)).sections) == 1 + 3 * 2 + 2


# ----------------------------------------------------------------------------------- maps


def test_papers_are_as_large_as_they_say_at_300_pixels_an_inch():
    for name, (wide_mm, high_mm) in {"a4": (297, 210), "a3": (420, 297)}.items():
        paper = PAPERS[name]
        assert abs(paper.width_px - wide_mm / 25.4 * DPI) < 1
        assert abs(paper.height_px - high_mm / 25.4 * DPI) < 1
    assert PAPERS["wide"].width_px / PAPERS["wide"].height_px == pytest.approx(16 / 9)


def test_a_map_is_a_png_of_that_size_and_tells_nothing_of_the_machine(state):
    scope = Scope(jurisdictions=frozenset({"LZ-XG"}))
    seen = reads.situation(scope, state.as_of, state.revision)
    facts = {"names": named(), "imprint": reads.imprint(state), "scope": scope}
    png = draw_picture(
        seen, Wanted("a4", "screen"), **facts, colour_by="overdue", at=Position(11, 36.1, 103.6)
    )
    with Image.open(BytesIO(png)) as picture:
        assert picture.size == (3508, 2480)
        assert [round(one) for one in picture.info["dpi"]] == [300, 300]
        assert set(picture.info) <= {"dpi"}


def test_what_the_screen_shows_is_framed_as_wide_as_the_screen():
    west, south, east, north = extent_at(Position(10, 36.0, 103.8))
    assert (west + east) / 2 == pytest.approx(103.8)
    assert (south + north) / 2 == pytest.approx(36.0)
    assert (east - west) * 256 * 2**10 / 360 == pytest.approx(SCREEN_PX[0])
    near = extent_at(Position(11, 36.0, 103.8))
    assert near[2] - near[0] == pytest.approx((east - west) / 2)


def test_the_title_of_a_map_says_whose_it_is_and_what_is_not_drawn(state):
    seen = reads.situation(Scope(), state.as_of, state.revision)
    assert title_of(seen, named(), Scope()) == "兰州市公益诉讼隐患与案件"
    scope = Scope(jurisdictions=frozenset({"LZ-XG"}), text="站")
    assert title_of(seen, named(), scope) == "西固公益诉讼隐患与案件（按筛选条件）"
    crowd = NO_CROWD.copy()
    crowd.loc[0, ["layer", "count"]] = ["parcels", 12_000]
    assert "另有 12,000 处" in title_of(replace(seen, crowd=crowd), named(), Scope())


def test_the_pictures_of_papers_are_described_in_words(state):
    paper = documents_desk.brief_paper("LZ-XG", (date(2025, 1, 1), date(2025, 12, 31)), state, "zh")
    (picture,) = [one for one in paper.blocks if isinstance(one, Picture)]
    assert "审图号" in picture.described
    assert not [one for one in paper.tables() if isinstance(one, Table) and one.caption]


def test_the_cases_told_as_typical_stand_in_the_address_and_only_of_the_office(state):
    at = opened(typical="LZ-XG-2025-002,LZ-YZ-2025-001", offices="LZ-XG")
    assert at.multiselect("papers-typical").value == ["LZ-XG-2025-002"]
    assert not opened(offices="LZ-XG").multiselect("papers-typical").value


# ------------------------------------------------------------------------------ the way out

YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def papers_of(state, language):
    meeting = documents_desk.meeting_of(View(), state)
    imprint = reads.imprint(state)
    return (
        documents_desk.yearly_paper("LZ-XG", YEAR, state, language, ("LZ-XG-2025-001",)),
        documents_desk.brief_paper("LZ-XG", YEAR, state, language),
        documents_desk.minutes_paper(meeting, named(language), imprint),
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "manner",
    [Manner(), Manner("system"), Manner("outside"), Manner("outside", is_blind=True, seed="a")],
    ids=lambda one: f"{one.audience}{one.is_blind}",
)
def test_a_paper_made_for_somebody_passes_the_check_for_them(state, manner, language):
    aliases = leaving_desk.aliases_of(state.revision, (), manner.is_blind, manner.seed, ())
    for paper in papers_of(state, language):
        told = paper_for(paper, manner, aliases)
        content = documents_desk.render(told)
        assert check_export(content, "a.docx", context_of(manner, aliases)) == ()
        assert (told == paper) or not manner.is_inside
        assert (told != paper) or manner.is_internal


def test_a_paper_of_the_inside_does_not_pass_for_outside_and_says_which_names_it_tells(state):
    manner = Manner("outside")
    aliases = leaving_desk.aliases_of(state.revision, (), manner.is_blind, "", ())
    content = documents_desk.render(papers_of(state, "zh")[0])
    found = check_export(content, "a.docx", context_of(manner, aliases))
    assert {"name", "mark_internal"} <= {one.kind for one in found}


def test_a_map_for_outside_is_coarse_and_not_marked_for_the_inside(state):
    seen = reads.situation(Scope(), state.as_of, state.revision)
    inside, outside = (
        documents_desk.map_picture(
            seen, Wanted(), named(), View(), state, manner=Manner(audience), at=None
        )
        for audience in ("internal", "outside")
    )
    assert inside != outside


@pytest.mark.usefixtures("data")
def test_a_paper_is_had_only_once_its_release_is_written_down():
    at = opened(paper="brief", offices="LZ-XG")
    assert at.button("make-paper").disabled, "nobody has signed"
    at.text_input("writer").set_value("王某").run()
    at.button("make-paper").click().run()
    assert not at.exception
    (kept,) = kept_releases(holdings.journal())
    assert (kept.who, kept.audience, kept.is_overruled) == ("王某", "internal", False)
    assert kept.name.endswith(".docx")


def context_of(manner, aliases):
    return context_for(manner.audience, holdings.city(), aliases, is_demonstration=True)
