"""What somebody has filled in, before it is entered: no instant yet, and no author."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from geodata import Case, CaseEvent, RuleSet
from geodata.model import CaseKind
from geodata.rule_set import Code, Detail

OWN_FIELDS = ("document", "ground", "due_on", "note")
"""What an entry may be asked for that has a field of its own; all else is a detail."""


@dataclass(frozen=True)
class Draft:
    """An entry that somebody wants to make; `seen` is how many entries they had seen."""

    case_id: str
    kind: str
    occurred_on: date
    seen: int
    note: str = ""
    document: str = ""
    ground: str = ""
    due_on: date | None = None
    corrects: int | None = None
    details: tuple[tuple[str, str], ...] = ()

    def event(self, recorded_at: datetime, recorded_by: str) -> CaseEvent:
        """Return the entry, made at an instant by somebody."""
        return CaseEvent(
            kind=self.kind,
            occurred_on=self.occurred_on,
            recorded_at=recorded_at,
            recorded_by=recorded_by,
            note=storable(self.note),
            document=storable(self.document),
            ground=self.ground,
            due_on=self.due_on,
            corrects=self.corrects,
            details=tuple((name, storable(value)) for name, value in self.details),
        )


@dataclass(frozen=True)
class NewLead:
    """A lead, or a case received, that somebody wants to register.

    `came_by` is the entry by which it came in (received, handed back), nothing for a lead of
    one's own; `received_from` is the office it came from. `same_harm_as` is the case whose
    hazards another agency answers for as well (R69).
    """

    id: str
    title_zh: str
    office: str
    kind: CaseKind
    field: str
    lead_source: str
    occurred_on: date
    title_en: str = ""
    summary: str = ""
    agency: str = ""
    hazards: tuple[str, ...] = ()
    came_by: str = ""
    received_from: str = ""
    document: str = ""
    note: str = ""
    series: str = ""
    shared_with: tuple[str, ...] = ()
    same_harm_as: str = ""


def storable(text: str) -> str:
    """Return a text without what no store takes: letters that are none (NUL, half pairs)."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def code_list(detail: Detail, case: Case, rules: RuleSet) -> Mapping[str, Code]:
    """Return the codes that a detail takes in a case of this kind; claims differ by kind."""
    if detail.codes == "claims":
        return rules.entries["claims_admin" if case.kind == "admin_pil" else "claims_civil"]
    return rules.entries[detail.codes]


def fields_of(field_kinds: Mapping[str, Code], kind: str) -> tuple[str, ...]:
    """Return the fields of the law in which there are cases of a kind."""
    counted_as = kind if kind == "admin_pil" else "civil_pil"
    return tuple(
        name for name, code in field_kinds.items() if not code.kinds or counted_as in code.kinds
    )


@dataclass(frozen=True)
class Around:
    """What an entry of one case may name, with names; each in its own fixed order.

    `as_of` is the day that everything is seen from, `today` the last day that can be entered.
    With `known_at`, what was entered after that instant is not shown. `hazards` are those of
    the office, of the shortlist and of the case, by `layer:id`.
    """

    offices: Mapping[str, str]
    cases: Mapping[str, str]
    hazards: Mapping[str, str]
    as_of: date
    today: date
    known_at: datetime | None = None

    @property
    def usual_day(self) -> date:
        """Return the day that a form begins with."""
        return min(self.as_of, self.today)
