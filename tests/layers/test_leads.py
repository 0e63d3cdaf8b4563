"""Leads are kept as they came in, decided on in turn, and tell nobody of anybody else."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import open_city
from geodata.errors import ColumnsMissing, StaleEntry
from geodata.evidence_store import open_evidence
from geodata.journal import open_journal
from geodata.placing import find_place, office_at
from layers.catalog import layer_ids
from layers.invented_leads import LEADS, write_invented_leads
from layers.invitations import (
    Answer,
    Invitation,
    draft_of_answer,
    invite,
    read_invitations,
    withdraw,
)
from layers.lead_file import read_tickets
from layers.lead_kinds import LEAD_KINDS
from layers.lead_places import CELL_DEG, CLASSES_M, coarse, lead_of_group, leads_near, near_groups
from layers.lead_status import STATUSES, public_leads, status_of, status_of_case
from layers.leads import (
    ACTS,
    AFTER,
    LEADS_TO,
    STATES,
    VOLUNTEER,
    Decision,
    Lead,
    Report,
    Voice,
    count_of_day,
    decide,
    draft_of_lead,
    draft_of_voice,
    read_leads,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HERE = (103.8234, 36.0611)


def a_lead(number=1, account="zhao", **facts):
    report = Report("river", f"text of {account} {number}", date(2026, 3, 3), *HERE)
    report = replace(report, contact=f"contact of {account} {number}",
                     place=f"place of {account} {number}", photos=(number * 10,))  # fmt: skip
    facts = {"report": report, "account": account, "is_counted": True, "at": NOW} | facts
    lead_id = f"2026-03-04-{number:02d}"
    return Lead(lead_id, VOLUNTEER, "LZ-CG", who=f"name of {account}", **facts)


@pytest.fixture(params=["memory:", "sqlite:"])
def journal(request, tmp_path):
    place = "" if request.param == "memory:" else tmp_path / "journal.sqlite"
    return open_journal(f"{request.param}{place}")


def enter(journal, lead):
    draft = draft_of_lead(lead)
    journal.append([draft], {draft.subject: 0})
    return lead


# --------------------------------------------------------------------- the book


def test_a_lead_is_read_back_as_it_was_told(journal):
    lead = enter(journal, a_lead())
    assert read_leads(journal) == (lead,)


def test_voices_and_decisions_follow_in_their_order(journal):
    lead = enter(journal, a_lead())
    journal.append([draft_of_voice(lead, Voice("qian", "Qian", NOW, a_lead(2, "qian").report))])
    lead = read_leads(journal)[0]
    lead = decide(journal, lead, Decision("evaluate", who="judge", at=NOW))
    lead = decide(journal, lead, Decision("pass_on", "there", to_office="LZ-YD", at=NOW, who="j"))
    (stored,) = read_leads(journal)
    assert stored == lead
    assert (stored.office, stored.from_office, stored.state, stored.seen) == (
        "LZ-YD", "LZ-CG", "received", 4,
    )  # fmt: skip
    assert stored.photos == (10, 20)
    assert stored.is_from("qian")


def test_whoever_has_not_seen_the_last_entry_decides_nothing(journal):
    lead = enter(journal, a_lead())
    decide(journal, lead, Decision("evaluate", who="one", at=NOW))
    with pytest.raises(StaleEntry):
        decide(journal, lead, Decision("not_take", "x", "not_public", who="other", at=NOW))
    assert [one.act for one in read_leads(journal)[0].decisions] == ["evaluate"]


def test_what_is_told_moves_nothing(journal):
    lead = enter(journal, a_lead())
    lead = decide(journal, lead, Decision("evaluate", who="one", at=NOW))
    lead = decide(journal, lead, Decision("tell", told="thanks", who="one", at=NOW))
    assert (lead.state, lead.last.act) == ("evaluating", "evaluate")


def test_every_act_is_lawful_somewhere_and_every_state_has_its_acts():
    offered = {one for acts in AFTER.values() for one in acts}
    assert offered == set(ACTS)
    assert set(AFTER) == set(STATES)
    assert set(LEADS_TO) == set(ACTS) - {"tell"}


def test_a_day_is_counted_by_the_clock_of_the_offices():
    late = datetime(2026, 3, 3, 16, 30, tzinfo=UTC)  # half past midnight in the offices
    leads = [a_lead(1, at=late), a_lead(2, account="qian", voices=(
        Voice("zhao", "Zhao", NOW, a_lead().report),))]  # fmt: skip
    assert count_of_day(leads, "zhao", date(2026, 3, 4)) == 2
    assert count_of_day(leads, "zhao", date(2026, 3, 3)) == 0


def test_kinds_name_layers_that_there_are():
    assert {one.layer for one in LEAD_KINDS.values()} - {""} <= set(layer_ids())
    assert len({one.title.zh for one in LEAD_KINDS.values()}) == len(LEAD_KINDS)


def test_the_invented_leads_say_so_and_lie_in_their_offices():
    journal, evidence = open_journal("memory:"), open_evidence("memory:")
    write_invented_leads(journal, evidence)
    leads = read_leads(journal)
    assert len(leads) == len(LEADS)
    assert all(one.is_demonstration and "虚构" in one.report.text for one in leads)
    assert all("虚构" in evidence.item(n).facts.note for one in leads for n in one.photos)
    placed = [one for one in leads if one.report.has_place]
    assert all(office_at(o.report.lon, o.report.lat, "lanzhou") == o.office for o in placed)
    with pytest.raises(StaleEntry):
        write_invented_leads(journal, evidence)


# ------------------------------------------------------------------- what is near


@given(st.floats(0, 0.999), st.floats(0, 0.999), st.floats(-0.02, 0.02), st.floats(-0.02, 0.02))
def test_a_volunteer_learns_the_cell_of_a_lead_and_never_the_place(x, y, east, north):
    """Wherever in its cell a lead lies, every question gets the same answer."""
    corner = (103.82, 36.06)
    inside = (corner[0] + x * CELL_DEG * 0.99 + 1e-6, corner[1] + y * CELL_DEG * 0.99 + 1e-6)
    moved = a_lead(report=replace(a_lead().report, lon=inside[0], lat=inside[1]))
    middle = coarse(corner[0] + CELL_DEG / 2, corner[1] + CELL_DEG / 2)
    still = a_lead(report=replace(a_lead().report, lon=middle[0], lat=middle[1]))
    asked = (103.82 + east, 36.06 + north)
    assert near_groups([moved], *asked) == near_groups([still], *asked)


def test_what_is_near_is_counted_by_kind_and_class_alone():
    waste = replace(a_lead().report, kind="waste")
    far = replace(a_lead().report, lon=104.2)
    leads = [a_lead(1), a_lead(2), a_lead(3, report=waste), a_lead(4, report=far),
             a_lead(5, is_counted=False)]  # fmt: skip
    groups = near_groups(leads, *HERE)
    assert {(one.kind, one.count) for one in groups} == {("river", 2), ("waste", 1)}
    assert {one.within_m for one in groups} <= set(CLASSES_M)
    older = replace(leads[1], at=NOW - timedelta(days=1))
    assert lead_of_group([leads[0], older], *HERE, "river", groups[0].within_m) == older
    assert lead_of_group(leads, *HERE, "air", CLASSES_M[0]) is None


def test_the_office_sees_what_is_near_in_metres_the_nearest_first():
    step = replace(a_lead().report, lat=HERE[1] + 0.001)
    far = replace(a_lead().report, lat=HERE[1] + 0.1)
    found = leads_near([a_lead(1), a_lead(2, report=step), a_lead(3, report=far)], a_lead(1))
    assert [(one.id, round(metres)) for one, metres in found] == [("2026-03-04-02", 111)]
    nowhere = a_lead(4, report=Report("river", "somewhere", date(2026, 3, 3)))
    assert leads_near([a_lead(1)], nowhere) == []


def test_a_place_is_read_in_its_system_and_turned_where_it_is_the_wrong_way_round():
    lon, lat = find_place("36.06, 103.82", "EPSG:4490")
    assert (lon, lat) == (103.82, 36.06)
    shifted = find_place("103.82, 36.06", "gcj02")
    assert 100 < abs(shifted[0] - 103.82) * 90_000 < 400
    assert find_place("somewhere", "EPSG:4490") is None
    assert find_place("0, 0", "EPSG:4490") is None


# ---------------------------------------------------------- what a reporter is told


STAGES = {"": ("", ""), "A": ("investigation", "investigation"), "B": ("not_filed", "closed"),
          "C": ("terminated_after_rectification", "closed"), "D": ("lead_referred", "closed"),
          "E": ("lead_evaluation", "lead")}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "status"),
    [("A", "filed"), ("B", "not_filed"), ("C", "closed"), ("D", "referred"), ("E", "evaluating")],
)
def test_a_lead_that_became_a_case_stands_as_the_case_does(case, status):
    decision = Decision("register", case=case, who="j", at=NOW)
    lead = a_lead(state="registered", decisions=(decision,))
    assert status_of(lead, {lead.id: lead}, STAGES.__getitem__) == (status, "")


def test_a_lead_that_was_put_to_another_stands_as_that_one_does_and_a_circle_ends():
    first = a_lead(1, state="merged", decisions=(Decision("merge", lead="2026-03-04-02"),))
    second = a_lead(2, state="not_taken", decisions=(Decision("not_take", "x", "too_little"),))
    leads = {one.id: one for one in (first, second)}
    assert status_of(first, leads, STAGES.__getitem__) == ("not_taken", "too_little")
    round_ = replace(second, state="merged", decisions=(Decision("merge", lead=first.id),))
    assert status_of(first, leads | {second.id: round_}, STAGES.__getitem__)[0] == "known"
    hazard = replace(first, decisions=(Decision("merge", hazard="river_segments:1"),))
    assert status_of(hazard, {}, STAGES.__getitem__) == ("known", "")


def test_no_stage_of_a_case_has_a_status_of_its_own():
    assert {status_of_case(*one) for one in STAGES.values()} <= set(STATUSES)


PEOPLE = ("zhao", "qian", "sun")
decisions = st.builds(
    Decision,
    act=st.sampled_from(ACTS),
    why=st.just("why of the office"),
    reason=st.sampled_from(["not_public", "too_little"]),
    told=st.sampled_from(["", "told"]),
    case=st.sampled_from(["", "A", "B", "LZ-CG-2026-007"]),
    lead=st.sampled_from(["", "2026-03-04-01", "2026-03-04-02", "2026-03-04-03"]),
    who=st.just("name of the judge"),
    account=st.just("judge"),
    at=st.just(NOW),
)


@st.composite
def books(draw):
    """Several leads of several people, each joined and decided on at random."""
    leads = {}
    for number in range(1, draw(st.integers(1, 5)) + 1):
        lead = a_lead(number, draw(st.sampled_from(PEOPLE)))
        for at, account in enumerate(draw(st.lists(st.sampled_from(PEOPLE), max_size=2))):
            voice = a_lead(number * 100 + at, account)
            lead = replace(
                lead,
                voices=(*lead.voices, Voice(account, f"name of {account}", NOW, voice.report)),
            )
        for one in draw(st.lists(decisions, max_size=3)):
            state = LEADS_TO.get(one.act, lead.state)
            lead = replace(lead, state=state, decisions=(*lead.decisions, one))
        leads[lead.id] = lead
    return leads


@given(books(), st.sampled_from(PEOPLE))
def test_a_volunteers_view_holds_nothing_of_anybody_else(leads, account):
    """The model: no id, account, name, words, contact or photograph that is not their own."""
    shown = public_leads(account, leads, lambda case: STAGES.get(case, ("", "")))
    words = {text for one in shown for text in words_of(one)}
    joined = "\n".join(words)
    for other in set(PEOPLE) - {account}:
        assert f"of {other}" not in joined
        assert f"name of {other}" not in joined
    for secret in ("judge", "why of the office", "LZ-", "2026-03-04-", "investigation"):
        assert secret not in joined
    mine = [one for one in leads.values() if one.is_from(account)]
    assert len(shown) == len(mine)
    own = {n for one in mine if one.account == account for n in one.report.photos}
    own |= {n for one in mine for v in one.voices if v.account == account for n in v.report.photos}
    assert {n for one in shown for n in one.report.photos} <= own
    assert {one.status for one in shown} <= set(STATUSES)


def words_of(value):
    if is_dataclass(value):
        for one in fields(value):
            yield from words_of(getattr(value, one.name))
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from words_of(one)
    elif isinstance(value, Mapping):
        yield from words_of([*value.items()])
    elif not isinstance(value, (datetime, date)):
        yield str(value)


# --------------------------------------------------------------------- invitations


def an_invitation(**facts):
    told = {"account": "zhao", "until": NOW + timedelta(days=7)} | facts
    return Invitation("ab12", "LZ-CG-2026-001", "river_segments:1", "LZ-CG", look_at="look",
                      layer="river_segments", lon=103.8, lat=36.0, precision="exact", by="judge",
                      at=NOW, **told)  # fmt: skip


def test_an_invitation_is_read_back_and_ends_by_itself(journal):
    invite(journal, an_invitation())
    (stored,) = read_invitations(journal)
    assert stored == an_invitation()
    assert stored.standing(NOW) == "waiting"
    assert stored.standing(NOW + timedelta(days=8)) == "over"


def test_an_answer_stays_and_a_withdrawn_invitation_takes_none(journal):
    invite(journal, an_invitation())
    (stored,) = read_invitations(journal)
    draft = draft_of_answer(stored, Answer("relapsed", "again", (3,)), "Zhao", NOW)
    journal.append([draft], {draft.subject: stored.entries})
    (answered,) = read_invitations(journal)
    assert answered.answer == Answer("relapsed", "again", (3,), NOW)
    assert answered.standing(NOW + timedelta(days=99)) == "answered"
    with pytest.raises(StaleEntry):
        withdraw(journal, stored, "judge", "", NOW)
    withdraw(journal, answered, "judge", "", NOW)
    assert read_invitations(journal)[0].standing(NOW) == "answered"


# ------------------------------------------------------------------- a hotline's file


ROWS = [
    {"工单号": "A-1", "受理时间": "2026/03/01", "诉求内容": "小区水箱的水发黄，有异味",
     "地址": "西站某小区", "联系电话": "000-1", "经度": "103.79", "纬度": "36.06", "备注": "x"},
    {"工单号": "A-2", "受理时间": "2026-03-01", "诉求内容": "短", "问题种类": ""},
    {"工单号": "A-3", "受理时间": "去年", "诉求内容": "河边又倒了很多建筑垃圾"},
    {"工单号": "A-1", "受理时间": "", "诉求内容": "同一个工单号又来了一次"},
    {"工单号": "A-5", "受理时间": "", "诉求内容": "村北地里堆了煤，占了耕地", "经度": "x",
     "纬度": "36"},
    {"工单号": "A-6", "受理时间": "", "诉求内容": "来电只说了地点，没有坐标",
     "地址": "某村北"},
]  # fmt: skip


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_hotlines_file_is_understood_by_its_headings_and_bad_rows_are_named(tmp_path, ending):
    frame = pd.DataFrame(ROWS).fillna("")
    file = tmp_path / f"工单{ending}"
    if ending == ".csv":
        frame.to_csv(file, index=False, encoding="gb18030")
    else:
        frame.to_excel(file, index=False)
    read = read_tickets(file, file.name, open_city())
    assert {one.row for one in read.problems if one.severity == "error"} == {3, 4, 5, 6}
    assert [(one.row, one.ticket) for one in read.tickets] == [(2, "A-1"), (7, "A-6")]
    first = read.tickets[0]
    assert (first.seen_on, first.place, first.contact) == (date(2026, 3, 1), "西站某小区", "000-1")
    assert find_place(first.said, "EPSG:4490") == (103.79, 36.06)
    assert read.with_place == 1
    assert read.unused == ("备注",)
    assert list(read.held.index) == [3, 4, 5, 6]


def test_a_file_without_what_was_told_is_refused(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("工单号,甲\n1,2\n", "utf-8")
    with pytest.raises(ColumnsMissing):
        read_tickets(file, "a.csv", open_city())
