"""Every entry of every rule set says what it rests on, and names nothing that is not there."""

import re
import tomllib
from datetime import date

import pytest

from geodata import load_rule_set, rule_set
from geodata.rule_comparison import compare_rule_sets
from geodata.rule_set import (
    CERTAINTIES,
    CODE_LISTS,
    RULE_SETS,
    rule_set_ids,
    rule_set_in_force,
)

OWN_PARTS = {"document", "ground", "note", "due_on"}
FORMS = {
    *("text", "number", "day", "code", "codes"),
    *("office", "case", "hazard", "item", "entry", "entries"),
}


@pytest.fixture(params=rule_set_ids())
def rules(request):
    return load_rule_set(request.param)


def entries(rules):
    return {**rules.stages, **rules.facts}


def test_every_entry_and_deadline_has_names_an_article_and_a_certainty(rules):
    for one in (*entries(rules).values(), *rules.deadlines):
        assert one.title.zh, one.id
        assert one.title.en, one.id
        assert one.basis, one.id
        assert one.certainty in CERTAINTIES, one.id


def test_every_code_says_how_sure_we_are_and_rests_on_something_unless_it_is_ours(rules):
    plain = {"yes_no"}  # yes and no are no law
    for name, codes in rules.entries.items():
        for code in codes.values():
            assert code.certainty in CERTAINTIES, (name, code.id)
            is_ours = code.certainty in {"proposal", "memory"} or name in plain
            # Who is to act is told by the articles of the deadlines.
            assert code.basis or is_ours or name == "actors", (name, code.id)


def test_every_article_is_quoted_from_a_source_that_is_named(rules):
    letters = set(rules.sources)
    for one in (*entries(rules).values(), *rules.deadlines):
        first = re.match(r"[A-Z]*", one.basis)[0]
        assert one.basis == "—" or first in letters, (one.id, one.basis)


def test_every_stage_leads_to_stages_that_are_there_and_stands_in_a_group(rules):
    for stage in rules.stages.values():
        for kind in rules.codes["case_kinds"]:
            assert set(stage.allowed_next(kind)) <= set(rules.stages), stage.id
        assert stage.group in rules.groups, stage.id
        assert stage.is_terminal or stage.next, stage.id


def test_every_stage_can_be_reached_by_some_kind_of_case(rules):
    reached = {one for first in rules.first_stages.values() for one in first}
    for stage in rules.stages.values():
        for kind in rules.codes["case_kinds"]:
            reached |= set(stage.allowed_next(kind)) if stage.fits(kind) else set()
    assert reached == set(rules.stages)


def test_what_an_entry_asks_follows_from_or_is_grounded_on_is_there(rules):
    actors = {"", *rules.entries["actors"]}
    kinds = set(rules.entries["case_kinds"])
    for one in entries(rules).values():
        assert {*one.asks, *one.may} <= OWN_PARTS | set(rules.details), one.id
        assert set(one.after) <= set(entries(rules)), one.id
        assert one.grounds in {"", *rules.entries}, one.id
        assert ("ground" in {*one.asks, *one.may}) == bool(one.grounds), one.id
        assert one.by in actors, one.id
        assert set(one.kinds) <= kinds, one.id


def test_every_detail_has_a_known_form_and_code_list(rules):
    lists = {*rules.entries, "claims"}
    for one in rules.details.values():
        assert one.form in FORMS, one.id
        assert bool(one.codes) == (one.form in {"code", "codes"}), one.id
        assert one.codes in {"", *lists}, one.id


def test_every_deadline_names_entries_actors_kinds_and_grounds_that_are_there(rules):
    known, ids = set(entries(rules)), [one.id for one in rules.deadlines]
    grounds = {code for codes in rules.entries.values() for code in codes}
    assert len(ids) == len(set(ids))
    for at, one in enumerate(rules.deadlines):
        named = {*one.stops, *one.unless_events, *(e for pair in one.pauses for e in pair)}
        named |= {name for name in (one.starts, one.amended_by) if name}
        assert named <= known, one.id
        assert bool(one.starts) != bool(one.starts_at_end_of), one.id
        assert not one.starts_at_end_of or one.starts_at_end_of in ids[:at], one.id
        assert {one.only_ground, one.unless_ground} <= {"", *grounds}, one.id
        assert one.actor in rules.entries["actors"], one.id
        assert set(one.kinds) <= set(rules.entries["case_kinds"]), one.id
        assert one.days or one.months or one.due_from_event, one.id


def test_the_way_in_leads_to_stages_and_every_code_list_is_there(rules):
    assert set(rules.entries) == set(CODE_LISTS)
    for way, stages in rules.first_stages.items():
        assert way in {"", *rules.facts}
        assert set(stages) <= set(rules.stages)


def test_the_draft_differs_only_where_its_file_says_so():
    told = tomllib.loads((RULE_SETS / "cn-draft-2026.toml").read_text("utf-8"))
    found = compare_rule_sets(load_rule_set(told["based_on"]), load_rule_set("cn-draft-2026"))
    own_tables = {"facts": {**told.get("facts", {}), **told.get("case_file", {})}}
    own_tables |= {"deadlines": {one["id"]: one for one in told.get("deadlines", [])}}
    for one in found:
        table = own_tables.get(one.part, told.get(one.part, {}))
        assert one.id in table, one
        assert one.attribute in {"", "title", *table[one.id]}, one
    named = {(part, name) for part in told if isinstance(told[part], dict) for name in told[part]}
    named -= {(part, name) for part, name in named if part in {"title", "note"}}
    named = {("facts" if part == "case_file" else part, name) for part, name in named}
    named |= {("deadlines", one["id"]) for one in told.get("deadlines", [])}
    assert {(one.part, one.id) for one in found} == named


def test_what_the_draft_changes_is_never_said_to_be_confirmed():
    law, draft = load_rule_set(), load_rule_set("cn-draft-2026")
    for one in compare_rule_sets(law, draft):
        tables = {"stages": draft.stages, "facts": draft.facts}
        tables |= {"deadlines": {it.id: it for it in draft.deadlines}}
        changed = tables.get(one.part, draft.entries.get(one.part, {})).get(one.id)
        assert changed is None or changed.certainty != "confirmed", one
        assert changed is None or changed.basis.startswith("DRAFT"), one


def test_a_rule_set_differs_in_nothing_from_itself(rules):
    assert compare_rule_sets(rules, rules) == ()


def test_every_entry_says_since_when_it_holds_and_none_of_a_draft_holds():
    law, draft = load_rule_set("cn-2021"), load_rule_set("cn-draft-2026")
    for one in (*entries(law).values(), *law.deadlines):
        assert one.valid_from == law.valid_from, one.id
    fields = law.entries["fields"]
    for code in (code for codes in law.entries.values() for code in codes.values()):
        assert code.valid_from is not None, code.id
        assert (code.valid_from != law.valid_from) == bool(code.since_certainty), code.id
        assert code.since_certainty in {"", *CERTAINTIES}, code.id
    assert fields["cultural_relics"].valid_from == date(2025, 3, 1)
    assert fields["mineral_resources"].valid_from == date(2025, 7, 1)
    assert draft.stages["recommendation_served"].valid_from is None
    assert draft.entries["fields"]["proposed_elderly"].valid_from is None
    assert draft.stages["case_filed"].valid_from == law.valid_from


@pytest.mark.parametrize(
    ("on", "held"),
    [
        (date(2018, 5, 1), "cn-2021"),
        (date(2026, 12, 31), "cn-2021"),
        (date(2027, 1, 1), "cn-2027"),
    ],
)
def test_a_new_law_is_a_file_and_holds_from_its_own_day_on(tmp_path, monkeypatch, on, held):
    for file in RULE_SETS.glob("*.toml"):
        (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    new = (RULE_SETS / "cn-draft-2026.toml").read_text("utf-8")
    new = new.replace("is_draft = true", "valid_from = 2027-01-01")
    new = new.replace('"cn-draft-2026"', '"cn-2027"')
    (tmp_path / "cn-2027.toml").write_text(new, "utf-8")
    monkeypatch.setattr(rule_set, "RULE_SETS", tmp_path)
    for cached in (rule_set_in_force, load_rule_set):
        cached.cache_clear()
    try:
        assert rule_set_in_force(on) == held
        assert load_rule_set("cn-2027").stages["case_filed"].valid_from == date(2021, 7, 1)
        assert load_rule_set("cn-2027").stages["recommendation_served"].valid_from == date(
            2027, 1, 1
        )
    finally:
        for cached in (rule_set_in_force, load_rule_set):
            cached.cache_clear()
