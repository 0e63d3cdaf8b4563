"""What one office must not learn of another through what both have a share in, and what it may."""

import shutil
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from dashboard import holdings, reads, session
from dashboard.actions import leaving as leaving_actions
from dashboard.actions.evidence import Handed, HandIn, keep_files
from dashboard.desks import findings as findings_desk
from dashboard.desks import intake as intake_desk
from dashboard.desks import leaving as leaving_desk
from dashboard.desks import returns as return_desk
from dashboard.desks import stories as story_desk
from dashboard.desks import visits as visit_desk
from dashboard.desks.dropped import Choices, Dropped
from dashboard.desks.evidence import purposes_of
from dashboard.desks.visit_packing import Outgoing, pack_plan
from dashboard.doors import guests, visitors
from dashboard.doors.access import Visitor
from dashboard.text import all_words
from geodata import CaseEvent
from geodata.commands_on_record import note_command
from geodata.errors import NotAllowed
from geodata.evidence_store import EvidenceFacts
from geodata.journal import Draft
from geodata.known_columns import KnownColumns, remember
from geodata.readers import read_table
from geodata.sample import SAMPLE_ON
from geodata.store import NewEntry
from layers.evidence_rows import GROUND
from layers.return_pack import issued_of
from layers.stories import StoryPlan
from layers.visit_book import PACK_ISSUED, issued_to_json
from tests.dashboard.test_sight import Model, come_as  # noqa: F401 - a fixture

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
CITY = Visitor("all", "市某", "city", "LZ", "accounts")


def of(office, role="prosecutor"):
    return Visitor(f"{role}-{office}", "某人", role, office, "accounts")


def link(case_id, ref):
    _, cases = holdings.stores()
    told = (("hazard", ref),)
    linked = CaseEvent("hazard_linked", date(2025, 12, 2), datetime.now(UTC), "某人", details=told)
    cases.write([NewEntry(case_id, linked, cases.get(case_id).revision)])


def a_station():
    return str(holdings.stores()[0].read("charging_stations")["id"].iloc[0])


def offices_of_rows():
    """Return the office of every row of every layer and list that has one."""
    features, _ = holdings.stores()
    tables = {one: features.read(one) for one in features.layers()}
    return {
        (table, str(row_id)): str(office or "")
        for table, rows in tables.items()
        if "jurisdiction" in rows
        for row_id, office in zip(rows["id"], rows["jurisdiction"], strict=True)
    }


@pytest.fixture(scope="module")
def stores(sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("between") / "data"
    shutil.copytree(sample, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PIM_DATA_FOLDER", str(folder))
        streamlit.cache_resource.clear()
        for case in holdings.stores()[1].find():
            told = {"case": case.id, "purpose": purposes_of("charging_stations")[0]}
            facts = EvidenceFacts(f"照片-{case.id}.txt", "tester", datetime.now(UTC), **told)
            holdings.evidence().put(f"of {case.id}".encode(), facts)
            if case.shared_with:
                link(case.id, "charging_stations:" + a_station())
        holdings.findings()
        yield folder, Model()
        streamlit.cache_resource.clear()


@pytest.fixture
def come(come_as, stores):  # noqa: F811
    return come_as


@pytest.fixture
def model(come, stores):
    return stores[1]


@pytest.fixture
def on_both(model):
    """A hazard of one office that a case of another, not shared with it, is about, too."""
    ref = next(one for one, office in model.rows.items() if office == "LZ-XG")
    foreign = next(
        one for one in model.cases.values() if one.jurisdiction == "LZ-CG" and not one.shared_with
    )
    link(foreign.id, ref)
    return ref, foreign.id


def pack_of(ref, state):
    """Return the pack of one stop as a team takes it along."""
    row = reads.hazard(ref, state).row
    place = (row.geometry.representative_point().x, row.geometry.representative_point().y)
    call = SimpleNamespace(
        ref=ref, position=1, place=place, arrives=time(9), leaves=time(10), leg_m=0.0
    )
    tour = SimpleNamespace(team="甲", on=date(2026, 1, 6), calls=(call,), start=place, back_m=0.0)
    out = Outgoing(SimpleNamespace(id="V-2026-001"), tour, reads.shortlist_situation((ref,), state))
    return pack_plan(out, ("甲", "乙"), 1, state)


def test_a_pack_tells_no_case_of_another_office_on_ones_own_hazard(come, on_both):
    ref, foreign = on_both
    come(of("LZ-XG"))
    plan = pack_of(ref, reads.data_state(SAMPLE_ON))
    assert foreign not in repr(plan)
    come(CITY)
    assert foreign in repr(pack_of(ref, reads.data_state(SAMPLE_ON)))


def test_a_pack_that_the_city_made_comes_home_without_what_is_hidden(come, on_both):
    ref, foreign = on_both
    come(CITY)
    issued = issued_of(pack_of(ref, reads.data_state(SAMPLE_ON)))
    told = issued_to_json(issued)
    now = datetime.now(UTC)
    holdings.journal().append([Draft(issued.pack_id, PACK_ISSUED, "市某", now, told)])
    assert foreign in repr(return_desk.packs_out())
    come(of("LZ-XG"))
    (mine,) = return_desk.packs_out()
    assert foreign not in repr(mine)
    assert mine.pack_id == issued.pack_id  # what comes home is still known by it
    seen = return_desk.shelves().seen
    assert foreign not in repr(return_desk.hold_against.__globals__["known_now"](*seen, [ref]))
    assert visit_desk.hidden_cases([foreign, "LZ-NO-1"]) == {foreign}


def test_of_a_neighbours_row_a_finding_shows_what_it_rests_on_and_no_more(come, model):
    cut, whose = 0, offices_of_rows()
    across = [
        one
        for one in {one.id: one for one in model.found}.values()
        if any(
            whose.get((row.table, row.id)) not in {None, "", one.jurisdiction} for row in one.rows
        )
        and one.jurisdiction
    ]
    for standing in across[:3]:
        come(of(standing.jurisdiction))
        opened = findings_desk.open_finding(standing.id)
        asked = {name for need in opened.rule.needs for name in need.columns}
        asked |= {
            name for ask in opened.rule.questions for name in getattr(ask.question, "columns", ())
        }
        for row in opened.evidence.rows:
            office = str(row.told.get("jurisdiction") or "")
            is_seen = holdings.is_there(f"{row.ref.table}:{row.ref.id}", holdings.data_revision())
            if office not in {"", standing.jurisdiction} and not is_seen:
                cut += 1
                assert set(row.told) <= GROUND | asked, (standing.id, row.ref)
            elif office == standing.jurisdiction:
                assert set(row.told) > GROUND
    assert cut, "the demonstration has no finding across a boundary any more"


def test_who_took_in_the_same_headings_is_told_to_their_own_office_alone(come, stores, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("名称,经度,纬度\n甲,103.6,36.1\n", "utf-8")
    table = read_table(file)
    known = KnownColumns({"名称": "name"}, "城关某", datetime.now(UTC), "城关内部名单.csv")
    remember(stores[0], "charging_stations", table.columns, known, "LZ-CG")
    desk = intake_desk.Desk(Dropped("a.csv", {}, ""), Choices(layer="charging_stations"))
    told = {}
    for office in ("LZ-XG", "LZ-CG"):
        come(of(office))
        told[office] = intake_desk._match(desk, table).known
    assert told["LZ-XG"] is None
    assert told["LZ-CG"].source_name == "城关内部名单.csv"


def test_a_story_is_drafted_anew_for_a_role_that_sees_less_evidence(come, model):
    shared = next(one for one in model.cases.values() if one.shared_with)
    office, title = shared.shared_with[0], f"照片-{shared.id}.txt"
    told = {}
    for role in ("prosecutor", "committee_member"):
        come(of(office, role))
        plan, state = StoryPlan("", cases=(shared.id,)), reads.data_state(SAMPLE_ON)
        told[role] = repr(story_desk.open_story(plan, state, "zh").draft)
    assert title in told["prosecutor"]
    assert told["prosecutor"] != told["committee_member"]
    assert title not in told["committee_member"]


def test_a_name_decided_by_one_office_is_decided_for_it_alone_and_by_the_city_for_all(
    come, monkeypatch
):
    monkeypatch.setattr(session, "keep", lambda *_: None)
    for who, text in ((of("LZ-XG"), "西固某词"), (CITY, "全市某词")):
        come(who)
        leaving_actions.decide_name(text, "kept", "word")
    seen = {}
    for office in ("LZ-XG", "LZ-CG"):
        come(of(office))
        seen[office] = {one.text for one in leaving_desk.decided_names()}
    assert seen == {"LZ-XG": {"西固某词", "全市某词"}, "LZ-CG": {"全市某词"}}


def test_a_restore_ends_every_guest_link_that_was_given_before(come, model):
    come(of("LZ-XG", "chief"))
    own = next(one for one in model.cases.values() if one.jurisdiction == "LZ-XG")
    now = datetime.now(UTC)
    _, before = guests.give("某人", "听证", [own.id], 3)
    assert guests.read_token(before, now)
    note_command("restore", file="old.zip")
    _, after = guests.give("某人", "听证", [own.id], 3)
    assert guests.read_token(before, now) is None
    assert guests.read_token(after, now)


def test_evidence_is_not_put_to_a_case_of_others_by_way_of_ones_own_hazard(come, model):
    own = next(ref for ref, office in model.rows.items() if office == "LZ-XG")
    foreign = next(one for one in model.cases if one.startswith("LZ-CG-"))
    come(of("LZ-XG"))
    before = holdings.evidence().head()
    for case in (foreign, "LZ-NO-2025-999"):
        told = HandIn(("甲", "乙"), case=case, hazard=own)
        with pytest.raises(NotAllowed):
            keep_files([Handed("a.txt", BytesIO(b"a"))], told, "某人", lambda *_: None)
    assert holdings.evidence().head() == before


# --------------------------------------------------------------------------- on the screen


def opened(who, monkeypatch, **query):
    monkeypatch.setenv("PIM_SIGN_IN", "accounts")
    monkeypatch.setattr(visitors, "_by_request", lambda _: who)
    at = AppTest.from_file(MAIN, default_timeout=120)
    at.query_params.update({"screen": "figures", **query})
    at.run()
    assert not at.exception
    return at


def everything_on(at):
    kinds = ("markdown", "caption", "info", "warning", "error", "success", "button")
    said = [str(getattr(one, "value", "")) + str(getattr(one, "label", ""))
            for kind in kinds for one in at.get(kind)]  # fmt: skip
    tables = [one.value.to_csv() for one in at.dataframe]
    return "\n".join([*said, *tables, *(str(one.proto) for one in at.get("html"))])


def test_the_province_has_the_figures_and_neither_list_nor_case_behind_them(
    model, monkeypatch, stores
):
    province = of("GS", "province")
    for query in ({"list": "cases_filed"}, {"list": "hazards_fixed"}):
        at = opened(province, monkeypatch, **query)
        words = everything_on(at)
        assert all_words("zh")["figures.no_list"] in words
        assert not [one for one in model.cases if one in words]
        assert not [ref for ref in model.rows if ref in words]
        assert not at.get("download_button")
    at = opened(province, monkeypatch)
    at.session_state["kept.figures_part"] = "report"
    at.run()
    at.button("report-fill").click().run()
    assert len(at.session_state["kept.report_lines"]) > 3  # a report is held against the figures
    assert not [one for one in model.cases if one in everything_on(at)]
    names = {one.proto.label for one in at.get("download_button")}
    assert all_words("zh")["reconcile.download"] not in names
    city = opened(CITY, monkeypatch, list="cases_filed")
    assert [one for one in model.cases if one in everything_on(city)]
    sel = f"case:{next(iter(model.cases))}"
    at = opened(province, monkeypatch, screen="case_file", sel=sel)
    assert "没有这个页面" in everything_on(at)


def test_a_district_is_offered_the_offices_that_it_sees_and_nothing_called_the_whole_city(
    monkeypatch, stores
):
    at = opened(of("LZ-YD", "chief"), monkeypatch)
    choice = next(one for one in at.multiselect if one.key == "figures-offices")
    assert choice.proto.placeholder == all_words("zh")["access.all_seen"]
    assert len(choice.options) < len(holdings.city().jurisdiction_ids)
    at = opened(of("LZ-YD", "chief"), monkeypatch, screen="documents")
    whose = next(one for one in at.selectbox if one.key == "papers-office")
    assert all_words("zh")["documents.whole_city"] not in whose.options
    assert whose.value == "LZ-YD"
