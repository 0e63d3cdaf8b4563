"""The law as data: stages, facts, deadlines and code lists of one version, read from a file."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from geodata.errors import BrokenTargets, UnknownRuleSet, UnknownStage
from geodata.model import Title

RULE_SETS = Path(__file__).parent / "rule_sets"
CODE_LISTS = (
    "lead_sources",
    "case_kinds",
    "fields",
    "actors",
    "urgency",
    "termination_admin",
    "termination_civil",
    "suspension_causes",
    "failure_tests",
    "claims_admin",
    "claims_civil",
    "judgment_types",
    "judgment_forms",
    "extension_by",
    "item_answers",
    "item_results",
    "elements",
    "element_states",
    "evidence_kinds",
    "outcome_kinds",
    "outcome_states",
    "yes_no",
)
ENTRY_TABLES = ("stages", "facts", "activities", "case_file")
CERTAINTIES = ("confirmed", "secondary", "derived", "proposal", "memory")
UNSURE = frozenset({"proposal", "memory"})
"""Certainties that a screen must mark: ours, or not held against the text of the law."""


@dataclass(frozen=True)
class Code:
    """One entry of a code list, with where it comes from and how sure we are of it.

    `valid_from` is the day since which it holds, None where it is not in force; how sure we are
    of a day of its own says `since_certainty`, which is empty where the rule set's day counts.
    """

    id: str
    title: Title
    basis: str = ""
    certainty: str = "confirmed"
    kinds: tuple[str, ...] = ()
    valid_from: date | None = None
    since_certainty: str = ""


@dataclass(frozen=True)
class Detail:
    """One thing that an entry may be asked for beyond its day.

    `form` is text, number, day, code, codes, office, case, hazard, item or entry;
    `codes` names the code list of a code.
    """

    id: str
    title: Title
    form: str = "text"
    codes: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Fact:
    """One kind of entry: what it is called, what it asks for, what must have come before.

    `category` is stage, fact, activity or file. `asks` must be given, `may` can be;
    `after` names entries of which at least one must have happened by the same day.
    `grounds` names the code list that `ground` is taken from; `kinds` are the kinds of case
    it belongs to, all of them if empty; `by` is who decides. `valid_from` is the day since
    which it holds, None where it is not in force.
    """

    id: str
    title: Title
    basis: str
    certainty: str
    category: str = "fact"
    asks: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    grounds: str = ""
    documents: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    by: str = ""
    valid_from: date | None = None

    def fits(self, case_kind: str) -> bool:
        """Return whether a case of this kind can have such an entry."""
        return not self.kinds or case_kind in self.kinds


@dataclass(frozen=True)
class Stage(Fact):
    """One stage: besides what it asks, the group it is shown in and where it may lead."""

    group: str = ""
    next: tuple[str, ...] = ()
    next_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_terminal: bool = False

    def allowed_next(self, case_kind: str) -> tuple[str, ...]:
        """Return the stages that a case of this kind may move to."""
        return self.next_by.get(case_kind, self.next)


@dataclass(frozen=True)
class Deadline:
    """One period of the law: what starts and stops it, how long it is, whose move it is.

    It starts on the day of the last entry of `starts` (that day is not counted), or, with
    `starts_at_end_of`, when the period named there has ended. `pauses` are pairs of entries
    between whose days the period stands still. A day written in the entry counts instead of
    the length where `due_from_event` says so, or once an entry of `amended_by` has set it.
    """

    id: str
    title: Title
    starts: str
    stops: tuple[str, ...]
    actor: str
    kinds: tuple[str, ...]
    basis: str
    certainty: str
    days: int = 0
    months: int = 0
    only_ground: str = ""
    unless_ground: str = ""
    unless_events: tuple[str, ...] = ()
    starts_at_end_of: str = ""
    due_from_event: bool = False
    amended_by: str = ""
    pauses: tuple[tuple[str, str], ...] = ()
    never_overdue: bool = False
    internal_target: bool = False
    after_closure: bool = False
    valid_from: date | None = None


@dataclass(frozen=True)
class RuleSet:
    """Every stage, fact, deadline and code list of one version of the law."""

    id: str
    title: Title
    valid_from: date | None
    is_draft: bool
    note: Title
    sources: Mapping[str, Title]
    groups: Mapping[str, Title]
    stages: Mapping[str, Stage]
    facts: Mapping[str, Fact]
    details: Mapping[str, Detail]
    deadlines: tuple[Deadline, ...]
    entries: Mapping[str, Mapping[str, Code]]
    first_stages: Mapping[str, tuple[str, ...]]

    def stage(self, stage_id: str) -> Stage:
        """Return one stage; raise UnknownStage naming the known ones."""
        if stage_id not in self.stages:
            raise UnknownStage(stage_id, self.stages)
        return self.stages[stage_id]

    def kind(self, event_kind: str) -> Fact:
        """Return what is known of a kind of entry; raise UnknownStage naming the known ones."""
        if event_kind in self.stages:
            return self.stages[event_kind]
        if event_kind in self.facts:
            return self.facts[event_kind]
        raise UnknownStage(event_kind, (*self.stages, *self.facts))

    def deadline(self, deadline_id: str) -> Deadline:
        """Return one deadline; raise KeyError if the rule set has none of that id."""
        return self._deadlines[deadline_id]

    def event_title(self, kind: str) -> Title:
        """Return the name of an entry, be it a move to a stage or a fact."""
        return self.kind(kind).title

    @cached_property
    def codes(self) -> Mapping[str, Mapping[str, Title]]:
        """Return every code list as names, the activities among them."""
        lists = {
            name: {code: one.title for code, one in codes.items()}
            for name, codes in self.entries.items()
        }
        activities = {k: one.title for k, one in self.facts.items() if one.category == "activity"}
        return {**lists, "activities": activities}

    @cached_property
    def _deadlines(self) -> dict[str, Deadline]:
        return {one.id: one for one in self.deadlines}


def rule_set_ids() -> tuple[str, ...]:
    """Return the ids of every rule set on offer, the one in force first."""
    return tuple(sorted((file.stem for file in RULE_SETS.glob("*.toml")), key=_drafts_last))


@cache
def rule_set_in_force(on: date) -> str:
    """Return the id of the rule set that holds on a day: the newest in force that is no draft.

    A new law is a file of its own with `valid_from`. A day before all of them falls under the
    oldest, as the case files of that time are kept by its stages.
    """
    laws = [load_rule_set(one) for one in rule_set_ids()]
    since = sorted((law.valid_from, law.id) for law in laws if law.valid_from is not None)
    held = [name for first, name in since if first <= on]
    return held[-1] if held else since[0][1]


@cache
def load_rule_set(rule_set_id: str = "cn-2021", targets: Path | None = None) -> RuleSet:
    """Return the rule set with this id; raise UnknownRuleSet naming the known ones.

    `targets` is a file of an office's own deadlines, in the form of `[[deadlines]]`; whatever
    it says, they are marked as internal targets (内部目标). Raises BrokenTargets for a file
    that cannot be used.
    """
    law = _read_law(rule_set_id)
    is_draft = law.get("is_draft", False)
    deadlines = [_deadline(facts) for facts in law["deadlines"]]
    if targets is not None:
        deadlines += read_targets(targets, law)
    facts = {name: _fact(name, told, "fact") for name, told in law["facts"].items()}
    facts |= {name: _fact(name, told, "activity") for name, told in law["activities"].items()}
    facts |= {name: _fact(name, told, "file") for name, told in law["case_file"].items()}
    return RuleSet(
        id=law["id"],
        title=_title(law["title"]),
        valid_from=None if is_draft else law["valid_from"],
        is_draft=is_draft,
        note=_title(law["note"]),
        sources=_titles(law["sources"]),
        groups=_titles(law["groups"]),
        stages={name: _stage(name, told) for name, told in law["stages"].items()},
        facts=facts,
        details={name: _detail(name, told) for name, told in law["details"].items()},
        deadlines=tuple(deadlines),
        entries={name: _codes(law[name]) for name in CODE_LISTS},
        first_stages={after: tuple(stages) for after, stages in law["first_stages"].items()},
    )


def read_targets(file: Path, law: Mapping[str, Any]) -> list[Deadline]:
    """Return an office's own deadlines from a file, each marked as internal target.

    `law` is the table of the rule set that they stand beside: they may name its entries and
    none of its deadlines. Raises BrokenTargets saying which one is wrong, and in what.
    """
    own: list[Deadline] = []
    for number, told in enumerate(_tables_of_targets(file), start=1):
        where = str(told.get("id") or number)
        taken = {one["id"] for one in law["deadlines"]} | {one.id for one in own}
        for reason, word in _faults_of_target(told, law, taken):
            raise BrokenTargets(file=str(file), reason=reason, where=where, word=word)
        given = {"kinds": list(law["case_kinds"]), "actor": "office", "basis": "—", **told}
        own.append(replace(_deadline({"certainty": "proposal", **given}), internal_target=True))
    return own


def _tables_of_targets(file: Path) -> list[dict[str, Any]]:
    try:
        told = tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as missing:
        raise BrokenTargets(file=str(file), reason="no_file", where="", word="") from missing
    except ValueError as unreadable:
        raise BrokenTargets(
            file=str(file), reason="not_toml", where="", word=str(unreadable)
        ) from unreadable
    tables = told.get("deadlines", [])
    if not (isinstance(tables, list) and all(isinstance(one, dict) for one in tables)):
        raise BrokenTargets(file=str(file), reason="not_toml", where="", word="[[deadlines]]")
    return tables


def _faults_of_target(
    told: Mapping[str, Any], law: Mapping[str, Any], taken: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one internal target: the reason, and the word that it is about."""
    yield from (("unknown_part", name) for name in told if name not in _TARGET_PARTS)
    title = told.get("title")
    if not (isinstance(title, dict) and title.get("zh") and title.get("en")):
        yield "part_missing", "title"
    yield from (("part_missing", one) for one in ("id", "starts", "stops") if not told.get(one))
    length = [told.get("days", 0), told.get("months", 0)]
    is_number = all(isinstance(one, int) and one >= 0 for one in length)
    if not is_number or not (any(length) or told.get("due_from_event")):
        yield "part_missing", "days"
    if told.get("id") in taken:
        yield "id_taken", str(told["id"])
    known = {*law["stages"], *law["facts"], *law["activities"], *law["case_file"]}
    named = [told.get("starts"), *_texts(told, "stops"), *_texts(told, "unless_events")]
    pauses = [_texts({"pair": pair}, "pair") for pair in _texts(told, "pauses")]
    yield from (("part_missing", "pauses") for pair in pauses if len(pair) != 2)  # noqa: PLR2004
    named += [*(one for pair in pauses for one in pair), *_texts(told, "amended_by")]
    yield from (("unknown_word", str(one)) for one in named if str(one) not in known)
    strangers = set(map(str, _texts(told, "kinds"))) - set(law["case_kinds"])
    strangers |= {str(told.get("actor", "office"))} - set(law["actors"])
    yield from (("unknown_word", str(one)) for one in sorted(strangers))


def _texts(told: Mapping[str, Any], name: str) -> list[Any]:
    value = told.get(name, [])
    return value if isinstance(value, list) else [value]


_TARGET_PARTS = frozenset(
    "id title starts stops days months actor kinds basis only_ground unless_ground"
    " unless_events due_from_event amended_by pauses after_closure".split()
)


def _drafts_last(rule_set_id: str) -> tuple[bool, str]:
    return "draft" in rule_set_id, rule_set_id


def _read_law(rule_set_id: str) -> dict[str, Any]:
    """Return a rule set's file, laid over the one that it is based on."""
    if rule_set_id not in rule_set_ids():
        raise UnknownRuleSet(rule_set_id, rule_set_ids())
    law = _dated(tomllib.loads((RULE_SETS / f"{rule_set_id}.toml").read_text("utf-8")))
    if "based_on" not in law:
        return law
    return _laid_over(_read_law(law.pop("based_on")), law)


def _dated(law: dict[str, Any]) -> dict[str, Any]:
    """Return a file's table with the day since which it holds at each entry; none in a draft."""
    since = None if law.get("is_draft") else law["valid_from"]
    tables = [law.get(name, {}) for name in (*ENTRY_TABLES, *CODE_LISTS)]
    entries = [*law.get("deadlines", ()), *(one for table in tables for one in table.values())]
    for entry in entries:
        entry.setdefault("valid_from", since)
    return law


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return a table with the entries of another in it; lists of deadlines are met by id."""
    laid = dict(below)
    for name, value in above.items():
        if isinstance(value, dict) and isinstance(laid.get(name), dict):
            laid[name] = _laid_over(laid[name], value)
        elif name == "deadlines":
            by_id = {one["id"]: one for one in laid[name]}
            for one in value:
                by_id[one["id"]] = {**by_id.get(one["id"], {}), **one}
            laid[name] = list(by_id.values())
        else:
            laid[name] = value
    return laid


def _fact_parts(name: str, told: Mapping[str, Any], category: str) -> dict[str, Any]:
    many = ("asks", "may", "after", "documents", "kinds")
    return {
        "id": name,
        "title": _title(told),
        "basis": told["basis"],
        "certainty": told["certainty"],
        "category": category,
        "grounds": told.get("grounds", ""),
        "by": told.get("by", ""),
        "valid_from": told["valid_from"],
        **{one: tuple(told.get(one, ())) for one in many},
    }


def _fact(name: str, told: Mapping[str, Any], category: str) -> Fact:
    return Fact(**_fact_parts(name, told, category))


def _stage(name: str, told: Mapping[str, Any]) -> Stage:
    next_by = {
        kind: tuple(told[key]) for key, kinds in _NEXT_KEYS.items() if key in told for kind in kinds
    }
    return Stage(
        **_fact_parts(name, told, "stage"),
        group=told["group"],
        next=tuple(told["next"]),
        next_by=next_by,
        is_terminal=told.get("terminal", False),
    )


_NEXT_KEYS: Mapping[str, tuple[str, ...]] = {
    "civil_next": ("civil_pil", "criminal_incidental_civil_pil", "support_prosecution"),
    "criminal_next": ("criminal_incidental_civil_pil",),
    "support_next": ("support_prosecution",),
}
"""The later line wins: what civil cases share, then what only one kind has."""


def _deadline(told: Mapping[str, Any]) -> Deadline:
    tuples: dict[str, Any] = {
        name: tuple(told.get(name, ())) for name in ("stops", "kinds", "unless_events")
    }
    pauses = tuple((first, last) for first, last in told.get("pauses", ()))
    plain = {name: value for name, value in told.items() if name not in {*tuples, "pauses"}}
    given = {"starts": "", **plain, "title": _title(told["title"])}
    return Deadline(**given, **tuples, pauses=pauses)


def _detail(name: str, told: Mapping[str, Any]) -> Detail:
    facts = {one: told[one] for one in ("form", "codes", "unit") if one in told}
    return Detail(name, _title(told), **facts)


def _codes(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Code]:
    return {
        name: Code(
            name,
            _title(told),
            told.get("basis", ""),
            told.get("certainty", "confirmed"),
            tuple(told.get("kinds", ())),
            told["valid_from"],
            told.get("since_certainty", ""),
        )
        for name, told in table.items()
    }


def _title(told: Mapping[str, Any]) -> Title:
    return Title(zh=told["zh"], en=told["en"])


def _titles(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Title]:
    return {name: _title(told) for name, told in table.items()}
