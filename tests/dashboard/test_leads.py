"""Leads end to end: who may what, what is kept, what comes back, and what nobody else ever sees."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import holdings, reads
from dashboard.actions import invitations as invitation_actions
from dashboard.actions import leads as lead_actions
from dashboard.actions.invitations import Wish
from dashboard.actions.leads import Entered, Filled, Photo
from dashboard.desks import evidence as evidence_desk
from dashboard.desks import invitations as invitation_desk
from dashboard.desks import leads as lead_desk
from dashboard.doors import acts, visitors
from dashboard.doors.access import Visitor, roles
from dashboard.doors.acts import Filter
from dashboard.draft import NewLead
from dashboard.text import say
from geodata.archive import back_up, restore
from geodata.errors import BadLead, CaseTaken, NotAllowed, StaleEntry
from geodata.evidence_store import open_evidence
from geodata.journal import open_journal
from geodata.sample import SAMPLE_ON
from geodata.settings import read_settings
from layers.invented_leads import LEADS
from layers.lead_file import TicketFile
from layers.leads import MOST_A_DAY, Decision, read_leads

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
PLACE = "103.6216, 36.0931"
"""In the district of Xigu, beside an invented charging station and an invented lead."""

VOLUNTEER = Visitor("zhao", "赵志愿", "volunteer", "LZ-CG", way="accounts")
OTHER = Visitor("qian", "钱志愿", "volunteer", "LZ-XG", way="accounts")
PROSECUTOR = Visitor("li", "李明远", "prosecutor", "LZ-XG", way="accounts")
ELSEWHERE = Visitor("wu", "吴检察官", "prosecutor", "LZ-CG", way="accounts")
CLERK = Visitor("sun", "孙书记员", "clerk", "LZ-XG", way="accounts")
CHIEF = Visitor("zhou", "周检察长", "chief", "LZ-XG", way="accounts")
CITY = Visitor("shi", "市院", "city", "LZ", way="accounts")
LOOK_BACK = "LZ-YD-2025-001"
AGENCY = "西固区住房和城乡建设局"


@pytest.fixture
def come_as(data, monkeypatch):
    """Let the script run for a visitor, as if their request had been looked at."""
    del data
    monkeypatch.setenv("PIM_SIGN_IN", "accounts")
    monkeypatch.setattr(visitors, "get_script_run_ctx", lambda **_: object())
    monkeypatch.setattr(visitors, "_of_this_session", lambda found: found)

    def come(visitor):
        monkeypatch.setattr(visitors, "_by_request", lambda _: visitor)
        holdings.leads()  # the invented ones are there as soon as anybody looks
        return visitor

    return come


def a_photo(colour="#338855", name="现场.jpg"):
    made = BytesIO()
    Image.new("RGB", (60, 40), colour).save(made, "JPEG")
    return Photo(name, made.getvalue())


def filled(**facts):
    told = {"kind": "charging", "text": "充电桩的线缆裸露，没有灭火器", "seen_on": reads.today(),
            "said": PLACE, "system": "EPSG:4490", "photos": (a_photo(),)}  # fmt: skip
    return Filled(**{**told, **facts})


def newest():
    return max(holdings.leads(), key=lambda one: one.at)


def new_case(lead, **facts):
    told = {"id": "LZ-XG-2026-901", "title_zh": "督促整治充电设施案", "office": lead.office,
            "kind": "admin_pil", "field": "work_safety", "lead_source": lead.source,
            "occurred_on": reads.today(), "agency": AGENCY}  # fmt: skip
    return NewLead(**{**told, **facts})


# ------------------------------------------------------------------- volunteers


def test_a_volunteer_submits_and_the_office_of_the_place_has_it_with_the_photograph(come_as):
    come_as(VOLUNTEER)
    assert lead_actions.submit_lead(filled()).what == "submitted"
    lead = newest()
    assert (lead.office, lead.account, lead.state) == ("LZ-XG", "zhao", "received")
    (number,) = lead.photos
    item = holdings.evidence().item(number)
    assert (item.facts.received_by, item.facts.case, item.facts.access_class) == (
        "赵志愿", "", "P0",
    )  # fmt: skip
    assert [one.action for one in holdings.evidence().custody(number)] == ["received"]
    (mine,) = lead_desk.my_leads("zh")
    assert mine.status == "received"
    come_as(PROSECUTOR)
    assert lead_desk.find(lead.id) == lead
    assert number not in {one.number for one in evidence_desk.all_items()}
    come_as(ELSEWHERE)
    assert lead_desk.find(lead.id) is None
    come_as(CHIEF)
    kinds = [acts.kind_of(one) for one in acts.find(Filter(), CITY)]
    assert "lead_submitted" in kinds


UNFIT = [
    ({"kind": "nonsense"}, "lead_kind"),
    ({"text": "短"}, "lead_text"),
    ({"text": "长" * 1001}, "lead_text"),
    ({"said": ""}, "lead_place"),
    ({"said": "不是坐标"}, "lead_place"),
    ({"said": "116.39, 39.91"}, "lead_outside"),
    ({"seen_on": date(2099, 1, 1)}, "lead_day"),
    ({"seen_on": date(2001, 1, 1)}, "lead_day"),
    ({"photos": (Photo("a.jpg", b"no picture"),)}, "lead_photo_kind"),
    ({"photos": (Photo("a.jpg", a_photo().content[:300]),)}, "lead_photo_kind"),
    ({"photos": (Photo("a.jpg", b"x" * 15_000_001),)}, "lead_photo_large"),
    ({"photos": (a_photo(),) * 7}, "lead_photos"),
    ({"contact": "1" * 101}, "lead_contact"),
]


def test_what_cannot_stand_is_refused_by_name_and_nothing_is_kept(come_as):
    come_as(VOLUNTEER)
    before = (len(holdings.leads()), holdings.evidence().head())
    for facts, reason in UNFIT:
        with pytest.raises(BadLead) as refused:
            lead_actions.submit_lead(filled(**facts))
        assert refused.value.facts["reason"] == reason
    assert (len(holdings.leads()), holdings.evidence().head()) == before


def test_a_day_takes_so_many_and_says_so(come_as):
    come_as(VOLUNTEER)
    for number in range(MOST_A_DAY):
        assert lead_desk.left_today() == MOST_A_DAY - number
        lead_actions.submit_lead(filled(photos=()))
    with pytest.raises(BadLead) as refused:
        lead_actions.submit_lead(filled(photos=()))
    assert refused.value.facts["reason"] == "lead_too_many"
    come_as(OTHER)
    assert lead_desk.left_today() == MOST_A_DAY


def test_a_volunteer_joins_what_is_nearby_without_learning_which_it_is(come_as):
    come_as(VOLUNTEER)
    lead_actions.submit_lead(filled(text="第一个人看到的：线缆发热有焦味", contact="139-secret"))
    lead = newest()
    come_as(OTHER)
    groups = lead_desk.groups_near(103.6216, 36.0931)
    told = json.dumps([[one.kind, one.within_m, one.count] for one in groups])
    assert ("charging", 2) in {(one.kind, one.count) for one in groups}  # one is invented
    for secret in (lead.id, "zhao", "赵", "焦味", "139", "LZ-"):
        assert secret not in told
    joined = lead_actions.join_lead(filled(text="我也看到了充电桩冒烟"), "charging", 300)
    lead = lead_desk.by_id()[joined.lead]
    assert [one.account for one in lead.voices][-1] == "qian"
    (mine,) = lead_desk.my_leads("zh")
    assert mine.is_joined
    assert "焦味" not in repr(mine)
    assert lead.id not in repr(mine)
    again = {(one.kind, one.count) for one in lead_desk.groups_near(103.6216, 36.0931)}
    assert ("charging", 1) in again
    with pytest.raises(BadLead) as refused:
        lead_actions.join_lead(filled(), "relics", 300)
    assert refused.value.facts["reason"] == "lead_none_near"


def test_only_a_volunteer_submits_and_nobody_decides_without_the_right(come_as):
    for role in set(roles()) - {"volunteer", "own_machine"}:
        come_as(Visitor("x", "某人", role, "LZ-XG", way="accounts"))
        with pytest.raises(NotAllowed):
            lead_actions.submit_lead(filled())
        assert lead_desk.my_leads("zh") == ()
        assert invitation_desk.mine("zh") == ()
    come_as(VOLUNTEER)
    lead_actions.submit_lead(filled())
    lead = newest()
    for visitor in (VOLUNTEER, OTHER, ELSEWHERE):
        come_as(visitor)
        assert lead_desk.inbox() == () or lead.id not in {o.id for o in lead_desk.inbox()}
        with pytest.raises(BadLead) as refused:
            lead_actions.decide_on(lead.id, 1, Decision("evaluate"), visitor.name)
        assert refused.value.facts["reason"] == "lead_gone"
    come_as(CLERK)
    assert lead_desk.acts_on(lead) == ()
    assert not lead_desk.may_reveal(lead)
    with pytest.raises(NotAllowed):
        lead_actions.decide_on(lead.id, 1, Decision("evaluate"), CLERK.name)


# -------------------------------------------------------------------- evaluating


@pytest.fixture
def lead(come_as):
    """A lead of a volunteer in the inbox of the prosecutor, who is there."""
    come_as(VOLUNTEER)
    lead_actions.submit_lead(filled())
    come_as(PROSECUTOR)
    return newest()


def test_a_lead_becomes_a_case_its_photograph_evidence_and_its_status_follows(lead, come_as):
    decision = Decision("register", told=f"已交李明远办理，并督促{AGENCY}")
    done = lead_actions.decide_on(lead.id, lead.seen, decision, PROSECUTOR.name, new_case(lead))
    assert done.case == "LZ-XG-2026-901"
    case = reads.case(done.case, holdings.data_revision())
    assert (case.lead_source, case.events[0].kind) == ("volunteer_yixinweigong", "lead_registered")
    assert lead_desk.leads_of_case(done.case)[0].id == lead.id
    (item,) = [one for one in evidence_desk.all_items() if one.facts.case == done.case]
    assert (item.number, item.facts.received_by) == (lead.photos[0], "赵志愿")
    assert [one.action for one in evidence_desk.custody_of(item)] == ["received", "described"]
    come_as(VOLUNTEER)
    (mine,) = lead_desk.my_leads("zh")
    assert mine.status == "evaluating"
    assert done.case not in repr(mine)
    assert "李明远" not in repr(mine)
    assert AGENCY not in repr(mine)
    assert mine.told


def test_a_case_that_cannot_be_written_leaves_the_lead_where_it_was(lead):
    taken = new_case(lead, id="LZ-XG-2025-001")
    with pytest.raises(CaseTaken):
        lead_actions.decide_on(lead.id, lead.seen, Decision("register"), PROSECUTOR.name, taken)
    assert lead_desk.find(lead.id) == lead


def test_a_case_that_fails_at_the_last_moment_puts_the_lead_back(lead, monkeypatch):
    def fail(*_):
        raise CaseTaken(case="x")

    monkeypatch.setattr("dashboard.actions.cases.register_lead", fail)
    with pytest.raises(CaseTaken):
        lead_actions.decide_on(
            lead.id, lead.seen, Decision("register"), PROSECUTOR.name, new_case(lead)
        )
    found = lead_desk.find(lead.id)
    assert found.state == "evaluating"
    assert [one.act for one in found.decisions] == ["register", "reopen"]


def test_a_stale_decision_is_refused_and_every_decision_says_who_when_and_why(lead):
    lead_actions.decide_on(lead.id, 1, Decision("evaluate", "核实"), PROSECUTOR.name)
    with pytest.raises(StaleEntry):
        lead_actions.decide_on(lead.id, 1, Decision("tell", told="x"), PROSECUTOR.name)
    (decision,) = lead_desk.find(lead.id).decisions
    assert (decision.who, decision.account, decision.why) == ("李明远", "li", "核实")
    assert datetime.now(UTC) - decision.at < timedelta(minutes=5)


LACKING = [
    (Decision("not_take", "x", "nonsense"), "lead_reason"),
    (Decision("not_take", "", "not_public"), "lead_reason"),
    (Decision("tell"), "lead_nothing_told"),
    (Decision("pass_on", "x", to_office="LZ-XG"), "lead_to_office"),
    (Decision("pass_on", "", to_office="LZ-CG"), "lead_why"),
    (Decision("merge"), "lead_target"),
    (Decision("merge", case="LZ-NO-1"), "lead_target"),
    (Decision("merge", case="LZ-CG-2025-001"), "lead_target"),
    (Decision("merge", hazard="charging_stations:no"), "lead_target"),
    (Decision("merge", case="LZ-XG-2025-001", hazard="charging_stations:XG-CS-001"),
     "lead_target"),
    (Decision("register"), "lead_no_case"),
    (Decision("reopen", "x"), "lead_out_of_turn"),
]  # fmt: skip


def test_a_decision_that_lacks_something_is_refused_by_name(lead):
    for decision, reason in LACKING:
        with pytest.raises(BadLead) as refused:
            lead_actions.decide_on(lead.id, lead.seen, decision, PROSECUTOR.name)
        assert refused.value.facts["reason"] == reason
    assert lead_desk.find(lead.id) == lead


def test_who_receives_a_lead_by_transfer_must_take_it(lead, come_as):
    passed = Decision("pass_on", "在城关", to_office="LZ-CG")
    lead_actions.decide_on(lead.id, lead.seen, passed, PROSECUTOR.name)
    assert lead_desk.find(lead.id) is None
    come_as(ELSEWHERE)
    found = lead_desk.find(lead.id)
    assert (found.office, found.from_office, found.state) == ("LZ-CG", "LZ-XG", "received")
    back = Decision("pass_on", "退回", to_office="LZ-XG")
    with pytest.raises(BadLead) as refused:
        lead_actions.decide_on(lead.id, found.seen, back, ELSEWHERE.name)
    assert refused.value.facts["reason"] == "lead_passed_once"
    come_as(CITY)
    lead_actions.decide_on(lead.id, found.seen, back, CITY.name)
    assert lead_desk.find(lead.id).office == "LZ-XG"


def test_what_is_told_to_a_reporter_names_no_case(lead, come_as):
    merged = Decision("merge", case="LZ-XG-2025-001", told="与 LZ-XG-2025-001 一并办理，谢谢")
    lead_actions.decide_on(lead.id, lead.seen, merged, PROSECUTOR.name)
    found = lead_desk.find(lead.id)
    told = Decision("tell", told="与 LZ-CG-2025-001 是两回事")
    lead_actions.decide_on(lead.id, found.seen, told, PROSECUTOR.name)
    come_as(VOLUNTEER)
    (mine,) = lead_desk.my_leads("zh")
    said = repr(mine)
    assert "LZ-" not in said
    assert len(mine.told) == 2
    assert mine.status in {"filed", "closed"}


def test_leads_go_round_in_no_circle(lead, come_as):
    come_as(OTHER)
    lead_actions.submit_lead(filled())
    other = newest()
    come_as(PROSECUTOR)
    lead_actions.decide_on(lead.id, lead.seen, Decision("merge", lead=other.id), PROSECUTOR.name)
    with pytest.raises(BadLead) as refused:
        lead_actions.decide_on(
            other.id, other.seen, Decision("merge", lead=lead.id), PROSECUTOR.name
        )
    assert refused.value.facts["reason"] == "lead_circle"


def test_what_lies_near_is_told_in_metres_with_hazards_and_open_cases(lead):
    near = lead_desk.near(lead, reads.data_state(), "zh")
    assert [one.distance_m for one in near] == sorted(one.distance_m for one in near)
    assert {one.sort for one in near} == {"lead", "hazard", "case"}
    assert all(one.distance_m <= 500 for one in near)
    hazards = [one for one in near if one.sort == "hazard"]
    assert all(one.id.startswith("charging_stations:") == one.is_same_kind for one in hazards)
    assert "LZ-XG-2025-001" in {one.id for one in near if one.sort == "case"}


# ----------------------------------------------------------------- hotlines, files


def test_a_clerk_enters_a_hotlines_lead_without_a_place_and_each_ticket_once(come_as):
    come_as(CLERK)
    told = filled(said="", place="某村北", contact="139", photos=())
    entered = Entered("hotline_12345", "LZ-XG", "12345-77")
    done = lead_actions.enter_lead(told, entered, CLERK.name)
    lead = lead_desk.find(done.lead)
    assert (lead.source, lead.ticket, lead.is_counted) == ("hotline_12345", "12345-77", False)
    with pytest.raises(BadLead) as refused:
        lead_actions.enter_lead(told, entered, CLERK.name)
    assert refused.value.facts["reason"] == "lead_ticket_taken"
    for office in ("LZ-CG", ""):
        with pytest.raises(NotAllowed):
            lead_actions.enter_lead(told, replace(entered, office=office), CLERK.name)
    come_as(VOLUNTEER)
    with pytest.raises(NotAllowed):
        lead_actions.enter_lead(told, entered, VOLUNTEER.name)


def test_a_hotlines_file_goes_in_once(come_as):
    come_as(CLERK)
    rows = (
        "工单号,诉求内容,经度,纬度\nB-1,小区充电桩线缆裸露,103.62,36.09\nB-2,河边倒了垃圾很多,,\n"
    )
    read: TicketFile = lead_actions.read_ticket_file("工单.csv", rows.encode(), "gcj02")
    entered = Entered("hotline_12345", "LZ-XG")
    assert lead_actions.enter_tickets(read, entered, "gcj02", CLERK.name).count == 2
    assert lead_actions.enter_tickets(read, entered, "gcj02", CLERK.name).count == 0
    placed = [one for one in lead_desk.inbox() if one.ticket == "B-1"]
    assert placed[0].report.system == "gcj02"
    assert placed[0].report.lon != 103.62


# -------------------------------------------------------------------- invitations


def a_wish(**facts):
    told = {"case": LOOK_BACK, "hazard": "", "account": "zhao", "days": 7,
            "look_at": "河边的垃圾是不是又倒了", "precision": "coarse"}  # fmt: skip
    told = {**told, **facts}
    case = reads.case(told["case"], holdings.whole_revision())
    hazards = invitation_desk.hazards_to_show(case, reads.data_state()) if case else ()
    return Wish(**{**told, "hazard": told["hazard"] or (hazards[0] if hazards else "")})


@pytest.fixture
def inviter(come_as, monkeypatch):
    """A prosecutor whose office has a case at its look-back, and a volunteer to invite."""
    monkeypatch.setattr(invitation_desk, "volunteers", lambda: {"zhao": "赵志愿"})
    return come_as(Visitor("zheng", "郑检察官", "prosecutor", "LZ-YD", way="accounts"))


def test_a_volunteer_is_invited_sees_kind_and_place_alone_and_answers(inviter, come_as):
    wish = a_wish(look_at=f"{LOOK_BACK} 某处的垃圾是不是又倒了")
    invitation_actions.make_invitation(wish, inviter.name)
    before = reads.case(LOOK_BACK, holdings.whole_revision())
    come_as(OTHER)
    assert invitation_desk.mine("zh") == ()
    come_as(VOLUNTEER)
    (invited,) = invitation_desk.mine("zh")
    assert (invited.layer, invited.standing) == ("river_segments", "waiting")
    shown = repr(invited)
    for secret in (LOOK_BACK, wish.hazard.partition(":")[2], "郑", "zheng", "LZ-YD"):
        assert secret not in shown
    exact = invitation_desk.place_of(wish.hazard, "exact", reads.data_state(revision=(
        holdings.whole_revision())))  # fmt: skip
    assert (invited.lon, invited.lat) != exact
    come_as(OTHER)
    with pytest.raises(NotAllowed):
        invitation_actions.answer_invitation(invited.key, "relapsed", "", ())
    come_as(VOLUNTEER)
    invitation_actions.answer_invitation(invited.key, "relapsed", "又倒了", (a_photo(),))
    with pytest.raises(BadLead):
        invitation_actions.answer_invitation(invited.key, "unclear", "", ())
    (after,) = invitation_desk.mine("zh")
    assert (after.lon, after.look_at, after.standing) == (None, "", "answered")
    come_as(inviter)
    case = reads.case(LOOK_BACK, holdings.data_revision())
    assert case.events == before.events
    (kept,) = invitation_desk.of_case(case)
    assert (kept.answer.seen, kept.answer.text) == ("relapsed", "又倒了")
    items = {one.number for one in evidence_desk.all_items() if one.facts.case == LOOK_BACK}
    assert set(kept.answer.photos) <= items


UNASKED = [
    ({"account": "nobody"}, "invitation_whom"),
    ({"hazard": "river_segments:none"}, "invitation_hazard"),
    ({"look_at": " "}, "invitation_text"),
    ({"days": 0}, "invitation_days"),
    ({"days": 61}, "invitation_days"),
    ({"precision": "none"}, "invitation_days"),
]


def test_an_invitation_that_lacks_something_is_refused_by_name(inviter):
    for facts, reason in UNASKED:
        with pytest.raises(BadLead) as refused:
            invitation_actions.make_invitation(a_wish(**facts), inviter.name)
        assert refused.value.facts["reason"] == reason
    assert holdings.invitations() == ()


def test_nobody_invites_to_a_case_that_is_not_theirs_or_not_at_its_look_back(inviter, come_as):
    with pytest.raises(NotAllowed):
        invitation_actions.make_invitation(a_wish(case="LZ-CG-2025-001"), inviter.name)
    come_as(PROSECUTOR)
    with pytest.raises(NotAllowed):
        invitation_actions.make_invitation(a_wish(), PROSECUTOR.name)
    with pytest.raises(BadLead) as refused:
        invitation_actions.make_invitation(a_wish(case="LZ-XG-2025-001"), PROSECUTOR.name)
    assert refused.value.facts["reason"] == "invitation_stage"


def test_a_withdrawn_invitation_shows_a_sentence_and_takes_no_answer(inviter, come_as):
    invitation_actions.make_invitation(a_wish(), inviter.name)
    (one,) = holdings.invitations()
    invitation_actions.withdraw_invitation(one.id, inviter.name)
    come_as(VOLUNTEER)
    (invited,) = invitation_desk.mine("zh")
    assert (invited.standing, invited.lon) == ("withdrawn", None)
    with pytest.raises(BadLead):
        invitation_actions.answer_invitation(one.id, "relapsed", "", ())
    with pytest.raises(NotAllowed):
        invitation_actions.withdraw_invitation(one.id, VOLUNTEER.name)


# ----------------------------------------------------------------------- kept, shown


def test_leads_and_their_photographs_come_back_from_a_backup(lead, tmp_path):
    asked = read_settings()
    back_up(asked, tmp_path / "backup.zip", datetime.now(UTC))
    copied = replace(asked, data_folder=tmp_path / "restored")
    restore(tmp_path / "backup.zip", copied, datetime.now(UTC))
    assert lead in read_leads(open_journal(copied.journal_url))
    assert open_evidence(copied.evidence_url).read(holdings.evidence().item(lead.photos[0]).sha256)


def test_the_inbox_shows_the_invented_leads_and_says_so(data):
    del data
    waiting = [one for one in LEADS if one.act in {None, "evaluate"}]
    for language in ("zh", "en"):
        app = AppTest.from_file(MAIN, default_timeout=120)
        app.query_params["screen"], app.query_params["lang"] = "leads", language
        app.run()
        assert not app.exception
        assert len(app.dataframe[0].value) == len(waiting)
        assert say("leads.invented", language) in [one.value for one in app.caption]
    app.query_params["lead"] = f"{SAMPLE_ON - timedelta(days=2)}-01"
    app.run()
    assert not app.exception
    assert app.button(key="lead-decide").disabled  # nobody has signed yet


def test_a_page_of_volunteers_in_both_languages_asks_before_it_takes(data):
    del data
    for language in ("zh", "en"):
        app = AppTest.from_file(MAIN, default_timeout=120)
        app.query_params["screen"], app.query_params["lang"] = "volunteer", language
        app.run()
        app.button(key="lead-submit").click().run()
        assert not app.exception
        assert len(app.error) == 1
        assert "volunteer" in app.query_params["screen"]
        shown = " ".join(one.proto.body for one in app.get("html"))
        assert say("frame.demonstration", language) in shown


def test_every_other_screen_is_closed_to_a_volunteer(come_as):
    come_as(VOLUNTEER)
    for screen in ("overview", "case_file", "leads", "evidence", "acts"):
        app = AppTest.from_file(MAIN, default_timeout=120)
        app.query_params["screen"] = screen
        app.query_params["sel"] = "case:LZ-XG-2025-001"
        app.run()
        assert not app.exception
        shown = " ".join(
            str(one.value) for kind in ("markdown", "caption", "info") for one in app.get(kind)
        )
        assert "志愿者" in shown
        assert not app.dataframe
        for secret in ("LZ-XG", "充电", "2025-12-17"):
            assert secret not in shown
