"""Random questions by random roles, held against a plain model of who sees what: no leak.

The model is loops over all that is stored; the answers come through the app's own reads, desks and
routes. An id of a case or hazard that is hidden may stand in no answer, and asking for it by its
address must be answered as asking for what does not exist.
"""

import random
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime

import pandas as pd
import pytest
import streamlit
from starlette.datastructures import URL
from starlette.requests import Request

from dashboard import holdings, reads
from dashboard.actions import cases as case_actions
from dashboard.desks import evidence as evidence_desk
from dashboard.desks import findings as findings_desk
from dashboard.desks import visits as visit_desk
from dashboard.doors import visitors
from dashboard.doors.access import Visitor, acts, may, offices_seen, roles
from dashboard.draft import Draft
from dashboard.routes import tiles as tile_routes
from dashboard.routes.tile_pass import pass_for, write_pass
from dashboard.view import View
from geodata import Scope, hazards_of
from geodata.errors import GeodataError, NotAllowed, UnknownEvidence
from geodata.evidence_store import EvidenceFacts
from geodata.sample import SAMPLE_ON
from layers.figures import PERIOD_FIGURES, STOCK_FIGURES

PERIOD = (date(2025, 1, 1), date(2025, 12, 31))
NOWHERE = {"case": "LZ-NO-2025-999", "hazard": "charging_stations:no-such-station"}


@pytest.fixture(scope="module", autouse=True)
def _sample(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path_factory.mktemp("work"))
        patched.delenv("PIM_DATA_FOLDER", raising=False)
        streamlit.cache_resource.clear()
        _share_and_hand_in()
        yield
        streamlit.cache_resource.clear()


def _share_and_hand_in():
    """One piece of evidence for every case, so that each office has some to hide."""
    _, cases = holdings.stores()
    for case in cases.find():
        facts = EvidenceFacts(f"{case.id}.txt", "tester", datetime.now(UTC), case=case.id)
        holdings.evidence().put(f"of {case.id}".encode(), facts)
    holdings.findings()


@pytest.fixture
def come_as(monkeypatch):
    """Let the script run for a visitor, as if their request had been looked at."""
    monkeypatch.setenv("PIM_SIGN_IN", "accounts")
    monkeypatch.setattr(visitors, "get_script_run_ctx", lambda **_: object())
    monkeypatch.setattr(visitors, "_of_this_session", lambda found: found)

    def come(visitor):
        monkeypatch.setattr(visitors, "_by_request", lambda _: visitor)

    return come


class Model:
    """What is stored, and who sees it, by loops alone."""

    def __init__(self):
        features, cases = holdings.stores()
        self.cases = {one.id: one for one in cases.find()}
        self.rows = {
            f"{layer.id}:{row['id']}": str(row["jurisdiction"] or "")
            for layer in holdings.layers()
            if layer.id in features.layers()
            for _, row in features.read(layer.id)[["id", "jurisdiction"]].iterrows()
        }
        self.on = {}
        for case in self.cases.values():
            for ref in set(map(str, hazards_ever(case))):
                self.on.setdefault(ref, []).append(case.id)
        self.items = holdings.evidence().items()
        self.found = [
            one.finding for all_ in findings_desk.dossiers().values() for one in all_.findings
        ]

    def sees_case(self, visitor, case_id):
        offices, case = offices_seen(visitor), self.cases.get(case_id)
        if case is None:
            return False
        return offices is None or bool(offices & {case.jurisdiction, *case.shared_with})

    def sees_hazard(self, visitor, ref):
        offices = offices_seen(visitor)
        if ref not in self.rows:
            return False
        return (
            offices is None
            or self.rows[ref] in offices
            or any(self.sees_case(visitor, one) for one in self.on.get(ref, ()))
        )

    def hidden(self, visitor):
        """Return every id that may stand in no answer to somebody."""
        cases = {one for one in self.cases if not self.sees_case(visitor, one)}
        refs = {ref for ref in self.rows if not self.sees_hazard(visitor, ref)}
        own = "\n".join(repr(one) for one in self.cases.values() if self.sees_case(visitor, one.id))
        return {one for one in cases | refs if one not in own}


def hazards_ever(case):
    linked = [e.detail("hazard") for e in case.events if e.kind == "hazard_linked"]
    return [*case.hazards, *filter(None, linked), *hazards_of(case)]


@pytest.fixture(scope="module")
def model():
    return Model()


def words_of(answer):
    """Yield every text in an answer, whatever it is made of."""
    if isinstance(answer, pd.DataFrame):
        columns = [answer[name] for name in answer.columns if name != "geometry"]
        yield from map(str, [*answer.index, *(one for column in columns for one in column)])
    elif isinstance(answer, (str, int, float, date)) or answer is None:
        yield str(answer)
    else:
        for one in parts_of(answer):
            yield from words_of(one)


def parts_of(answer):
    """Return what an answer is made of; what belongs to all (layers, rules) is passed over."""
    if isinstance(answer, Mapping):
        return [*answer, *answer.values()]
    if is_dataclass(answer):
        names = {one.name for one in fields(answer)} - {"layer", "book", "rule", "runs"}
        return [getattr(answer, name) for name in names]
    if isinstance(answer, (list, tuple, set, frozenset, pd.Series)):
        return list(answer)
    return [str(answer)]


def parted(words):
    return {part for word in words for part in word.replace(";", " ").replace(",", " ").split()}


# ------------------------------------------------------------------------- the questions


def ask_case(dice, model, state):
    wanted = dice.choice([*model.cases, NOWHERE["case"]])
    return wanted, reads.case(wanted, state.revision)


def ask_hazard(dice, model, state):
    wanted = dice.choice([*model.rows, NOWHERE["hazard"]])
    return wanted, reads.hazard(wanted, state)


SCOPES = (
    Scope(),
    *(Scope(text=text) for text in ("LZ-", "某", "2025", "LZ-CG-2025-001")),
    *(Scope(jurisdictions=frozenset({office})) for office in ("LZ-XG", "LZ-CG")),
)


def ask_search(dice, model, state):
    seen = reads.situation(dice.choice(SCOPES), state.as_of, state.revision)
    return None, (seen.features, seen.cases, reads.cases_within(seen))


def ask_figures(dice, model, state):
    figures = reads.indicators(dice.choice(SCOPES), state.as_of, state.revision)
    return None, [(one.counted, one.of) for one in figures]


def ask_tallies(dice, model, state):
    one = reads.figures(PERIOD, state)[dice.choice([*PERIOD_FIGURES, *STOCK_FIGURES]).id]
    return None, one


def ask_due(dice, model, state):
    due = reads.due_list(Scope(), state.as_of, state.revision)
    return None, due.lists[dice.choice(list(due.lists))]


def ask_names(dice, model, state):
    names = reads.naming(dice.choice(["zh", "en"]))
    return None, (reads.case_titles(names, state.revision), reads.hazard_names(state.revision))


def ask_named(dice, model, state):
    refs = tuple(dice.sample(sorted(model.rows), 5))
    return None, (
        reads.features_named(refs, state.as_of, state.revision),
        reads.shortlist_situation(refs, state),
    )


def ask_writes(dice, model, state):
    all_ = reads.all_revisions(state.revision)
    if not all_:
        return None, ()
    one = dice.choice(all_)
    changes = reads.changes_of(one.id, one.layer)
    return None, [f"{one.layer}:{row}" for row in changes["id"]]


def ask_waiting(dice, model, state):
    return None, (reads.unplaced(state.revision), reads.kept_aside())


def ask_evidence(dice, model, state):
    number = dice.choice([one.number for one in model.items])
    item = evidence_desk.find_item(number)
    subject = evidence_desk.subject_of(f"case:{dice.choice(list(model.cases))}", state)
    return None, (item, evidence_desk.items_of(subject), evidence_desk.shares(state))


def ask_findings(dice, model, state):
    wanted = dice.choice(model.found).id
    view = View(model=dice.choice(["", *findings_desk.rules()]))
    found = findings_desk.listed_findings(view, state)
    return None, ([one.finding for one in found], findings_desk.find_standing(wanted))


def ask_sources(dice, model, state):
    return None, visit_desk.sources(View(scope=Scope(text="某")), state)


QUESTIONS = (
    *(ask_case, ask_case, ask_hazard, ask_hazard, ask_search, ask_figures, ask_tallies, ask_due),
    *(ask_names, ask_named, ask_writes, ask_waiting, ask_evidence, ask_findings, ask_sources),
)


def ask_many(number, seed, model, come_as):
    dice = random.Random(seed)  # noqa: S311 - a drawn question is no secret
    known = {}
    for _ in range(number):
        role, office = dice.choice([*roles(), "", "king"]), dice.choice(["LZ-XG", "LZ-YD", "LZ"])
        visitor = Visitor("one", "某人", role, office, "accounts")
        come_as(visitor)
        state = reads.data_state(SAMPLE_ON)
        wanted, answer = dice.choice(QUESTIONS)(dice, model, state)
        eyes = offices_seen(visitor)
        if eyes not in known:
            known[eyes] = model.hidden(visitor)
        leaked = parted(words_of(answer)) & known[eyes]
        assert not leaked, (visitor, wanted, sorted(leaked)[:3])
        if wanted is not None:
            is_seen = model.sees_hazard if ":" in wanted else model.sees_case
            assert (answer is not None) == is_seen(visitor, wanted), (visitor, wanted)


def test_a_thousand_questions_by_any_role_leak_nothing(model, come_as):
    ask_many(1_000, 1, model, come_as)


@pytest.mark.thorough
def test_ten_thousand_questions_by_any_role_leak_nothing(model, come_as):
    ask_many(10_000, 2, model, come_as)


def test_a_district_sees_its_own_and_what_is_shared_and_can_change_its_own_alone(model, come_as):
    shared = next(one for one in model.cases.values() if one.shared_with)
    guest_office = shared.shared_with[0]
    come_as(Visitor("zhao", "赵某", "prosecutor", guest_office, "accounts"))
    revision = holdings.data_revision()
    seen = {one.id for one in reads.all_cases(revision)}
    assert seen == {
        one.id
        for one in model.cases.values()
        if guest_office in {one.jurisdiction, *one.shared_with}
    }
    assert shared.id in seen
    for ref in map(str, shared.hazards):
        assert holdings.is_there(ref, revision)
    draft = Draft(shared.id, "investigation", seen=shared.revision, occurred_on=SAMPLE_ON)
    event = draft.event(datetime.now(UTC), "赵某")
    with pytest.raises(NotAllowed):
        case_actions.record_entry(shared.id, event, shared.revision)
    hidden = next(one for one in model.cases if one not in seen)
    for gone in (hidden, NOWHERE["case"]):
        with pytest.raises(KeyError):
            case_actions.record_entry(gone, event, 0)


def test_a_foreign_piece_of_evidence_is_answered_as_none(model, come_as):
    come_as(Visitor("wang", "王某", "prosecutor", "LZ-XG", "accounts"))
    foreign = next(one for one in model.items if one.facts.case.startswith("LZ-CG"))
    answers = []
    for number in (foreign.number, 10**6):
        assert evidence_desk.find_item(number) is None
        with pytest.raises(UnknownEvidence) as refused:
            evidence_desk.seen_item(number)
        answers.append({**refused.value.facts, "name": ""})
    assert answers[0] == answers[1]


def test_every_act_is_asked_again_on_the_server(come_as):
    for role in roles():
        for office in holdings.city().jurisdiction_ids:
            visitor = Visitor("one", "某人", role, "LZ-XG", "accounts")
            come_as(visitor)
            for act in acts():
                allowed = case_actions.may_do(office, act)
                assert not allowed or may(visitor, act, office)
                assert case_actions.may_write(office) or not allowed


def test_outside_of_a_run_of_the_script_nobody_is_there(monkeypatch):
    monkeypatch.setenv("PIM_SIGN_IN", "accounts")
    assert visitors.visitor() == Visitor()
    assert holdings.data_revision().endswith("@")
    assert len(reads.all_cases(holdings.data_revision())) == 0


def request_of(path, query, cookies=""):
    url = URL(f"http://127.0.0.1{path}?{query}")
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": url.query.encode(),
            "headers": [(b"cookie", cookies.encode())],
            "path_params": {"layer": "charging_stations", "revision": "", "number": 1},
        }
    )


def test_a_pass_of_another_account_is_worth_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("PIM_SIGN_IN", "accounts")
    monkeypatch.setenv("PIM_ACCOUNTS_FILE", str(tmp_path / "accounts.sqlite"))
    kept = visitors.accounts()
    now = datetime.now(UTC).timestamp()
    cookies = {}
    for name in ("wang", "zhao"):
        made = kept.add(name, name, "prosecutor", "LZ-XG", "correct horse battery")
        cookies[name] = f"{visitors.SESSION_COOKIE}={visitors.begin_session(made, now)[0]}"
    leave = f"pass={write_pass(pass_for(frozenset({'LZ-XG'}), 'wang'), now)}"
    path = "/tiles/charging_stations/1/1.json"
    for cookie, wanted in (
        (cookies["wang"], "revision_gone"),
        (cookies["zhao"], "pass_foreign"),
        ("", "pass_foreign"),
    ):
        answer = tile_routes._guarded(tile_routes.give_name)(request_of(path, leave, cookie))
        assert wanted.encode() in answer.body


def test_sight_ends_with_the_epoch_the_lock_and_the_session(monkeypatch, tmp_path):
    monkeypatch.setenv("PIM_SIGN_IN", "accounts")
    monkeypatch.setenv("PIM_ACCOUNTS_FILE", str(tmp_path / "accounts.sqlite"))
    kept, now = visitors.accounts(), datetime.now(UTC).timestamp()
    made = kept.add("wang", "王某", "prosecutor", "LZ-XG", "correct horse battery")

    def who(cookie, at=now):
        return visitors.who_is({}, {visitors.SESSION_COOKIE: cookie}, at)

    first, life = visitors.begin_session(made, now)
    assert who(first).office == "LZ-XG"
    assert not who(first, now + life + 1).is_known
    assert not who(first[:-2] + "xx").is_known
    assert visitors.end_session(first, now).account == "wang"
    assert not who(first).is_known
    second, _ = visitors.begin_session(made, now)
    kept.change_password("wang", "another fine password")
    assert not who(second).is_known
    third, _ = visitors.begin_session(kept.find("wang"), now)
    assert who(third).is_known
    kept.remove("wang")
    assert not who(third).is_known


def test_a_header_is_believed_with_the_secret_of_the_gateway_alone(monkeypatch, tmp_path):
    secret = "0123456789abcdef0123456789"  # noqa: S105 - made up
    monkeypatch.setenv("PIM_SIGN_IN", "header")
    monkeypatch.setenv("PIM_ACCOUNTS_FILE", str(tmp_path / "accounts.sqlite"))
    visitors.accounts().add("li", "李某", "chief", "LZ-CG")
    user = {"X-Remote-User": "Li"}
    assert visitors.who_is(user, {}, 0).refusal == "no_secret"
    monkeypatch.setenv("PIM_HEADER_SECRET", secret)
    assert visitors.who_is(user, {}, 0).refusal == "not_signed_in"
    assert visitors.who_is({**user, "X-Pim-Secret": secret[:-1]}, {}, 0).refusal == "not_signed_in"
    known = visitors.who_is({**user, "x-pim-secret": secret}, {}, 0)
    assert (known.account, known.office, known.role) == ("li", "LZ-CG", "chief")
    other = {"X-Remote-User": "nobody", "X-Pim-Secret": secret}
    assert visitors.who_is(other, {}, 0).refusal == "unknown"
    monkeypatch.setenv("PIM_HEADER_SECRET", "short")
    with pytest.raises(GeodataError) as refused:
        visitors.asked()
    assert "short" not in str(refused.value)


def test_what_a_superior_enters_bears_its_office(come_as):
    from dashboard import session

    come_as(Visitor("zhou", "周某", "city", "LZ", "accounts"))
    assert session.writer() == "周某 (LZ)"
    come_as(Visitor("wang", "王某", "prosecutor", "LZ-XG", "accounts"))
    assert session.writer() == "王某"
