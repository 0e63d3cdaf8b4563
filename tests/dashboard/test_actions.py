"""Writes: what the rules allow is stored, whole; everything else is refused with its reason."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dashboard import reads
from dashboard.actions import cases as case_actions
from dashboard.draft import Draft, NewLead, code_list, fields_of, storable
from dashboard.text import say_error
from dashboard.words.law import say_basis
from geodata import (
    HazardRef,
    Scope,
    advance,
    hazards_of,
    load_rule_set,
    offered_moves,
    stage_of,
)
from geodata.errors import (
    BadDetail,
    CaseTaken,
    DateBeforeCause,
    DateInFuture,
    ExtensionTooLong,
    IllegalTransition,
    MissingFacts,
    StaleEdit,
    UnknownGround,
)
from geodata.lifecycle import in_effect
from tests.geodata.histories import RULES, a_case, event, filled, walks

XIGU = "LZ-XG-2025-001"
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.fixture
def stores(data):
    """The demonstration's features, and a copy of its cases of this test's own."""
    return reads.stores()


def entry(kind, day, **facts):
    return replace(event(kind, day, **facts), recorded_at=NOW)


def enter(kind, day, case_id=XIGU, **facts):
    _, store = reads.stores()
    seen = facts.pop("seen", store.get(case_id).revision)
    return case_actions.record_entry(case_id, entry(kind, day, **facts), seen)


def test_a_lawful_move_is_stored_and_the_stage_follows(stores):
    (case,) = enter("review_for_suit", "2026-02-02")
    assert stage_of(case, RULES, date(2026, 2, 2)).id == "review_for_suit"
    assert stores[1].get(XIGU).events[-1].recorded_by == "tester"


@pytest.mark.parametrize(
    ("kind", "day", "facts", "error"),
    [
        ("suit_filed", "2026-01-02", {"claims": "revoke", "document": "起诉书"}, IllegalTransition),
        ("appraisal_ended", "2026-01-02", {}, DateBeforeCause),
        ("review_for_suit", "2026-06-02", {}, DateInFuture),
        ("look_back_planned", "2026-01-02", {}, MissingFacts),
        (
            "terminated_after_rectification",
            "2026-01-02",
            {"ground": "tired", "document": "决定书"},
            UnknownGround,
        ),
        ("item_replied", "2026-01-02", {"item": 1, "answer": "perhaps"}, BadDetail),
        ("hazard_linked", "2026-01-02", {"hazard": "nowhere"}, BadDetail),
        ("hazard_unlinked", "2026-01-02", {"hazard": "solid_waste:x", "note": "误"}, BadDetail),
        (
            "outcome_stated",
            "2026-01-02",
            {"outcome": "hazards", "outcome_state": "claimed", "amount": "many"},
            BadDetail,
        ),
        ("evidence_verified", "2026-01-02", {"evidence": "3;999"}, BadDetail),
        ("lead_referred", "2026-01-02", {"office": "LZ-XG", "document": "通知书"}, BadDetail),
        (
            "review_extended",
            "2026-02-10",
            {"due_on": "2026-12-31", "extended_by": "chief_procurator", "document": "决定书"},
            ExtensionTooLong,
        ),
    ],
)
def test_what_the_rules_do_not_allow_is_refused_and_nothing_is_stored(
    stores, kind, day, facts, error
):
    before = stores[1].get(XIGU)
    with pytest.raises(error):
        enter(kind, day, **facts)
    assert stores[1].get(XIGU) == before


def test_an_entry_without_an_author_is_refused(stores):
    nobody = replace(entry("agency_replied", "2026-01-02"), recorded_by=" ")
    with pytest.raises(MissingFacts):
        case_actions.record_entry(XIGU, nobody, stores[1].get(XIGU).revision)


def test_a_refusal_names_rule_and_article_and_what_would_be_lawful(stores):
    with pytest.raises(IllegalTransition) as refused:
        enter("case_filed", "2026-01-02", document="立案决定书")
    chinese, english = (say_error(refused.value, one) for one in ("zh", "en"))
    assert "跟进调查" in chinese
    assert "《办案规则》" in chinese
    assert "审查起诉" in chinese
    assert "Follow-up investigation" in english
    assert "PIL Rules art. 77" in english
    assert "case_filed" not in chinese + english


def test_a_stale_edit_is_refused_with_what_others_entered(stores):
    seen = stores[1].get(XIGU).revision
    enter("look_back_planned", "2026-01-02", due_on="2026-05-01")
    with pytest.raises(StaleEdit):
        enter("review_for_suit", "2026-02-02", seen=seen)
    (case,) = enter("review_for_suit", "2026-02-02", seen=seen + 1)
    assert case.revision == seen + 2


def test_a_late_entry_is_judged_at_its_place_in_the_history(stores):
    (case,) = enter("consultation", "2025-05-06", result="明确分工")
    kinds = [one.kind for _, one in in_effect(case.events)]
    assert kinds.index("consultation") < kinds.index("investigation_concluded")
    with pytest.raises(IllegalTransition):
        enter("investigation_concluded", "2025-09-30", document="报告")


def test_a_correction_takes_the_place_and_a_withdrawal_takes_it_away(stores):
    store = stores[1]
    numbers = {one.kind: number for number, one in enumerate(store.get(XIGU).events)}
    replied = numbers["hearing"]
    (case,) = enter("hearing", "2025-10-23", result="改期", corrects=replied)
    assert dict(in_effect(case.events))[replied].occurred_on == date(2025, 10, 23)
    (case,) = enter("withdrawn", "2025-10-23", note="误录", corrects=replied)
    assert replied not in dict(in_effect(case.events))


def test_handing_a_case_over_writes_both_sides(stores):
    lead = case_actions.register_lead(a_lead(), NOW, "tester")
    office = {"office": "LZ-QLH", "document": "通知书"}
    given, received = enter("lead_referred", "2026-05-06", lead.id, **office)
    assert stage_of(given, RULES, date(2026, 6, 1)).id == "lead_referred"
    assert (received.jurisdiction, received.came_from) == ("LZ-QLH", given.id)
    assert given.events[-1].detail("case") == received.id
    assert [one.kind for one in received.events] == ["lead_received_from", "lead_registered"]
    assert received.hazards


def a_lead(**facts):
    given = {
        "id": "LZ-CG-2026-001",
        "title_zh": "督促整治某处充电站行政公益诉讼案",
        "office": "LZ-CG",
        "kind": "admin_pil",
        "field": "work_safety",
        "lead_source": "complaint_report",
        "occurred_on": date(2026, 5, 4),
        "hazards": ("charging_stations:XG-CS-001",),
    }
    return NewLead(**{**given, **facts})


def test_a_lead_referred_outside_the_city_is_written_at_the_sender_only(stores):
    lead = case_actions.register_lead(a_lead(), NOW, "tester")
    written = enter("lead_referred", "2026-05-06", lead.id, office="天祝县院", document="通知书")
    assert [one.id for one in written] == [lead.id]


def test_a_registered_lead_falls_under_the_rules_in_force_and_is_no_demonstration(stores):
    case = case_actions.register_lead(a_lead(series="S-1", shared_with=("LZ-XG",)), NOW, "tester")
    assert stores[1].get(case.id) == case
    assert (case.rule_set, case.is_demonstration) == (load_rule_set().id, False)
    assert [one.kind for one in case.events] == ["lead_registered"]
    assert (case.series, case.shared_with) == ("S-1", ("LZ-XG",))


def test_a_case_received_from_outside_begins_at_its_review(stores):
    lead = a_lead(came_by="case_received", received_from="天祝县院", document="清单")
    case = case_actions.register_lead(lead, NOW, "tester")
    assert [one.kind for one in case.events] == ["case_received", "review_for_suit"]
    assert case.came_from == "天祝县院"


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"title_zh": " "}, MissingFacts),
        ({"id": XIGU}, CaseTaken),
        ({"id": "a/b"}, BadDetail),
        ({"hazards": ("charging_stations:none",)}, BadDetail),
        ({"occurred_on": date(2026, 6, 2)}, DateInFuture),
        ({"came_by": "lead_received_from"}, MissingFacts),
        ({"kind": ""}, MissingFacts),
    ],
)
def test_a_lead_that_is_not_complete_is_refused(stores, facts, error):
    count = len(stores[1].find(Scope()))
    with pytest.raises(error):
        case_actions.register_lead(a_lead(**facts), NOW, "tester")
    assert len(stores[1].find(Scope())) == count


def test_numbers_go_on_from_the_last_of_office_and_year():
    taken = ["LZ-XG-2026-001", "LZ-XG-2026-009", "LZ-XG-2025-044", "LZ-XG-2026-A"]
    assert case_actions.propose_id("LZ-XG", date(2026, 1, 1), taken) == "LZ-XG-2026-010"
    assert case_actions.propose_id("LZ-CG", date(2026, 1, 1), taken) == "LZ-CG-2026-001"


def test_fields_of_the_law_are_those_of_the_kind_of_case():
    fields = RULES.entries["fields"]
    assert "heroes_martyrs" not in fields_of(fields, "admin_pil")
    assert "state_property" not in fields_of(fields, "support_prosecution")
    assert "work_safety" in fields_of(fields, "civil_pil")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(walks(), st.data())
def test_everything_offered_is_accepted_once_what_it_asks_for_is_filled_in(case, data):
    on = case.events[-1].occurred_on
    move = data.draw(st.sampled_from(offered_moves(case, RULES, on)))
    made = filled(move.fact, on, case)
    if move.kind == "hazard_unlinked":
        case = replace(case, hazards=(HazardRef.parse(made.detail("hazard")),))
        assume(hazards_of(case))  # the form offers the case's own hazards, if it has any
    extended = tuple(("extended_by", "superior") if name == "extended_by" else (name, value)
                     for name, value in made.details)  # fmt: skip
    made = replace(made, details=extended)
    case_actions.check_entry(case, made, RULES, {made.detail("hazard")})
    assert advance(case, made, RULES).revision == case.revision + 1


def test_claims_differ_between_administrative_and_civil_cases():
    claims = RULES.details["claims"]
    assert "perform_duty" in code_list(claims, a_case(), RULES)
    assert "apologise" in code_list(claims, a_case(kind="civil_pil"), RULES)


@given(st.text(alphabet=st.characters(), max_size=20))
def test_what_no_store_takes_is_left_out_of_an_entry(text):
    said = storable(text)
    assert "\0" not in said
    said.encode("utf-8")
    draft = Draft("c", "consultation", date(2025, 1, 1), 0, note=text)
    assert draft.event(NOW, "x").note == said


@pytest.mark.parametrize(
    ("basis", "chinese", "english"),
    [
        ("R75(7), I21", "《办案规则》第75条第7项；《两高公益诉讼解释》第21条",
         "PIL Rules art. 75(7); PIL Interpretation art. 21"),
        ("R16-R17, R47", "《办案规则》第16条至第17条、第47条", "PIL Rules arts. 16-17, art. 47"),
        ("ALL 25(4)", "《行政诉讼法》第25条第4款", "Administrative Litigation Law art. 25(4)"),
        ("各省人大常委会决定", "各省人大常委会决定", "各省人大常委会决定"),
        ("—", "—", "—"),
    ],
)  # fmt: skip
def test_articles_are_said_in_words(basis, chinese, english):
    assert say_basis(basis, RULES, "zh") == chinese
    assert say_basis(basis, RULES, "en") == english


def test_what_is_ours_is_marked_and_not_taken_for_law():
    assert "本系统拟定" in say_basis("R77", RULES, "zh", "proposal")
    assert "not checked" in say_basis("R98", RULES, "en", "memory").lower()
    assert say_basis("—", RULES, "zh", "proposal") == "本系统拟定，非法定"


def test_every_basis_of_the_rule_set_can_be_said():
    bases = {one.basis for one in (*RULES.stages.values(), *RULES.facts.values())}
    bases |= {one.basis for one in RULES.deadlines}
    for basis in bases:
        assert not set(say_basis(basis, RULES, "zh")) & set("RIJALC")
