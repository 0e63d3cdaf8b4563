"""Random acts by random roles, held against a plain model of the rights: no leak, no crash.

The model reads the table of rights as it is written and loops over what is stored; the acts go
through the app's own functions, which write to real stores. What the model forbids must leave every
store as it was, and tell of nothing that is hidden; what it allows may fail for other reasons only.
"""

import random
import shutil
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
import streamlit

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.actions import evidence as evidence_actions
from dashboard.actions import findings as finding_actions
from dashboard.actions import leaving as leaving_actions
from dashboard.actions import stories as story_actions
from dashboard.desks import findings as findings_desk
from dashboard.doors import access, acts, guests
from dashboard.doors.access import Visitor, roles
from dashboard.draft import NewLead
from dashboard.leaving import check_file
from geodata import CaseEvent, GeodataError, load_rule_set
from geodata.case_exchange import render_cases
from geodata.errors import (
    CaseTaken,
    NotAllowed,
    ReleaseReserved,
    UnknownEvidence,
    UnknownRevision,
)
from geodata.evidence_store import EvidenceFacts
from geodata.sample import SAMPLE_ON
from layers.disclosure import context_for, make_aliases
from layers.stories import StoryPlan
from tests.dashboard.test_sight import Model, come_as, parted, words_of  # noqa: F401 - a fixture

TABLE = tomllib.loads(access.TABLE.read_text("utf-8"))
NOWHERE = "LZ-NO-2025-999"
REFUSALS = (NotAllowed, ReleaseReserved, KeyError, UnknownEvidence, UnknownRevision)
ALLOWED, FORBIDDEN = True, False
PLAIN = "本次检查未见异常。".encode()
WHY = "市院要求当日报送，经分管副检察长同意"


@pytest.fixture(scope="module", autouse=True)
def _own_stores(sample, tmp_path_factory):
    """A copy of the demonstration, with one piece of evidence for every case."""
    folder = tmp_path_factory.mktemp("acts") / "data"
    shutil.copytree(sample, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PIM_DATA_FOLDER", str(folder))
        streamlit.cache_resource.clear()
        for case in holdings.stores()[1].find():
            facts = EvidenceFacts(f"{case.id}.txt", "tester", datetime.now(UTC), case=case.id)
            holdings.evidence().put(f"of {case.id}".encode(), facts)
        holdings.findings()
        yield
        streamlit.cache_resource.clear()


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """What is kept for the screen, where there is no screen."""
    values = {}
    monkeypatch.setattr(session, "keep", values.__setitem__)
    monkeypatch.setattr(session, "kept", lambda name, default=None: values.get(name, default))
    monkeypatch.setattr(session, "change", lambda **_: None)
    return values


# ------------------------------------------------------------------------------ the model


def reaches(visitor, act, office=None):
    """Return whether the table lets somebody do something for an office, by its letter alone."""
    reach = TABLE["acts"][act]["reach"].get(visitor.role)
    if reach is None or office == "":
        return False
    return reach == "all" or (bool(visitor.office) and office in {None, visitor.office})


def reaches_shared(visitor, act, case):
    """The same of a case, where what is shared with an office may be read there, too."""
    is_shared = TABLE["acts"][act]["reach"].get(visitor.role) == "shared"
    return reaches(visitor, act, case.jurisdiction) or (
        is_shared and visitor.office in case.shared_with
    )


def act_of(kind, rules):
    """Return the act that an entry is: a review, what the chief decides, or plain."""
    if kind in {"review_noted", "review_answered"}:
        return "review"
    known = rules.stages.get(kind) or rules.facts.get(kind)
    return "decide" if known is not None and known.by else "enter"


@dataclass
class Tried:
    """One act: whether the model allows it, and what does it; `named` are ids that it names."""

    is_allowed: bool
    do: object
    named: frozenset[str] = frozenset()


def state_of_stores():
    features, cases = holdings.stores()
    heads = holdings.journal().head().number, holdings.evidence().head().number
    return features.revision(), cases.revision(), holdings.findings().revision(), *heads


# ------------------------------------------------------------------------------- the acts


def enter(dice, model, who):
    wanted = dice.choice([*model.cases, NOWHERE])
    stored = holdings.stores()[1].get(wanted) if wanted in model.cases else None
    rules = load_rule_set(stored.rule_set) if stored else load_rule_set()
    kind = dice.choice(["site_inquest", "review_noted", *sorted({**rules.stages, **rules.facts})])
    now = datetime.now(UTC)
    event = CaseEvent(kind, date(2026, 1, 5), now, who.name, note="某事")
    is_seen = model.sees_case(who, wanted)
    return Tried(
        is_seen and reaches(who, act_of(kind, rules), stored.jurisdiction),
        lambda: case_actions.record_entry(wanted, event, stored.revision if stored else 0),
        frozenset({wanted}),
    )


def register(dice, model, who):
    office = dice.choice(["LZ-XG", "LZ-CG", "LZ-YD"])
    number = dice.choice([*model.cases, f"{office}-2031-{dice.randrange(10**6)}", NOWHERE])
    lead = NewLead(
        id=number, title_zh="某处", office=office, kind="admin_pil", field="ecology_resources",
        lead_source="found_in_casework", occurred_on=date(2026, 1, 5),
    )  # fmt: skip
    now = datetime.now(UTC)
    return Tried(
        reaches(who, "enter", office),
        lambda: case_actions.register_lead(lead, now, who.name),
        frozenset({number}),
    )


def take_back(dice, model, who):
    features, _ = holdings.stores()
    written = dice.choice(features.revisions())
    one, rows = written.id, features.read(written.layer)
    offices = set(map(str, rows["jurisdiction"])) - {""} if "jurisdiction" in rows else set()
    is_all = TABLE["acts"]["take_back"]["reach"].get(who.role) == "all"
    allowed = is_all or (offices and all(reaches(who, "take_back", one) for one in offices))
    if allowed:  # of all rows of a layer: the model would have nothing left to look at
        return Tried(ALLOWED, lambda: None)

    def do():
        answer = case_actions._attempt_taking_back(one, WHY)
        if isinstance(answer, GeodataError):
            raise answer

    return Tried(FORBIDDEN, do)


def subject(dice, model, who):
    """Return a case or hazard, whether it is seen, and whose it is."""
    if dice.random() < 0.6:
        wanted = dice.choice([*model.cases, NOWHERE])
        case = model.cases.get(wanted)
        return wanted, "", model.sees_case(who, wanted), case.jurisdiction if case else ""
    ref = dice.choice([*model.rows, "charging_stations:no-such-station"])
    return "", ref, model.sees_hazard(who, ref), model.rows.get(ref, "")


def hand_in(dice, model, who):
    case, hazard, is_seen, office = subject(dice, model, who)
    told = evidence_actions.HandIn(("甲", "乙"), case=case, hazard=hazard)
    file = evidence_actions.Handed("记录.txt", BytesIO(str(dice.random()).encode()))
    return Tried(
        is_seen and reaches(who, "hand_in_evidence", office),
        lambda: evidence_actions.keep_files([file], told, who.name, lambda *_: None),
        frozenset({case, hazard}),
    )


def sees_item(model, who, facts):
    """Return whether somebody sees an item, and whose it is."""
    case = model.cases.get(facts.case)
    if case is not None:
        return reaches_shared(who, "see_evidence", case), case.jurisdiction
    office = model.rows.get(facts.hazard, "")
    if reaches(who, "see_evidence", office):
        return True, office
    is_shared = TABLE["acts"]["see_evidence"]["reach"].get(who.role) == "shared"
    return is_shared and model.sees_hazard(who, facts.hazard), office


def change_item(dice, model, who):
    items = holdings.evidence().items()
    one = dice.choice(items)
    is_seen, office = sees_item(model, who, one.facts)
    act = dice.choice(["change_evidence", "bundle_evidence"])

    def do():
        if act == "bundle_evidence":
            evidence_actions.make_bundle(
                [one.number], "某案", (), who=who.name, language="zh", progress=lambda *_: None
            )
        else:
            evidence_actions.enter_hand_over(one.number, one.seen, "法院", "", who.name)

    return Tried(is_seen and reaches(who, act, office), do)


def move_item(dice, model, who):
    """Put an item to another case: the right is asked on both sides."""
    one = dice.choice(holdings.evidence().items())
    is_seen, office = sees_item(model, who, one.facts)
    wanted = dice.choice(list(model.cases))
    there = model.cases[wanted]
    allowed = is_seen and reaches(who, "change_evidence", office)
    allowed = allowed and model.sees_case(who, wanted)
    return Tried(
        allowed and reaches(who, "change_evidence", there.jurisdiction),
        lambda: evidence_actions.tell_anew(one.number, one.seen, WHY, {"case": wanted}, who.name),
        frozenset({wanted}),
    )


def decide_finding(dice, model, who):
    one = dice.choice(model.found)
    kind = dice.choice(["confirmed", "rejected", "reopened"])
    seen = {one.id: len(holdings.findings().entries([f"finding:{one.id}"]))}
    return Tried(
        reaches(who, "decide_findings", one.jurisdiction),
        lambda: finding_actions.enter_decision(kind, seen, WHY, who.name),
    )


def run_model(dice, model, who):
    if reaches(who, "run_models"):
        return Tried(ALLOWED, lambda: None)  # minutes of reckoning, and no question of rights
    rule = dice.choice(list(findings_desk.rules()))
    return Tried(FORBIDDEN, lambda: finding_actions.run_and_keep(rule, who.name))


def keep_story(dice, model, who):
    chosen = tuple(dice.sample(list(model.cases), 2))
    seen = [model.cases[one] for one in chosen if model.sees_case(who, one)]
    plan = StoryPlan("", title="某讲", cases=chosen)
    allowed = reaches(who, "tell") and all(reaches_shared(who, "tell", one) for one in seen)
    return Tried(allowed, lambda: story_actions._keep(plan), frozenset(chosen))


def let_go(dice, model, who):
    audience = dice.choice(["internal", "outside"])
    content = dice.choice([PLAIN, "身份证号 11010519491231002X".encode()])
    empty = make_aliases([])
    checked = check_file(
        content, "说明.txt", audience, lambda: context_for(audience, holdings.city(), empty)
    )
    chosen = dice.sample(list(model.cases), dice.randrange(3))
    told = [model.cases[one] for one in chosen if model.sees_case(who, one)]
    allowed = reaches(who, "export") and all(reaches_shared(who, "export", one) for one in told)
    if audience == "outside" or not checked.is_clean:
        allowed = allowed and reaches(who, "release")
        allowed = allowed and all(reaches(who, "release", one.jurisdiction) for one in told)

    def do():
        answer = leaving_actions._answer(checked, WHY, {}, told, None, offices=())
        if isinstance(answer, GeodataError):
            raise answer

    return Tried(allowed, do)


def decide_name(dice, model, who):
    text = f"某词{dice.randrange(1000)}"

    def do():
        leaving_actions.decide_name(text, "kept", "word")
        answer = session.kept("name_decided")
        if isinstance(answer, GeodataError):
            raise answer

    return Tried(reaches(who, "decide_names"), do)


def give_link(dice, model, who):
    wanted = dice.choice([*model.cases, NOWHERE])
    case = model.cases.get(wanted)
    allowed = case is not None and model.sees_case(who, wanted)
    return Tried(
        allowed and reaches(who, "give_guest_links", case.jurisdiction),
        lambda: guests.give("某人", "听证", [wanted], 3),
        frozenset({wanted}),
    )


def revoke_link(dice, model, who):
    links = list(guests._all().values())
    if not links:
        return Tried(FORBIDDEN, lambda: guests.revoke("none"))
    one = dice.choice(links)
    is_all = TABLE["acts"]["give_guest_links"]["reach"].get(who.role) == "all"
    allowed = is_all or reaches(who, "give_guest_links", one.office)
    return Tried(allowed, lambda: guests.revoke(one.id))


def plan_import(dice, model, who):
    """A file that holds a case word for word must not tell whether the office has it."""
    wanted = dice.choice(list(model.cases))
    content = render_cases([model.cases[wanted]], ".json", holdings.city(), "zh")

    def do():
        plan = case_actions.plan_cases("案件.json", content)
        if not model.sees_case(who, wanted):
            assert wanted not in plan.unchanged, (who, wanted)
        return ()

    return Tried(ALLOWED, do, frozenset({wanted}))


def read_record(dice, model, who):
    """Who may see acts of an office sees those of its people, and nobody else any."""

    def do():
        seen = acts.seen_by(who, acts.Filter())
        whose = {str(one.told.get("office", "")) for one in seen}
        if not reaches(who, "see_acts"):
            assert not seen
        elif TABLE["acts"]["see_acts"]["reach"][who.role] != "all":
            assert whose <= {who.office}

    return Tried(ALLOWED, do)


ACTS = (
    *(enter, enter, enter, register, register, take_back, hand_in, change_item, move_item),
    *(decide_finding, run_model, keep_story, let_go, let_go, decide_name, give_link),
    *(revoke_link, plan_import, read_record),
)


def try_one(one, who, hidden):
    """Do one act and hold what came of it against the model; return whether it was done."""
    before = state_of_stores()
    refusal = None
    try:
        one.do()
    except (GeodataError, KeyError) as refused:
        refusal = refused
    is_changed = state_of_stores() != before
    if not one.is_allowed:
        assert not is_changed, (who, one)
        assert isinstance(refusal, (*REFUSALS, GeodataError)), (who, one)
    elif refusal is not None:
        assert not isinstance(refusal, REFUSALS), (who, one, refusal)
    facts = refusal.facts if isinstance(refusal, GeodataError) else {}
    told = parted(words_of([value for value in facts.values() if isinstance(value, (str, tuple))]))
    assert not (told & hidden - one.named), (who, one, sorted(told & hidden)[:3])
    return refusal is None and is_changed


def act_often(number, seed, come_as):  # noqa: F811 - the fixture's value
    dice = random.Random(seed)  # noqa: S311 - a drawn act is no secret
    counts = {"done": 0, "refused": 0}
    come_as(Visitor("all", "某人", "city", "LZ", "accounts"))
    model, revision = Model(), state_of_stores()
    for _ in range(number):
        if state_of_stores() != revision:
            model, revision = refreshed(model), state_of_stores()
        role = dice.choice([*roles(), "city", "chief", "prosecutor", "department_head", "", "king"])
        office = dice.choice(["LZ-XG", "LZ-YD", "LZ", ""])
        who = Visitor("one", "某人", role, office, "accounts")
        come_as(who)
        one = dice.choice(ACTS)(dice, model, who)
        is_done = try_one(one, who, model.hidden(who) if not one.is_allowed else frozenset())
        counts["done" if is_done else "refused"] += 1
    return counts


def refreshed(model):
    """Return the model of what is stored now; rows and findings do not change by these acts."""
    model.cases = {one.id: one for one in holdings.stores()[1].find()}
    return model


def test_a_hundred_acts_by_any_role_do_what_the_table_says(come_as):  # noqa: F811
    counts = act_often(120, 1, come_as)
    assert counts["done"] > 8
    assert counts["refused"] > 40


@pytest.mark.thorough
def test_ten_thousand_acts_by_any_role_do_what_the_table_says(come_as):  # noqa: F811
    counts = act_often(10_000, 2, come_as)
    assert counts["done"] > 1_000


def test_a_number_of_another_office_is_refused_alike_whether_it_is_used_or_not(come_as):  # noqa: F811
    come_as(Visitor("wang", "王某", "prosecutor", "LZ-XG", "accounts"))
    used = next(one for one in Model().cases if one.startswith("LZ-CG-"))
    answers = []
    for number in (used, "LZ-CG-2031-777"):
        lead = NewLead(
            id=number, title_zh="某处", office="LZ-XG", kind="admin_pil",
            field="ecology_resources", lead_source="found_in_casework", occurred_on=SAMPLE_ON,
        )  # fmt: skip
        with pytest.raises(CaseTaken) as refused:
            case_actions.register_lead(lead, datetime.now(UTC), "王某")
        answers.append({**refused.value.facts, "case": ""})
    assert answers[0] == answers[1]
    assert case_actions.proposed_id("LZ-CG", SAMPLE_ON) == ""
    assert case_actions.proposed_id("LZ-XG", SAMPLE_ON).startswith("LZ-XG-")
    with suppress(KeyError):
        reads.case(used, holdings.data_revision())
