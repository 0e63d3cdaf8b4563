"""Checklists are data: what each layer asks, what an answer proves, as XLSForm and back."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pyxform.xls2xform import convert

from geodata.model import Title
from layers.catalog import all_layers, find_layer, layer_ids
from layers.checklists import (
    BrokenChecklist,
    Checklist,
    Choice,
    Question,
    Section,
    known_layers,
    parse_checklist,
    read_checklist,
)
from layers.law import Law
from layers.xlsform import BrokenForm, Unread, read_form, render_form

OWN = ("charging_stations", "occupied_farmland", "river_segments", "water_supply_points")

PLAIN = """
version = "1"
title = { zh = "甲", en = "A" }
[laws]
L1 = { zh = "法", en = "Law", certainty = "memory" }
[section.one]
title = { zh = "一", en = "One" }
[section.one.questions]
depth = { zh = "深", en = "Depth", kind = "number", unit = "m", laws = ["L1"], proves = PROVES }
""".replace("PROVES", '{ zh = "深", en = "How deep" }')


def test_the_four_layers_of_the_evidence_list_have_questions_of_their_own():
    assert known_layers() == OWN
    assert set(OWN) <= set(layer_ids())


@pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.id)
def test_every_layer_has_result_two_officers_and_inquest_record(layer):
    checklist = read_checklist(layer.id)
    for name in ("result", "collector_1", "collector_2", "inquest_place", "course"):
        assert checklist.find(name).is_required
    assert [one.id for one in checklist.find("result").choices] == [
        "found",
        "not_found",
        "rectified",
        "relapsed",
        "no_access",
    ]
    assert "R36" in checklist.find("collector_2").laws
    assert "R42" in checklist.find("course").laws
    assert "R39" in checklist.find("inquest_place").laws


@pytest.mark.parametrize("layer", OWN)
def test_what_a_question_shows_is_a_hazard_kind_of_its_layer(layer):
    kinds = find_layer(layer).hazard_kinds
    shown = [one.shows for one in read_checklist(layer).questions if one.shows]
    assert shown
    assert set(shown) <= set(kinds)


def test_the_minimum_evidence_of_a_charging_station_is_asked_for():
    asked = {one.id: one for one in read_checklist("charging_stations").questions}
    sides = ("north", "east", "south", "west", "nameplate")
    assert all(asked[f"photo_{side}"].is_required for side in sides)
    assert asked["fire_distance"].kind == "distance"
    assert asked["fire_distance"].unit == "m"
    assert {"extinguisher_label", "filing_reply", "inspection_record", "operator_licence"} <= set(
        asked
    )


@pytest.mark.parametrize(
    ("before", "after", "place", "reason"),
    [
        ('kind = "number"', 'kind = "nubmer"', "depth", "unknown_kind"),
        ('unit = "m", ', "", "depth", "no_unit"),
        ('laws = ["L1"]', 'laws = ["L2"]', "depth", "unknown_law"),
        ('unit = "m"', 'unit = "m", minimum = 3, maximum = 2', "depth", "bounds"),
        ('unit = "m"', 'unit = "m", minimum = "3"', "depth", "no_number"),
        ('unit = "m"', 'unit = "m", choices = { a = { zh = "一", en = "a" } }', "depth", "choices"),
        ('unit = "m"', 'unit = "m", shows = "dig", when = "yes"', "depth", "shows"),
        ('unit = "m"', 'unit = "m", tool = "x"', "depth", "strange_word"),
        ('en = "Depth", ', "", "depth", "word_missing"),
        ('certainty = "memory"', 'certainty = "sure"', "laws.L1", "certainty"),
        ('version = "1"', "", "", "word_missing"),
        ('version = "1"', "version = ", "", "no_toml"),
    ],
)
def test_a_broken_checklist_says_where_and_why(before, after, place, reason):
    assert parse_checklist(PLAIN, "a")
    with pytest.raises(BrokenChecklist) as broken:
        parse_checklist(PLAIN.replace(before, after, 1), "a")
    assert broken.value.facts["place"] == place
    assert broken.value.facts["reason"] == reason


@pytest.mark.parametrize("layer", [*OWN, "relics"])
def test_our_forms_come_back_as_they_were(layer):
    back = read_form(render_form(read_checklist(layer)))
    assert back.unread == ()
    assert back.checklist == read_checklist(layer)


@pytest.mark.parametrize("layer", OWN)
def test_the_reader_of_odk_takes_our_forms(layer):
    form = convert(BytesIO(render_form(read_checklist(layer))), file_type=".xlsx", validate=False)
    for question in read_checklist(layer).questions:
        assert f"/{question.id}" in form.xform
    assert read_checklist(layer).title.zh in form.xform
    assert not [one for one in form.warnings if "pim_" in one]


words = st.text("abc 一二=-", min_size=1).map(lambda text: f"x{text}".strip())
titles = st.builds(Title, words, words)
numbers = st.integers(-10_000, 10_000).map(lambda whole: whole / 8)


@st.composite
def questions(draw, number):
    kind = draw(st.sampled_from(["yes_no", "number", "choice", "text", "photo", "distance"]))
    measured = kind in {"number", "distance"}
    low, high = sorted(draw(st.tuples(numbers, numbers))) if measured else (None, None)
    return Question(
        id=f"q{number}",
        title=draw(titles),
        kind=kind,
        proves=draw(titles),
        laws=("L1",) if draw(st.booleans()) else (),
        unit="m" if measured else "",
        minimum=draw(st.sampled_from([low, None])),
        maximum=draw(st.sampled_from([high, None])),
        is_whole=kind == "number" and draw(st.booleans()),
        choices=(Choice("a", draw(titles)), Choice("b", draw(titles))) if kind == "choice" else (),
        is_required=draw(st.booleans()),
        shows="dig" if kind == "yes_no" else "",
        shows_when=draw(st.sampled_from(["yes", "no"])) if kind == "yes_no" else "",
    )


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_checklist_comes_back_from_a_form(data):
    numbers_of = [range(2), range(2, 3)]
    sections = tuple(
        Section(f"s{at}", data.draw(titles), tuple(data.draw(questions(n)) for n in which))
        for at, which in enumerate(numbers_of)
    )
    law = Law(data.draw(titles), "secondary")
    checklist = Checklist("any", "7", data.draw(titles), {"L1": law}, sections)
    back = read_form(render_form(checklist))
    assert back.unread == ()
    assert back.checklist == checklist


def form(survey, choices=(), settings_=(("form_id",), ("foreign",))):
    book = Workbook()
    book.remove(book.active)
    for name, rows in {"survey": survey, "choices": choices, "settings": settings_}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_foreign_form_is_read_as_far_as_it_is_understood():
    read = read_form(
        form(
            [
                ("type", "name", "label::English", "label::French (fr)", "relevant", "constraint"),
                ("text", "Owner-name", "Owner", "Proprio", None, None),
                ("geopoint", "where", "Where", None, None, None),
                ("begin repeat", "tanks", "Tanks", None, None, None),
                ("decimal", "depth", "Depth", None, "${x} = 'y'", ". > 3"),
                ("end repeat", None, None, None, None, None),
                ("select_one yn", "ok", "OK?", None, None, None),
                ("select_one colour or_other", "paint", "Paint", None, None, None),
                ("select_one gone", "lost", "Lost", None, None, None),
                ("text", "Owner-name", "Again", None, None, None),
            ],
            [
                ("list_name", "name", "label::English"),
                ("yn", "yes", "Yes"),
                ("yn", "no", "No"),
                ("colour", "red", "Red"),
                ("colour", "red", "Redder"),
            ],
        )
    )
    kinds = [(one.id, one.kind) for one in read.checklist.questions]
    assert kinds == [
        ("Owner-name", "text"),
        ("ok", "yes_no"),
        ("paint", "choice"),
        ("depth", "number"),
    ]
    assert read.checklist.layer == "foreign"
    assert read.checklist.find("paint").title == Title("Paint", "Paint")
    assert set(read.unread) == {
        Unread("choices", 5, "name", "red", "twice"),
        Unread("survey", 2, "label::French (fr)", "Proprio", "language"),
        Unread("survey", 3, "type", "geopoint", "kind"),
        Unread("survey", 4, "type", "begin repeat", "repeat"),
        Unread("survey", 5, "constraint", ". > 3", "constraint"),
        Unread("survey", 5, "relevant", "${x} = 'y'", "column"),
        Unread("survey", 8, "type", "select_one colour or_other", "other"),
        Unread("survey", 9, "type", "select_one gone", "no_list"),
        Unread("survey", 10, "name", "Owner-name", "twice"),
    }


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "no_workbook"),
        (b"PK\x03\x04 cut off", "no_workbook"),
        (form([("type", "name"), ("note", "n")]), "no_question"),
    ],
)
def test_what_is_no_form_is_refused(file, reason):
    with pytest.raises(BrokenForm) as broken:
        read_form(file)
    assert broken.value.facts["reason"] == reason


def test_a_workbook_without_a_survey_names_its_sheets():
    book, file = Workbook(), BytesIO()
    book.active.title = "台账"
    book.save(file)
    with pytest.raises(BrokenForm) as broken:
        read_form(file.getvalue())
    assert broken.value.facts == {"reason": "no_sheet", "sheet": "survey", "value": "台账"}
