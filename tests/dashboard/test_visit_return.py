"""The screen of returns: what came home beside the office, decided, written, and once alone."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import holdings
from dashboard.actions import cases as case_actions
from dashboard.actions import returns as return_actions
from dashboard.desks import returns as return_desk
from dashboard.text import all_words, say_error
from geodata import RevisionNote
from geodata.errors import NotAllowed
from layers import visit_book
from layers.return_pack import BrokenReturn, Conflict, ForeignReturn
from tests.layers.test_visit_writing import STATION, a_pack, a_return
from tests.layers.visit_days import a_plan

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
every_language = pytest.mark.parametrize("language", ["zh", "en"])


def taken(file, name="return.zip"):
    return return_desk.read_taken(name, io.BytesIO(file))


def opened(*files, language="zh", writer="王某", **kept):
    """Return the screen of returns with files on the desk, as a visitor would have dropped them."""
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.query_params.update({"screen": "site_visits", "lang": language})
    at.session_state["kept.visits_part"] = "return"
    at.session_state["kept.writer"] = writer
    at.session_state["kept.returns"] = files
    for name, value in kept.items():
        at.session_state[f"kept.{name}"] = value
    at.run()
    assert not at.exception
    return at


def text_of(at):
    kinds = ("markdown", "caption", "info", "warning", "error", "success")
    said = [str(one.value) for kind in kinds for one in at.get(kind)]
    said += [str(getattr(one.proto, "body", "")) for one in at.get("html")]
    return "\n".join(said).replace("\\", "")


def word(key, language="zh", **facts):
    return all_words(language)[f"visit_return.{key}"].format(**facts)


def write_button(at):
    return next(one for one in at.button if one.key == "return-write")


def change_the_office(**columns):
    features, _ = holdings.stores()
    rows = features.rows("charging_stations", ["XG-CS-035"])
    for name, value in columns.items():
        rows[name] = [value]
    note = RevisionNote("乙", "改", datetime(2025, 12, 19, tzinfo=UTC))
    features.write("charging_stations", rows, note)


@every_language
def test_what_came_home_stands_beside_what_the_office_knows(data, language):
    plan = a_pack(return_desk.shelves())
    at = opened(taken(a_return(plan)), language=language)
    said = text_of(at)
    assert word("whole", language, count=6) in said
    assert word("visited", language, visited=2, all=2) in said
    assert "2025-12-18" in said
    assert word("inquest", language) in said
    assert word("note.no_photo", language, value="x.jpg") in said
    assert not at.radio
    assert not write_button(at).disabled


def test_a_return_is_written_from_the_screen_and_again_changes_nothing(data):
    plan = a_pack(return_desk.shelves())
    file = taken(a_return(plan))
    at = opened(file)
    write_button(at).click().run()
    assert not at.exception
    assert not at.error
    said = text_of(at)
    assert word("all_written") in said
    assert word("left.whole_case") in said
    features, cases = holdings.stores()
    row = features.rows("charging_stations", ["XG-CS-035"]).iloc[0]
    assert row["verified_on"] == date(2025, 12, 18)
    assert cases.get("LZ-XG-2025-001").events[-1].kind == "site_inquest"
    items = holdings.evidence().items(case="LZ-XG-2025-001")
    assert len([one for one in items if one.facts.origin.startswith("visit:")]) == 5
    before = (features.revision(), cases.revision(), holdings.journal().head())
    again = opened(taken(a_return(plan), "again.zip"))
    assert word("all_written") in text_of(again)
    assert not [one for one in again.button if one.key == "return-write"]
    assert before == (features.revision(), cases.revision(), holdings.journal().head())
    case = next(one for one in again.button if one.key.endswith("-LZ-XG-2025-001"))
    case.click().run()
    assert again.session_state["view"].selected == "case:LZ-XG-2025-001"


def test_a_conflict_is_decided_by_a_person_before_the_button_works(data):
    plan = a_pack(return_desk.shelves())
    change_the_office(hazard_kinds="other")
    file = taken(a_return(plan))
    at = opened(file)
    (radio,) = at.radio
    assert radio.value is None
    assert write_button(at).disabled
    assert "≠" in text_of(at)
    radio.set_value("office").run()
    assert not write_button(at).disabled
    write_button(at).click().run()
    features, _ = holdings.stores()
    row = features.rows("charging_stations", ["XG-CS-035"]).iloc[0]
    assert row["verified_on"] is None
    assert word("written_by", who="王某", at="").rstrip("，") in text_of(at)


def test_a_decision_holds_for_what_the_office_knew_when_it_was_made(data):
    plan = a_pack(return_desk.shelves())
    change_the_office(hazard_kinds="other")
    at = opened(taken(a_return(plan)))
    at.radio[0].set_value("field").run()
    change_the_office(hazard_kinds="unfiled")
    before = holdings.journal().head()
    write_button(at).click().run()
    # What was asked is asked again, beside what the office knows by now.
    assert at.radio[0].value is None
    assert write_button(at).disabled
    assert holdings.journal().head() == before


def test_nobody_writes_without_a_name_or_for_an_office_that_is_not_theirs(data, monkeypatch):
    plan = a_pack(return_desk.shelves())
    at = opened(taken(a_return(plan)), writer="")
    assert write_button(at).disabled
    at = opened(taken(a_return(plan)))
    monkeypatch.setattr(case_actions, "may_write", lambda office: office != "LZ-QLH")
    write_button(at).click().run()
    refused = NotAllowed(who="王某", office="LZ-QLH")
    assert say_error(refused, "zh") in text_of(at)
    assert visit_book.done(holdings.journal()).ids == frozenset()


@every_language
def test_a_file_that_is_refused_says_why_and_is_put_away(data, language):
    a_pack(return_desk.shelves())
    foreign = a_return(replace(a_plan(), plan_id="elsewhere"))
    files = (taken(b"MZ", "x.zip"), taken(foreign, "y.zip"))
    assert isinstance(files[0].trouble, BrokenReturn)
    assert isinstance(files[1].trouble, ForeignReturn)
    at = opened(*files, language=language)
    assert len(at.error) == 2
    assert "x.zip" in text_of(at)
    assert "elsewhere" in text_of(at)
    next(one for one in at.button if one.key.startswith("return-away")).click().run()
    assert len(at.error) == 1


def test_the_same_conflict_on_several_stops_is_decided_at_once(data):
    plan = a_pack(return_desk.shelves())
    a_pack(return_desk.shelves(), version=2)
    at = opened()
    assert at.get("html")
    assert word("out") in text_of(at)
    at = opened(taken(a_return(plan)))
    assert len(at.radio) == 2
    alike = [one for one in at.button if one.key.startswith("return-alike")]
    assert len(alike) == 3
    alike[0].click().run()
    assert [one.value for one in at.radio] == ["field", "field"]
    assert not write_button(at).disabled


def test_photographs_are_shown_when_somebody_asks_and_many_stops_by_pages(data, monkeypatch):
    plan = a_pack(return_desk.shelves())
    monkeypatch.setattr("dashboard.panels.visits.returns.MOST_STOPS", 1)
    change_the_office(hazard_kinds="other")
    at = opened(taken(a_return(plan, results=("found", "found"))))
    assert len(at.radio) == 1
    assert not at.get("image")
    (photos,) = at.toggle
    photos.set_value(True).run()
    assert not at.exception
    assert len(at.get("image")) == 1
    (pages,) = [one for one in at.button_group if one.key.startswith("return-page")]
    pages.set_value(1).run()
    assert not at.exception
    assert not at.radio


def test_a_writing_that_broke_off_says_who_decided_and_is_carried_on(data):
    plan = a_pack(return_desk.shelves())
    change_the_office(hazard_kinds="other")
    file = taken(a_return(plan))
    home = return_desk.hold_against(file.returned, return_desk.shelves())
    stop = home.returned.stops[0]
    decided = visit_book.Decided(
        f"plan-1|A|2025-12-18|{STATION}", STATION, stop.sha256, "", "office", {}
    )
    at_ = datetime(2025, 12, 19, 1, tzinfo=UTC)
    holdings.journal().append([visit_book.decided_draft(decided, "李某", at_)])
    at = opened(file)
    assert not at.radio
    facts = {"who": "李某", "at": "2025-12-19 09:00", "choice": word("choice.office")}
    assert word("begun", **facts) in text_of(at)
    write_button(at).click().run()
    assert len(visit_book.written(holdings.journal())) == 2


def test_several_files_lie_on_the_desk_each_content_once(data, monkeypatch):
    plan = a_pack(return_desk.shelves())
    file = a_return(plan)
    state = {}
    monkeypatch.setattr("streamlit.session_state", state)
    return_actions.take([("a.zip", io.BytesIO(file)), ("b.zip", io.BytesIO(file))])
    return_actions.take([("c.zip", io.BytesIO(file[:-9]))])
    assert [one.name for one in state["kept.returns"]] == ["a.zip", "c.zip"]
    one, other = Conflict("a:1", "gone"), Conflict("a:2", "gone")
    return_actions.choose("d", [one, other], "field")
    return_actions.choose("d", [other], "skip")
    return_actions.choose("d", [one], None)
    assert state["kept.return_choices"] == {"d": {"a:2|gone=": "skip"}}
    return_actions.put_away(state["kept.returns"][0].digest)
    assert [one.name for one in state["kept.returns"]] == ["c.zip"]
