"""The table of rights: what it says, and what may never follow from it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.doors import access
from dashboard.doors.access import (
    NOBODY,
    Visitor,
    acts,
    may,
    may_change,
    offices_seen,
    roles,
    screens_of,
)
from dashboard.doors.rights_page import rights_tables
from dashboard.view import SCREENS
from geodata import load_rule_set, open_city
from geodata.model import Title

OFFICES = open_city().jurisdiction_ids
WRITES = sorted(acts().keys() - access.READING)
DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"

visitors = st.builds(
    Visitor,
    account=st.just("one"),
    name=st.just("某人"),
    role=st.sampled_from([*roles(), "", "king"]),
    office=st.sampled_from([*OFFICES, "", "LZ"]),
)
whose = st.sampled_from([*OFFICES, "", "外地:某县人民检察院"])


def test_every_line_of_the_table_says_what_it_rests_on_and_how_sure_that_is():
    for one in [*roles().values(), *acts().values()]:
        assert one.basis
        assert one.certainty in {"C", "P"}
        assert isinstance(one.title, Title)
        assert one.title.zh != one.title.en


def test_the_table_names_roles_and_screens_that_there_are():
    assert {screen for one in roles().values() for screen in one.screens} == set(SCREENS)
    assert {role for one in acts().values() for role in one.reach} <= set(roles())
    assert {reach for one in acts().values() for reach in one.reach.values()} <= {
        "own", "shared", "all", "self",
    }  # fmt: skip
    assert not any("shared" in acts()[act].reach.values() for act in WRITES)


@given(visitors, st.sampled_from(sorted(acts())), whose)
def test_only_who_reaches_all_may_do_anything_for_another_office(visitor, act, office):
    if may(visitor, act, office):
        assert office
        assert office == visitor.office or acts()[act].reach[visitor.role] == "all"
        assert may(visitor, act)


@given(visitors, whose)
def test_whoever_may_change_something_of_an_office_sees_it(visitor, office):
    if may_change(visitor, office):
        seen = offices_seen(visitor)
        assert seen is None or office in seen


@given(visitors)
def test_who_has_no_role_of_the_table_has_nothing(visitor):
    if visitor.role not in roles():
        assert offices_seen(visitor) == frozenset()
        assert screens_of(visitor) == ()
        assert not any(may(visitor, act, office) for act in acts() for office in OFFICES)


def test_nobody_sees_and_does_nothing():
    assert not NOBODY.is_known
    assert offices_seen(NOBODY) == frozenset()
    assert not any(may(NOBODY, act) for act in acts())


@pytest.mark.parametrize("role", ["supervisor", "guest"])
def test_who_comes_from_outside_has_no_screen_and_no_act(role):
    visitor = Visitor("a", "b", role, "LZ-XG")
    assert screens_of(visitor) == ()
    assert not any(may(visitor, act) for act in acts())


def test_a_volunteer_has_one_page_and_acts_for_nobody_but_themselves():
    volunteer = Visitor("a", "b", "volunteer", "LZ-XG")
    assert screens_of(volunteer) == ("volunteer",)
    own = {act for act in acts() if may(volunteer, act)}
    assert own == {"submit_leads", "answer_invitations"}
    assert not any(may(volunteer, act, office) for act in acts() for office in OFFICES)
    assert not any(offices_seen(volunteer, act) for act in acts())
    assert not any(may_change(volunteer, office) for office in OFFICES)


def test_on_ones_own_machine_everything_may_be_done():
    here = Visitor("a", "b", "own_machine")
    assert set(screens_of(here)) == set(SCREENS)
    assert all(may(here, act, office) for act in acts() for office in OFFICES)


def test_an_assistant_enters_and_does_not_decide():
    rules = load_rule_set("cn-2021")
    assistant = Visitor("a", "b", "assistant", "LZ-XG")
    assert access.act_of_entry("investigation", rules) == "enter"
    assert access.act_of_entry("filing_approval", rules) == "decide"
    assert access.act_of_entry("review_noted", rules) == "review"
    assert may(assistant, "enter", "LZ-XG")
    assert not may(assistant, "decide", "LZ-XG")
    assert may(Visitor(role="committee_member", office="LZ-XG"), "review", "LZ-XG")
    assert not may(Visitor(role="committee_member", office="LZ-XG"), "enter", "LZ-XG")


def test_the_table_in_the_documentation_is_that_of_the_code():
    text = DOCUMENT.read_text("utf-8")
    for language in ("zh", "en"):
        assert rights_tables(language) in text, "dashboard.doors.rights_page prints it anew"


def test_the_document_names_a_test_for_each_promise():
    root = DOCUMENT.parents[1]
    named = set(re.findall(r"tests/[\w/]+\.py", DOCUMENT.read_text("utf-8")))
    assert named
    assert [one for one in sorted(named) if not (root / one).is_file()] == []
